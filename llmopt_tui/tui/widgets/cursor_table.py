"""CursorTable: the base of tables with a cursor: titles that stay, rows that scroll."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.geometry import Offset, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

HEADER = 1
"""The number of lines for the titles."""


class CursorTable(ScrollView, can_focus=True):
    """A line of titles and, under it, rows of `row_lines` lines each, which scroll.

    Only visible lines are drawn. The position of the cursor belongs to the subclass.
    """

    row_lines: ClassVar[int] = 1

    @property
    def row_count(self) -> int:
        """The number of all rows, visible or not."""
        raise NotImplementedError

    def draw_header(self, base: Style) -> Strip:
        """The line of titles, of any width."""
        raise NotImplementedError

    def draw_row(self, row: int, line: int, base: Style) -> Strip:
        """One line of a row, of any width."""
        raise NotImplementedError

    def fit_height(self) -> None:
        """Set the height that can be scrolled to the number of rows."""
        self.virtual_size = Size(self.size.width, HEADER + self.row_lines * self.row_count)

    def bring_into_sight(self, row: int) -> None:
        """Scroll just far enough to show a whole row."""
        top, height = round(self.scroll_target_y), self.size.height - HEADER
        at, end = row * self.row_lines, (row + 1) * self.row_lines
        if at < top:
            self.scroll_to(y=at, animate=False)
        elif height >= self.row_lines and end > top + height:
            self.scroll_to(y=end - height, animate=False)

    def clicked(self, event: events.Click) -> tuple[int | None, Offset] | None:
        """The clicked row (None for the titles) and the place; None beside the table."""
        place = event.get_content_offset(self)
        if place is None:
            return None
        event.stop()
        if place.y < HEADER:
            return None, place
        row = (round(self.scroll_y) + place.y - HEADER) // self.row_lines
        return (row, place) if row < self.row_count else None

    def render_line(self, y: int) -> Strip:
        """Line `y` of the widget: the titles, a line of a row, or a blank below the last row."""
        width, base = self.size.width, self.rich_style
        if y < HEADER:
            return self.draw_header(base).adjust_cell_length(width, base)
        row, line = divmod(round(self.scroll_y) + y - HEADER, self.row_lines)
        if row >= self.row_count:
            return Strip.blank(width, base)
        return self.draw_row(row, line, base)
