"""CaseList: every case file of the workspace, the broken ones with how many problems they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.row_table import Cell, RowTable, TableColumn

if TYPE_CHECKING:
    from llmopt_tui.app.case_editing.listing import Entry

_COUNT_WIDTH = 10


class CaseList(Vertical):
    """The list. Its cursor is the case that is shown."""

    BORDER_TITLE = "Cases"
    HELP = """\
The case files of this workspace: how many examples are tuned on, and how many are held out. A file
that cannot be used says how many problems it has; enter opens it at the line of the first. n makes
a new case, from a file of yours or from scratch."""

    class Selected(Message):
        """Another file is under the cursor, or the list was read again."""

    class Chosen(Message):
        """The file under the cursor was chosen with enter or a click."""

    def compose(self) -> ComposeResult:
        """The table, and a text for where there is nothing."""
        yield RowTable(_cell, _key, _sign, id="case-table")
        yield Plain("Reading cases …", id="case-list-note", classes="note")

    @property
    def table(self) -> RowTable[Entry]:
        """The table of the files."""
        return self.query_one(RowTable)

    @property
    def current(self) -> Entry | None:
        """The file under the cursor; None where there is none."""
        return self.table.current

    def show(self, entries: tuple[Entry, ...], nothing: str) -> None:
        """Show these files; `nothing` is said where there are none."""
        self.table.set_rows(entries)
        self.table.display = bool(entries)
        note = self.query_one("#case-list-note", Plain)
        note.display = not entries
        note.update(nothing)
        self.border_subtitle = str(len(entries)) if entries else ""

    def select(self, name: str) -> None:
        """Put the cursor on the file of this name, if it is listed."""
        for row, entry in enumerate(self.table.rows):
            if entry.name == name:
                self.table.cursor_row = row

    def copyable(self) -> list[tuple[str, str]]:
        """The name of the file under the cursor, and what is wrong with it."""
        entry = self.current
        if entry is None:
            return []
        return [("name", entry.name), ("problems", "\n".join(map(str, entry.problems)))]

    def on_row_table_resized(self, event: RowTable.Resized) -> None:
        """Give the names the room that there is."""
        event.stop()
        name = max(8, self.table.size.width - _COUNT_WIDTH - 5)
        count = TableColumn("count", "Examples", _COUNT_WIDTH, "right")
        self.table.set_columns([TableColumn("name", "Case", name), count])

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Tell the screen."""
        event.stop()
        self.post_message(self.Selected())

    def on_row_table_chosen(self, event: RowTable.Chosen) -> None:
        """Tell the screen."""
        event.stop()
        self.post_message(self.Chosen())

    def on_row_table_title_clicked(self, event: RowTable.TitleClicked) -> None:
        """The order is that of the names."""
        event.stop()


def _key(entry: Entry) -> str:
    return entry.name


def _sign(entry: Entry) -> str:
    return "" if entry.case else "✗"


def _cell(entry: Entry, column: TableColumn) -> Cell:
    if column.key == "name":
        return entry.name, ""
    if entry.case is None:
        return fmt.plural(len(entry.problems), "problem"), "bold"
    return f"{len(entry.case.split('train'))}+{len(entry.case.split('validation'))}", "dim"
