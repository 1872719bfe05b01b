"""Following: what happens in the sessions of a run becomes messages to every screen, here alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.in_sight import InSight
from llmopt_tui.tui.news import NewsRoom, RunChanged, RunProblem, SessionChanged

if TYPE_CHECKING:
    from textual.timer import Timer

    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.core.events import Event, Signal

GATHER_SECONDS = 0.05
"""The screens may lag so far behind the sessions: a fast stream is told of in batches."""


class Following:
    """The `Follower` of a suite. `waiting` gives the sessions whose suggestion waits."""

    def __init__(
        self, app: NewsRoom, sight: InSight, waiting: Callable[[], Sequence[KeptMember]]
    ) -> None:
        self._app, self._sight, self._waiting = app, sight, waiting
        self._gathered: dict[KeptMember, bool] = {}
        self._gathering: Timer | None = None

    def began(self, member: KeptMember) -> None:
        """A session begins, or is resumed: show it, unless a suggestion waits elsewhere."""
        self._sight.begun(member, self._waiting())

    def happened(self, member: KeptMember, event: Event) -> None:
        """Something happened in a session; its state holds it already."""
        self._hear(member, event)

    def signalled(self, member: KeptMember, signal: Signal) -> None:
        """A passing thing happened in a session, of which nothing is kept."""
        self._hear(member, signal)

    def warned(self, member: KeptMember, problem: str) -> None:
        """A part of a session is known to fail."""
        self.failed(member, problem)

    def failed(self, member: KeptMember, problem: str) -> None:
        """A session could not begin, or broke."""
        names = f"{one_line(member.model, 80)} × {one_line(member.case.id, 80)}"
        self._app.tell_screens(RunProblem(f"{names}: {problem}"))

    def _hear(self, member: KeptMember, event: Event | Signal) -> None:
        """Make messages of what happened; show who asks the person, else who is at work.

        The only place where events become messages.
        """
        from llmopt_tui.core.events import (
            InterviewStarted,
            InterviewStreamed,
            RunStarted,
            RunStreamed,
            SessionFinished,
            SuggestionDecided,
            SuggestionProposed,
        )

        streamed = isinstance(event, RunStreamed | InterviewStreamed)
        self._gathered[member] = streamed and self._gathered.get(member, True)
        if self._gathering is None:
            self._gathering = self._app.set_timer(GATHER_SECONDS, self._tell_gathered)
        match event:
            case SuggestionProposed():
                self._sight.begun(member, self._waiting())
                self._app.tell_screens(RunChanged())
            case SuggestionDecided() | SessionFinished():
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
