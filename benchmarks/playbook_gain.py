"""What the playbook gains on the embedded model: on train examples, and on those held out.

The session is the ordinary one. Afterwards the original and the best prompt are tested on the
validation examples, which took no part in it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from llmopt_tui.core.case import Case
from llmopt_tui.core.control import RunControl
from llmopt_tui.core.record import SessionRecord
from llmopt_tui.launch import Launcher
from llmopt_tui.workspace import Workspace, init_workspace


async def session(launcher: Launcher, case: Case) -> SessionRecord:
    """Run one session to its end and give its record."""
    opened = await launcher.open("smollm2:135m", case, control=RunControl("auto"))
    async for event in opened.session.run():
        await opened.writer.keep(event)
        opened.state.consume(event)
    await opened.writer.close()
    return opened.state.record


def held_out(case: Case, prompt: str) -> Case:
    """The case's validation examples, to be answered with this prompt."""
    examples = tuple(replace(e, split="train") for e in case.split("validation"))
    return replace(case, examples=examples, prompt=case.prompt.with_text(prompt))


async def measure(case_id: str) -> None:
    """Run and print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        init_workspace(root)
        workspace = Workspace(root)
        case = next(c for c in workspace.load_cases().cases if c.id == case_id)
        settings = replace(workspace.load_settings().settings, mode="auto")
        launcher = Launcher(workspace, settings, embedded=True)
        try:
            await launcher.start()
            record = await session(launcher, case)
            assert record.best is not None
            print(f"iterations  {[round(i.score or 0, 2) for i in record.scored]}")
            print(f"train       {record.baseline_score:.2f} -> {record.best_score:.2f}")
            launcher.settings = replace(settings, max_iterations=1)
            scores = [
                (await session(launcher, held_out(case, prompt))).baseline_score
                for prompt in (case.prompt.text, record.best.prompt)
            ]
            print(f"held out    {scores[0]:.2f} -> {scores[1]:.2f}")
        finally:
            await launcher.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="concise_description")
    asyncio.run(measure(parser.parse_args().case))


if __name__ == "__main__":
    main()
