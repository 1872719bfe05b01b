"""ControlledClient: model calls that a person can hold and stop, and that outwait a lost server.

Every call of a session, to candidate and interviewer alike, goes through one of these, so neither
the loop nor the interviewer has to know about pausing, stopping or servers that go away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.ports import (
    ChatRequest,
    Clock,
    Held,
    ModelClient,
    ModelError,
    Piece,
    Released,
    Reply,
    Retrying,
)
from llmopt_tui.core.wrapped_client import WrappedClient

FIRST_WAIT = 5.0
LONGEST_WAIT = 60.0
# A server may write faster than its words are drawn: reading then waits.
_PIECES_AHEAD = 256


class Stopped(Exception):
    """The person stopped the session while a call was under way."""


class _TryNow(Exception):
    """The person does not wait for the next attempt: the call is made anew at once."""

    def __init__(self, retrying: Retrying) -> None:
        super().__init__()
        self.retrying = retrying


class ControlledClient(WrappedClient):
    """A ModelClient under a RunControl. See `ModelClient` for the methods."""

    def __init__(
        self,
        client: ModelClient,
        control: RunControl,
        clock: Clock,
        *,
        server_wait: float | None = None,
    ) -> None:
        super().__init__(client)
        self._control = control
        self._clock = clock
        self._server_wait = server_wait

    async def chat(self, request: ChatRequest) -> AsyncIterator[Piece | Reply]:
        """Stream one answer. Raises `Stopped` on a person's stop, `ModelError` otherwise."""
        wait = FIRST_WAIT
        lost_at: float | None = None
        while True:
            if self._control.paused:
                yield Held("person")
                await self._unless_stopped(self._control.until_going())
                yield Released()
                lost_at = None
            try:
                async with aclosing(self._streamed(request)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except _TryNow as now:
                yield now.retrying
                continue
            except ModelError as error:
                # The calls' own time counts too: one that hangs may take longer than any wait.
                lost_at = self._clock.monotonic() if lost_at is None else lost_at
                if error.blame != "server" or self._outwaited(lost_at):
                    raise
                yield Held("server", str(error), wait)
            await self._unless_stopped(self._clock.sleep(wait), self._control.until_woken())
            yield Released()
            wait = min(wait * 2, LONGEST_WAIT)

    def _outwaited(self, lost_at: float) -> bool:
        waited = self._clock.monotonic() - lost_at
        return self._server_wait is not None and waited >= self._server_wait

    async def _streamed(self, request: ChatRequest) -> AsyncGenerator[Piece | Reply, None]:
        """The client's own stream, read in a task that a stop can cancel wherever it waits.

        Raises `_TryNow` where the person goes on while an attempt is waited for.
        """
        queue: asyncio.Queue[Piece | Reply | None] = asyncio.Queue()
        ahead = asyncio.Semaphore(_PIECES_AHEAD)

        async def read() -> None:
            try:
                async for piece in self.inner.chat(request):
                    await ahead.acquire()
                    queue.put_nowait(piece)
            finally:
                queue.put_nowait(None)

        async def interrupt(order: Awaitable[None]) -> None:
            await order
            queue.put_nowait(None)

        reading = asyncio.create_task(read())
        stopping = asyncio.create_task(interrupt(self._control.until_stopped()))
        waking: asyncio.Task[None] | None = None
        retrying: Retrying | None = None
        try:
            while True:
                piece = await queue.get()
                if piece is not None:
                    ahead.release()
                    if waking:
                        waking.cancel()
                        waking = None
                    if isinstance(piece, Retrying) and piece.wait_seconds:
                        retrying = replace(piece, wait_seconds=0.0)
                        waking = asyncio.create_task(interrupt(self._control.until_woken()))
                    yield piece
                elif self._control.stopped:
                    raise Stopped
                elif retrying and waking and waking.done():
                    raise _TryNow(retrying)
                elif reading.done():
                    await reading
                    return
        finally:
            tasks = [task for task in (reading, stopping, waking) if task]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _unless_stopped(self, *awaitables: Awaitable[Any]) -> None:
        """Wait for the first of these. Raises `Stopped` when the stop comes first."""
        waiting = [asyncio.ensure_future(a) for a in (self._control.until_stopped(), *awaitables)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self._control.stopped:
                raise Stopped
        finally:
            for task in waiting:
                task.cancel()
