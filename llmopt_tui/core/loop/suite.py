"""LLMOptimizationSuite: many sessions run together, and the order of their steps.

A server often holds one model at a time, and a load costs seconds to minutes. So the steps that
need the loaded model come first, then the tests of the other candidates, and the interviews of all
of them last. A round loads each candidate once and the interviewer once.

A session begins on any free endpoint that has its model, and stays there, so that all its times are
from one machine.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from llmopt_tui.core.case import Case
from llmopt_tui.core.events import Event
from llmopt_tui.core.loop.next_step import Interview
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


Place = tuple[str, str]
"""An endpoint and a model that is called there."""


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


M = TypeVar("M", bound=SuiteMember)


class LLMOptimizationSuite(Generic[M]):
    """Advances its members step by step until all have ended.

    `open` returns a member's session before its first step, or None where it could not; `take`
    stores every fact and applies it to the record before the next one happens; `failed` is called
    for a session that raised an error, `ended` for every member that has ended. `slots` is how
    many calls each endpoint may get at once for one model; `loaded` returns the models that an
    endpoint has in memory.
    """

    def __init__(
        self,
        members: Sequence[M],
        *,
        open: Callable[[M], Awaitable[ModelTestSession | None]],
        take: Callable[[M, Event], Awaitable[None]],
        failed: Callable[[M, Exception], Awaitable[None]],
        ended: Callable[[M], Awaitable[None]],
        slots: Slots,
        loaded: Callable[[str], Awaitable[frozenset[str]]],
    ) -> None:
        self.members = tuple(members)
        self._open = open
        self._take = take
        self._failed = failed
        self._ended = ended
        self._slots = slots
        self._loaded = loaded
        self._running: dict[M, Place | None] = {}
        self._current: dict[str, str] = {}

    async def run(self) -> None:
        """Carry out every step of every member. Raises OSError where results cannot be kept."""
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                while turn := await self._next():
                    member, place = turn
                    self._running[member] = place
                    if place:
                        endpoint, self._current[endpoint] = place
                        member.endpoint = member.endpoint or endpoint
                    tasks.add(asyncio.create_task(self._advance(member)))
                if not tasks:
                    return
                done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                if failures := [error for task in done if (error := task.exception())]:
                    raise failures[0]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _advance(self, member: M) -> None:
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
        if member.ended:
            await self._ended(member)

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

    async def _next(self) -> tuple[M, Place | None] | None:
        """The member whose step to start now, and where; None while there is none."""
        waiting = [m for m in self.members if not m.ended and m not in self._running]
        by_endpoint: dict[str, dict[M, str]] = {}
        for member in waiting:
            if not member.places:
                return member, None
            for endpoint, model in member.places:
                by_endpoint.setdefault(endpoint, {})[member] = model
        for endpoint, asked in by_endpoint.items():
            if picked := await self._pick(endpoint, asked):
                return picked, (endpoint, asked[picked])
        return None

    async def _pick(self, endpoint: str, asked: Mapping[M, str]) -> M | None:
        """The next member on an endpoint: one that needs no load, else one that shares a load.

        `asked` maps each member that waits for the endpoint to the model it needs there.
        """
        busy = Counter(p[1] for p in self._running.values() if p and p[0] == endpoint)
        free = [m for m, model in asked.items() if busy[model] < self._slots.of(endpoint, model)]
        if same := [m for m in free if asked[m] == self._current.get(endpoint)]:
            return same[0]
        if not free:
            return None
        tests = [m for m in free if not m.interviews]
        if not busy and len({asked[m] for m in free}) == 1:
            return (tests or free)[0]  # whether the one model is loaded changes nothing: unasked
        loaded = await self._loaded(endpoint)
        ready = [m for m in free if asked[m] in loaded]
        if busy:  # a load would push the model that is answering out of memory
            return ready[0] if ready else None
        # A model that another endpoint works with comes last here: that endpoint serves it.
        taken = {model for other, model in self._current.items() if other != endpoint}
        return min(
            tests or ready or free,
            key=lambda member: (member not in ready, asked[member] in taken),
        )
