"""A large suite on many scripted endpoints: memory, scheduling, idle servers, deaths, drawing.

    python benchmarks/large_suite.py [--models 50] [--cases 20] [--examples 40] [--endpoints 32]
    python benchmarks/large_suite.py --models 20 --cases 5      # a tenth of it
    python benchmarks/large_suite.py --calls 100000             # suite after suite, the long run

Two of the endpoints die in the middle. The command fails where a session did not end, an answer is
wrong, missing or made twice, or a goal is missed. `--seconds` is what an answer takes in the middle
of the fleet: shorter than about 0.4 for 32 endpoints, the processor is the limit, not the servers.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.fleet import Fleet, ScriptedEndpoint, answer, desk, fleet, label_of  # noqa: E402
from benchmarks.suite_order import Nobody  # noqa: E402
from llmopt_tui.app.members import KeptMember  # noqa: E402
from llmopt_tui.app.suite_run import SuiteRun  # noqa: E402
from llmopt_tui.app.time_left import TimeLeft  # noqa: E402
from llmopt_tui.config.settings import Settings  # noqa: E402
from llmopt_tui.core.case import Case  # noqa: E402
from llmopt_tui.core.events import Event, RunFinished, TrialRunFinished  # noqa: E402
from llmopt_tui.core.loop.control import RunControl  # noqa: E402
from llmopt_tui.core.loop.suite import LLMOptimizationSuite  # noqa: E402
from llmopt_tui.store.sessions import load_session  # noqa: E402

_DEATHS = (1 / 3, 1 / 2)
"""After which share of the expected calls an endpoint dies."""
_CALLS_A_SESSION = 64
"""About how many calls a session makes with 40 examples."""
_TICK_SECONDS = 0.5
_MEMORY_STEPS = 20


@dataclass
class Sample:
    """What was measured at a moment: calls so far, and the process's memory in MB."""

    calls: int
    memory: float
    ended: int


@dataclass
class Watch(Nobody):
    """Follows the suite: counts its calls, kills endpoints in time, samples the memory."""

    deaths: list[tuple[int, Callable[[], None]]]
    step: int
    calls: int = 0
    ended: int = 0
    samples: list[Sample] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    moved: int = 0

    def happened(self, member: KeptMember, event: Event) -> None:
        """Count an answer."""
        if not isinstance(event, RunFinished | TrialRunFinished):
            self.ended += type(event).__name__ == "SessionFinished"
            return
        self.calls += 1
        if self.deaths and self.calls >= self.deaths[0][0]:
            self.deaths.pop(0)[1]()
        if self.calls % self.step == 0:
            self.samples.append(Sample(self.calls, memory(), self.ended))

    def warned(self, member: KeptMember, problem: str) -> None:
        """Sessions that move to another endpoint are reported."""
        self.moved += "resumes on" in problem

    def failed(self, member: KeptMember, problem: str) -> None:
        """Keep what was reported."""
        self.problems.append(f"{member.model} x {member.case.id}: {problem}")


@dataclass
class Cost:
    """Processor seconds of the loop's thread in one function, awaited work not counted."""

    seconds: float = 0.0
    times: int = 0

    def timed(self, owner: type, name: str) -> None:
        """Count the time of a method of a class from now on."""
        inner = getattr(owner, name)

        def counted(*given: object, **named: object) -> object:
            began = time.thread_time()
            try:
                return inner(*given, **named)
            finally:
                self.seconds += time.thread_time() - began
                self.times += 1

        setattr(owner, name, counted)


