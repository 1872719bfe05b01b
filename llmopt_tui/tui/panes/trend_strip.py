"""TrendStrip: the scores so far, under the Live log: a chart if there is room, else a line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.score import score_text, spark
from llmopt_tui.tui.widgets.trend import ScoreTrend

_SHOWN = 6


class TrendStrip(Vertical):
    """The scores of a session against its target. Hidden until there are two."""

    DEFAULT_CSS = """
    TrendStrip { height: auto; display: none; padding: 0 1; border-top: solid $border; }
    TrendStrip.-shown { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._chart = ScoreTrend(rows=3)
        self._line = Plain(classes="trend-line")
        self._shown: tuple[list[float | None], float] | None = None

    def compose(self) -> ComposeResult:
        """The chart and the line; the style sheet shows one, by the height of the screen."""
        yield self._chart
        yield self._line

    def show(self, scores: Sequence[float | None], target: float) -> None:
        """Show these scores, oldest first. Does nothing if nothing has changed."""
        if (shown := (list(scores), target)) == self._shown:
            return
        self._shown = shown
        self.set_class(len(scores) > 1, "-shown")
        self._chart.update(scores, target)
        figures = " → ".join(score_text(score) for score in scores[-_SHOWN:])
        self._line.update(Content(f"score {spark(scores)}  {figures}   target {target:.2f}"))
