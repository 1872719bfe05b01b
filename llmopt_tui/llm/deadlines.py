"""How long a server is waited for, stage by stage, and the error that names the stage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from llmopt_tui.llm.errors import Stage, TimedOut


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long to wait, in seconds, for each thing that may never come.

    A silence before the first event is a load, a queue or a prompt being read, and nothing in it
    tells which. So the server is asked every `look` seconds whether the model is in memory: until
    it is, `load` counts; from then on `first_event` does, for the queue and the prompt. Asking
    beats loading the model with a request of its own: nothing is sent where answers come at once,
    and servers that know no empty request are spared one. Where a server cannot tell, the silence
    may last for both together.

    `gap` covers silences inside an answer (a constrained answer after thoughts reads the prompt
    again). `probe` is for questions that a healthy server answers at once, `listing` for those
    that wait for its start-up scan.
    """

    connect: float = 5.0
    write: float = 60.0
    load: float = 1800.0
    first_event: float = 900.0
    gap: float = 300.0
    look: float = 5.0
    probe: float = 10.0
    listing: float = 60.0


Loaded = Callable[[], Awaitable[bool | None]]
"""Tells whether a model is in memory; None where the server cannot tell."""


class Deadline:
    """`asyncio.timeout` that says which wait was too long, and can be entered again and again."""

    def __init__(self, stage: Stage, seconds: float) -> None:
        self._timeout: asyncio.Timeout | None = None
        self.restart(stage, seconds)

    def restart(self, stage: Stage, seconds: float) -> None:
        """Wait for this stage from now on, for so many seconds."""
        self._since = asyncio.get_running_loop().time()
        self.extend(stage, seconds)

    def extend(self, stage: Stage, seconds: float) -> None:
        """Name the stage that is waited for, and its seconds, counted from the last `restart`."""
        self.stage: Stage = stage
        self._seconds = seconds
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(self._since + seconds)

    async def __aenter__(self) -> None:
        self._timeout = asyncio.timeout_at(self._since + self._seconds)
        await self._timeout.__aenter__()

    async def __aexit__(self, *exception: Any) -> None:
        assert self._timeout is not None
        timeout, self._timeout = self._timeout, None
        try:
            await timeout.__aexit__(*exception)
        except TimeoutError as error:
            raise TimedOut(self.stage, self._seconds) from error


@asynccontextmanager
async def first_event(deadlines: Deadlines, loaded: Loaded | None) -> AsyncIterator[Deadline]:
    """The deadline of an answer's beginning, restarted once the model is seen to be loaded."""
    both = deadlines.load + deadlines.first_event
    if loaded is None:
        yield Deadline("first event", both)
        return
    deadline = Deadline("load", deadlines.load)

    async def look() -> None:
        while deadline.stage == "load":
            await asyncio.sleep(deadlines.look)
            told = await loaded() if deadline.stage == "load" else False
            if told and deadline.stage == "load":
                deadline.restart("first event", deadlines.first_event)
            elif told is None and deadline.stage == "load":
                deadline.extend("first event", both)

    looking = asyncio.create_task(look())
    try:
        yield deadline
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
