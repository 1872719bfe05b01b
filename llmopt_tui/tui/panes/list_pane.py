"""ListPane: a pane with rows under titles, and a sentence where there are none."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.row_table import Cell, RowTable, TableColumn

T = TypeVar("T")


class ListPane(Vertical, Generic[T]):
    """The list; rows keep the order in which they are given.

    A list says what its rows are by `cell`, `key`, `sign` and `columns`, and has messages of its
    own made of these two, so that a screen with several lists can tell them apart.
    """

    TABLE_ID = ""
    UNTIL_SHOWN = ""
    """What is said before the first rows are known."""

    class Selected(Message):
        """Another row is under the cursor, or the rows changed."""

    class Chosen(Message):
        """The row under the cursor was chosen with enter or a click."""

    def compose(self) -> ComposeResult:
        """The table, and a text for where there is nothing."""
        yield RowTable(self.cell, self.key, self.sign, id=self.TABLE_ID)
        yield Plain(self.UNTIL_SHOWN, classes="note")

    def cell(self, row: T, column: TableColumn) -> Cell:
        """What a row says in a column, with its style."""
        raise NotImplementedError

    def key(self, row: T) -> Hashable:
        """What tells a row from all others."""
        raise NotImplementedError

    def sign(self, row: T) -> str:
        """The character before a row; "" for none."""
        return ""

    def columns(self, width: int) -> Sequence[TableColumn]:
        """The columns that fit into so many cells."""
        raise NotImplementedError

    @property
    def table(self) -> RowTable[T]:
        """The table of the rows."""
        return self.query_one(RowTable)

    def show_rows(self, rows: Sequence[T], nothing: str, count: str) -> None:
        """Show these rows, and how many in the border; `nothing` is said where there are none."""
        self.table.set_rows(rows)
        self.table.display = bool(rows)
        note = self.query_one(".note", Plain)
        note.display = not rows
        note.update(nothing)
        self.lay_out()
        self.border_subtitle = count if rows else ""

    def lay_out(self) -> None:
        """Choose the columns that fit."""
        self.table.set_columns(self.columns(self.table.size.width))

    def on_row_table_resized(self, event: RowTable.Resized) -> None:
        """Choose the columns for the new width."""
        event.stop()
        self.lay_out()

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Tell the screen."""
        event.stop()
        self.post_message(self.Selected())

    def on_row_table_chosen(self, event: RowTable.Chosen) -> None:
        """Tell the screen."""
        event.stop()
        self.post_message(self.Chosen())

    def on_row_table_title_clicked(self, event: RowTable.TitleClicked) -> None:
        """Ignore clicks on titles: the order is given."""
        event.stop()
