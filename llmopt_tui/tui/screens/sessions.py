"""SessionsScreen: every session of the workspace, found, previewed and opened. Needs no server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import DataTable, Input
from textual.worker import Worker, WorkerState

from llmopt_tui.core.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.key_hints import KeyHints
from llmopt_tui.tui.panes.session_preview import SessionPreview
from llmopt_tui.tui.session_table import (
    COLUMNS,
    DATE,
    Column,
    columns_for,
    matching,
    ordered,
    readable,
)
from llmopt_tui.tui.widgets.plain import Plain, notify_plain, plain_cell

if TYPE_CHECKING:
    from llmopt_tui.store.sessions import LoadedSession, SessionSummary

_PREVIEW_DELAY = 0.08
"""Seconds for which a row must be selected before its session is read: running past is free."""

_MOST_ROWS = 500
"""A table of thousands would make a key press wait; the filter reaches what is not in it."""


class SessionsTable(DataTable[Text]):
    """A table in which home and end are the first and the last row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_top", "First", show=False),
        Binding("end", "scroll_bottom", "Last", show=False),
    ]


class SessionsScreen(Screen[None]):
    """The list with a filter above it and a preview beside or below it."""

    TITLE = "Sessions"
    DEFAULT_CSS = """
    SessionsScreen #sessions-filter-line { height: 1; padding: 0 1; background: $background; }
    SessionsScreen #sessions-filter {
        width: 1fr; height: 1; border: none; padding: 0 1; background: $surface;
    }
    SessionsScreen #sessions-filter:focus { background: $panel; }
    SessionsScreen #sessions-count {
        width: auto; min-width: 18; padding: 0 1; color: $text-muted; text-align: right;
    }
    SessionsScreen #sessions-body { height: 1fr; }
    SessionsScreen #sessions-list {
        width: 1fr; height: 1fr; border: round $border; border-title-color: $foreground;
    }
    SessionsScreen #sessions-list:focus-within {
        border: heavy $foreground 70%; border-title-style: bold;
    }
    SessionsScreen DataTable {
        height: 1fr; background: transparent; scrollbar-size: 1 1;
        & > .datatable--header { background: transparent; color: $text-muted; text-style: none; }
        & > .datatable--header-hover { background: $surface; }
        & > .datatable--cursor { background: $surface; color: $foreground; text-style: none; }
        & > .datatable--hover { background: transparent; }
        &:focus > .datatable--cursor { background: $panel; text-style: bold; }
    }
    SessionsScreen #sessions-empty { padding: 1 2; color: $text-muted; }
    SessionsScreen SessionPreview { width: 40; height: 1fr; }
    SessionsScreen.-wide SessionPreview { width: 2fr; max-width: 90; }
    SessionsScreen.-wide #sessions-list { width: 3fr; }
    SessionsScreen.-narrow #sessions-body { layout: vertical; }
    SessionsScreen.-narrow SessionPreview { width: 1fr; height: 1fr; }
    SessionsScreen.-narrow.-short SessionPreview { display: none; }
    """
    HORIZONTAL_BREAKPOINTS: ClassVar = [  # type: ignore[misc]
        (0, "-narrow"),
        (110, "-beside"),
        (160, "-wide"),
    ]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-short"), (32, "-tall")]  # type: ignore[misc]
    AUTO_FOCUS = "SessionsTable"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "filter",
            "Filter by name",
            tooltip="Show the sessions whose names hold every word.",
        ),
        Binding(
            "o", "sort_next", "Sort by the next column", tooltip="From left to right, then again."
        ),
        Binding("O", "sort_reverse", "Reverse the order", tooltip="Last first, or first last."),
        Binding("escape", "clear_filter", "Clear the filter", show=False),
    ]
    HELP = """\
Every session that was recorded in this workspace, with the scores of the original prompt and of
the best one. Enter opens a session as it was, read only; y copies its best prompt, the outputs of
that prompt, or the report. Type / to filter by model, case, id, date or stop reason. A click on a
column's title sorts by it, a second one reverses the order."""

    def __init__(self, results: Path) -> None:
        super().__init__()
        self._results = results
        self._summaries: list[SessionSummary] | None = None
        self._shown: list[SessionSummary] = []
        self._sort, self._descending = DATE, True
        self._previewed: SessionSummary | None = None
        self._loaded: LoadedSession | None = None
        self._delay: Timer | None = None
        self._layout_width = 0

    def compose(self) -> ComposeResult:
        """The filter, the table, the preview, the keys."""
        yield TopBar("sessions")
        with Horizontal(id="sessions-filter-line"):
            yield Input(placeholder="filter: model, case, id, date, stop", id="sessions-filter")
            yield Plain("", id="sessions-count")
        with Horizontal(id="sessions-body"):
            with Vertical(id="sessions-list") as listing:
                listing.border_title = "Sessions"
                yield SessionsTable(cursor_type="row", id="sessions-table")
                yield Plain("Reading the results folder ...", id="sessions-empty")
            yield SessionPreview(id="sessions-preview")
        yield KeyHints(
            ("enter", "read", "screen.read"),
            ("/", "filter", "screen.filter"),
            ("o", "sort", "screen.sort_next"),
            ("copy", "copy", "app.copy"),
            ("workbench", "workbench", "app.workbench"),
            right=(("help", "help", "app.help"), ("quit", "quit", "app.quit")),
        )

    def on_mount(self) -> None:
        """Nothing to show yet."""
        self.query_one(DataTable).display = False
        self.query_one(SessionPreview).clear()

    def on_screen_resume(self) -> None:
        """Look again each time the screen is shown: sessions may have ended since."""
        self._list_sessions()

    def on_resize(self) -> None:
        """Other columns may fit now."""
        self.call_after_refresh(self._fit)

    @work(exclusive=True, group="list", exit_on_error=False)
    async def _list_sessions(self) -> None:
        try:
            self._summaries = await asyncio.to_thread(_list, self._results)
        except OSError as error:
            self._summaries = None
            self._say(f"{self._results} cannot be read: {error.strerror or error}.")
            return
        self._fill()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed against all expectation is said, and the screen goes on."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            notify_plain(self, f"{type(error).__name__}: {error}", severity="error")

    @property
    def _table(self) -> SessionsTable:
        return self.query_one(SessionsTable)

    @property
    def selected(self) -> SessionSummary | None:
        """The session under the cursor."""
        row = self._table.cursor_row
        return self._shown[row] if 0 <= row < len(self._shown) else None

    @property
    def _columns(self) -> list[tuple[Column, int]]:
        # One cell is spared for the scrollbar.
        return columns_for(max(40, self._layout_width - 1))

    def _fit(self) -> None:
        width = self.query_one("#sessions-list").content_size.width
        if width and width != self._layout_width:
            self._layout_width = width
            self._fill()

    def _fill(self) -> None:
        if self._summaries is None:
            return
        query = self.query_one("#sessions-filter", Input).value
        keep, row = self.selected, self._table.cursor_row
        found = matching(self._summaries, query)
        self._shown = ordered(found, self._sort, descending=self._descending)[:_MOST_ROWS]
        total = len(self._summaries)
        self._count(len(found), total, query)
        if not self._shown:
            self._say(_nothing_matches(query) if total else _nothing_yet(self._results))
            return
        self.query_one("#sessions-empty").display = False
        table = self._table
        table.display = True
        table.clear(columns=True)
        columns = self._columns
        for column, width in columns:
            table.add_column(self._title(column, width), width=width, key=column.key)
        for summary in self._shown:
            table.add_row(*(_cell(summary, column, width) for column, width in columns))
        places = {summary.folder: place for place, summary in enumerate(self._shown)}
        kept = places.get(keep.folder) if keep else None
        table.move_cursor(row=min(row, len(self._shown) - 1) if kept is None else kept)
        self._preview()

    def _title(self, column: Column, width: int) -> Text:
        arrow = (" ↓" if self._descending else " ↑") if column is self._sort else ""
        style = "bold" if arrow else ""
        return Text(f"{column.title}{arrow}"[:width], style=style, justify=column.justify)

    def _count(self, found: int, total: int, query: str) -> None:
        text = fmt.plural(total, "session") if total else ""
        if total and query.strip():
            text = f"{found} of {text}"
        if found > len(self._shown):
            text += f", the first {len(self._shown)} shown"
        self.query_one("#sessions-count", Plain).update(text)

    def _say(self, text: str) -> None:
        self._table.display = False
        self.query_one(SessionPreview).clear()
        self._previewed = self._loaded = None
        empty = self.query_one("#sessions-empty", Plain)
        empty.display = True
        empty.update(text)

    @on(DataTable.HeaderSelected)
    def _header_clicked(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        column = next(c for c in COLUMNS if c.key == event.column_key.value)
        self._sort_by(column, reverse=column is self._sort)

    def _sort_by(self, column: Column, *, reverse: bool = False) -> None:
        self._descending = not self._descending if reverse else column.descending
        self._sort = column
        self._fill()

    def action_sort_next(self) -> None:
        """Sort by the column after the present one."""
        columns = [column for column, _ in self._columns]
        place = columns.index(self._sort) if self._sort in columns else -1
        self._sort_by(columns[(place + 1) % len(columns)])

    def action_sort_reverse(self) -> None:
        """Turn the order round."""
        self._sort_by(self._sort, reverse=True)

    @on(Input.Changed, "#sessions-filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._fill()

    @on(Input.Submitted, "#sessions-filter")
    def _filter_done(self, event: Input.Submitted) -> None:
        event.stop()
        if self._shown:
            self._table.focus()

    def action_filter(self) -> None:
        """Go to the filter."""
        self.query_one("#sessions-filter").focus()

    def action_clear_filter(self) -> None:
        """Empty the filter and go back to the table."""
        self.query_one("#sessions-filter", Input).value = ""
        self._table.focus()

    @on(DataTable.RowHighlighted)
    def _highlighted(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._preview()

    def _preview(self) -> None:
        summary = self.selected
        if summary is None or summary == self._previewed:
            return
        self._previewed, self._loaded = summary, None
        self.query_one(SessionPreview).begin(summary)
        if self._delay:
            self._delay.stop()
        self._delay = self.set_timer(_PREVIEW_DELAY, self._read_selected)

    @work(exclusive=True, group="preview", exit_on_error=False)
    async def _read_selected(self) -> None:
        summary = self.selected
        if summary is None or not readable(summary):
            return
        try:
            loaded = await asyncio.to_thread(_load, summary.folder)
        except OSError:
            # The summary's note says it already.
            return
        if self.selected and self.selected.folder == loaded.folder:
            self._loaded = loaded
            self.query_one(SessionPreview).show(loaded)

    @on(DataTable.RowSelected)
    def _row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.action_read()

    def action_read(self) -> None:
        """Open the selected session."""
        summary = self.selected
        if summary is None:
            return
        if not readable(summary):
            notify_plain(self, f"There is nothing to open: {summary.note}.", severity="warning")
            return
        from llmopt_tui.tui.screens.recorded import RecordedScreen

        self.app.push_screen(RecordedScreen(summary))

    def copyable(self) -> list[tuple[str, str]]:
        """The best prompt, its outputs, the report, once the selected session has been read."""
        if self._loaded is None:
            return []
        from llmopt_tui.reports.session_report import session_report

        record, best = self._loaded.record, self._loaded.record.best
        offers = []
        if best:
            outputs = "\n\n".join(f"# {run.example_id}\n{run.output}" for run in best.runs)
            offers = [
                (f"best prompt (iteration {best.n})", best.prompt),
                (f"outputs of iteration {best.n}", outputs),
            ]
        report = session_report(record, status=self._loaded.status)
        return [*offers, ("report as Markdown", report)]


def _nothing_matches(query: str) -> str:
    return f"No session matches “{one_line(query, 40)}”. Escape clears the filter."


def _nothing_yet(results: Path) -> str:
    return (
        "No sessions yet.\n\n"
        "Press w for the Workbench, pick a model and a case with space, and run with ctrl+r.\n"
        "Everything that happens is kept and can be read here later, without a server.\n\n"
        f"Looked in {results}"
    )


def _cell(summary: SessionSummary, column: Column, width: int) -> Text:
    text = column.text(summary)
    if column.key == "model" and len(text) > width and "/" in text:
        # What tells one long name from another stands at its end.
        text = "…/" + text.rsplit("/", 1)[1]
    quiet = text in {"–", "+0.00"} or column.key in {"stop", "duration"}
    return plain_cell(text, "dim" if quiet else "", justify=column.justify, width=width)


def _list(results: Path) -> list[SessionSummary]:
    from llmopt_tui.store.sessions import list_sessions

    return list_sessions(results)


def _load(folder: Path) -> LoadedSession:
    from llmopt_tui.store.sessions import load_session

    return load_session(folder)
