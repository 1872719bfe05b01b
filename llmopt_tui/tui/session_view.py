"""SessionView: one session's Live log and Interviewer, live or read from disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen

from llmopt_tui.tui import commands
from llmopt_tui.tui.panes.interviewer import InterviewerPane
from llmopt_tui.tui.panes.live_log import LiveLog

if TYPE_CHECKING:
    from llmopt_tui.core.events import SuggestionProposed
    from llmopt_tui.state.run_state import RunState


def _nothing_waits() -> None:
    """What a recorded session has to decide."""


class SessionView(Horizontal):
    """Two panes that draw one `RunState`. Nothing in a read-only view can act on the session.

    Whoever owns the view says when the state has changed. `waiting` gives the suggestion that waits
    for the person, `monotonic` seconds that never go back.
    """

    BINDINGS = commands.bindings("session")

    def __init__(
        self,
        *,
        read_only: bool = False,
        waiting: Callable[[], SuggestionProposed | None] = _nothing_waits,
        monotonic: Callable[[], float] = time.monotonic,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id, classes="row")
        self.read_only = read_only
        self._waiting, self._monotonic = waiting, monotonic
        self._state: RunState | None = None

    def compose(self) -> ComposeResult:
        """The log, and beside it the interviewer."""
        yield LiveLog(read_only=self.read_only)
        yield InterviewerPane(
            read_only=self.read_only, waiting=self._waiting, monotonic=self._monotonic
        )

    @property
    def log_pane(self) -> LiveLog:
        """The Live log."""
        return self.query_one(LiveLog)

    @property
    def talk_pane(self) -> InterviewerPane:
        """The Interviewer."""
        return self.query_one(InterviewerPane)

    @property
    def state(self) -> RunState | None:
        """The session that is shown."""
        return self._state

    def show(self, state: RunState) -> None:
        """Draw this session from now on."""
        self._state = state
        if self.is_mounted:
            self.on_mount()

    def on_mount(self) -> None:
        """Draw what was to be shown before there was anything to draw it in."""
        if self._state:
            self.log_pane.show(self._state)
            self.talk_pane.show(self._state)

    def draw(self, *, streamed: bool = False) -> None:
        """Draw what has changed; `streamed` where that is no more than a piece of an answer."""
        for pane in (self.log_pane, self.talk_pane):
            if streamed:
                pane.write()
            else:
                pane.draw()

    def on_live_log_selected(self, event: LiveLog.Selected) -> None:
        """Of a recorded session, show the interview that followed; a live one goes on talking."""
        event.stop()
        if self.read_only:
            self.talk_pane.select(event.n)

    def action_follow(self) -> None:
        """Follow what is written."""
        self.log_pane.follow()
        self.talk_pane.select(None)

    def action_older(self) -> None:
        """Select the iteration before."""
        self.log_pane.step(-1)

    def action_newer(self) -> None:
        """Select the iteration after."""
        self.log_pane.step(1)

    def action_open(self) -> None:
        """Open or close the selected iteration."""
        self.log_pane.toggle()

    def action_prompt(self) -> None:
        """Prompts as differences or whole."""
        self.log_pane.toggle_view("whole_prompt")

    def action_outputs(self) -> None:
        """Show or fold the answers."""
        self.log_pane.toggle_view("outputs")

    def action_thoughts(self) -> None:
        """Show or fold the thoughts."""
        self.log_pane.toggle_view("thoughts")


class SessionActions:
    """The view's actions, from wherever the focus is on a screen that has a view.

    Keys, clicks and the palette reach them through the screen.
    """

    def action_follow(self) -> None:
        """Follow what is written."""
        self._view.action_follow()

    def action_older(self) -> None:
        """Select the iteration before."""
        self._view.action_older()

    def action_newer(self) -> None:
        """Select the iteration after."""
        self._view.action_newer()

    def action_open(self) -> None:
        """Open or close the selected iteration."""
        self._view.action_open()

    def action_prompt(self) -> None:
        """Prompts as differences or whole."""
        self._view.action_prompt()

    def action_outputs(self) -> None:
        """Show or fold the answers."""
        self._view.action_outputs()

    def action_thoughts(self) -> None:
        """Show or fold the thoughts."""
        self._view.action_thoughts()

    @property
    def _view(self) -> SessionView:
        assert isinstance(self, Screen)
        return self.query_one(SessionView)