def memory() -> float:
    """The process's memory in MB, as the system counts it."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def run_suite(
    results: Path,
    servers: Sequence[ScriptedEndpoint],
    models: Sequence[str],
    cases: Sequence[Case],
    watch: Watch,
) -> SuiteRun:
    """Run every model on every case, with the time left told twice a second as front ends do."""
    settings = Settings(
        mode="auto",
        interviewer="playbook",
        max_iterations=3,
        proposals=2,
        demonstrations=0,
        server_wait=2.0,
        options={"num_ctx": 8192},
    )
    endpoints = Fleet(settings, servers, results=results)
    pairs = [(model, case) for model in models for case in cases]
    suite = SuiteRun.new(endpoints, results, pairs, control=RunControl("auto"), follower=watch)
    left = TimeLeft(endpoints.clock)

    async def tick() -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            left.words(suite)

    ticking = asyncio.create_task(tick())
    try:
        await suite.run()
    finally:
        ticking.cancel()
        await endpoints.aclose()
    return suite


def wrong(suite: SuiteRun, results: Path) -> tuple[int, int, list[str]]:
    """Calls and cached answers that the journals hold, and what is wrong with them."""
    calls = cached = 0
    found = []
    for member in suite.members:
        name = f"{member.model} x {member.case.id}"
        if member.folder is None:
            found.append(f"{name} never began")
            continue
        record = load_session(results / member.folder.name).record
        if record.status != "completed":
            found.append(f"{name} is {record.status}")
        expected = {
            e.id: label_of(f"note {e.id.removeprefix('note-')} of desk {int(member.case.id[-2:])}")
            for e in member.case.examples
        }
        for iteration in record.iterations:
            seen = [(run.example_id, run.repeat) for run in iteration.runs]
            if len(set(seen)) != len(seen):
                found.append(f"{name}: an answer of iteration {iteration.n} is there twice")
            if len(iteration.train_runs) != len(member.case.split("train")):
                found.append(f"{name}: iteration {iteration.n} misses answers")
        for run in record.runs:
            calls, cached = calls + run.calls, cached + run.cached
            if run.output != answer(member.model, run.full_prompt):
                found.append(f"{name}: not what the model said to {run.example_id}")
            if run.score != float(run.output == expected[run.example_id]):
                found.append(f"{name}: {run.example_id} has the score {run.score}")
    return calls, cached, found


def growth(samples: Sequence[Sample]) -> float:
    """MB that 10,000 calls add, by the straight line through the second half of the samples."""
    late = samples[len(samples) // 2 :]
    if len(late) < 3:
        return 0.0
    x = [sample.calls for sample in late]
    y = [sample.memory for sample in late]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread = sum((a - mean_x) ** 2 for a in x)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread * 10_000


async def measure(arguments: argparse.Namespace, results: Path) -> int:
    """Run, check and print. Returns the exit code."""
    models = [f"model{n:02}:latest" for n in range(arguments.models)]
    cases = [desk(n, arguments.examples) for n in range(arguments.cases)]
    expected = len(models) * len(cases) * _CALLS_A_SESSION * arguments.examples // 40
    choosing = Cost()
    choosing.timed(LLMOptimizationSuite, "_turns")
    total, samples, missed = 0, [], []
    print(f"{len(models)} models x {len(cases)} cases x {arguments.examples} examples on ", end="")
    print(f"{arguments.endpoints} endpoints, load {os.getloadavg()[0]:.1f}", flush=True)
    while total < max(1, arguments.calls):
        servers = fleet(models, arguments.endpoints, arguments.seconds, arguments.places)
        dying = servers[len(servers) // 3], servers[len(servers) // 2]
        deaths = [(int(expected * at), one.die) for at, one in zip(_DEATHS, dying, strict=True)]
        watch = Watch(deaths, max(1, expected // _MEMORY_STEPS))
        before = choosing.seconds
        wall, cpu = time.monotonic(), time.process_time()
        suite = await run_suite(results, servers, models, cases, watch)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        calls, cached, found = wrong(suite, results)
        delivered = sum(server.delivered for server in servers)
        if delivered != calls - cached:
            found.append(f"{delivered} answers were given, {calls - cached} are kept")
        samples += [Sample(total + s.calls, s.memory, s.ended) for s in watch.samples]
        total += calls
        _tell_suite(servers, suite, calls, cached, wall, cpu, choosing.seconds - before)
        print(
            f"  {len(watch.problems)} problems reported, 2 endpoints dead, wrong or lost:", end=""
        )
        print(f" {len(found)}", *(f"\n    {each}" for each in found[:8]))
        missed += [] if not found else ["results"]
        missed += [] if (choosing.seconds - before) / wall < 0.02 else ["scheduling"]
    print("  calls    MB  sessions ended")
    for sample in samples[:: max(1, len(samples) // _MEMORY_STEPS)]:
        print(f"  {sample.calls:7,}  {sample.memory:5.0f}  {sample.ended:5}")
    print(f"  memory grows by {growth(samples):.1f} MB in 10,000 calls (second half)")
    missed += [] if growth(samples) < arguments.growth else ["memory"]
    print("goals missed: " + (", ".join(missed) or "none"))
    return 1 if missed else 0


def _tell_suite(
    servers: Sequence[ScriptedEndpoint],
    suite: SuiteRun,
    calls: int,
    cached: int,
    wall: float,
    cpu: float,
    choosing: float,
) -> None:
    living = [server for server in servers if not server.dead]
    worked = sum(server.last - server.first for server in living)
    idle = sum(server.idle.total for server in living)
    longest = max(living, key=lambda server: server.idle.longest)
    print(f"  {suite.status}: {calls:,} calls ({cached:,} cached) in {wall:.0f} s, ", end="")
    print(f"{sum(s.loads for s in servers)} loads, {sum(s.lost for s in servers)} cut off")
    print(f"  choosing whose turn it is: {choosing:.2f} s, {choosing / wall:.2%} of the time")
    print(f"  processor in all: {cpu:.0f} s, {cpu / wall:.0%}; {cpu / calls * 1000:.1f} ms a call")
    print(f"  endpoints idle between two calls: {idle / worked:.2%} of their time, ", end="")
    print(f"at most {longest.idle.longest:.2f} s ({longest.endpoint})")


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", type=int, default=50)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--examples", type=int, default=40, help="a case, a third of them held out")
    parser.add_argument("--endpoints", type=int, default=32)
    parser.add_argument("--places", type=int, default=4, help="endpoints that have a model")
    parser.add_argument("--calls", type=int, default=0, help="run suites until so many are made")
    parser.add_argument("--seconds", type=float, default=0.5, help="what an answer takes")
    parser.add_argument("--growth", type=float, default=5.0, help="MB in 10,000 calls are allowed")
    parser.add_argument("--results", type=Path, help="keep the results in this folder")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        results = arguments.results or Path(folder) / "results"
        return asyncio.run(measure(arguments, results))


if __name__ == "__main__":
    raise SystemExit(main())
