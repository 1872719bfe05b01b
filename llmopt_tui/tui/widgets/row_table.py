"""RowTable: any number of rows under titles; only the visible ones are drawn."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Generic, Literal, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.widgets.cursor_table import HEADER, CursorTable

Justify = Literal["left", "right"]
Cell = tuple[str, str]
"""A text, which may come from outside, and a Rich style, which is our own."""

MARK = "●"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as it is shown. `width` is in cells, without the one cell of padding per side."""

    key: str
    title: str
    width: int
    justify: Justify = "left"
    strong: bool = False


def fitted(text: str, width: int, justify: Justify = "left") -> str:
    """The text as one visible line of exactly `width` cells."""
    shown = one_line(text, width)
    if cell_len(shown) > width:
        shown = set_cell_size(shown, width - 1) + "…" if width > 1 else "…"
    room = " " * (width - cell_len(shown))
    return room + shown if justify == "right" else shown + room


class RowTable(CursorTable, Generic[T]):
    """A table with a cursor that is always on a row, if there are rows.

    `cells` returns a row's text in a column, and is called only for visible rows. `key` returns a
    row's unique key, `sign` the character before the row. `marks` has the keys of marked rows; call
    `refresh` after changing it.
    """

    DEFAULT_CSS = """
    RowTable {
        height: 1fr; overflow-x: hidden; background: transparent; scrollbar-size: 1 1;
        & > .row-table--header { color: $text-muted; }
        & > .row-table--cursor { background: $surface; }
        & > .row-table--mark { text-style: bold; }
        &:focus > .row-table--cursor { background: $panel; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-table--header",
        "row-table--cursor",
        "row-table--mark",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    cursor_row = reactive(0, repaint=False)

    class Highlighted(Message):
        """The cursor moved to another row, or the rows changed."""

    class Chosen(Message):
        """The row under the cursor was chosen, with enter or a click."""

    class Resized(Message):
        """The table has a new size, and other columns may fit."""

    class TitleClicked(Message):
        """A column's title was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(
        self,
        cells: Callable[[T, TableColumn], Cell],
        key: Callable[[T], Hashable],
        sign: Callable[[T], str] = lambda row: "",
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.marks: set[Hashable] = set()
        self._cells, self._key, self._sign = cells, key, sign
        self._columns: Sequence[TableColumn] = ()
        self._rows: Sequence[T] = ()
        self._moved = False

    @property
    def rows(self) -> Sequence[T]:
        """The rows, in the order in which they are shown."""
        return self._rows

    @property
    def row_count(self) -> int:
        """The number of all rows, visible or not."""
        return len(self._rows)

    @property
    def current(self) -> T | None:
        """The row under the cursor; None if there are no rows."""
        return self._rows[self.cursor_row] if self._rows else None

    def set_columns(self, columns: Sequence[TableColumn]) -> None:
        """Show these columns instead of the previous ones."""
        self._columns = columns
        self.refresh()

    def set_rows(self, rows: Sequence[T]) -> None:
        """Replace the rows. The cursor stays on its row, or if that is gone, at its place.

        Until it has been moved once, it stays on the first row, even if that row changes.
        """
        kept = self._key(self.current) if self._moved and self.current is not None else None
        place = min(self.cursor_row, max(0, len(rows) - 1))
        if kept is not None and (place >= len(rows) or self._key(rows[place]) != kept):
            place = next((n for n, row in enumerate(rows) if self._key(row) == kept), place)
        self._rows = rows
        self.fit_height()
        self.set_reactive(RowTable.cursor_row, place)
        self._show_cursor()
        self.call_after_refresh(self._show_cursor)
        self.refresh()
        self.post_message(self.Highlighted())

    def validate_cursor_row(self, row: int) -> int:
        """The nearest row that exists."""
        return max(0, min(row, len(self._rows) - 1))

    def on_resize(self) -> None:
        """Tell the owner, which chooses the columns."""
        self.post_message(self.Resized())

    def watch_cursor_row(self, old: int, new: int) -> None:
        """Scroll to the row, and tell the owner."""
        self._moved = self._moved or old != new
        self._show_cursor()
        self.refresh()
        self.post_message(self.Highlighted())

    def _show_cursor(self) -> None:
        self.bring_into_sight(self.cursor_row)

    @property
    def _page_height(self) -> int:
        return max(1, self.size.height - HEADER)

    def action_move(self, rows: int) -> None:
        """Move the cursor down by so many rows, or up if negative."""
        self.cursor_row += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor down by so many pages, or up if negative."""
        self.cursor_row += pages * self._page_height

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self.cursor_row = 0

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self.cursor_row = len(self._rows) - 1

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self._rows:
            self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        """Report a click on a title. Move the cursor to a row, or choose it if it is there."""
        found = self.clicked(event)
        if found is None:
            return
        row, place = found
        if row is None:
            self._title_clicked(place.x)
            return
        if row == self.cursor_row:
            self.action_choose()
        self.cursor_row = row

    def _title_clicked(self, x: int) -> None:
        for column in self._columns:
            x -= column.width + 2
            if x < 0:
                self.post_message(self.TitleClicked(column.key))
                return

    def draw_header(self, base: Style) -> Strip:
        """The line of the columns' titles."""
        # Not a partial style: a muted colour is mixed with the background, whatever the theme.
        style = base + self.get_component_rich_style("row-table--header")
        return Strip(
            [
                Segment(
                    f" {fitted(column.title, column.width, column.justify)} ",
                    style + Style(bold=True) if column.strong else style,
                )
                for column in self._columns
            ]
        )

    def draw_row(self, row: int, line: int, base: Style) -> Strip:
        """A row; the one under the cursor is highlighted over the whole width."""
        if row == self.cursor_row:
            base = self.get_component_rich_style("row-table--cursor")
        return self._row(self._rows[row], base).adjust_cell_length(self.size.width, base)

    def _row(self, row: T, base: Style) -> Strip:
        sign = fitted(MARK if self._key(row) in self.marks else self._sign(row), 1)
        mark = base + self.get_component_rich_style("row-table--mark", partial=True)
        segments = []
        for place, column in enumerate(self._columns):
            text, style = self._cells(row, column)
            segments.append(Segment(" " if place else sign, base if place else mark))
            text = fitted(text, column.width, column.justify)
            segments.append(Segment(text + " ", base + _parsed(style)))
        return Strip(segments)


@lru_cache(maxsize=64)
def _parsed(style: str) -> Style:
    return Style.parse(style)
