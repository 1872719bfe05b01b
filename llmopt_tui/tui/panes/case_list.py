"""CaseList: every case file of the workspace, the broken ones with how many problems they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.panes.list_pane import ListPane
from llmopt_tui.tui.widgets.row_table import Cell, TableColumn

if TYPE_CHECKING:
    from llmopt_tui.app.case_editing.listing import Entry

_COUNT_WIDTH = 10


class CaseList(ListPane["Entry"]):
    """The list. Its cursor is the case that is shown."""

    BORDER_TITLE = "Cases"
    HELP = """\
The case files of this workspace: how many examples are tuned on, and how many are held out. A file
that cannot be used says how many problems it has; enter opens it at the line of the first. n makes
a new case, from a file of yours or from scratch."""

    TABLE_ID = "case-table"
    UNTIL_SHOWN = "Reading cases …"

    class Selected(ListPane.Selected):
        """Another file is under the cursor, or the list was read again."""

    class Chosen(ListPane.Chosen):
        """The file under the cursor was chosen with enter or a click."""

    @property
    def current(self) -> Entry | None:
        """The file under the cursor; None where there is none."""
        return self.table.current

    def show(self, entries: tuple[Entry, ...], nothing: str) -> None:
        """Show these files; `nothing` is said where there are none."""
        self.show_rows(entries, nothing, str(len(entries)))

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

    def columns(self, width: int) -> list[TableColumn]:
        """The names, with the room that there is, and how many examples each has."""
        name = max(8, width - _COUNT_WIDTH - 5)
        count = TableColumn("count", "Examples", _COUNT_WIDTH, "right")
        return [TableColumn("name", "Case", name), count]

    def key(self, row: Entry) -> str:
        """The name, which only one file has."""
        return row.name

    def sign(self, row: Entry) -> str:
        """A cross before a file that cannot be used."""
        return "" if row.case else "✗"

    def cell(self, row: Entry, column: TableColumn) -> Cell:
        """The name, or how many examples or problems there are."""
        if column.key == "name":
            return row.name, ""
        if row.case is None:
            return fmt.plural(len(row.problems), "problem"), "bold"
        return f"{len(row.case.split('train'))}+{len(row.case.split('validation'))}", "dim"
