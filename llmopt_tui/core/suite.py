"""LLMOptimizationSuite: many sessions run together; which one's next step is carried out when.

A server often holds one model at a time, and a load costs seconds to minutes. So whatever waits
for the model that is loaded goes first; then come the tests of the other candidates, and the
interviews of all of them last. A round loads each candidate once and the interviewer once.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from llmopt_tui.core.case import Case
from llmopt_tui.core.events import Event, Signal
from llmopt_tui.core.loop import Interview
from llmopt_tui.core.record import SessionRecord
from llmopt_tui.core.session import ModelTestSession
from llmopt_tui.core.settings import LoopSettings


@dataclass(frozen=True, slots=True)
class SuitePlan:
    """What a suite is to do: every model on every case, with the same settings.

    Without a `suite_id` it is a session on its own. `transfer` has each model's best prompt tried
    on the others.
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
    """One model on one case, begun or not. `endpoint` is where its model is asked.

    `session` is there while it runs, `record` holds what has happened; `error` says why it could
    not begin, or what it broke off with.
    """

    model: str
    case: Case
    endpoint: str = ""
    session: ModelTestSession | None = None
    record: SessionRecord = field(default_factory=SessionRecord)
    error: str = ""
    ended: bool = False

    @property
    def needs(self) -> tuple[str, str] | None:
        """The endpoint and the model that its next step asks; None where it asks none."""
        return self.session.needs() if self.session else (self.endpoint, self.model)

    @property
    def interviews(self) -> bool:
        """Whether its next step is an interview."""
        return self.session is not None and isinstance(self.session.next_step, Interview)


Open = Callable[[SuiteMember], Awaitable[bool]]
Take = Callable[[SuiteMember, Event | Signal], Awaitable[None]]
Failed = Callable[[SuiteMember, Exception], Awaitable[None]]
Ended = Callable[[SuiteMember], Awaitable[None]]
Loaded = Callable[[str], Awaitable[frozenset[str]]]


class LLMOptimizationSuite:
    """Advances its members step by step until all have ended.

    `open` gives a member its session before its first step, or says that it could not; `take` gets
    every event before the next one happens; `failed` is told of a session that broke, `ended` of
    every one that has come to its end. `limits` is
    how many calls each endpoint takes at once for one model, `loaded` the models that it has in
    memory.
    """

    def __init__(
        self,
        members: Sequence[SuiteMember],
        *,
        open: Open,
        take: Take,
        failed: Failed,
        ended: Ended,
        limits: Mapping[str, int],
        loaded: Loaded,
    ) -> None:
        self.members = tuple(members)
        self._open = open
        self._take = take
        self._failed = failed
        self._ended = ended
        self._limits = limits
        self._loaded = loaded
        self._running: dict[SuiteMember, tuple[str, str] | None] = {}
        self._current: dict[str, str] = {}

    async def run(self) -> None:
        """Carry out every step of every member. Raises OSError where results cannot be kept."""
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                while member := await self._next():
                    self._running[member] = needs = member.needs
                    if needs:
                        self._current[needs[0]] = needs[1]
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

    async def _advance(self, member: SuiteMember) -> None:
        """One step of a member. One that fails has ended; the others go on."""
        try:
            await self._carry_out(member)
        except OSError:
            raise  # what happens cannot be kept: then nothing may go on
        except Exception as error:
            member.ended = True
            await self._failed(member, error)
        finally:
            del self._running[member]
        if member.ended:
            await self._ended(member)

    async def _carry_out(self, member: SuiteMember) -> None:
        if member.session is None and not await self._open(member):
            member.ended = True
            return
        assert member.session is not None
        async with aclosing(member.session.advance()) as events:
            async for event in events:
                await self._take(member, event)
        member.ended = member.session.ended

    async def _next(self) -> SuiteMember | None:
        """The member whose step is to be started now; None while there is nothing to start."""
        waiting = [m for m in self.members if not m.ended and m not in self._running]
        by_endpoint: dict[str, list[SuiteMember]] = {}
        for member in waiting:
            if member.needs is None:
                return member
            by_endpoint.setdefault(member.needs[0], []).append(member)
        for endpoint, members in by_endpoint.items():
            if picked := await self._pick(endpoint, members):
                return picked
        return None

    async def _pick(self, endpoint: str, waiting: Sequence[SuiteMember]) -> SuiteMember | None:
        """Whose turn it is on an endpoint: whoever needs no load, else who shares one."""
        busy = Counter(n[1] for n in self._running.values() if n and n[0] == endpoint)
        limit = self._limits.get(endpoint, 1)
        free = [m for m in waiting if m.needs and busy[m.needs[1]] < limit]
        current = (endpoint, self._current.get(endpoint))
        if same := [m for m in free if m.needs == current]:
            return same[0]
        if not free:
            return None
        loaded = await self._loaded(endpoint)
        ready = [m for m in free if m.needs and m.needs[1] in loaded]
        if busy:  # what is being answered is not to be pushed out of memory
            return ready[0] if ready else None
        tests = [m for m in free if not m.interviews]
        return next((m for m in ready if m in tests), (tests or ready or free)[0])
