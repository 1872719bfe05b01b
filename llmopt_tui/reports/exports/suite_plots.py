"""The plots of a suite: quality against time, for each case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.exports.drawing import (
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    dot,
    grid,
    label,
    svg,
    up,
)
from llmopt_tui.reports.exports.plots import Plot

if TYPE_CHECKING:
    from llmopt_tui.state.documents.suite import Point

_LONGEST_NAME, _LINE_HEIGHT = 24, 14
_MOST_NAMES = 12


def speed_plots(points: Sequence[Point]) -> list[Plot]:
    """A plot for each case, and one over all cases, where at least two models can be compared."""
    cases = dict.fromkeys(point.case for point in points)
    found = [(case, [p for p in points if p.case == case and _known(p)]) for case in cases]
    return [_plot(n, case, known) for n, (case, known) in enumerate(found, 1) if len(known) > 1]


def _known(point: Point) -> bool:
    return point.score is not None and point.seconds is not None


def _plot(n: int, case: str, points: Sequence[Point]) -> Plot:
    title = f"Quality and time: {one_line(case, 40) or 'over all cases'}"
    bottom, span = TOP + HEIGHT, WIDTH - LEFT - RIGHT
    longest = max(point.seconds or 0.0 for point in points) * 1.1 or 1.0
    places = 1 if longest >= 2 else 2 if longest >= 0.2 else 3
    parts = [*grid()]
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(label(LEFT + span * part, bottom + 18, f"{longest * part:.{places}f}"))
    parts.append(label(LEFT + span / 2, bottom + 36, "seconds an answer"))
    spots = [
        (LEFT + span * (point.seconds or 0.0) / longest, up(point.score or 0.0), point)
        for point in points
    ]
    for x, y, point in spots:
        parts.append(dot(x, y, filled=bool(point.on_front)))
    parts += _names(spots)
    parts.append(label(WIDTH - RIGHT, 20, "● worth having   ○ beaten by another", "end"))
    return Plot(f"speed_{n}", title, svg(title, bottom + 46, parts))


def _names(spots: Sequence[tuple[float, float, Point]]) -> Iterator[str]:
    """Names beside the dots, none upon another; of many models only those worth having."""
    named = [s for s in spots if len(spots) <= _MOST_NAMES or s[2].on_front]
    placed: list[tuple[bool, float]] = []
    for x, y, point in sorted(named, key=lambda spot: spot[1]):
        left = x > WIDTH * 0.6
        taken = [height for side, height in placed if side == left]
        height = y + 4
        while any(abs(height - other) < _LINE_HEIGHT for other in taken):
            height += 1
        placed.append((left, height))
        name = one_line(point.model, _LONGEST_NAME)
        yield label(x + (-9 if left else 9), height, name, "end" if left else "start")
