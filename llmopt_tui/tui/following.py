"""Following: the only place where events of a run's sessions become messages to the screens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.in_sight import InSight
from llmopt_tui.tui.news import NewsRoom, RunChanged, RunProblem, SessionChanged

if TYPE_CHECKING:
    from textual.timer import Timer

    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.core.events import Event
    from llmopt_tui.core.signals import Signal, SuggestionProposed

GATHER_SECONDS = 0.05
"""Seconds by which the screens may lag behind the sessions: a fast stream is sent in batches."""


class Following:
    """The `Follower` of a suite. `waiting` returns the sessions whose suggestion waits.

    `accepted` returns whether a suggestion needs no question, because the person accepted it with
    all others of its round.
    """

    def __init__(
        self,
        app: NewsRoom,
        sight: InSight,
        waiting: Callable[[], Sequence[KeptMember]],
        accepted: Callable[[SuggestionProposed], bool],
    ) -> None:
        self._app, self._sight, self._waiting, self._accepted = app, sight, waiting, accepted
        self._gathered: dict[KeptMember, bool] = {}
        self._gathering: Timer | None = None

    def began(self, member: KeptMember) -> None:
        """Show a session that begins or is resumed, unless another session's suggestion waits."""
        self._sight.begun(member, self._waiting())

    def happened(self, member: KeptMember, event: Event) -> None:
        """Tell the screens of an event. The session's state contains it already."""
        self._hear(member, event)

    def signalled(self, member: KeptMember, signal: Signal) -> None:
        """Tell the screens of a signal, which is not stored."""
        self._hear(member, signal)

    def warned(self, member: KeptMember, problem: str) -> None:
        """A part of a session is known to fail."""
        self.failed(member, problem)

    def failed(self, member: KeptMember, problem: str) -> None:
        """Tell the screens that a session could not begin, or failed."""
        names = f"{one_line(member.model, 80)} × {one_line(member.case.id, 80)}"
        self._app.tell_screens(RunProblem(f"{names}: {problem}"))

    def _hear(self, member: KeptMember, event: Event | Signal) -> None:
        """Post messages about what happened. Show the session that asks the person, else the one
        that is at work.
        """
        from llmopt_tui.core.events import (
            ConventionAnswered,
            InterviewStarted,
            NextDecided,
            SessionFinished,
            SuggestionDecided,
            SuggestionWritten,
        )
        from llmopt_tui.core.signals import (
            ConventionAsked,
            InterviewStreamed,
            NothingSuggested,
            RunStarted,
            RunStreamed,
            SuggestionProposed,
        )

        streamed = isinstance(event, RunStreamed | InterviewStreamed)
        self._gathered[member] = streamed and self._gathered.get(member, True)
        if self._gathering is None:
            self._gathering = self._app.set_timer(GATHER_SECONDS, self._tell_gathered)
        match event:
            case SuggestionProposed() if not self._accepted(event):
                self._sight.begun(member, self._waiting())
                self._app.tell_screens(RunChanged())
            case NothingSuggested() | ConventionAsked():
                self._sight.begun(member, self._waiting())
                self._app.tell_screens(RunChanged())
            case (
                SuggestionDecided()
                | SuggestionWritten()
                | NextDecided()
                | ConventionAnswered()
                | SessionFinished()
            ):
                self._sight.decided(member, self._waiting())
                self._app.tell_screens(RunChanged())
            case RunStarted() | InterviewStarted():
                self._sight.works(member, self._waiting())
            case _:
                pass

    def _tell_gathered(self) -> None:
        gathered, self._gathered, self._gathering = self._gathered, {}, None
        for member, streamed in gathered.items():
            self._app.tell_screens(SessionChanged(member, streamed=streamed))
