"""LLMOptimizationSuite: many sessions run together, and the order of their steps.

A server often holds one model at a time, and a load costs seconds to minutes. So the steps that
need the loaded model come first, then the tests of the other candidates, and the interviews of all
of them last. A round loads each candidate once and the interviewer once.

A session begins on any free endpoint that has its model, and stays there, so that all its times are
from one machine; only where that machine is gone does it resume on another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from llmopt_tui.core.case import Case
from llmopt_tui.core.events import Event
from llmopt_tui.core.loop.next_step import Interview
from llmopt_tui.core.loop.queues import Group, Place, Queues
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.settings import LoopSettings


@dataclass(frozen=True, slots=True)
class SuitePlan:
    """The plan of a suite: every model on every case, with the same settings.

    A plan with an empty `suite_id` is a single session. With `transfer`, each model's best prompt
    is tried on the other models.
    """

    suite_id: str
    models: tuple[str, ...]
    cases: tuple[Case, ...]
    baseline_model: str
    interviewer_model: str
    settings: LoopSettings
    transfer: bool = False


@dataclass(slots=True, eq=False)
class SuiteMember:
    """One model on one case, begun or not.

    `endpoints` are those where it may begin, `endpoint` is the one where it did. `session` is None
    before it begins, `record` holds what has happened; `error` says why it could not begin or why
    it failed.
    """

    model: str
    case: Case
    endpoints: tuple[str, ...] = ()
    endpoint: str = ""
    session: ModelTestSession | None = None
    record: SessionRecord = field(default_factory=SessionRecord)
    error: str = ""
    ended: bool = False

    @property
    def places(self) -> tuple[Place, ...]:
        """Where its next step can be carried out; empty where the step calls no model."""
        if self.session is None:
            return tuple((endpoint, self.model) for endpoint in self.endpoints)
        needs = self.session.needs()
        return (needs,) if needs else ()

    @property
    def interviews(self) -> bool:
        """Whether its next step is an interview."""
        return self.session is not None and isinstance(self.session.next_step, Interview)

    def leave(self, endpoints: tuple[str, ...]) -> None:
        """Have it resume on any of these endpoints: the one where it began is gone."""
        self.session, self.endpoint, self.endpoints = None, "", endpoints
        self.ended, self.error = False, ""


M = TypeVar("M", bound=SuiteMember)


class LLMOptimizationSuite(Generic[M]):
    """Advances its members step by step until all have ended.

    `open` returns a member's session before its next step, or None where it could not; `take`
    stores every fact and applies it to the record before the next one happens; `failed` is called
    for a session that raised an error, `ended` for every member that has ended. `elsewhere` returns
    the endpoints where a session may resume because its own is gone, having closed it; else ().
    `slots` is how many calls each endpoint may get at once for one model; `loaded` returns the
    models that an endpoint has in memory, None where it does not answer.
    """

    def __init__(
        self,
        members: Sequence[M],
        *,
        open: Callable[[M], Awaitable[ModelTestSession | None]],
        take: Callable[[M, Event], Awaitable[None]],
        failed: Callable[[M, Exception], Awaitable[None]],
        ended: Callable[[M], Awaitable[None]],
        elsewhere: Callable[[M], Awaitable[tuple[str, ...]]],
        slots: Slots,
        loaded: Callable[[str], Awaitable[frozenset[str] | None]],
    ) -> None:
        self.members = tuple(members)
        self._open = open
        self._take = take
        self._failed = failed
        self._ended = ended
        self._elsewhere = elsewhere
        self._slots = slots
        self._loaded = loaded
        self._running: dict[M, Place | None] = {}
        self._current: dict[str, str] = {}
        self._queues: Queues[M] = Queues(self.members)
        self._answers: dict[str, frozenset[str] | None] = {}
        """What `loaded` said of each endpoint, until a step begins or ends there."""
        self._asking: set[str] = set()
        self._doubted: set[str] = set()
        """The endpoints that may be gone: nobody begins there until that is known."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Carry out every step of every member. Raises OSError where results cannot be kept."""
        for member in self.members:
            if not member.ended:
                self._wait(member)
        try:
            while True:
                turns = self._turns()
                if not turns and not self._tasks:
                    turns = self._turns(anyway=True)
                for member, place in turns:
                    self._tasks.add(asyncio.create_task(self._advance(member, place)))
                if not self._tasks:
                    return
                done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                self._tasks -= done
                if failures := [error for task in done if (error := task.exception())]:
                    raise failures[0]
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # One step

    async def _advance(self, member: M, place: Place | None) -> None:
        """Carry out one step of a member. A member that fails has ended; the others continue."""
        try:
            await self._carry_out(member)
        except OSError:
            raise  # results cannot be stored, so no session may continue
        except Exception as error:
            member.ended = True
            await self._failed(member, error)
        finally:
            del self._running[member]
            self._changed(place)
        if member.ended:
            await self._finish(member)
        else:
            self._wait(member)

    async def _carry_out(self, member: M) -> None:
        session = member.session or await self._open(member)
        member.session = session
        if session is None:
            member.ended = True
            return
        async with aclosing(session.advance()) as events:
            async for event in events:
                await self._take(member, event)
        member.ended = session.ended

    async def _finish(self, member: M) -> None:
        """A member has ended, unless it failed because its endpoint is gone: then it moves, and
        with it the sessions that wait for that endpoint.
        """
        lost = member.endpoint
        finished = member.record.finished
        if lost and (finished is None or finished.stop_reason == "failed"):
            # Nobody begins there before it has said again that it is alive.
            self._current.pop(lost, None)
            self._doubted.add(lost)
            try:
                moved = await self._move(member, lost)
            finally:
                self._doubted.discard(lost)
            if moved:
                return
        await self._ended(member)

    async def _move(self, member: M, lost: str) -> bool:
        """Let a member, and those that wait for the same endpoint, resume elsewhere if need be."""
        places = await self._elsewhere(member)
        if not places:
            return False
        for other in [m for m in self._queues.waiting(lost) if m.session]:
            if found := await self._elsewhere(other):
                self._queues.remove(other)
                other.leave(found)
                self._wait(other)
        member.leave(places)
        self._wait(member)
        return True

    # Whose turn it is

    def _wait(self, member: M) -> None:
        """Let a member wait for its next step."""
        self._queues.add(member, member.places, member.interviews)

    def _changed(self, place: Place | None) -> None:
        """A step began or ended: what was known of the endpoint's memory is no longer true."""
        if place:
            self._answers.pop(place[0], None)
        for endpoint in [name for name, loaded in self._answers.items() if loaded is None]:
            del self._answers[endpoint]  # a server that was silent may be back

    def _turns(self, *, anyway: bool = False) -> list[tuple[M, Place | None]]:
        """The members whose steps to start now, and where; they are running from now on.

        With `anyway`, endpoints that do not answer are not spared: nothing else can be done.
        """
        turns: list[tuple[M, Place | None]] = []
        for member in self._queues.anywhere():
            turns.append(self._begin(member, None))
        for endpoint in self._queues.endpoints():
            while picked := self._pick(endpoint, anyway=anyway):
                group, member = picked
                if (endpoint, group.model) not in member.places:
                    self._queues.remove(member)  # the person changed what it does next
                    self._wait(member)
                    continue
                turns.append(self._begin(member, (endpoint, group.model)))
        return turns

    def _begin(self, member: M, place: Place | None) -> tuple[M, Place | None]:
        self._queues.remove(member)
        self._running[member] = place
        self._changed(place)
        if place:
            endpoint, self._current[endpoint] = place
            member.endpoint = member.endpoint or endpoint
        return member, place

    def _pick(self, endpoint: str, *, anyway: bool) -> tuple[Group, M] | None:
        """The next member on an endpoint: one that needs no load, else one that shares a load."""
        if endpoint in self._doubted:
            return None
        busy = [p[1] for p in self._running.values() if p and p[0] == endpoint]
        free = [
            (group, member)
            for group, member in self._queues.first(endpoint)
            if busy.count(group.model) < self._slots.of(endpoint, group.model)
        ]
        current = self._current.get(endpoint)
        if same := [turn for turn in free if turn[0].model == current]:
            return min(same, key=lambda turn: self._queues.place(turn[1]))
        if not free:
            return None
        if endpoint not in self._answers:
            self._ask(endpoint)
            return None
        loaded = self._answers[endpoint]
        if loaded is None:
            # A silent server gets only those who can go nowhere else.
            bound = [t for t in free if anyway or t[1].session or len(t[1].endpoints) < 2]
            return bound[0] if bound and not busy else None
        ready = [turn for turn in free if turn[0].model in loaded]
        if busy:  # a load would push the model that is answering out of memory
            return min(ready, key=lambda turn: self._queues.place(turn[1]), default=None)
        tests = [turn for turn in free if not turn[0].interviews]
        # A model that another endpoint works with comes last here: that endpoint serves it.
        taken = {model for other, model in self._current.items() if other != endpoint}
        return min(
            tests or ready or free,
            key=lambda turn: (
                turn[0].model not in loaded,
                turn[0].model in taken,
                self._queues.place(turn[1]),
            ),
        )

    def _ask(self, endpoint: str) -> None:
        """Have an endpoint asked what it has in memory, while the others work on."""
        if endpoint not in self._asking:
            self._asking.add(endpoint)
            self._tasks.add(asyncio.create_task(self._asked(endpoint)))

    async def _asked(self, endpoint: str) -> None:
        try:
            self._answers[endpoint] = await self._loaded(endpoint)
        finally:
            self._asking.discard(endpoint)
