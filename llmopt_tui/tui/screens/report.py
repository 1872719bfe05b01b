"""ReportScreen: the report of one session, made from its journal and laid out to be read."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.worker import Worker

from llmopt_tui.core.text.plain import visible
from llmopt_tui.tui import commands
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.report_lines import report_lines
from llmopt_tui.tui.widgets.lines import WrappedLines
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.store.sessions import SessionSummary


class ReportText(WrappedLines):
    """A report laid out for the width of the widget, without links."""

    DEFAULT_CSS = """
    ReportText > .report--heading { text-style: bold underline; }
    ReportText > .report--label { text-style: bold; }
    ReportText > .report--quoted { color: $text-muted; }
    ReportText > .report--removed { color: $text-error; }
    ReportText > .report--added { color: $text-success; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "report--heading",
        "report--label",
        "report--quoted",
        "report--removed",
        "report--added",
    }
    _report = ""
    _for_width = 0

    def show(self, report: str) -> None:
        """Show this report."""
        self._report, self._for_width = visible(report), 0
        self.on_resize()

    def on_resize(self) -> None:
        """Lay the report out for the new width."""
        width = self.content_size.width
        if width and self._report and width != self._for_width:
            self._for_width = width
            self.set_lines(report_lines(self._report, width))


class ReportScreen(Screen[None]):
    """Reads the session, shows its report, and says where the report's file is."""

    DEFAULT_CSS = """
    ReportScreen #report-banner {
        height: auto; padding: 0 1; background: $surface; border-left: outer $border;
    }
    ReportScreen #report { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    ReportScreen ReportText { max-width: 110; }
    """
    AUTO_FOCUS = "#report"
    BINDINGS: ClassVar[list[BindingType]] = commands.bindings("page")
    HELP = """\
The session's report, made from its journal. What models and files wrote is shown as text; nothing
in it can be opened or run. y copies the report as Markdown or the path of the session's folder."""

    def __init__(self, summary: SessionSummary) -> None:
        super().__init__()
        self._summary = summary
        self._text = ""

    def compose(self) -> ComposeResult:
        """The banner at once, the report once it has been made."""
        yield TopBar("sessions")
        yield Plain(f"report of {self._summary.session_id}", id="report-banner")
        with VerticalScroll(id="report"):
            yield ReportText()
        yield KeyBar("back", "copy")

    def on_mount(self) -> None:
        """Make the report from the session's journal."""
        self._read()

    @work(exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        try:
            self._text, where = await asyncio.to_thread(_report, self._summary.folder)
        except OSError as error:
            self._say(f"The session cannot be read: {error.strerror or error}.")
            return
        self._say(f"report of {self._summary.session_id}   {where}")
        self.query_one(ReportText).show(self._text)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an unexpected failure in the banner."""
        if said := failure_words(event):
            self._say(f"The report cannot be made: {said}")

    def _say(self, text: str) -> None:
        self.query_one("#report-banner", Plain).update(text)

    def copyable(self) -> list[tuple[str, str]]:
        """The report, and the path of the session's folder."""
        return [
            ("report as Markdown", self._text),
            ("the folder's path", str(self._summary.folder)),
        ]

    def action_back(self) -> None:
        """Go back to the previous screen."""
        self.dismiss(None)


def _report(folder: Path) -> tuple[str, str]:
    """The report, and a text that says where its file is. Raises OSError."""
    from llmopt_tui.reports.session_report import session_report
    from llmopt_tui.store.documents import REPORT
    from llmopt_tui.tui import past

    loaded = past.load(folder)
    path = folder / REPORT
    where = str(path) if path.is_file() else f"not written yet; belongs to {path}"
    return session_report(loaded.record, status=loaded.status), where
