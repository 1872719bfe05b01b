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
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.fleet import Fleet, ScriptedEndpoint, desk, fleet  # noqa: E402
from benchmarks.suite_watching import (  # noqa: E402
    Cost,
    Sample,
    Unused,
    Watch,
    growth,
    wrong,
)
from llmopt_tui.app.suite_run import SuiteRun  # noqa: E402
from llmopt_tui.app.time_left import TimeLeft  # noqa: E402
from llmopt_tui.config.settings import Settings  # noqa: E402
from llmopt_tui.core.case import Case  # noqa: E402
from llmopt_tui.core.loop.control import RunControl  # noqa: E402
from llmopt_tui.core.loop.suite import LLMOptimizationSuite  # noqa: E402

_DEATHS = (1 / 3, 1 / 2)
"""After which share of the expected calls an endpoint dies."""
_CALLS_A_SESSION = 80
"""About how many calls a session makes with 40 examples."""
_TICK_SECONDS = 0.5
_MEMORY_STEPS = 20


async def run_suite(
    results: Path,
    servers: Sequence[ScriptedEndpoint],
    models: Sequence[str],
    cases: Sequence[Case],
    watch: Watch,
    unused: Unused,
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

    beside = [asyncio.create_task(tick()), asyncio.create_task(unused.look(servers))]
    try:
        await suite.run()
    finally:
        for task in beside:
            task.cancel()
        await endpoints.aclose()
    return suite


async def measure(arguments: argparse.Namespace, results: Path) -> int:
    """Run, check and print. Returns the exit code."""
    models = [f"model{n:02}:latest" for n in range(arguments.models)]
    cases = [desk(n, arguments.examples) for n in range(arguments.cases)]
    expected = len(models) * len(cases) * _CALLS_A_SESSION * arguments.examples // 40
    choosing, unused = Cost(), Unused()
    unused.watching()
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
        place = results / f"suite{total}"  # answers that another suite was given are not asked for
        suite = await run_suite(place, servers, models, cases, watch, unused)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        calls, cached, found = wrong(suite, place)
        delivered = sum(server.delivered for server in servers)
        if delivered != calls - cached:
            found.append(f"{delivered} answers were given, {calls - cached} are kept")
        samples += [Sample(total + s.calls, s.memory, s.ended) for s in watch.samples]
        total += calls
        _tell_suite(servers, suite, calls, cached, wall, cpu, choosing.seconds - before, unused)
        unused.seconds.clear()
        print(f"  2 endpoints died, {watch.moved} sessions moved, ", end="")
        print(
            f"{len(watch.problems)} failures told, {len(found)} answers wrong or lost",
            *(f"\n    {each}" for each in found[:8]),
        )
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
    unused: Unused,
) -> None:
    living = [server for server in servers if not server.dead]
    worked = sum(server.last - server.first for server in living)
    idle = sum(server.idle.total for server in living)
    without = sum(unused.seconds.values()) / worked
    longest = max(living, key=lambda server: server.idle.longest)
    print(f"  {suite.status}: {calls:,} calls ({cached:,} cached) in {wall:.0f} s, ", end="")
    print(f"{sum(s.loads for s in servers)} loads, {sum(s.lost for s in servers)} cut off")
    print(f"  choosing whose turn it is: {choosing:.2f} s, {choosing / wall:.2%} of the time")
    print(f"  endpoints without a session while one waited: {without:.2%} of their time")
    print(f"  processor in all: {cpu:.0f} s, {cpu / wall:.0%}; {cpu / calls * 1000:.1f} ms a call")
    print(f"  endpoints without a call between two: {idle / worked:.2%} of their time, ", end="")
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
