"""Plots of text cells: score curves, speed against quality, gains with their intervals.

Every series has a mark of its own, so that they are told apart without colour. Names may come from
outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from llmopt_tui.tui.widgets.row_table import fitted
from llmopt_tui.tui.widgets.score import score_text

MARKS = "●▲■◆○△□◇★☆"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_QUIET, _FAINT = "$foreground-muted", "$foreground-disabled"
_LABEL_WIDTH = 22
_WORD_WIDTH = 12
_AXIS = 5
_LOG_FROM = 8.0
"""Speeds that differ by more than this are drawn on a logarithmic scale."""

T = TypeVar("T")
Column = Callable[[float], int]
"""From a value to its column."""


def mark_of(place: int) -> str:
    """The mark of the series at this place; they repeat after some dozens."""
    marks = MARKS + _LETTERS
    return marks[place % len(marks)]


@dataclass(frozen=True, slots=True)
class Curve:
    """A score per iteration, the first at the left."""

    mark: str
    name: str
    scores: Sequence[float]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """Quality over seconds per answer. `front` is None while it is not known who is on it."""

    mark: str
    name: str
    score: float
    seconds: float
    front: bool | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """A gain on train beside one on held-out examples with its interval, and a word on that."""

    mark: str
    name: str
    train: float | None
    held_out: float | None = None
    interval: tuple[float, float] | None = None
    word: str = ""


class Canvas:
    """A grid of cells with text on a layer of dots, two across and four down in each cell."""

    _BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._dots: dict[tuple[int, int], int] = {}
        self._text: dict[tuple[int, int], tuple[str, str]] = {}

    def free(self, x: int, y: int, width: int = 1) -> bool:
        """Whether so many cells are on the canvas and hold no text."""
        inside = 0 <= y < self.height and x >= 0 and x + width <= self.width
        return inside and all((column, y) not in self._text for column in range(x, x + width))

    def put(self, x: int, y: int, text: str, style: str = "") -> None:
        """Write text of single-width characters; what is off the canvas is lost."""
        for column, char in enumerate(text, start=x):
            if 0 <= column < self.width and 0 <= y < self.height:
                self._text[column, y] = (char, style)

    def put_name(self, x: int, y: int, name: str, style: str = "") -> None:
        """Write a name in the cells that it takes, wide characters included."""
        column = x
        for char in name:
            self.put(column, y, char, style)
            for more in range(1, cell_len(char)):
                self._text[column + more, y] = ("", style)
            column += cell_len(char)

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A line of dots between two cells' middles."""
        steps = max(1, round(max(abs(x1 - x0) * 2, abs(y1 - y0) * 4)))
        for step in range(steps + 1):
            x = x0 + (x1 - x0) * step / steps
            y = y0 + (y1 - y0) * step / steps
            across, down = math.floor((x + 0.5) * 2), math.floor((y + 0.5) * 4)
            cell = (across // 2, down // 4)
            self._dots[cell] = self._dots.get(cell, 0) | self._BITS[down % 4][across % 2]

    def rows(self) -> list[Content]:
        """The rows from the top down."""
        return [self._row(y) for y in range(self.height)]

    def _row(self, y: int) -> Content:
        parts: list[tuple[str, str]] = []
        for x in range(self.width):
            bits = self._dots.get((x, y), 0)
            char, style = self._text.get((x, y), (chr(0x2800 + bits) if bits else " ", _QUIET))
            if parts and parts[-1][1] == style:
                parts[-1] = (parts[-1][0] + char, style)
            else:
                parts.append((char, style))
        return Content.assemble(*parts)


def spread_apart(wanted: Sequence[float], rows: int) -> list[int]:
    """A row of its own for each, near where it is wanted, in the order of what is wanted.

    Takes at most `rows` of them.
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
    """Curves over the iterations, each named where it ends; no rows where there are none."""
    drawn = [curve for curve in curves if curve.scores]
    if not drawn:
        return []
    if width < 24 or height < 4:
        return [Content.styled(_TOO_SMALL, _QUIET)]
    named = min(_LABEL_WIDTH, width * 2 // 5)
    right, plot_height = width - named - 1, height - 1
    longest = max(2, *(len(curve.scores) for curve in drawn))
    low = _floor(min(min(curve.scores) for curve in drawn))
    canvas = Canvas(width, height)

    def column(n: int) -> int:
        return _AXIS + 1 + round(n * (right - _AXIS - 3) / (longest - 1))

    def row(score: float) -> float:
        return (1.0 - min(max(score, low), 1.0)) / (1.0 - low) * (plot_height - 1)

    _axis(canvas, low, 1.0, plot_height)
    if target is not None and target >= low:
        canvas.put(_AXIS, round(row(target)), "┄" * (right - _AXIS), _FAINT)
    for curve in drawn:
        for n, (one, other) in enumerate(pairwise(curve.scores)):
            canvas.line(column(n), row(one), column(n + 1), row(other))
    for n in range(longest):
        canvas.put(column(n), plot_height, str(n + 1), _QUIET)
    canvas.put(right + 1, plot_height, "iteration", _QUIET)
    taken: set[tuple[int, int]] = set()
    for curve in sorted(drawn, key=lambda c: c.strong):
        for n, score in enumerate(curve.scores):
            y = round(row(score))
            x = next((c for o in _ASIDE if (c := column(n) + o, y) not in taken), column(n))
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


def scatter_rows(dots: Sequence[Dot], width: int, height: int) -> list[Content]:
    """Quality upwards, seconds per answer to the right, the front as a line; none without dots."""
    if not dots:
        return []
    if width < 24 or height < 5:
        return [Content.styled(_TOO_SMALL, _QUIET)]
    plot_height, right = height - 2, width - 2
    low, high = _floor(min(d.score for d in dots)), _ceiling(max(d.score for d in dots))
    fastest, slowest = min(d.seconds for d in dots), max(d.seconds for d in dots)
    logarithmic = fastest > 0 and slowest / fastest > _LOG_FROM
    left_end = math.log(fastest) if logarithmic else 0.0
    right_end = math.log(slowest) if logarithmic else slowest or 1.0
    canvas = Canvas(width, height)

    def column(seconds: float) -> int:
        at = math.log(seconds) if logarithmic else seconds
        return _AXIS + 2 + round((at - left_end) / (right_end - left_end) * (right - _AXIS - 3))

    def row(score: float) -> float:
        return (high - score) / (high - low) * (plot_height - 1)

    _axis(canvas, low, high, plot_height)
    canvas.put(_AXIS - 1, plot_height, "└" + "─" * (right - _AXIS), _FAINT)
    ends = (f"{fastest:.1f} s" if logarithmic else "0 s", f"{slowest:.1f} s")
    canvas.put(_AXIS, plot_height + 1, ends[0], _QUIET)
    canvas.put(right - len(ends[1]), plot_height + 1, ends[1], _QUIET)
    between = "per answer, log scale" if logarithmic else "per answer"
    room = right - _AXIS - len(ends[0]) - len(ends[1]) - 2
    if len(between) <= room:
        canvas.put(
            _AXIS + len(ends[0]) + 1 + (room - len(between)) // 2, height - 1, between, _QUIET
        )
    front = sorted((d for d in dots if d.front), key=lambda d: (d.seconds, d.score))
    for one, other in pairwise(front):
        canvas.line(column(one.seconds), row(one.score), column(other.seconds), row(other.score))
    places = []
    for dot in dots:
        x, y = column(dot.seconds), round(row(dot.score))
        x = next((c for aside in _ASIDE if canvas.free(c := x + aside, y)), x)
        canvas.put(x, y, dot.mark, "bold" if dot.front else "")
        places.append((x, y, dot))
    for x, y, dot in sorted(places, key=lambda p: not p[2].front):
        _name_dot(canvas, x, y, dot)
    return canvas.rows()


def _name_dot(canvas: Canvas, x: int, y: int, dot: Dot) -> None:
    """Name a dot where there is room: right, left, above or below. Its mark names it otherwise."""
    name = fitted(dot.name, min(_LABEL_WIDTH, cell_len(dot.name))) if dot.name else ""
    width = cell_len(name)
    for dx, dy in ((2, 0), (-width - 1, 0), (2, -1), (-width - 1, -1), (2, 1), (-width - 1, 1)):
        inside = width and x + dx > _AXIS and y + dy < canvas.height - 2
        if inside and canvas.free(x + dx, y + dy, width):
            style = "bold" if dot.front else _QUIET
            canvas.put_name(x + dx, y + dy, name, style)
            if (dx, dy) == (2, 0):
                canvas.put(x + 1, y, " ")
            return


def bar_rows(bars: Sequence[Bars], width: int, height: int) -> list[Content]:
    """A pair of rows for each: the gain on train, and on held-out examples with its interval.

    Where the height does not suffice, both are drawn on one row. No rows where nothing is known.
    """
    known = [b for b in bars if b.train is not None or b.held_out is not None]
    if not known:
        return []
    if width < 40 or height < 2:
        return [Content.styled(_TOO_SMALL, _QUIET)]
    paired = 2 * len(known) + 1 <= height
    names = min(_LABEL_WIDTH, max(8, width // 4))
    kinds = 9 if paired else 0
    words = min(_WORD_WIDTH, max((cell_len(b.word) for b in known), default=0))
    right = 6 + (words + 1 if words and width >= 60 else 0)
    left = 2 + names + 1 + kinds
    room = max(8, width - left - right - 1)
    ends = [0.0, *_values(known)]
    low, high = min(ends), max(*ends, 0.05)

    def column(value: float) -> int:
        return round((value - low) / (high - low) * (room - 1))

    rows: list[Content] = []
    for bar in known:
        name = Content.assemble(f"{bar.mark} ", fitted(bar.name, names), " ")
        figure = "" if bar.held_out is None else f"{bar.held_out:+.2f}"
        said = f" {figure:>5}" + (f" {fitted(bar.word, words)}" if right > 6 else "")
        train, held_out = _train_cells(bar, column), _held_out_cells(bar, column)
        zero = column(0.0)
        if paired:
            figure = "" if bar.train is None else f"{bar.train:+.2f}"
            quiet = f" {figure:>5}"
            rows.append(name + _cells("train", train, zero, room) + Content.styled(quiet, _QUIET))
            blank = Content(" " * (3 + names))
            rows.append(blank + _cells("held-out", held_out, zero, room) + Content(said))
        else:
            shown = said if bar.held_out is not None else f" {bar.train:+.2f}"
            rows.append(name + _cells("", train | held_out, zero, room) + Content(shown))
    legend = "▒ train   ├──●──┤ held-out and its interval   │ no gain"
    return [*rows[: max(1, height - 1)], Content.styled(fitted(legend, width), _QUIET)]


def _values(bars: Iterable[Bars]) -> Iterable[float]:
    for bar in bars:
        yield from (v for v in (bar.train, bar.held_out, *(bar.interval or ())) if v is not None)


def _train_cells(bar: Bars, column: Column) -> dict[int, str]:
    if bar.train is None:
        return {}
    ends = sorted((column(0.0), column(bar.train)))
    return dict.fromkeys(range(ends[0], ends[1] + 1), "▒")


def _held_out_cells(bar: Bars, column: Column) -> dict[int, str]:
    if bar.held_out is None:
        return {}
    if bar.interval is None:
        ends = sorted((column(0.0), column(bar.held_out)))
        return dict.fromkeys(range(ends[0], ends[1] + 1), "━") | {column(bar.held_out): "●"}
    low, high = column(bar.interval[0]), column(bar.interval[1])
    cells = dict.fromkeys(range(low, high + 1), "─") | {low: "├", high: "┤"}
    return cells | {column(bar.held_out): "●"}


def _cells(kind: str, cells: dict[int, str], zero: int, room: int) -> Content:
    line = "".join(cells.get(x, "│" if x == zero else " ") for x in range(room))
    crossed = cells.get(zero, "│") == "─"
    if crossed:
        line = line[:zero] + "┼" + line[zero + 1 :]
    return Content.assemble((kind.ljust(9) if kind else "", _QUIET), line)


_ASIDE = (0, 1, -1, 2, -2)
_TOO_SMALL = "There is no room for this plot."


def _floor(lowest: float) -> float:
    return max(0.0, min(0.9, math.floor(lowest * 10 - 0.3) / 10))


def _ceiling(highest: float) -> float:
    return min(1.0, math.ceil(highest * 10 + 0.3) / 10) if highest < 0.97 else 1.0


def _axis(canvas: Canvas, low: float, high: float, height: int) -> None:
    for y in range(height):
        canvas.put(_AXIS - 1, y, "│", _FAINT)
    marks = {0: high, height - 1: low}
    if height >= 7:
        marks[(height - 1) // 2] = high - (high - low) * ((height - 1) // 2) / (height - 1)
    for y, score in marks.items():
        canvas.put(0, y, f"{score:.2f}", _QUIET)


class Plot(Widget, Generic[T]):
    """Draws rows for data at whatever size it has."""

    DEFAULT_CSS = """
    Plot { width: 1fr; height: 1fr; }
    """
    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._data: T | None = None
        self._empty = ""

    def show(self, data: T, empty: str = "") -> None:
        """Draw other data, if it is other; `empty` is said where there is nothing to draw."""
        if (data, empty) != (self._data, self._empty):
            self._data, self._empty = data, empty
            self.refresh()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """All the room there is."""
        return container.width

    def rows(self, data: T, width: int, height: int) -> list[Content]:
        """The rows for the data."""
        raise NotImplementedError

    def render(self) -> Content:
        """The plot at the widget's size."""
        size = self.content_size
        if self._data is None or not size.width or not size.height:
            return Content("")
        rows = self.rows(self._data, size.width, size.height)
        return Content("\n").join(rows or [Content.styled(self._empty, _QUIET)])


class CurvePlot(Plot[tuple[Sequence[Curve], float | None]]):
    """Curves and the target."""

    def rows(
        self, data: tuple[Sequence[Curve], float | None], width: int, height: int
    ) -> list[Content]:
        """Curves over the iterations."""
        return curve_rows(*data, width, height)


class ScatterPlot(Plot[Sequence[Dot]]):
    """Speed against quality."""

    def rows(self, data: Sequence[Dot], width: int, height: int) -> list[Content]:
        """Dots and their front."""
        return scatter_rows(data, width, height)


class BarPlot(Plot[Sequence[Bars]]):
    """Gains on train beside gains on held-out examples."""

    def rows(self, data: Sequence[Bars], width: int, height: int) -> list[Content]:
        """Pairs of bars."""
        return bar_rows(data, width, height)
