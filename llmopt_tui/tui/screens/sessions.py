"""SessionsScreen: lists, previews and opens the workspace's sessions. It needs no server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Input
from textual.worker import Worker

from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.deleting import Deleting
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.panes.session_listing import SessionListing
from llmopt_tui.tui.panes.session_preview import SessionPreview
from llmopt_tui.tui.session_labels import Labelling
from llmopt_tui.tui.session_table import readable
from llmopt_tui.tui.suite_files import suite_of
from llmopt_tui.tui.widgets.plain import Plain, notify_plain
from llmopt_tui.tui.widgets.row_table import RowTable

if TYPE_CHECKING:
    from llmopt_tui.store.sessions import SessionSummary
    from llmopt_tui.tui.app import LlmoptApp

_OF_ALL = ("mark", "filter", "resume", "sort")
_OF_A_SESSION = ("report", "compare")
_LAST = ("delete", "tags", "name", "pin", "copy")


class SessionsScreen(Labelling, Deleting):
    """The list, with a filter above it and a preview beside or below it."""

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
Every run that was recorded in this workspace: the scores of the original and of the best prompt on
held-out examples with their verdict, and the gain on train examples. Enter opens a session as
recorded, read only; a suite of several sessions is one row, which enter or right opens to them and
left closes; l shows it on the Leaderboard. Type / to filter by name, tag, model, case, id, date or
stop reason; after a short pause prompts, outputs and interviews are searched too, and ” marks what
was found only in them. A click on a column's title sorts by it, a second one reverses the order.
Space marks several, for tags, pins (★ at the top) and delete, which asks once and is undone by u.
c marks one to compare, and on another one compares the two."""

    app: LlmoptApp

    def __init__(self, results: Path) -> None:
        super().__init__()
        self._results = results
        self.listing = SessionListing(results)
        self.make_bin(results)

    def compose(self) -> ComposeResult:
        """The filter, the table, the preview, the keys."""
        yield TopBar("sessions")
        with Horizontal(id="sessions-filter-line"):
            yield Input(placeholder="filter: names, then texts", id="sessions-filter")
            yield Plain("", id="sessions-count")
        with Horizontal(id="sessions-body"):
            yield self.listing
            yield SessionPreview(self.listing.excerpt, id="sessions-preview")
        yield KeyBar(*_keys(None))

    def on_screen_resume(self) -> None:
        """Read the folder again each time the screen is shown: sessions may have ended since."""
        self.refresh_sessions()

    def refresh_sessions(self) -> None:
        """Read the results folder again."""
        self.listing.refresh_sessions()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an unexpected failure; the screen keeps working."""
        if said := failure_words(event):
            notify_plain(self, said, severity="error")

    @property
    def selected(self) -> SessionSummary | None:
        """The session or suite under the cursor; None if there is none."""
        return self.listing.selected

    @property
    def suite(self) -> Path | None:
        """The document of the suite under the cursor, or of the suite of the session there."""
        return suite_of(self.selected) if self.selected else None

    @on(SessionListing.Counted)
    def _counted(self, event: SessionListing.Counted) -> None:
        event.stop()
        self.query_one("#sessions-count", Plain).update(event.text)

    @on(SessionListing.Selected)
    def _selected(self, event: SessionListing.Selected) -> None:
        event.stop()
        summary, preview = self.selected, self.query_one(SessionPreview)
        if summary is None:
            preview.clear()
            return
        self.query_one(KeyBar).show(*_keys(summary), names=_names(summary))
        query = self.listing.query_text if self.listing.found_in_texts(summary) else ""
        typing = self.query_one("#sessions-filter").has_focus
        preview.preview(summary, query, hurried=typing)

    @on(Input.Changed, "#sessions-filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.listing.ask(event.value)

    @on(Input.Submitted, "#sessions-filter")
    def _filter_done(self, event: Input.Submitted) -> None:
        event.stop()
        if self.listing.table.display:
            self.listing.table.focus()

    def action_sort_next(self) -> None:
        """Sort by the next column to the right; after the last, by the first."""
        self.listing.sort_next()

    def action_sort_reverse(self) -> None:
        """Reverse the order of the rows."""
        self.listing.sort_reverse()

    def action_filter(self) -> None:
        """Put the focus on the filter."""
        self.query_one("#sessions-filter").focus()

    def action_clear_filter(self) -> None:
        """Empty the filter and go back to the table."""
        self.query_one("#sessions-filter", Input).value = ""
        self.listing.table.focus()

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
            if self.listing.can_fold():
                self.listing.fold()
            else:
                self.app.show_suite(summary.folder)
            return
        from llmopt_tui.tui.screens.recorded import RecordedScreen

        self.app.push_screen(RecordedScreen(summary))

    def action_unfold(self) -> None:
        """Open the selected suite to its sessions."""
        self.listing.fold(opened=True)

    def action_fold(self) -> None:
        """Close the selected suite, or the one that the session belongs to."""
        self.listing.fold(opened=False)

    def action_mark(self) -> None:
        """Mark or unmark the selected session or suite, and go to the next row."""
        if self.selected:
            self.listing.mark(self.selected, step=True)

    @property
    def chosen(self) -> list[SessionSummary]:
        """What is marked, or else what is selected."""
        return self.listing.marked or ([self.selected] if self.selected else [])

    def copyable(self) -> list[tuple[str, str]]:
        """The best prompt, its outputs and the report, once the selected session has been read."""
        return self.query_one(SessionPreview).copyable()

    def action_report(self) -> None:
        """Open the selected session's report."""
        if summary := self._one_session():
            from llmopt_tui.tui.screens.report import ReportScreen

            self.app.push_screen(ReportScreen(summary))

    def action_compare(self) -> None:
        """Mark or unmark the selected session; if another one is marked, compare the two."""
        chosen = self._one_session()
        if chosen is None:
            return
        others = [other for other in self.listing.marked if other.folder != chosen.folder]
        if not others:
            self.listing.mark(chosen)
            if self.listing.marks:
                key = key_of("compare", getattr(self.app, "keymap", {}))
                notify_plain(self, f"Marked. {key} on another session compares it with this one.")
            return
        if len(others) > 1 or others[0].kind == "suite":
            notify_plain(self, "Two sessions are compared: mark one, then go to the other.")
            return
        from llmopt_tui.tui.screens.compare import CompareScreen

        self.app.push_screen(CompareScreen(others[0], chosen))

    def _one_session(self) -> SessionSummary | None:
        """The selected session if it can be read; otherwise say so and return None."""
        summary = self.selected
        if summary and (summary.kind == "suite" or not readable(summary)):
            notify_plain(self, "Select a session that can be read.", severity="warning")
            return None
        return summary

    def action_resume(self) -> None:
        """Resume the selected session or suite, in the Workbench."""
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


def _keys(selected: SessionSummary | None) -> tuple[str, ...]:
    """The commands in the key bar, depending on whether a suite or a session is selected."""
    if selected and selected.kind == "suite":
        return "read", "leaderboard", *_OF_ALL, *_LAST
    suite = ("leaderboard",) if selected and selected.suite_id else ()
    return "read", *suite, *_OF_ALL, *_OF_A_SESSION, *_LAST


def _names(selected: SessionSummary) -> dict[str, str]:
    """The names of commands for what is selected: a suite opens to its sessions."""
    return {"read": "open"} if selected.kind == "suite" else {"leaderboard": "its suite"}
