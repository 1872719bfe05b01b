"""How far the preparation of a model file is, told from a thread to whoever waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeVar

Stage = Literal["checking", "fetching", "unpacking", "loading"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far the preparation of the model is: a stage, and bytes done of bytes in all within it.

    "loading" has no measure of its own: it is announced once, with nothing done.
    """

    stage: Stage
    done_bytes: int
    total_bytes: int


Progress = Callable[[FetchProgress], None]
Step = Callable[[int], None]


class Report:
    """Passes progress on, never more than the total."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    def stage(self, stage: Stage, total: int) -> Step:
        """What the bytes done in a stage, of `total` bytes, are told to."""

        def step(done: int) -> None:
            if self._progress is not None:
                self._progress(FetchProgress(stage, min(done, total), total))

        return step


class _Abandoned(Exception):
    """The caller was cancelled while its thread was at work."""


async def in_thread(work: Callable[[Step], T], report: Step) -> T:
    """Run `work` beside the event loop; its steps are reported on the loop.

    A cancelled caller waits until the thread has let go of its files, at the next step.
    """
    loop = asyncio.get_running_loop()
    abandoned = threading.Event()

    def step(done: int) -> None:
        if abandoned.is_set():
            raise _Abandoned
        loop.call_soon_threadsafe(report, done)

    future = loop.run_in_executor(None, work, step)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        abandoned.set()
        with suppress(Exception):
            await future
        raise
