"""The order of work in a suite: few loads, no endpoint idle, nobody waits for a person."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from llmopt_tui.core.events import Event, RunFinished
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.loop.suite import LLMOptimizationSuite, SuiteMember
from llmopt_tui.core.ports import ChatRequest, ModelError, ModelInfo, Reply, Tell
from llmopt_tui.core.proposals.model_interviewer import ModelInterviewer
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.signals import Signal, SuggestionProposed
from tests.core.factory import FakeClient, FakeClock, echo, make_case
from tests.core.loop.test_resume import talkative

INTERVIEWER = "interviewer:3b"
_TURNS = 100


class OneAtATime(FakeClient):
    """A server that holds `room` models and counts what it loads and how busy it gets."""

    def __init__(self, name: str = "here", *, room: int = 1) -> None:
        super().__init__(lambda r: talkative(r) if r.model == INTERVIEWER else echo(r))
        self.endpoint = name
        self.room = room
        self.held: list[str] = []
        self.loads: Counter[str] = Counter()
        self.busy: Counter[str] = Counter()
        self.busiest: Counter[str] = Counter()
        self.together: set[frozenset[str]] = set()
        self.gone = False

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        model = request.model
        if self.gone:
            self.requests.append(request)
            raise ModelError("gone")
        if model not in self.held:
            assert len(self.held) < self.room or not self.busy[self.held[0]], "evicted while busy"
            self.loads[model] += 1
            self.held = [*self.held, model][-self.room :]
        self.busy[model] += 1
        self.busiest[model] = max(self.busiest[model], self.busy[model])
        try:
            for _ in range(_TURNS):  # a call takes a while: whoever may come beside it does
                self.together.add(frozenset(+self.busy))
                await asyncio.sleep(0)
            return await super().chat(request, tell)
        finally:
            self.busy[model] -= 1

    async def loaded(self) -> frozenset[str] | None:
        return None if self.gone else frozenset(self.held)


@dataclass
class Bench:
    """A suite on scripted servers. `where` is the server of each model, or several."""

    where: dict[str, OneAtATime | tuple[OneAtATime, ...]]
    interviewer: OneAtATime
    cases: int = 2
    settings: LoopSettings = field(default_factory=lambda: LoopSettings(mode="auto"))
    limits: dict[str, int] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.control = RunControl(self.settings.mode)
        self.slots = Slots(self.limits)
        self.events: list[tuple[SuiteMember, Event | Signal]] = []
        self.failures: list[tuple[SuiteMember, Exception]] = []
        self.over: list[SuiteMember] = []
        of = {m: s if isinstance(s, tuple) else (s,) for m, s in self.where.items()}
        self.where_of = {model: [s.endpoint for s in group] for model, group in of.items()}
        self.servers = {s.endpoint: s for group in of.values() for s in group}
        self.servers[self.interviewer.endpoint] = self.interviewer
        self.members = [
            SuiteMember(
                model, replace(make_case(), id=f"case{n}"), tuple(s.endpoint for s in servers)
            )
            for model, servers in of.items()
            for n in range(self.cases)
        ]
        self.on_event = lambda member, event: None

    async def run(self) -> None:
        suite = LLMOptimizationSuite(
            self.members,
            open=self._open,
            take=self._take,
            failed=self._failed,
            ended=self._ended,
            elsewhere=self._elsewhere,
            slots=self.slots,
            loaded=lambda endpoint: self.servers[endpoint].loaded(),
        )
        await asyncio.wait_for(suite.run(), 20)

    async def _open(self, member: SuiteMember) -> ModelTestSession | None:
        if member.model in self.broken:
            member.error = "not there"
            return None
        return ModelTestSession(
            session_id="a1b2c3d4",
            case=member.case,
            model=ModelInfo(member.model),
            client=self.servers[member.endpoint],
            interviewer=ModelInterviewer(self.interviewer, INTERVIEWER, options={}),
            settings=self.settings,
            control=self.control,
            clock=FakeClock(),
            environment={},
            record=member.record,
            tell=lambda signal: self._hear(member, signal),
            slots=self.slots,
        )

    async def _take(self, member: SuiteMember, event: Event) -> None:
        fold(member.record, event)
        self._hear(member, event)

    def _hear(self, member: SuiteMember, event: Event | Signal) -> None:
        self.events.append((member, event))
        self.on_event(member, event)

    async def _failed(self, member: SuiteMember, error: Exception) -> None:
        self.failures.append((member, error))

    async def _ended(self, member: SuiteMember) -> None:
        self.over.append(member)

    async def _elsewhere(self, member: SuiteMember) -> tuple[str, ...]:
        if await self.servers[member.endpoint].loaded() is not None:
            return ()
        return tuple(s for s in self.where_of[member.model] if s != member.endpoint)

    def reasons(self) -> set[str]:
        return {
            m.session.record.finished.stop_reason
            for m in self.members
            if m.session and m.session.record.finished
        }


async def test_a_round_loads_each_candidate_once_and_the_interviewer_once() -> None:
    server = OneAtATime()
    bench = Bench(dict.fromkeys(["a", "b", "c"], server), server, cases=4)
    await bench.run()
    iterations = max(len(m.session.record.iterations) for m in bench.members if m.session)
    assert iterations > 2
    assert bench.reasons() == {"target_reached"}
    # One more load of each: the validation at the end.
    assert all(server.loads[model] <= iterations + 1 for model in "abc")
    assert server.loads[INTERVIEWER] <= iterations
    assert set(server.busiest.values()) == {1}


async def test_models_that_fit_together_are_asked_together() -> None:
    server = OneAtATime(room=4)
    bench = Bench(dict.fromkeys(["a", "b", "c"], server), server)
    await bench.run()
    assert max(map(len, server.together)) > 1
    assert all(count == 1 for count in server.loads.values())
    assert set(server.busiest.values()) == {1}


async def test_several_endpoints_work_at_once_each_within_its_limit() -> None:
    left, right = OneAtATime("left"), OneAtATime("right")
    bench = Bench({"a": left, "b": right}, left, cases=4, limits={"left": 1, "right": 3})
    await bench.run()
    assert left.busiest["a"] == 1
    assert right.busiest["b"] == 3
    busy_together = [m.model for m, _ in bench.events[:40]]
    assert {"a", "b"} == set(busy_together)


async def test_servers_that_have_the_same_models_take_up_different_ones_first() -> None:
    left, right = OneAtATime("left"), OneAtATime("right")
    bench = Bench({"a": (left, right), "b": (left, right)}, left)
    await bench.run()
    assert next(iter(left.loads)) == "a"
    assert next(iter(right.loads)) == "b"


async def test_a_server_that_has_run_dry_takes_over_what_has_not_begun() -> None:
    left, right = OneAtATime("left"), OneAtATime("right")
    bench = Bench({"a": (left, right)}, left, cases=6)
    await bench.run()
    where = [m.endpoint for m in bench.members]
    assert min(where.count("left"), where.count("right")) >= 2


async def test_sessions_of_a_server_that_is_gone_resume_on_another_that_has_the_model() -> None:
    left, right = OneAtATime("left"), OneAtATime("right")
    settings = LoopSettings(mode="auto", server_wait=0.0)
    bench = Bench({"a": (left, right)}, right, cases=6, settings=settings)
    began = [0]

    def die(member: SuiteMember, event: Event | Signal) -> None:
        began[0] += member.endpoint == "left" and isinstance(event, RunFinished)
        left.gone = left.gone or began[0] == 3

    bench.on_event = die
    await bench.run()
    assert {m.record.status for m in bench.members} == {"completed"}
    assert {m.endpoint for m in bench.members[-2:]} == {"right"}
    for member in bench.members:
        for iteration in member.record.iterations:
            answered = [(run.example_id, run.repeat) for run in iteration.runs if run.success]
            assert len(answered) == len(set(answered)) == len(iteration.runs)
    assert len(left.requests) <= 5  # what was under way, and nobody begins there any more


async def test_a_server_that_is_slow_to_say_what_it_holds_keeps_no_other_waiting() -> None:
    slow, quick = OneAtATime("slow"), OneAtATime("quick")
    asked, told = asyncio.Event(), asyncio.Event()

    async def silent() -> frozenset[str]:
        asked.set()
        await told.wait()
        return frozenset()

    slow.loaded = silent  # type: ignore[method-assign]
    bench = Bench({"a": slow, "b": quick}, quick)
    running = asyncio.create_task(bench.run())
    await asked.wait()
    while not all(m.ended for m in bench.members if m.model == "b"):  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert not any(m.record.started for m in bench.members if m.model == "a")
    told.set()
    await running
    assert bench.reasons() == {"target_reached"}


async def test_work_goes_on_while_a_person_thinks() -> None:
    server = OneAtATime()
    bench = Bench(dict.fromkeys(["a", "b"], server), server, settings=LoopSettings(mode="manual"))
    waiting: list[SuggestionProposed] = []

    def think(member: SuiteMember, event: Event | Signal) -> None:
        if isinstance(event, SuggestionProposed):
            waiting.append(event)
            if len(waiting) == 4:  # every session has come to its question: nothing is idle before
                for proposal in reversed(waiting):
                    proposal.pending.reject("not this one")
                bench.control.set_mode("auto")
                bench.control.decide_by_rule()

    bench.on_event = think
    await bench.run()
    assert len(waiting) >= 4
    assert len(bench.reasons()) >= 1


async def test_a_session_that_cannot_begin_or_breaks_stops_no_other() -> None:
    server = OneAtATime()
    bench = Bench(dict.fromkeys(["a", "b", "c"], server), server, broken=frozenset({"b"}))

    def trip(member: SuiteMember, event: Event | Signal) -> None:
        if member.model == "c":
            raise RuntimeError("a mistake")

    bench.on_event = trip
    await bench.run()
    assert {m.model for m, _ in bench.failures} == {"c"}
    assert all(m.ended for m in bench.members)
    assert sorted(map(id, bench.over)) == sorted(map(id, bench.members))
    assert [m.error for m in bench.members if m.model == "b"] == ["not there"] * 2
    done = [m for m in bench.members if m.session and m.session.record.finished]
    assert [m.model for m in done] == ["a", "a"]


async def test_results_that_cannot_be_kept_end_everything() -> None:
    server = OneAtATime()
    bench = Bench(dict.fromkeys(["a", "b"], server), server)

    def full(member: SuiteMember, event: Event | Signal) -> None:
        raise OSError(28, "No space left on device")

    bench.on_event = full
    with pytest.raises(OSError, match="No space left"):
        await bench.run()


async def test_a_stop_ends_every_session() -> None:
    server = OneAtATime()
    bench = Bench(dict.fromkeys(["a", "b"], server), server)
    bench.on_event = lambda member, event: bench.control.stop()
    await bench.run()
    assert bench.reasons() == {"stopped_by_user"}
    assert all(m.ended for m in bench.members)
