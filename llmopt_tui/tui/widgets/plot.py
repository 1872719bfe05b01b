"""The common parts of plots in text cells: marks, a canvas, a score axis, the widget.

Every series has its own mark, so the series can be told apart without colour. Names may come from
outside.
"""

from __future__ import annotations

import math
from typing import Generic, TypeVar

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

MARKS = "●▲■◆○△□◇★☆"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
QUIET, FAINT = "$foreground-muted", "$foreground-disabled"
LABEL_WIDTH = 22
AXIS = 5
"""The width of a score axis, in cells."""

ASIDE = (0, 1, -1, 2, -2)
TOO_SMALL = "There is no room for this plot."


T = TypeVar("T")


def mark_of(place: int) -> str:
    """The mark of the series at this place. Marks repeat after some dozens."""
    marks = MARKS + _LETTERS
    return marks[place % len(marks)]


class Canvas:
    """A grid of cells: text over a layer of dots. Each cell has 2 x 4 dots."""

    _BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._dots: dict[tuple[int, int], int] = {}
        self._text: dict[tuple[int, int], tuple[str, str]] = {}

    def free(self, x: int, y: int, width: int = 1) -> bool:
        """Whether `width` cells from here are on the canvas and have no text."""
        inside = 0 <= y < self.height and x >= 0 and x + width <= self.width
        return inside and all((column, y) not in self._text for column in range(x, x + width))

    def put(self, x: int, y: int, text: str, style: str = "") -> None:
        """Write text of single-width characters; what is outside the canvas is cut off."""
        for column, char in enumerate(text, start=x):
            if 0 <= column < self.width and 0 <= y < self.height:
                self._text[column, y] = (char, style)

    def put_name(self, x: int, y: int, name: str, style: str = "") -> None:
        """Write a name, which may contain wide characters."""
        column = x
        for char in name:
            self.put(column, y, char, style)
            for more in range(1, cell_len(char)):
                self._text[column + more, y] = ("", style)
            column += cell_len(char)

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw a line of dots between the middles of two cells."""
        steps = max(1, round(max(abs(x1 - x0) * 2, abs(y1 - y0) * 4)))
        for step in range(steps + 1):
            x = x0 + (x1 - x0) * step / steps
            y = y0 + (y1 - y0) * step / steps
            across, down = math.floor((x + 0.5) * 2), math.floor((y + 0.5) * 4)
            cell = (across // 2, down // 4)
            self._dots[cell] = self._dots.get(cell, 0) | self._BITS[down % 4][across % 2]

    def rows(self) -> list[Content]:
        """The rows of the canvas, the top one first."""
        return [self._row(y) for y in range(self.height)]

    def _row(self, y: int) -> Content:
        parts: list[tuple[str, str]] = []
        for x in range(self.width):
            bits = self._dots.get((x, y), 0)
            char, style = self._text.get((x, y), (chr(0x2800 + bits) if bits else " ", QUIET))
            if parts and parts[-1][1] == style:
                parts[-1] = (parts[-1][0] + char, style)
            else:
                parts.append((char, style))
        return Content.assemble(*parts)


def floor_of(lowest: float) -> float:
    """The score at the bottom of an axis, given the lowest score on it."""
    return max(0.0, min(0.9, math.floor(lowest * 10 - 0.3) / 10))


def ceiling_of(highest: float) -> float:
    """The score at the top of an axis, given the highest score on it."""
    return min(1.0, math.ceil(highest * 10 + 0.3) / 10) if highest < 0.97 else 1.0


def draw_axis(canvas: Canvas, low: float, high: float, height: int) -> None:
    """Draw a score axis at the left, labelled at its ends and, if there is room, in the middle."""
    for y in range(height):
        canvas.put(AXIS - 1, y, "│", FAINT)
    marks = {0: high, height - 1: low}
    if height >= 7:
        marks[(height - 1) // 2] = high - (high - low) * ((height - 1) // 2) / (height - 1)
    for y, score in marks.items():
        canvas.put(0, y, f"{score:.2f}", QUIET)


class Plot(Widget, Generic[T]):
    """Draws the rows for its data, at the widget's current size."""

    DEFAULT_CSS = """
    Plot { width: 1fr; height: 1fr; }
    """
    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._data: T | None = None
        self._empty = ""

    def show(self, data: T, empty: str = "") -> None:
        """Draw this data if it is new. `empty` is the text for when there is nothing to draw."""
        if (data, empty) != (self._data, self._empty):
            self._data, self._empty = data, empty
            self.refresh()

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """The width of the container."""
        return container.width

    def rows(self, data: T, width: int, height: int) -> list[Content]:
        """The rows for the data, at this width and height in cells; empty if there is nothing."""
        raise NotImplementedError

    def render(self) -> Content:
        """The plot at the widget's size."""
        size = self.content_size
        if self._data is None or not size.width or not size.height:
            return Content("")
        rows = self.rows(self._data, size.width, size.height)
        return Content("\n").join(rows or [Content.styled(self._empty, QUIET)])
