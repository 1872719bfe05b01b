"""Side by side: several calls of a session at once, their facts in one stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing

from llmopt_tui.core.events import Event, SessionPaused, SessionResumed

Job = Callable[[], AsyncGenerator[Event, None]]
"""Starts one piece of work, which yields its facts."""


async def side_by_side(jobs: Sequence[Job], at_once: Callable[[], int]) -> AsyncIterator[Event]:
    """The facts of all jobs as they happen, `at_once()` jobs at a time, begun in their order.

    Where one of them raises, the others are cancelled; the facts that had happened by then come
    first, so that no answer is lost. All jobs share one pause.
    """
    if len(jobs) == 1 or at_once() == 1:
        for job in jobs:
            async with aclosing(job()) as facts:
                async for each in facts:
                    yield each
        return
    happened: asyncio.Queue[Event | None] = asyncio.Queue()
    waiting, running, paused = list(jobs), set[asyncio.Task[None]](), 0

    async def work(job: Job) -> None:
        try:
            async with aclosing(job()) as facts:
                async for fact in facts:
                    happened.put_nowait(fact)
        finally:
            happened.put_nowait(None)

    try:
        while waiting or running or not happened.empty():
            while waiting and len(running) < at_once():
                running.add(asyncio.create_task(work(waiting.pop(0))))
            fact = await happened.get()
            if fact is None:
                ended = {task for task in running if task.done()}
                running -= ended
                if failed := [error for task in ended if (error := task.exception())]:
                    waiting.clear()
                    while not happened.empty():
                        if (late := happened.get_nowait()) is not None and not _pause(late):
                            yield late
                    raise failed[0]
                continue
            if isinstance(fact, SessionPaused):
                paused += 1
                if paused > 1:
                    continue
            elif isinstance(fact, SessionResumed):
                paused -= 1
                if paused > 0:
                    continue
            yield fact
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _pause(fact: Event) -> bool:
    return isinstance(fact, SessionPaused | SessionResumed)
