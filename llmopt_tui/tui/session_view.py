"""SessionView: one session's Live log and Interviewer, live or read from disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen

from llmopt_tui.tui import commands
from llmopt_tui.tui.panes.decision import DecisionPane
from llmopt_tui.tui.panes.interviewer import InterviewerPane
from llmopt_tui.tui.panes.live_log import LiveLog

if TYPE_CHECKING:
    from llmopt_tui.core.signals import Waits
    from llmopt_tui.state.run_state import RunState
    from llmopt_tui.tui.app import LlmoptApp


def _nothing_waits() -> None:
    """The question of a recorded session that waits: none."""


def _nothing_said() -> str:
    """What a recorded session says of what waits or is tried: nothing."""
    return ""


class SessionView(Horizontal):
    """Two panes that draw one `RunState`. A read-only view cannot act on the session.

    The owner of the view calls `draw` when the state has changed. `waiting` returns the question
    that waits for the person, `put_aside` says in words what waits while it is not in sight,
    `trying` is the id of the example on which an idea is tried, `show_log` brings the log into
    sight where a decision has its place, `monotonic` returns the seconds of a monotonic clock.
    """

    BINDINGS = commands.bindings("session")

    class MarkWanted(Message):
        """The person wants to mark the answer that is open."""

    class KeepWanted(Message):
        """The person wants to keep the answer that is open as the ideal one of its example."""

    app: LlmoptApp

    def __init__(
        self,
        *,
        read_only: bool = False,
        waiting: Callable[[], Waits | None] = _nothing_waits,
        put_aside: Callable[[], str] = _nothing_said,
        trying: Callable[[], str] = _nothing_said,
        show_log: Callable[[], None] = _nothing_waits,
        monotonic: Callable[[], float] = time.monotonic,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id, classes="row")
        self.read_only = read_only
        self._waiting, self._put_aside, self._trying = waiting, put_aside, trying
        self._show_log, self._monotonic = show_log, monotonic
        self._state: RunState | None = None

    def compose(self) -> ComposeResult:
        """The log, what waits for a decision, and the interviewer beside it."""
        yield LiveLog(read_only=self.read_only, monotonic=self._monotonic)
        if not self.read_only:
            yield DecisionPane(
                waiting=self._waiting, trying=self._trying, monotonic=self._monotonic
            )
        yield InterviewerPane(
            read_only=self.read_only, waiting=self._put_aside, monotonic=self._monotonic
        )

    @property
    def log_pane(self) -> LiveLog:
        """The pane with the Live log."""
        return self.query_one(LiveLog)

    @property
    def talk_pane(self) -> InterviewerPane:
        """The pane of the Interviewer."""
        return self.query_one(InterviewerPane)

    @property
    def decision_pane(self) -> DecisionPane | None:
        """The pane of what waits for the person; None in a read-only view."""
        return None if self.read_only else self.query_one(DecisionPane)

    @property
    def state(self) -> RunState | None:
        """The state of the session that is shown; None if there is none."""
        return self._state

    def show(self, state: RunState) -> None:
        """Draw this session from now on."""
        self._state = state
        if self.is_mounted:
            self.on_mount()

    def on_mount(self) -> None:
        """Draw the session that was given before the panes existed."""
        if self._state:
            for pane in self._panes:
                pane.show(self._state)

    def draw(self, *, streamed: bool = False) -> None:
        """Draw what has changed. `streamed` says that only a piece of an answer was added."""
        for pane in self._panes:
            if streamed:
                pane.write()
            else:
                pane.draw()

    @property
    def _panes(self) -> list[LiveLog | DecisionPane | InterviewerPane]:
        decision = self.decision_pane
        return [self.log_pane, *([decision] if decision else []), self.talk_pane]

    def on_live_log_selected(self, event: LiveLog.Selected) -> None:
        """In a recorded session, show the interview that followed the selected iteration."""
        event.stop()
        if self.read_only:
            self.talk_pane.select(event.n)

    def action_follow(self) -> None:
        """Keep the text that is being written in view."""
        self._show_log()
        self.log_pane.follow()
        self.talk_pane.select(None)

    def action_older(self) -> None:
        """Select the previous iteration."""
        self._show_log()
        self.log_pane.step(-1)

    def action_newer(self) -> None:
        """Select the next iteration."""
        self._show_log()
        self.log_pane.step(1)

    def action_open(self) -> None:
        """Open or close the selected iteration."""
        self.log_pane.toggle()

    def action_prompt(self) -> None:
        """Show prompts as differences, or whole."""
        self._show_log()
        self.log_pane.toggle_view("whole_prompt")

    def action_outputs(self) -> None:
        """Open or close all examples."""
        self._show_log()
        self.log_pane.toggle_view("whole")

    def action_thoughts(self) -> None:
        """Show or hide the thoughts."""
        self._show_log()
        self.log_pane.toggle_view("thoughts")

    def action_try_it(self) -> None:
        """Open the suggestion that has the focus, else the selected prompt, in Try."""
        from llmopt_tui.tui.to_try import open_selected

        open_selected(self)

    def action_mark(self) -> None:
        """Ask for the person's own score of the answer that is open."""
        self.post_message(self.MarkWanted())

    def action_keep_answer(self) -> None:
        """Make the answer that is open the ideal answer of its example."""
        self.post_message(self.KeepWanted())

    def action_against(self) -> None:
        """Compare answers with the previous ones, or show them as they are."""
        self.log_pane.toggle_view("against")

    def action_branch(self) -> None:
        """Begin a new session with the selected iteration, after asking."""
        from llmopt_tui.tui.branching import ask_to_branch

        if self._state:
            ask_to_branch(self.app, self._state.record, self.log_pane.selected)

    def action_run_longer(self) -> None:
        """Begin a new session with the best iteration of one that has ended, after asking."""
        from llmopt_tui.tui.branching import ask_to_run_longer

        if self._state:
            ask_to_run_longer(self.app, self._state.record)


class SessionActions:
    """The view's actions for a screen that has a view, wherever the focus is.

    Keys, clicks and the palette reach them through the screen.
    """

    def action_follow(self) -> None:
        """Keep the text that is being written in view."""
        self._view.action_follow()

    def action_older(self) -> None:
        """Select the previous iteration."""
        self._view.action_older()

    def action_newer(self) -> None:
        """Select the next iteration."""
        self._view.action_newer()

    def action_open(self) -> None:
        """Open or close the selected iteration."""
        self._view.action_open()

    def action_prompt(self) -> None:
        """Show prompts as differences, or whole."""
        self._view.action_prompt()

    def action_outputs(self) -> None:
        """Open or close all examples."""
        self._view.action_outputs()

    def action_thoughts(self) -> None:
        """Show or hide the thoughts."""
        self._view.action_thoughts()

    def action_try_it(self) -> None:
        """Open the selected prompt in Try."""
        self._view.action_try_it()

    def action_mark(self) -> None:
        """Ask for the person's own score of the answer that is open."""
        self._view.action_mark()

    def action_keep_answer(self) -> None:
        """Make the answer that is open the ideal answer of its example."""
        self._view.action_keep_answer()

    def action_against(self) -> None:
        """Compare answers with the previous ones, or show them as they are."""
        self._view.action_against()

    def action_branch(self) -> None:
        """Begin a new session with the selected iteration, after asking."""
        self._view.action_branch()

    def action_run_longer(self) -> None:
        """Begin a new session with the best iteration of one that has ended, after asking."""
        self._view.action_run_longer()

    @property
    def _view(self) -> SessionView:
        assert isinstance(self, Screen)
        return self.query_one(SessionView)
