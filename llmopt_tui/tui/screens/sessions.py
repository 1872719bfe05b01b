"""SessionsScreen: every session of the workspace, found, previewed and opened. Needs no server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.key_hints import Hint, KeyHints
from llmopt_tui.tui.panes.session_preview import SessionPreview
from llmopt_tui.tui.session_table import (
    COLUMNS,
    Column,
    Row,
    SessionList,
    cell,
    columns_for,
    ordered,
    readable,
    row_of,
)
from llmopt_tui.tui.suite_files import suite_of
from llmopt_tui.tui.widgets.plain import Plain, notify_plain
from llmopt_tui.tui.widgets.row_table import RowTable, TableColumn

if TYPE_CHECKING:
    from llmopt_tui.store.index import SessionIndex
    from llmopt_tui.store.sessions import LoadedSession, SessionSummary
    from llmopt_tui.tui.app import LlmoptApp

_PREVIEW_DELAY = 0.08
"""Seconds for which a row must be selected before its session is read: running past is free."""

_TYPING_DELAY = 0.3
"""The same while a filter is typed: a key is not to wait for what the one before it brought up."""

_TEXT_PAUSE = 0.25
"""Seconds without a key after which texts are searched."""

_TICK = 0.4
"""Seconds between two looks at what is being read."""

_BY_TEXT = "”"
"""Stands before a row that is shown for what its texts say."""

_READ: Hint = ("read", "read", "screen.read")
_ITS_SUITE: Hint = ("leaderboard", "its suite", "app.leaderboard")
_OF_A_SUITE: tuple[Hint, ...] = (
    ("read", "leaderboard", "screen.read"),
    ("suite_sessions", "its sessions", "screen.suite_sessions"),
)
_OF_ALL: tuple[Hint, ...] = (
    ("resume", "resume", "screen.resume"),
    ("filter", "filter", "screen.filter"),
    ("sort", "sort", "screen.sort_next"),
)
_OF_A_SESSION: tuple[Hint, ...] = (
    ("compare", "compare", "screen.compare"),
    ("report", "report", "screen.report"),
)
_LAST: tuple[Hint, ...] = (
    ("copy", "copy", "app.copy"),
    ("delete", "delete", "screen.delete"),
    ("workbench", "workbench", "app.workbench"),
)


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
    AUTO_FOCUS = "RowTable"
    BINDINGS: ClassVar[list[BindingType]] = [
        *commands.bindings("sessions"),
        *commands.bindings("past"),
    ]
    HELP = """\
