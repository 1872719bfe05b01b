"""Calls: model calls that a person can hold and stop, and that wait for a lost server to return.

Every call of a session goes through here, the candidate's and the interviewer's alike, so neither
the loop nor the interviewer has to know about pauses, stops or servers that go away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from llmopt_tui.core.events import SessionPaused, SessionResumed
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.giving_up import GivenUp, GiveUp
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.ports import (
    ChatRequest,
    Clock,
    ModelClient,
    ModelError,
    Piece,
    Reply,
    Retrying,
    Tell,
)

T = TypeVar("T")

FIRST_WAIT = 5.0
LONGEST_WAIT = 60.0


class Stopped(Exception):
    """Raised where the person stops the session while a call is under way."""


class _TryNow(Exception):
    """Raised where the person asks for the next attempt at once."""

    def __init__(self, retrying: Retrying) -> None:
        super().__init__()
        self.retrying = retrying


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call ended.

    `seconds` is how long the last attempt took, for a reply from the cache the one that was made.
    Where the model failed, or cannot answer this one
    request (it is too long), `error` says why, and `reply` holds what had arrived by then.
    """

    reply: Reply
    seconds: float
    error: str = ""


class Calls:
    """Makes calls under a RunControl, each in a slot of its endpoint.

    `server_wait` is how many seconds to wait for a lost server; None is for ever.
    """

    def __init__(
        self,
        control: RunControl,
        clock: Clock,
        slots: Slots,
        *,
        server_wait: float | None = None,
    ) -> None:
        self._control = control
        self._clock = clock
        self._slots = slots
        self._server_wait = server_wait

    async def ask(
        self,
        client: ModelClient,
        request: ChatRequest,
        tell: Tell,
        give_up: GiveUp | None = None,
    ) -> AsyncGenerator[SessionPaused | SessionResumed | Outcome, None]:
        """Make one call. Yields its pauses as they happen and its `Outcome` last.

        Raises `Stopped` when the person stops, `GivenUp` when they give this call up, and
        `ModelError` where the server or the request is to blame. A failure of the model itself, or
        of this one request alone, is an outcome.
        """
        wait, lost_at = FIRST_WAIT, None
        while True:
            if self._control.paused:
                yield SessionPaused(at=self._clock.now(), by="person")
                await self._unless_stopped(give_up, self._control.until_going())
                yield SessionResumed(at=self._clock.now())
                lost_at = None
            attempt = _Attempt(self._control, self._clock, tell, give_up)
            try:
                async with self._slots.hold(client.endpoint, request.model) as answered:
                    outcome = await attempt.make(client, request)
                    if not outcome.reply.metrics.cached:
                        answered(outcome.reply.metrics)
                yield outcome
                return
            except _TryNow as now:
                tell(now.retrying)
                continue
            except ModelError as error:
                # A call that hangs may take longer than any wait, so its time counts too.
                lost_at = self._clock.monotonic() if lost_at is None else lost_at
                if error.blame != "server" or self._outwaited(lost_at):
                    raise
                yield SessionPaused(
                    at=self._clock.now(), by="server", reason=str(error), retry_in=wait
                )
            await self._unless_stopped(
                give_up, self._clock.sleep(wait), self._control.until_woken()
            )
            yield SessionResumed(at=self._clock.now())
            wait = min(wait * 2, LONGEST_WAIT)

    def _outwaited(self, lost_at: float) -> bool:
        waited = self._clock.monotonic() - lost_at
        return self._server_wait is not None and waited >= self._server_wait

    async def _unless_stopped(self, give_up: GiveUp | None, *awaitables: Awaitable[Any]) -> None:
        """Wait for the first of these. Raises `Stopped` or `GivenUp` where that comes first."""
        ends = [self._control.until_stopped(), *([give_up.until_wanted()] if give_up else [])]
        waiting = [asyncio.ensure_future(a) for a in (*ends, *awaitables)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self._control.stopped:
                raise Stopped
            if give_up and give_up.wanted:
                raise GivenUp
        finally:
            for task in waiting:
                task.cancel()


class _Attempt:
    """One attempt at a call, the client's own retries included."""

    def __init__(
        self, control: RunControl, clock: Clock, tell: Tell, give_up: GiveUp | None
    ) -> None:
        self._control = control
        self._give_up = give_up
        self._clock = clock
        self._tell = tell
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[Any]] = []
        self._waking: asyncio.Task[None] | None = None
        self._retrying: Retrying | None = None
        self._began = clock.monotonic()

    async def make(self, client: ModelClient, request: ChatRequest) -> Outcome:
        """Make the call in a task, so that a stop can cancel it at any await.

        Raises `Stopped`, `GivenUp`, `_TryNow` where the person ends the wait for a retry, and
        `ModelError` where it is not the model's own failure.
        """
        call = self._start(client.chat(request, self._hear))
        self._start(self._control.until_stopped())
        if self._give_up:
            self._start(self._give_up.until_wanted())
        try:
            while not call.done():
                if self._control.stopped:
                    raise Stopped
                if self._give_up and self._give_up.wanted:
                    raise GivenUp
                if self._retrying and self._waking and self._waking.done():
                    raise _TryNow(self._retrying)
                await self._changed.wait()
                self._changed.clear()
            reply = call.result()
            return Outcome(reply, self._seconds if reply.seconds is None else reply.seconds)
        except ModelError as error:
            if error.blame != "model" and not error.of_one_request:
                raise
            return Outcome(error.partial or Reply(""), self._seconds, str(error))
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hear(self, piece: Piece) -> None:
        if self._waking:
            self._waking.cancel()
            self._waking = None
        if isinstance(piece, Retrying):
            self._began = self._clock.monotonic()
            if piece.wait_seconds:
                self._retrying = replace(piece, wait_seconds=0.0)
                self._waking = self._start(self._control.until_woken())
        self._tell(piece)

    @property
    def _seconds(self) -> float:
        return self._clock.monotonic() - self._began

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _: self._changed.set())
        self._tasks.append(task)
        return task
