"""Gains on train beside gains on held-out examples with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from llmopt_tui.tui.widgets.plot import LABEL_WIDTH, QUIET, TOO_SMALL, Plot
from llmopt_tui.tui.widgets.row_table import fitted

_WORD_WIDTH = 12
Column = Callable[[float], int]
"""Maps a value to its column of the plot."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A gain on train, a gain on held-out examples with its interval, and its verdict in a word."""

    mark: str
    name: str
    train: float | None
    held_out: float | None = None
    interval: tuple[float, float] | None = None
    word: str = ""


def bar_rows(bars: Sequence[Bars], width: int, height: int) -> list[Content]:
    """Two rows for each: the gain on train, and the gain on held-out examples with its interval.

    If the height is too small, both share one row. No rows if nothing is known.
    """
    known = [b for b in bars if b.train is not None or b.held_out is not None]
    if not known:
        return []
    if width < 40 or height < 2:
        return [Content.styled(TOO_SMALL, QUIET)]
    paired = 2 * len(known) + 1 <= height
    names = min(LABEL_WIDTH, max(8, width // 4))
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
            rows.append(name + _cells("train", train, zero, room) + Content.styled(quiet, QUIET))
            blank = Content(" " * (3 + names))
            rows.append(blank + _cells("held-out", held_out, zero, room) + Content(said))
        else:
            shown = said if bar.held_out is not None else f" {bar.train:+.2f}"
            rows.append(name + _cells("", train | held_out, zero, room) + Content(shown))
    legend = "▒ train   ├──●──┤ held-out and its interval   │ no gain"
    return [*rows[: max(1, height - 1)], Content.styled(fitted(legend, width), QUIET)]


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
    return Content.assemble((kind.ljust(9) if kind else "", QUIET), line)


class BarPlot(Plot[Sequence[Bars]]):
    """Gains on train beside gains on held-out examples."""

    def rows(self, data: Sequence[Bars], width: int, height: int) -> list[Content]:
        """The rows of the plot, at this width and height in cells."""
        return bar_rows(data, width, height)