Every session that was recorded in this workspace, with the scores of the original prompt and of
the best one. Enter opens a session as it was, read only; y copies its best prompt, the outputs of
that prompt, or the report. Type / to filter by model, case, id, date or stop reason; after a
short pause prompts, outputs and interviews are searched too, and ” stands before what was found in
them alone. A click on a column's title sorts by it, a second one reverses the order. Enter on a
suite shows it on the Leaderboard, and so does l on any session of it; f leaves its sessions alone
in the list. The session that is marked stays so after a comparison, for the next."""

    app: LlmoptApp

    def __init__(self, results: Path) -> None:
        super().__init__()
        self._results = results
        self._index: SessionIndex | None = None
        self._list = SessionList()
        self._looked = self._look_again = False
        self._keeping_up: Worker[None] | None = None
        self._doing = ""
        self._previewed: tuple[SessionSummary, str] | None = None
        self._loaded: LoadedSession | None = None
        self._delay: Timer | None = None
        self._pause: Timer | None = None
        self._layout_width = 0
        self._marked: SessionSummary | None = None

    def compose(self) -> ComposeResult:
        """The filter, the table, the preview, the keys."""
        yield TopBar("sessions")
        with Horizontal(id="sessions-filter-line"):
            yield Input(placeholder="filter: names, then texts", id="sessions-filter")
            yield Plain("", id="sessions-count")
        with Horizontal(id="sessions-body"):
            with Vertical(id="sessions-list") as listing:
                listing.border_title = "Sessions"
                yield RowTable[Row](cell, _key, self._sign, id="sessions-table")
                yield Plain("Reading the results folder ...", id="sessions-empty")
            yield SessionPreview(id="sessions-preview")
        yield KeyHints(
            *_hints(None), right=(("help", "help", "app.help"), ("quit", "quit", "app.quit"))
        )

    def on_mount(self) -> None:
        """Nothing to show yet."""
        self._table.display = False
        self.query_one(SessionPreview).clear()

    def on_screen_resume(self) -> None:
        """Look again each time the screen is shown: sessions may have ended since."""
        self.refresh_sessions()

    def on_unmount(self) -> None:
        """What is being read is kept, and goes on the next time."""
        if self._index:
            self._index.close()

    @on(RowTable.Resized)
    def _table_resized(self, event: RowTable.Resized) -> None:
        event.stop()
        self._fit()

    def refresh_sessions(self) -> None:
        """Look again at what the results folder holds; at once, whatever is being read."""
        self._look_again = True
        if self._keeping_up is None or self._keeping_up.is_finished:
            self._keeping_up = self._keep_up()

    @work(group="list", exit_on_error=False)
    async def _keep_up(self) -> None:
        try:
            while self._look_again:
                self._look_again = False
                await self._look()
        except OSError as error:
            self._list.rows = []
            self._say(f"{self._results} cannot be read: {error.strerror or error}.")
        finally:
            self._doing = ""
            self._count()

    async def _look(self) -> None:
        """Show what is known, then what has changed, then make all texts searchable."""
        again = self._index is not None
        if self._index is None:
            self._index = await asyncio.to_thread(_open, self._results)
            await self._take()
        index = self._index
        changed = await self._during(self._take, index.look, self._hear("reading"))
        self._looked = True
        if again or changed or not self._list.rows:
            await self._take()
        stop = lambda: self._look_again  # noqa: E731
        await self._during(self._tick, index.read_texts, self._hear("indexing"), stop)
        if self._list.query.strip():
            self._search_texts()

    async def _during(
        self, tick: Callable[[], Awaitable[None]], work: Callable[..., Any], *values: object
    ) -> Any:
        """Have the work done in a thread, and look at it now and then. Returns what it does."""
        working = asyncio.ensure_future(asyncio.to_thread(work, *values))
        while not (await asyncio.wait({working}, timeout=_TICK))[0]:
            await tick()
        return working.result()

    def _hear(self, doing: str) -> Callable[[int, int], None]:
        def hear(done: int, of: int) -> None:
            self._doing = f"{doing} {done:,} of {of:,}"

        return hear

    async def _tick(self) -> None:
        self._count()

    async def _take(self) -> None:
        """List what the index knows now."""
        assert self._index
        listed = self._list
        order = (listed.column, listed.descending)
        rows = await asyncio.to_thread(_rows, self._index, *order, listed.rows)
        if rows is None:
            return
        listed.rows = rows
        if order != (listed.column, listed.descending):
            listed.sort(listed.column, descending=listed.descending)
        self._fill()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed against all expectation is said, and the screen goes on."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            notify_plain(self, f"{type(error).__name__}: {error}", severity="error")

    @property
    def _table(self) -> RowTable[Row]:
        return self.query_one(RowTable)

    @property
    def selected(self) -> SessionSummary | None:
        """The session under the cursor, or the suite."""
        row = self._table.current if self._table.display else None
        return row.summary if row else None

    @property
    def suite(self) -> Path | None:
        """The suite under the cursor, or that of the session there."""
        return suite_of(self.selected) if self.selected else None

    @property
    def _columns(self) -> list[tuple[Column, int]]:
        # One cell is spared for the scrollbar.
        return columns_for(max(40, self._layout_width - 1))

    def _sign(self, row: Row) -> str:
        return _BY_TEXT if row.key in self._list.by_text else ""

    def _fit(self) -> None:
        width = self.query_one("#sessions-list").content_size.width
        if width and width != self._layout_width:
            self._layout_width = width
            self._table.set_columns([self._titled(*column) for column in self._columns])

    def _fill(self) -> None:
        shown = self._list.shown()
        self._count(len(shown))
        if not shown:
            if self._list.rows:
                self._say(_nothing_matches(self._list.query))
            elif self._looked:
                self._say(_nothing_yet(self._results))
            return
        self.query_one("#sessions-empty").display = False
        table = self._table
        table.display = True
        table.set_columns([self._titled(*column) for column in self._columns])
        table.set_rows(shown)
        self._preview()

    def _titled(self, column: Column, width: int) -> TableColumn:
        sorting = column is self._list.column
        arrow = (" ↓" if self._list.descending else " ↑") if sorting else ""
        title = f"{column.title}{arrow}"
        return TableColumn(column.key, title, width, column.justify, strong=sorting)

    def _count(self, found: int | None = None) -> None:
        listed = self._list
        text = _how_many(listed.rows)
        if listed.query.strip() and listed.rows:
            found = len(listed.shown()) if found is None else found
            text = f"{found:,} of {text}"
            if listed.by_text:
                text += f", {len(listed.by_text):,} by text"
        parts = [part for part in (text, self._doing) if part]
        self.query_one("#sessions-count", Plain).update(" · ".join(parts))

    def _say(self, text: str) -> None:
        self._table.display = False
        self.query_one(SessionPreview).clear()
        self._previewed = self._loaded = None
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
        self._fill()

    def action_sort_next(self) -> None:
        """Sort by the column after the present one."""
        columns = [column for column, _ in self._columns]
        place = columns.index(self._list.column) if self._list.column in columns else -1
        self._sort_by(columns[(place + 1) % len(columns)])

    def action_sort_reverse(self) -> None:
        """Turn the order round."""
        self._sort_by(self._list.column, reverse=True)

    @on(Input.Changed, "#sessions-filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._list.ask(event.value)
        self._fill()
        if self._pause:
            self._pause.stop()
        if _worth_searching(event.value):
            self._pause = self.set_timer(_TEXT_PAUSE, self._search_texts)

    @work(exclusive=True, group="texts", exit_on_error=False)
    async def _search_texts(self) -> None:
        query, index = self._list.query, self._index
        if index is None or not _worth_searching(query):
            return  # they are searched once the index is there
        changed = lambda: self._list.query != query  # noqa: E731
        found = await asyncio.to_thread(index.search, query, changed)
        if self._list.query == query and found != self._list.in_texts:
            self._list.in_texts = found
            self._fill()

    @on(Input.Submitted, "#sessions-filter")
    def _filter_done(self, event: Input.Submitted) -> None:
        event.stop()
        if self._table.display:
            self._table.focus()

    def action_filter(self) -> None:
        """Go to the filter."""
        self.query_one("#sessions-filter").focus()

    def action_clear_filter(self) -> None:
        """Empty the filter and go back to the table."""
        self.query_one("#sessions-filter", Input).value = ""
        self._table.focus()

    @on(RowTable.Highlighted)
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self._preview()

    def _preview(self) -> None:
        summary, listed = self.selected, self._list
        if summary is None:
            return
        self.query_one(KeyHints).show(*_hints(summary))
        wanted = (summary, listed.query if summary.folder.name in listed.in_texts else "")
        if wanted == self._previewed:
            return
        if self._previewed is None or self._previewed[0] != summary:
            self._loaded = None
            self.query_one(SessionPreview).begin(summary)
        self._previewed = wanted
        if self._delay:
            self._delay.stop()
        typing = self.query_one("#sessions-filter").has_focus
        self._delay = self.set_timer(
            _TYPING_DELAY if typing else _PREVIEW_DELAY, self._read_selected
        )

    @work(exclusive=True, group="preview", exit_on_error=False)
    async def _read_selected(self) -> None:
        if self._previewed is None:
            return
        summary, query = wanted = self._previewed
        preview = self.query_one(SessionPreview)
        if self._index:
            name = summary.folder.name
            place = await asyncio.to_thread(self._index.excerpt, name, query) if query else ""
            if wanted == self._previewed:
                preview.show_place(place)
        if self._loaded or summary.kind == "suite" or not readable(summary):
            return
        try:
            loaded = await asyncio.to_thread(_load, summary.folder)
        except OSError:
            # The summary's note says it already.
            return
        if self.selected and self.selected.folder == loaded.folder:
            self._loaded = loaded
            preview.show(loaded)

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        event.stop()
        self.action_read()

    def action_read(self) -> None:
        """Open the selected session; show a suite on the Leaderboard."""
        summary = self.selected
        if summary is None:
            return
        if not readable(summary):
            notify_plain(self, f"There is nothing to open: {summary.note}.", severity="warning")
            return
        if summary.kind == "suite":
            self.app.show_suite(summary.folder)
            return
        from llmopt_tui.tui.screens.recorded import RecordedScreen

        self.app.push_screen(RecordedScreen(summary))

    def action_suite_sessions(self) -> None:
        """List the sessions of the suite that is selected, or that the session belongs to."""
        suite = self.selected.suite_id if self.selected else ""
        if suite:
            self.query_one("#sessions-filter", Input).value = suite
        elif self.selected:
            notify_plain(self, "This session belongs to no suite.")

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

    def action_report(self) -> None:
        """Open the selected session's report."""
        if summary := self._one_session():
            from llmopt_tui.tui.screens.report import ReportScreen

            self.app.push_screen(ReportScreen(summary))

    def action_compare(self) -> None:
        """Mark the selected session, or unmark it; compare another one with it."""
        chosen, first = self._one_session(), self._marked
        if chosen is None:
            return
        if first is None or first.folder == chosen.folder:
            self._mark(None if first else chosen)
            return
        from llmopt_tui.tui.screens.compare import CompareScreen

        self.app.push_screen(CompareScreen(first, chosen))

    def _mark(self, summary: SessionSummary | None) -> None:
        self._marked = summary
        self._table.marks = {summary.folder.name} if summary else set()
        self._table.refresh()
        if summary:
            key = commands.key_of("compare", getattr(self.app, "keymap", {}))
            notify_plain(self, f"Marked. {key} on another session compares it with this one.")

    def _one_session(self) -> SessionSummary | None:
        """The selected session, where it is one that can be read; else it is said."""
        summary = self.selected
        if summary and (summary.kind == "suite" or not readable(summary)):
            notify_plain(self, "Select a session that can be read.", severity="warning")
            return None
        return summary

    def action_resume(self) -> None:
        """Go on with the selected session or suite, in the Workbench."""
        if self.selected:
            self._resume(self.selected)

    @work(exclusive=True, group="resume", exit_on_error=False)
    async def _resume(self, summary: SessionSummary) -> None:
        from llmopt_tui.tui.resuming import NotResumableError, resumable

        try:
            found = await asyncio.to_thread(resumable, summary)
            self.app.resume(found)
        except NotResumableError as error:
            notify_plain(self, str(error), severity="warning")

    def action_delete(self) -> None:
        """Put the selected session into the trash, after asking twice."""
        if self.selected:
            self._delete(self.selected)

    @work(exclusive=True, group="delete", exit_on_error=False)
    async def _delete(self, summary: SessionSummary) -> None:
        from llmopt_tui.tui.deleting import delete_session

        if await delete_session(self, self._results, summary):
            if self._marked and self._marked.folder == summary.folder:
                self._mark(None)
            self.refresh_sessions()


