"""RecordedScreen: one session as it was recorded, in the panes in which it once ran."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.key_hints import KeyHints
from llmopt_tui.tui.session_table import date_text, scores_text, stop_text
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
    RecordedScreen.-narrow InterviewerPane { display: none; }
    RecordedScreen.-narrow.-talk InterviewerPane { display: block; }
    RecordedScreen.-narrow.-talk LiveLog { display: none; }
    """
    HORIZONTAL_BREAKPOINTS: ClassVar = [  # type: ignore[misc]
        (0, "-narrow"),
        (110, "-columns"),
        (160, "-spacious"),
    ]
    VERTICAL_BREAKPOINTS: ClassVar = [(0, "-short"), (32, "-tall")]  # type: ignore[misc]
    AUTO_FOCUS = "#cards"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back to the list"),
        Binding("i", "other_pane", "Log or interviewer", tooltip="Go to the other pane."),
    ]
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
            f"recorded {date_text(summary)}, read only   {summary.session_id}   "
            f"{scores_text(summary)}   {stop_text(summary)}",
            id="recorded-banner",
        )
        yield Plain("", id="recorded-notes")
        with Horizontal():
            yield SessionView(read_only=True, id="session")
        yield KeyHints(
            ("esc", "back", "screen.back"),
            ("←→", "iteration", "screen.session('newer')"),
            ("open", "open", "screen.session('open')"),
            ("i", "interviewer", "screen.other_pane"),
            ("copy", "copy", "app.copy"),
            ("prompt", "prompt", "screen.session('prompt')"),
            ("outputs", "outputs", "screen.session('outputs')"),
            ("thoughts", "thoughts", "screen.session('thoughts')"),
            right=(("help", "help", "app.help"), ("quit", "quit", "app.quit")),
        )

    def on_mount(self) -> None:
        """Read the session."""
        self._read()

    @work(exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        try:
            loaded, state = await asyncio.to_thread(_read, self._summary)
        except OSError as error:
            self._note(f"The session cannot be read: {error.strerror or error}.")
            return
        if loaded.notes:
            self._note("\n".join(loaded.notes))
        self.query_one(SessionView).show(state)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed against all expectation is said in place."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            self._note(f"The session cannot be shown: {type(error).__name__}: {error}")

    def _note(self, text: str) -> None:
        notes = self.query_one("#recorded-notes", Plain)
        notes.display = True
        notes.update(text)

    async def action_session(self, command: str) -> None:
        """Carry out a command of the session's view, when its hint is clicked."""
        await self.query_one(SessionView).run_action(command)

    def action_other_pane(self) -> None:
        """From the log to the interviewer or back; narrow terminals show one at a time."""
        view = self.query_one(SessionView)
        talking = view.talk_pane.has_pseudo_class("focus-within")
        self.set_class(not talking, "-talk")
        pane = view.log_pane if talking else view.talk_pane
        target = next((child for child in pane.query("*") if child.can_focus), None)
        # What was hidden until now can take the focus once it is laid out.
        if target:
            self.call_after_refresh(target.focus)

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
