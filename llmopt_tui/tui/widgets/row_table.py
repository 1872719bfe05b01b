"""RowTable: rows under titles, any number of them, of which only those in sight are drawn."""

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
"""A text, which may come from outside, and a style of Rich, which is ours."""

MARK = "●"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as it is shown: so many cells wide, and one more on either side."""

    key: str
    title: str
    width: int
    justify: Justify = "left"
    strong: bool = False


def fitted(text: str, width: int, justify: Justify = "left") -> str:
    """The text in one visible line of exactly so many cells."""
    shown = one_line(text, width)
    if cell_len(shown) > width:
        shown = set_cell_size(shown, width - 1) + "…" if width > 1 else "…"
    room = " " * (width - cell_len(shown))
    return room + shown if justify == "right" else shown + room


class RowTable(CursorTable, Generic[T]):
    """A table with a cursor that is always on a row, if there is any.

    `cells` draws a row and is asked for those in sight only; `key` tells one row from another;
    `sign` gives the character before one. `marks` holds the keys of rows that are
    marked; call `refresh` after changing it.
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
        """The cursor is on another row, or other rows are under it."""

    class Chosen(Message):
        """The row under the cursor was chosen, with enter or a click."""

    class Resized(Message):
        """Other columns may fit now."""

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
        """What is shown, in its order."""
        return self._rows

    @property
    def row_count(self) -> int:
        """How many rows there are, in sight or not."""
        return len(self._rows)

    @property
    def current(self) -> T | None:
        """The row under the cursor."""
        return self._rows[self.cursor_row] if self._rows else None

    def set_columns(self, columns: Sequence[TableColumn]) -> None:
        """Show these columns."""
        self._columns = columns
        self.refresh()

    def set_rows(self, rows: Sequence[T]) -> None:
        """Show these rows. The cursor stays on its row, or where that is gone, in its place.

        Until somebody has moved it, it is on the first row, whichever that is.
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
        """On a row that there is."""
        return max(0, min(row, len(self._rows) - 1))

    def on_resize(self) -> None:
        """Tell whoever chooses the columns."""
        self.post_message(self.Resized())

    def watch_cursor_row(self, old: int, new: int) -> None:
        """Bring the row into sight."""
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
        """So many rows down, or up."""
        self.cursor_row += rows

    def action_page(self, pages: int) -> None:
        """So many pages down, or up."""
        self.cursor_row += pages * self._page_height

    def action_first(self) -> None:
        """To the first row."""
        self.cursor_row = 0

    def action_last(self) -> None:
        """To the last row."""
        self.cursor_row = len(self._rows) - 1

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self._rows:
            self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        """A title sorts, a row takes the cursor, and gives it up to nothing but its choice."""
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
        """The titles."""
        style = base + self.get_component_rich_style("row-table--header", partial=True)
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
        """A row, the one under the cursor all across."""
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
