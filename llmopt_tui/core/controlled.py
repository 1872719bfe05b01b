"""ControlledClient: model calls that a person can hold and stop, and that outwait a lost server.

Every call of a session, to candidate and interviewer alike, goes through one of these, so neither
the loop nor the interviewer has to know about pausing, stopping or servers that go away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Sequence
from contextlib import aclosing
from typing import Any

from llmopt_tui.core.control import RunControl
from llmopt_tui.core.ports import (
    ChatRequest,
    Clock,
    Held,
    ModelClient,
    ModelError,
    ModelInfo,
    Piece,
    Released,
    Reply,
)

FIRST_WAIT = 5.0
LONGEST_WAIT = 60.0


class Stopped(Exception):
    """The person stopped the session while a call was under way."""


class ControlledClient:
    """A ModelClient under a RunControl. See `ModelClient` for the methods."""

    def __init__(
        self,
        client: ModelClient,
        control: RunControl,
        clock: Clock,
        *,
        server_wait: float | None = None,
    ) -> None:
        self._client = client
        self._control = control
        self._clock = clock
        self._server_wait = server_wait

    @property
    def endpoint(self) -> str:
        """The endpoint's name."""
        return self._client.endpoint

    @property
    def parallel(self) -> int:
        """How many calls the endpoint takes at once."""
        return self._client.parallel

    async def models(self) -> Sequence[ModelInfo]:
        """The models that this endpoint has."""
        return await self._client.models()

    async def version(self) -> str:
        """The server's version."""
        return await self._client.version()

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    async def chat(self, request: ChatRequest) -> AsyncIterator[Piece | Reply]:
        """Stream one answer. Raises `Stopped` on a person's stop, `ModelError` otherwise."""
        wait, waited = FIRST_WAIT, 0.0
        while True:
            if self._control.paused:
                yield Held("person")
                await self._unless_stopped(self._control.until_going())
                yield Released()
            try:
                async with aclosing(self._streamed(request)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except ModelError as error:
                outwaited = self._server_wait is not None and waited >= self._server_wait
                if error.blame != "server" or outwaited:
                    raise
                yield Held("server", str(error), wait)
            await self._unless_stopped(self._clock.sleep(wait), self._control.until_woken())
            yield Released()
            waited, wait = waited + wait, min(wait * 2, LONGEST_WAIT)

    async def _streamed(self, request: ChatRequest) -> AsyncGenerator[Piece | Reply, None]:
        """The client's own stream, read in a task that a stop can cancel wherever it waits."""
        queue: asyncio.Queue[Piece | Reply | None] = asyncio.Queue()

        async def read() -> None:
            try:
                async for piece in self._client.chat(request):
                    queue.put_nowait(piece)
            finally:
                queue.put_nowait(None)

        async def watch() -> None:
            await self._control.until_stopped()
            queue.put_nowait(None)

        reading, watching = asyncio.create_task(read()), asyncio.create_task(watch())
        try:
            while (piece := await queue.get()) is not None:
                yield piece
            if self._control.stopped:
                raise Stopped
            await reading
        finally:
            reading.cancel()
            watching.cancel()
            await asyncio.gather(reading, watching, return_exceptions=True)

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
