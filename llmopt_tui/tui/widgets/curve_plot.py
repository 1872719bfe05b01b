"""Score curves over the iterations of several sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from textual.content import Content

from llmopt_tui.tui.widgets.plot import (
    ASIDE,
    AXIS,
    FAINT,
    LABEL_WIDTH,
    QUIET,
    TOO_SMALL,
    Canvas,
    Plot,
    draw_axis,
    floor_of,
)
from llmopt_tui.tui.widgets.row_table import fitted
from llmopt_tui.tui.widgets.score import score_text


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve of one session: a score per iteration, the first at the left."""

    mark: str
    name: str
    scores: Sequence[float]
    strong: bool = False


def spread_apart(wanted: Sequence[float], rows: int) -> list[int]:
    """A different row for each wanted place, as near to it as possible, in the same order.

    `wanted` is sorted and has at most `rows` values.
    """
    places: list[int] = []
    for number, want in enumerate(wanted):
        low = places[-1] + 1 if places else 0
        high = rows - (len(wanted) - number)
        places.append(min(max(round(want), low), high))
    return places


def curve_rows(
    curves: Sequence[Curve], target: float | None, width: int, height: int
) -> list[Content]:
    """The rows of the plot: curves over iterations, named at their ends. Empty without curves."""
    drawn = [curve for curve in curves if curve.scores]
    if not drawn:
        return []
    if width < 24 or height < 4:
        return [Content.styled(TOO_SMALL, QUIET)]
    named = min(LABEL_WIDTH, width * 2 // 5)
    right, plot_height = width - named - 1, height - 1
    longest = max(2, *(len(curve.scores) for curve in drawn))
    low = floor_of(min(min(curve.scores) for curve in drawn))
    canvas = Canvas(width, height)

    def column(n: int) -> int:
        return AXIS + 1 + round(n * (right - AXIS - 3) / (longest - 1))

    def row(score: float) -> float:
        return (1.0 - min(max(score, low), 1.0)) / (1.0 - low) * (plot_height - 1)

    draw_axis(canvas, low, 1.0, plot_height)
    if target is not None and target >= low:
        canvas.put(AXIS, round(row(target)), "┄" * (right - AXIS), FAINT)
    for curve in drawn:
        for n, (one, other) in enumerate(pairwise(curve.scores)):
            canvas.line(column(n), row(one), column(n + 1), row(other))
    for n in range(longest):
        canvas.put(column(n), plot_height, str(n + 1), QUIET)
    canvas.put(right + 1, plot_height, "iteration", QUIET)
    taken: set[tuple[int, int]] = set()
    for curve in sorted(drawn, key=lambda c: c.strong):
        for n, score in enumerate(curve.scores):
            y = round(row(score))
            x = next((c for o in ASIDE if (c := column(n) + o, y) not in taken), column(n))
            taken.add((x, y))
            canvas.put(x, y, curve.mark, "bold" if curve.strong else "")
    _name_ends(canvas, drawn, [row(curve.scores[-1]) for curve in drawn], right + 1, named)
    return canvas.rows()


def _name_ends(
    canvas: Canvas, curves: Sequence[Curve], wanted: Sequence[float], x: int, width: int
) -> None:
    rows = canvas.height - 1
    order = sorted(range(len(curves)), key=lambda n: (wanted[n], n))[:rows]
    places = spread_apart([wanted[n] for n in order], rows)
    for n, y in zip(order, places, strict=True):
        curve = curves[n]
        style = "bold" if curve.strong else ""
        canvas.put(x, y, curve.mark + " ", style)
        canvas.put_name(x + 2, y, fitted(curve.name, max(1, width - 7)), style)
        canvas.put(x + width - 4, y, score_text(curve.scores[-1]), style)


class CurvePlot(Plot[tuple[Sequence[Curve], float | None]]):
    """Score curves over the iterations, and the target as a line."""

    def rows(
        self, data: tuple[Sequence[Curve], float | None], width: int, height: int
    ) -> list[Content]:
        """The rows of the plot, at this width and height in cells."""
        return curve_rows(*data, width, height)
