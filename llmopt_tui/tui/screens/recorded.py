"""RecordedScreen: one session as it was recorded, in the panes in which it once ran."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.key_hints import KeyHints
from llmopt_tui.tui.session_table import date_text, model_text
from llmopt_tui.tui.session_view import SessionView
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.state.run_state import RunState
    from llmopt_tui.store.sessions import LoadedSession, SessionSummary


class RecordedScreen(Screen[None]):
    """The log and the interviewer of a past session, under a banner that says so."""

    DEFAULT_CSS = """
    RecordedScreen #recorded-banner {
        height: auto; padding: 0 1; background: $surface; border-left: outer $border;
    }
    RecordedScreen #recorded-notes {
        height: auto; padding: 0 1; color: $text-warning; display: none;
    }
    RecordedScreen #session { height: 1fr; }
    """
    HORIZONTAL_BREAKPOINTS: ClassVar = [  # type: ignore[misc]
        (0, "-narrow"),
        (110, "-columns"),
        (160, "-spacious"),
    ]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-short"), (32, "-tall")]  # type: ignore[misc]
    AUTO_FOCUS = "#cards"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", "Back to the list")]
    HELP = """\
A session as it was recorded. Left and right step through its iterations, enter opens and closes
one; nothing here changes what is kept. Escape goes back to the list."""

    def __init__(self, summary: SessionSummary) -> None:
        super().__init__()
        self._summary = summary

    def compose(self) -> ComposeResult:
        """The banner at once, the session when it has been read."""
        summary = self._summary
        yield TopBar("sessions")
        yield Plain(
            f"recorded {date_text(summary)}, read only   "
            f"{model_text(summary)} × {summary.case_id}   {summary.session_id}",
            id="recorded-banner",
        )
        yield Plain("", id="recorded-notes")
        yield SessionView(read_only=True, id="session")
        yield KeyHints(
            ("esc", "back", "screen.back"),
            ("←→", "iteration", "screen.newer"),
            ("enter", "open", "screen.open"),
            ("d", "prompt", "screen.prompt"),
            ("o", "outputs", "screen.outputs"),
            ("t", "thoughts", "screen.thoughts"),
            ("y", "copy", "app.copy"),
            right=(("?", "help", "app.help"), ("q", "quit", "app.quit")),
        )

    def on_mount(self) -> None:
        """Read the session."""
        self._read()

    @work(exclusive=True)
    async def _read(self) -> None:
        try:
            loaded, state = await asyncio.to_thread(_read, self._summary)
        except OSError as error:
            self._note(f"The session cannot be read: {error.strerror or error}.")
            return
        if loaded.notes:
            self._note("\n".join(loaded.notes))
        self.query_one(SessionView).show(state)

    def _note(self, text: str) -> None:
        notes = self.query_one("#recorded-notes", Plain)
        notes.display = True
        notes.update(text)

    def action_back(self) -> None:
        """Back to the list."""
        self.dismiss(None)


def _read(summary: SessionSummary) -> tuple[LoadedSession, RunState]:
    from llmopt_tui.state.run_state import RunState
    from llmopt_tui.store.sessions import load_session

    loaded = load_session(summary.folder)
    state = RunState()
    for event in loaded.events:
        state.consume(event)
    return loaded, state
