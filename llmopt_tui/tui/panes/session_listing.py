"""SessionListing: a table of the sessions in a results folder, which fills while they are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.timer import Timer

from llmopt_tui.tui.panes.listed_sessions import ListedSessions
from llmopt_tui.tui.session_list import (
    how_many,
    nothing_matches,
    nothing_yet,
    worth_searching,
)
from llmopt_tui.tui.session_table import (
    COLUMNS,
    Column,
    Row,
    cell,
    columns_for,
)
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.row_table import Cell, RowTable, TableColumn

if TYPE_CHECKING:
    from llmopt_tui.store.sessions import SessionSummary

_TEXT_PAUSE = 0.25
"""Seconds without a key press after which texts are searched."""

_BY_TEXT = "”"
"""The mark of a row that is shown only because its texts match."""
_PINNED = "★"
"""The mark of a row that is pinned."""


class SessionListing(ListedSessions):
    """The table, filtered and sorted, or a text if it is empty."""

    DEFAULT_CSS = """
    SessionListing {
        width: 1fr; height: 1fr; border: round $border; border-title-color: $foreground;
    }
    SessionListing:focus-within { border: heavy $foreground 70%; border-title-style: bold; }
    SessionListing > #sessions-empty { padding: 1 2; color: $text-muted; }
    """

    class Counted(Message):
        """How many sessions exist and are shown, and what is being read, in words."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Selected(Message):
        """The cursor moved to another row, or the rows changed."""

    def __init__(self, results: Path) -> None:
        super().__init__(results, id="sessions-list")
        self.border_title = "Sessions"
        self._pause: Timer | None = None
        self._layout_width = 0

    def compose(self) -> ComposeResult:
        """The table, and a text for when it is empty."""
        yield RowTable[Row](self._cell, _key, self._sign, id="sessions-table")
        yield Plain("Reading the results folder ...", id="sessions-empty")

    def on_mount(self) -> None:
        """Show the text until the first rows are known."""
        self.table.display = False

    @property
    def table(self) -> RowTable[Row]:
        """The table of sessions."""
        return self.query_one(RowTable)

    @property
    def query_text(self) -> str:
        """The text of the filter."""
        return self._list.query

    @property
    def selected(self) -> SessionSummary | None:
        """The session or suite under the cursor; None if the table is empty."""
        row = self.table.current if self.table.display else None
        return row.summary if row else None

    @property
    def marked(self) -> list[SessionSummary]:
        """What is marked, in the order of the list; what a filter hides is not among it."""
        return [row.summary for row in self.table.rows if row.key in self.table.marks]

    @property
    def marks(self) -> int:
        """How many are marked, shown or not."""
        return len(self.table.marks)

    def mark(self, summary: SessionSummary, *, step: bool = False) -> None:
        """Mark this session or suite, or unmark it; with `step`, go to the next row."""
        self.table.marks ^= {summary.folder.name}
        if step:
            self.table.cursor_row += 1
        self.table.refresh()
        self.count()

    def unmark(self) -> None:
        """Unmark everything."""
        self.table.marks = set()
        self.table.refresh()
        self.count()

    def members_of(self, summary: SessionSummary) -> list[SessionSummary]:
        """The sessions of a suite as they are listed."""
        rows = (row for row in self._list.rows if row.summary is summary)
        return [each.summary for row in rows for each in self._list.members(row)]

    def can_fold(self) -> bool:
        """Whether the row under the cursor is a suite that opens to its sessions."""
        row = self.table.current if self.table.display else None
        return bool(row and self._list.members(row))

    def fold(self, *, opened: bool | None = None) -> None:
        """Open or close the suite under the cursor, or close that of a session; None turns it."""
        row = self.table.current if self.table.display else None
        if row is None:
            return
        if opened is False and (suite := self._list.suite_of(row)):
            self._list.opened.discard(suite.key)
            self.fill()
            self.table.cursor_row = self.table.rows.index(suite)
            return
        if not self._list.members(row):
            return
        is_open = row.key in self._list.opened
        if (not is_open) if opened is None else opened:
            self._list.opened.add(row.key)
        else:
            self._list.opened.discard(row.key)
        self.fill()

    def _cell(self, row: Row, column: TableColumn) -> Cell:
        return cell(row, column, self._list.fold(row))

    @on(RowTable.Resized)
    def _table_resized(self, event: RowTable.Resized) -> None:
        event.stop()
        width = self.content_size.width
        if width and width != self._layout_width:
            self._layout_width = width
            self.table.set_columns([self._titled(*column) for column in self._columns])

    @on(RowTable.Highlighted)
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self.post_message(self.Selected())

    @property
    def _columns(self) -> list[tuple[Column, int]]:
        # One cell is left for the scrollbar.
        return columns_for(max(40, self._layout_width - 1))

    def _sign(self, row: Row) -> str:
        if row.key in self._list.by_text:
            return _BY_TEXT
        return _PINNED if row.summary.pinned else ""

    def fill(self) -> None:
        """Show the rows that match the filter, or say why there is none."""
        shown = self._list.shown()
        self.count(len(shown))
        if not shown:
            if self._list.rows:
                self.say(nothing_matches(self._list.query))
            elif self._looked:
                self.say(nothing_yet(self._results))
            return
        self.query_one("#sessions-empty").display = False
        table = self.table
        table.display = True
        table.set_columns([self._titled(*column) for column in self._columns])
        table.set_rows(shown)
        self.post_message(self.Selected())

    def _titled(self, column: Column, width: int) -> TableColumn:
        sorting = column.key == self._list.column.key
        arrow = (" ↓" if self._list.descending else " ↑") if sorting else ""
        title = f"{column.title}{arrow}"
        return TableColumn(column.key, title, width, column.justify, strong=sorting)

    def count(self, found: int | None = None) -> None:
        """Tell how many sessions there are, are shown and are marked, and what is being read."""
        listed = self._list
        text = how_many(listed.rows)
        if listed.query.strip() and listed.rows:
            found = len(listed.shown()) if found is None else found
            text = f"{found:,} of {text}"
            if listed.by_text:
                text += f", {len(listed.by_text):,} by text"
        if self.marks:
            text += f", {self.marks:,} marked"
        parts = [part for part in (text, self._doing) if part]
        self.post_message(self.Counted(" · ".join(parts)))

    def say(self, text: str) -> None:
        """Show a text in place of the table."""
        self.table.display = False
        self.post_message(self.Selected())
        empty = self.query_one("#sessions-empty", Plain)
        empty.display = True
        empty.update(text)

    @on(RowTable.TitleClicked)
    def _title_clicked(self, event: RowTable.TitleClicked) -> None:
        event.stop()
        column = next(c for c in COLUMNS if c.key == event.key)
        self._sort_by(column, reverse=column is self._list.column)

    def _sort_by(self, column: Column, *, reverse: bool = False) -> None:
        descending = not self._list.descending if reverse else column.descending
        self._list.sort(column, descending=descending)
        self.fill()

    def sort_next(self) -> None:
        """Sort by the next column to the right; after the last, by the first."""
        keys = [column.key for column, _ in self._columns]
        place = keys.index(self._list.column.key) if self._list.column.key in keys else -1
        following = keys[(place + 1) % len(keys)]
        self._sort_by(next(column for column in COLUMNS if column.key == following))

    def sort_reverse(self) -> None:
        """Reverse the order of the rows."""
        self._sort_by(self._list.column, reverse=True)

    def ask(self, query: str) -> None:
        """Filter by names at once, and by texts after a short pause."""
        self._list.ask(query)
        self.fill()
        if self._pause:
            self._pause.stop()
        if worth_searching(query):
            self._pause = self.set_timer(_TEXT_PAUSE, self._search_texts)


def _key(row: Row) -> str:
    return row.key
