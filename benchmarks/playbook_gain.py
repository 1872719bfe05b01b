"""What the playbook gains on the embedded model: on train examples, and on those held out.

The session is the ordinary one: its last step tests the original and the best prompt on the
validation examples, which took no part in it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.sessions import open_session
from llmopt_tui.app.workspace import Workspace, init_workspace
from llmopt_tui.config.settings import Settings
from llmopt_tui.core.analysis.suite import judged_gains
from llmopt_tui.core.case import Case
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.suite import SuitePlan

MODEL = "smollm2:135m"


async def session(endpoints: Endpoints, results: Path, case: Case) -> SessionRecord:
    """Run one session to its end and give its record."""
    plan = SuitePlan(
        suite_id="",
        models=(MODEL,),
        cases=(case,),
        baseline_model="",
        interviewer_model=endpoints.interviewer,
        settings=endpoints.settings.loop(),
    )
    opened = await open_session(
        endpoints,
        results,
        MODEL,
        case,
        control=RunControl("auto"),
        plan=plan,
        tell=lambda _: None,
    )
    async for event in opened.session.run():
        await opened.writer.keep(event)
    await opened.writer.close()
    return opened.state.record


async def measure(case_id: str) -> None:
    """Run and print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        init_workspace(root)
        workspace = Workspace(root)
        case = next(c for c in workspace.load_cases().cases if c.id == case_id)
        endpoints = Endpoints(Settings(mode="auto"), embedded=True)
        try:
            await endpoints.start()
            record = await session(endpoints, workspace.results, case)
        finally:
            await endpoints.aclose()
    gain = judged_gains({("", case_id): record})["", case_id]
    print(f"iterations  {[round(i.score or 0, 2) for i in record.scored]}")
    print(f"train       {record.baseline_score:.2f} -> {record.best_score:.2f}")
    print(f"{gain.measured_on:<11} {gain.baseline:.2f} -> {gain.best:.2f}, n = {gain.n}")
    print(f"            {gain.reason}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="concise_description")
    asyncio.run(measure(parser.parse_args().case))


if __name__ == "__main__":
    main()
