"""What `large_suite.py` watches of a suite while it runs, and checks when it has ended."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.fleet import ScriptedEndpoint, answer, label_of
from benchmarks.suite_order import Nobody
from llmopt_tui.app.members import KeptMember
from llmopt_tui.app.suite_run import SuiteRun
from llmopt_tui.core.events import Event, RunFinished, SessionFinished, TrialRunFinished
from llmopt_tui.core.loop.suite import LLMOptimizationSuite
from llmopt_tui.store.sessions import load_session

_LOOK_SECONDS = 0.02


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
            self.ended += isinstance(event, SessionFinished)
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


@dataclass
class Unused:
    """Seconds that a living endpoint had no session while sessions waited for it, by its name."""

    suites: list[LLMOptimizationSuite[Any]] = field(default_factory=list)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def watching(self) -> None:
        """Hear of every scheduler that runs from now on."""
        run = LLMOptimizationSuite.run

        async def heard(suite: LLMOptimizationSuite[Any]) -> None:
            self.suites.append(suite)
            await run(suite)

        LLMOptimizationSuite.run = heard  # type: ignore[assignment, method-assign]

    async def look(self, servers: Sequence[ScriptedEndpoint]) -> None:
        """Look fifty times a second, until it is cancelled."""
        at = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            at, before = time.monotonic(), at
            if not self.suites:
                continue
            suite = self.suites[-1]
            used = {place[0] for place in suite._running.values() if place}
            for server in servers:
                name = server.endpoint
                if not server.dead and name not in used and any(suite._queues.first(name)):
                    self.seconds[name] += at - before


def memory() -> float:
    """The process's memory in MB, as the system counts it."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


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
