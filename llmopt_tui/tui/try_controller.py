"""TryController: makes the calls of the Try screen, and keeps the last answers.

It belongs to the app, so that an answer under way survives a look at another screen.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from llmopt_tui.state.trying import Answered, Attempt, LiveTry, Tries
from llmopt_tui.tui.error_words import error_words
from llmopt_tui.tui.following import GATHER_SECONDS
from llmopt_tui.tui.news import News, NewsRoom

if TYPE_CHECKING:
    from textual.timer import Timer
    from textual.worker import Worker

    from llmopt_tui.app.endpoints import Endpoints
    from llmopt_tui.core.ports import Clock, Piece

Side = Literal["left", "right"]
"""A column of the Try screen. With a single prompt it is the left one."""
SIDES: tuple[Side, ...] = ("left", "right")


class TryChanged(News):
    """An answer under way was continued, or ended."""


class TryController:
    """Puts prompts to models, one for each column, and tells the screens how that goes.

    `live` has the attempts under way and those that failed, `shown` the answers that came last, by
    column. Attempts on one model are made at once, as far as its endpoint takes that; those on
    different models one after the other, so that no model is timed while another is loaded.
    """

    def __init__(self, app: NewsRoom, endpoints: Endpoints, clock: Clock) -> None:
        self.tries = Tries()
        self.live: dict[Side, LiveTry] = {}
        self.shown: dict[Side, Answered] = {}
        self._app, self._endpoints, self._clock = app, endpoints, clock
        self._worker: Worker[None] | None = None
        self._gathering: Timer | None = None

    @property
    def running(self) -> bool:
        """Whether an answer is under way."""
        return self._worker is not None and not self._worker.is_finished

    def start(self, asked: Mapping[Side, tuple[str, Attempt]]) -> None:
        """Make these attempts, each with its model. Ignored while others are under way."""
        if self.running:
            return
        now = self._clock.monotonic()
        self.live = {side: LiveTry(attempt, model, now) for side, (model, attempt) in asked.items()}
        for side in asked:
            self.shown.pop(side, None)
        self._worker = self._app.run_worker(
            self._run(), name="try", group="try", exclusive=False, exit_on_error=False
        )
        self._tell()

    def cancel(self) -> None:
        """Give up what is under way; what came of it stays to be read."""
        if self._worker is not None:
            self._worker.cancel()

    async def close(self) -> None:
        """Cancel what is under way, and wait until its connection is closed."""
        worker = self._worker
        if worker is not None and not worker.is_finished:
            from textual.worker import WorkerError

            worker.cancel()
            with contextlib.suppress(WorkerError):
                await worker.wait()

    async def _run(self) -> None:
        by_model: dict[str, list[Side]] = {}
        for side, live in self.live.items():
            by_model.setdefault(live.model, []).append(side)
        try:
            for sides in by_model.values():
                await asyncio.gather(*map(self._answer, sides))
        finally:
            self._end("You cancelled it.", self.live)
            self._app.call_later(self._tell)

    async def _answer(self, side: Side) -> None:
        from llmopt_tui.app.trying import carry_out

        live = self.live[side]

        def hear(piece: Piece) -> None:
            live.hear(piece, self._clock.monotonic())
            self._tell_soon()

        def began() -> None:
            live.begin(self._clock.monotonic())
            self._tell_soon()

        try:
            tried = await carry_out(self._endpoints, live.model, live.attempt, hear, began)
        except Exception as error:  # whatever it is, it is said where the answer would be
            self._end(error_words(error), [side])
        else:
            del self.live[side]
            self.shown[side] = self.tries.add(tried)
        self._tell()

    def _end(self, problem: str, sides: Iterable[Side]) -> None:
        for side in sides:
            if not self.live[side].ended:
                self.live[side].end(problem, self._clock.monotonic())

    def _tell_soon(self) -> None:
        """Tell the screens of what comes within a moment all at once."""
        if self._gathering is None:
            self._gathering = self._app.set_timer(GATHER_SECONDS, self._tell)

    def _tell(self) -> None:
        if self._gathering is not None:
            self._gathering.stop()
            self._gathering = None
        self._app.tell_screens(TryChanged())