def _hints(selected: SessionSummary | None) -> tuple[Hint, ...]:
    """The keys that matter for what is selected: a suite, a session of one, or one on its own."""
    if selected and selected.kind == "suite":
        return *_OF_A_SUITE, *_OF_ALL, *_LAST
    suite = (_ITS_SUITE,) if selected and selected.suite_id else ()
    return _READ, *suite, *_OF_ALL, *_OF_A_SESSION, *_LAST


def _nothing_matches(query: str) -> str:
    return f"No session matches “{one_line(query, 40)}”. Escape clears the filter."


def _nothing_yet(results: Path) -> str:
    return (
        "No sessions yet.\n\n"
        "Press w for the Workbench, pick a model and a case with space, and run with ctrl+r.\n"
        "Everything that happens is kept and can be read here later, without a server.\n\n"
        f"Looked in {results}"
    )


def _how_many(rows: list[Row]) -> str:
    suites = sum(row.summary.kind == "suite" for row in rows)
    counts = ((len(rows) - suites, "session"), (suites, "suite"))
    return ", ".join(f"{n:,} {name}{'s' * (n != 1)}" for n, name in counts if n)


def _worth_searching(query: str) -> bool:
    """One letter stands in every text."""
    return len(query.strip()) > 1 or not query.isascii()


def _key(row: Row) -> str:
    return row.key


def _open(results: Path) -> SessionIndex:
    from llmopt_tui.store.index import SessionIndex

    return SessionIndex(results)


def _rows(
    index: SessionIndex, column: Column, descending: bool, known: list[Row]
) -> list[Row] | None:
    """The rows in the order of a column; None where they are known already."""
    rows = ordered(map(row_of, index.listing()), column, descending=descending)
    return rows if rows != known or not rows else None


def _load(folder: Path) -> LoadedSession:
    from llmopt_tui.store.sessions import load_session

    return load_session(folder)
