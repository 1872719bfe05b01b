"""Loads and wall time of a suite against its sessions one after another, in one run.

    python benchmarks/suite_order.py [--load 0.5] [--room 1] [--hosts 2]

Five models on four cases, on a scripted Ollama that holds `--room` models and takes `--load`
seconds to load one; the interviewer is a sixth model. All ways make the same calls. With `--hosts`,
the suite is run once more on so many such servers, each with one slot.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from llmopt_tui.app.endpoints import Endpoints  # noqa: E402
from llmopt_tui.app.members import KeptMember  # noqa: E402
from llmopt_tui.app.suite_run import SuiteRun  # noqa: E402
from llmopt_tui.app.workspace import Workspace, init_workspace  # noqa: E402
from llmopt_tui.config.settings import Endpoint, Settings  # noqa: E402
from llmopt_tui.core.case import Case  # noqa: E402
from llmopt_tui.core.events import Event  # noqa: E402
from llmopt_tui.core.loop.control import RunControl  # noqa: E402
from llmopt_tui.core.signals import Signal  # noqa: E402
from tests.fakes.ollama import FakeOllama  # noqa: E402
from tests.fakes.simulated import SimulatedModel, candidate, interviewer  # noqa: E402

MODELS, CASES = 5, 4


class Nobody:
    """A follower who looks away."""

    def began(self, member: KeptMember) -> None:
        """Nothing."""

    def signalled(self, member: KeptMember, signal: Signal) -> None:
        """Passing words are not reported."""

    def happened(self, member: KeptMember, event: Event) -> None:
        """Nothing."""

    def warned(self, member: KeptMember, problem: str) -> None:
        """Examples that cannot fit are not reported."""

    def failed(self, member: KeptMember, problem: str) -> None:
        """What should not happen here."""
        print(f"{member.model} x {member.case.id}: {problem}")


@dataclass
class Outcome:
    """What one way of working came to."""

    seconds: float
    loads: int
    calls: int
    scores: dict[tuple[str, str], float | None]


async def measure(load: float, room: int, *, together: bool, hosts: int = 1) -> Outcome:
    """Run all pairs as one suite, or each as a suite of its own."""
    candidates = [f"candidate{n}:latest" for n in range(MODELS)]
    models = [SimulatedModel(name, candidate()) for name in candidates]
    models.append(SimulatedModel("llama3.2:latest", interviewer))
    servers = [
        FakeOllama(models, load_seconds=load, max_loaded=room, slots=1) for _ in range(hosts)
    ]
    for server in servers:
        await server.start(0)
    with TemporaryDirectory() as folder:
        init_workspace(Path(folder))
        workspace = Workspace(Path(folder))
        configured = tuple(Endpoint(f"host{n}", server.url) for n, server in enumerate(servers))
        settings = Settings(endpoints=configured, mode="auto", max_iterations=4)
        endpoints = Endpoints(settings)
        pairs = [(model, case) for model in candidates for case in cases(workspace)]
        batches = [pairs] if together else [[pair] for pair in pairs]
        members: list[KeptMember] = []
        began = time.monotonic()
        for batch in batches:
            suite = SuiteRun.new(
                endpoints, workspace.results, batch, control=RunControl("auto"), follower=Nobody()
            )
            await suite.run()
            members += suite.members
        seconds = time.monotonic() - began
        await endpoints.aclose()
    for server in servers:
        await server.stop()
    return Outcome(
        seconds,
        sum(sum(server.loads.values()) for server in servers),
        sum(r.path == "/api/chat" for server in servers for r in server.requests),
        {(m.model, m.case.id): m.record.best_score for m in members},
    )


def cases(workspace: Workspace) -> list[Case]:
    """The starter cases twice, under other names."""
    loaded = workspace.load_cases().cases
    return [*loaded, *(replace(case, id=f"{case.id}_2") for case in loaded)][:CASES]


async def compare(load: float, room: int, hosts: int) -> int:
    """Measure every way and print them side by side."""
    alone = await measure(load, room, together=False)
    ways = {"one after another": alone, "as a suite": await measure(load, room, together=True)}
    if hosts > 1:
        ways[f"on {hosts} hosts"] = await measure(load, room, together=True, hosts=hosts)
    print(f"{MODELS} models x {CASES} cases, {load:g} s a load, room for {room}")
    same = True
    for name, way in ways.items():
        print(
            f"  {name:<18} {way.loads:4} loads ({way.loads / alone.loads:.2f})  {way.calls:5} calls"
            f"  {way.seconds:7.1f} s ({way.seconds / alone.seconds:.2f})"
        )
        same = same and way.scores == alone.scores and way.calls == alone.calls
    print("  the same calls and scores" if same else "  BUT THE RESULTS DIFFER")
    return 0 if same and ways["as a suite"].loads < alone.loads else 1


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--load", type=float, default=0.5, help="seconds that a load takes")
    parser.add_argument("--room", type=int, default=1, help="models held at once")
    parser.add_argument("--hosts", type=int, default=1, help="servers that share the suite")
    arguments = parser.parse_args()
    return asyncio.run(compare(arguments.load, arguments.room, arguments.hosts))


if __name__ == "__main__":
    raise SystemExit(main())
