"""A plot of quality over speed, with the front: models that no other beats in both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len
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
    ceiling_of,
    draw_axis,
    floor_of,
)
from llmopt_tui.tui.widgets.row_table import fitted

_LOG_FROM = 8.0
"""Speeds that differ by more than this factor are drawn on a logarithmic scale."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One model: quality over seconds per answer. `front` is None while the front is unknown."""

    mark: str
    name: str
    score: float
    seconds: float
    front: bool | None = None


def scatter_rows(dots: Sequence[Dot], width: int, height: int) -> list[Content]:
    """The rows: quality upwards, seconds per answer to the right, the front as a line."""
    if not dots:
        return []
    if width < 24 or height < 5:
        return [Content.styled(TOO_SMALL, QUIET)]
    plot_height, right = height - 2, width - 2
    low, high = floor_of(min(d.score for d in dots)), ceiling_of(max(d.score for d in dots))
    fastest, slowest = min(d.seconds for d in dots), max(d.seconds for d in dots)
    logarithmic = fastest > 0 and slowest / fastest > _LOG_FROM
    left_end = math.log(fastest) if logarithmic else 0.0
    right_end = math.log(slowest) if logarithmic else slowest or 1.0
    canvas = Canvas(width, height)

    def column(seconds: float) -> int:
        at = math.log(seconds) if logarithmic else seconds
        return AXIS + 2 + round((at - left_end) / (right_end - left_end) * (right - AXIS - 3))

    def row(score: float) -> float:
        return (high - score) / (high - low) * (plot_height - 1)

    draw_axis(canvas, low, high, plot_height)
    canvas.put(AXIS - 1, plot_height, "└" + "─" * (right - AXIS), FAINT)
    ends = (f"{fastest:.1f} s" if logarithmic else "0 s", f"{slowest:.1f} s")
    canvas.put(AXIS, plot_height + 1, ends[0], QUIET)
    canvas.put(right - len(ends[1]), plot_height + 1, ends[1], QUIET)
    between = "per answer, log scale" if logarithmic else "per answer"
    room = right - AXIS - len(ends[0]) - len(ends[1]) - 2
    if len(between) <= room:
        canvas.put(AXIS + len(ends[0]) + 1 + (room - len(between)) // 2, height - 1, between, QUIET)
    front = sorted((d for d in dots if d.front), key=lambda d: (d.seconds, d.score))
    for one, other in pairwise(front):
        canvas.line(column(one.seconds), row(one.score), column(other.seconds), row(other.score))
    places = []
    for dot in dots:
        x, y = column(dot.seconds), round(row(dot.score))
        x = next((c for aside in ASIDE if canvas.free(c := x + aside, y)), x)
        canvas.put(x, y, dot.mark, "bold" if dot.front else "")
        places.append((x, y, dot))
    for x, y, dot in sorted(places, key=lambda p: not p[2].front):
        _name_dot(canvas, x, y, dot)
    return canvas.rows()


def _name_dot(canvas: Canvas, x: int, y: int, dot: Dot) -> None:
    """Write a dot's name where there is room: right, left, above or below; else only its mark."""
    name = fitted(dot.name, min(LABEL_WIDTH, cell_len(dot.name))) if dot.name else ""
    width = cell_len(name)
    for dx, dy in ((2, 0), (-width - 1, 0), (2, -1), (-width - 1, -1), (2, 1), (-width - 1, 1)):
        inside = width and x + dx > AXIS and y + dy < canvas.height - 2
        if inside and canvas.free(x + dx, y + dy, width):
            style = "bold" if dot.front else QUIET
            canvas.put_name(x + dx, y + dy, name, style)
            if (dx, dy) == (2, 0):
                canvas.put(x + 1, y, " ")
            return


class ScatterPlot(Plot[Sequence[Dot]]):
    """A dot per model: speed against quality."""

    def rows(self, data: Sequence[Dot], width: int, height: int) -> list[Content]:
        """The rows of the plot, at this width and height in cells."""
        return scatter_rows(data, width, height)
