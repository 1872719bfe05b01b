"""A coroutine's outcome for callers that cannot await.

It runs on an event loop of its own in a thread of its own: notebooks have a loop running already
in theirs, on which no other may run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
E = TypeVar("E")

_WAIT_SECONDS = 0.5
"""On Windows, Ctrl+C is noticed only between waits."""


def outcome_of(
    work: Callable[[Callable[[E], None]], Coroutine[Any, Any, T]], hear: Callable[[E], None]
) -> T:
    """What `work` returns or raises. What it reports, `hear` is told in the caller's thread.

    Where that thread is interrupted, or `hear` raises, the work is cancelled, and waited for,
    before the exception goes on.
    """
    reports: SimpleQueue[E | None] = SimpleQueue()
    loop = asyncio.new_event_loop()
    task = loop.create_task(work(reports.put))
    with ThreadPoolExecutor(1, "llmopt-tui") as thread:
        done = thread.submit(_carry_out, loop, task)
        done.add_done_callback(lambda _: reports.put(None))
        try:
            while (report := _next(reports)) is not None:
                hear(report)
        except BaseException:
            with suppress(RuntimeError):  # the loop is closed: the work has ended by itself
                loop.call_soon_threadsafe(task.cancel)
            raise
        return done.result()


def _next(reports: SimpleQueue[E | None]) -> E | None:
    while True:
        with suppress(Empty):
            return reports.get(timeout=_WAIT_SECONDS)


def _carry_out(loop: asyncio.AbstractEventLoop, task: asyncio.Task[T]) -> T:
    async def wait_for_it() -> T:
        return await task

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(wait_for_it())
