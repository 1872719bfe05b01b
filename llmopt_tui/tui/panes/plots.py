"""PlotsPane: scores over iterations, speed against quality, gains on train and on held-out."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from llmopt_tui.reports.leaderboard_words import verdict_of
from llmopt_tui.state.leaderboard import OVERALL, Leaderboard
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.bar_plot import BarPlot, Bars
from llmopt_tui.tui.widgets.curve_plot import Curve, CurvePlot
from llmopt_tui.tui.widgets.plot import mark_of
from llmopt_tui.tui.widgets.scatter_plot import Dot, ScatterPlot

_LEAST_HEIGHT = 10


class PlotsPane(VerticalScroll):
    """Three plots, one below the other, for one case or over all."""

    HELP = """\
Each model has its own mark in all plots. Score over iterations: the score of each prompt that was
tried, on train; the dotted line is the target. Speed against quality: top left is best; the line
joins the models that no other beats in both. Gain: on the examples that prompts are tuned on (▒),
and on held-out ones with the interval; an interval that crosses the line of no gain proves
nothing."""

    DEFAULT_CSS = """
    PlotsPane { height: 1fr; scrollbar-size-vertical: 1; }
    PlotsPane > .plot {
        height: 12; border: round $border; border-title-color: $foreground;
        border-subtitle-color: $text-muted; padding: 0 1;
    }
    PlotsPane:focus > .plot { border: heavy $foreground 70%; border-title-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__(id="plots", can_focus=True)

    def compose(self) -> ComposeResult:
        """The plots, each with its title."""
        for title, plot in (
            ("3 Score over iterations", CurvePlot(id="curves")),
            ("Speed against quality", ScatterPlot(id="scatter")),
            ("Gain on train and held-out", BarPlot(id="bars")),
        ):
            with Vertical(classes="plot") as box:
                box.border_title = title
                yield plot

    def show(self, board: Leaderboard, case: str, target: float | None) -> None:
        """Draw the plots of a case, or over all cases."""
        ranked = [standing.model for standing in board.standings.get(case, ())]
        first = {s.model for s in board.standings.get(case, ()) if s.rank == 1}
        marks = {model: mark_of(place) for place, model in enumerate(board.models)}
        curves = [
            Curve(marks[m], fmt.model_in(m, 16), board.curve(m, case), m in first) for m in ranked
        ]
        dots = [
            Dot(marks[p.model], fmt.model_in(p.model, 16), p.score, p.seconds, p.on_front)
            for p in board.points.get(case, ())
            if p.score is not None and p.seconds is not None
        ]
        bars = [_bars(board, m, case, marks[m]) for m in ranked]
        self.query_one(CurvePlot).show((curves, target), _nothing(case, "has been tested"))
        self.query_one(ScatterPlot).show(dots, _nothing(case, "has been timed"))
        self.query_one(BarPlot).show(bars, _nothing(case, "has gained or lost"))
        curve, scatter = self.query_one("#curves").parent, self.query_one("#scatter").parent
        assert isinstance(curve, Vertical)
        assert isinstance(scatter, Vertical)
        curve.border_subtitle = "best so far, mean of cases" if case == OVERALL else "on train"
        judged = any(dot.front is not None for dot in dots)
        scatter.border_subtitle = "top left is best; line: front" if judged else "top left is best"

    def on_resize(self) -> None:
        """Share the height among as many plots as fit; scrolling shows the others."""
        height = self.size.height
        shown = max(1, min(3, height // _LEAST_HEIGHT))
        for place, box in enumerate(self.query(".plot")):
            rest = height % shown if place == shown - 1 else 0
            box.styles.height = max(_LEAST_HEIGHT, height // shown + rest)


def _nothing(case: str, happened: str) -> str:
    if case == OVERALL:
        return "Comes when a model has been measured on every case. Left and right show each."
    return f"No prompt {happened} yet."


def _bars(board: Leaderboard, model: str, case: str, mark: str) -> Bars:
    cells, gain = board.of_model(model, case), board.mean_gain(model, case)
    trained = [cell.trained for cell in cells if cell.trained is not None]
    return Bars(
        mark,
        fmt.model_in(model, 20),
        sum(trained) / len(trained) if trained else None,
        gain.difference if gain.held_out else None,
        gain.shown_interval if gain.held_out else None,
        verdict_of(gain) if gain.held_out and len(cells) == 1 else "",
    )
