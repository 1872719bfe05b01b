"""SessionView: one session's Live log and Interviewer, live or read from disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer

from llmopt_tui.tui import commands
from llmopt_tui.tui.panes.interviewer import InterviewerPane
from llmopt_tui.tui.panes.live_log import LiveLog

if TYPE_CHECKING:
    from llmopt_tui.core.events import Event, Signal
    from llmopt_tui.state.run_state import RunState

FLUSH_SECONDS = 0.05
"""The screen may lag so far behind the state: a fast stream is drawn in batches."""


class SessionView(Horizontal):
    """Two panes that draw one `RunState`. Nothing in a read-only view can act on the session.

    `monotonic` gives seconds that never go back.
    """

    BINDINGS = commands.bindings("session")

    def __init__(
        self,
        *,
        read_only: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id, classes="row")
        self.read_only = read_only
        self._monotonic = monotonic
        self._state: RunState | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._timer: Timer | None = None
        self._facts = False

    def compose(self) -> ComposeResult:
        """The log, and beside it the interviewer."""
        yield LiveLog(read_only=self.read_only)
        yield InterviewerPane(read_only=self.read_only, monotonic=self._monotonic)

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
        if self._unsubscribe:
            self._unsubscribe()
        self._state = state
        self._unsubscribe = state.subscribe(self._changed)
        if self.is_mounted:
            self.log_pane.show(state)
            self.talk_pane.show(state)

    def on_mount(self) -> None:
        """Draw what was to be shown before there was anything to draw it in."""
        if self._state:
            self.log_pane.show(self._state)
            self.talk_pane.show(self._state)

    def on_unmount(self) -> None:
        """Be told of nothing more."""
        if self._unsubscribe:
            self._unsubscribe()
            self._unsubscribe = None

    def _changed(self, event: Event | Signal) -> None:
        from llmopt_tui.core.events import InterviewStreamed, RunStreamed

        self._facts = self._facts or not isinstance(event, RunStreamed | InterviewStreamed)
        if self._timer is None:
            self._timer = self.set_timer(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Draw what has changed since the last time."""
        self._timer = None
        if self._facts:
            self._facts = False
            self.log_pane.draw()
            self.talk_pane.draw()
        else:
            self.log_pane.write()
            self.talk_pane.write()

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
