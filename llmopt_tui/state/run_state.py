"""RunState: a session as a screen sees it, folded from its events and signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from llmopt_tui.core.events import (
    CallRetried,
    Event,
    InterviewFinished,
    InterviewStarted,
    InterviewStreamed,
    IterationStarted,
    RunFinished,
    RunStarted,
    RunStreamed,
    SessionFinished,
    Signal,
    SuggestionDecided,
    SuggestionProposed,
)
from llmopt_tui.core.loop.record import IterationRecord, SessionRecord

Activity = Literal["idle", "testing", "interviewing", "deciding", "paused", "finished"]
Subscriber = Callable[[Event | Signal], None]


@dataclass(slots=True)
class LiveRun:
    """An answer that is being written."""

    iteration: int
    example_id: str
    repeat: int
    full_prompt: str
    text: str = ""
    thinking: str = ""


@dataclass(slots=True)
class RunState:
    """One session, live or recorded.

    `live` and `interview_text` are what is being written now, `proposal` the suggestion that
    waits, `retry` the call that is being made again. Subscribers are told of each event after it
    has been folded.
    """

    record: SessionRecord = field(default_factory=SessionRecord)
    live: LiveRun | None = None
    interview_text: str = ""
    proposal: SuggestionProposed | None = None
    retry: CallRetried | None = None
    interviewing: bool = False
    _subscribers: list[Subscriber] = field(default_factory=list)

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Be told of every event after it is folded. Returns the way to be told no more."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def consume(self, event: Event | Signal) -> None:
        """Fold one event or signal and tell the subscribers."""
        if isinstance(event, Event):
            self.record.apply(event)
        self._follow(event)
        for subscriber in tuple(self._subscribers):
            subscriber(event)

    def _follow(self, event: Event | Signal) -> None:
        if not isinstance(event, CallRetried):
            self.retry = None
        match event:
            case RunStarted():
                self.live = LiveRun(
                    event.iteration, event.example_id, event.repeat, event.full_prompt
                )
            case RunStreamed() if self.live:
                _extend(self.live, "text", event.text)
                _extend(self.live, "thinking", event.thinking)
            case RunFinished():
                self.live = None
            case InterviewStarted():
                self.interview_text, self.interviewing = "", True
            case InterviewStreamed():
                _extend(self, "interview_text", event.text)
            case InterviewFinished():
                self.interviewing = False
            case CallRetried():
                self.retry, self.interview_text = event, ""
                if self.live:
                    self.live.text = self.live.thinking = ""
            case SuggestionProposed():
                self.proposal = event
            case SuggestionDecided() | IterationStarted():
                self.proposal = None
            case SessionFinished():
                self.live, self.proposal, self.interviewing = None, None, False
            case _:
                pass

    @property
    def activity(self) -> Activity:
        """What the worker is doing now."""
        if self.record.finished:
            return "finished"
        if self.record.paused:
            return "paused"
        if self.proposal:
            return "deciding"
        if self.interviewing:
            return "interviewing"
        return "testing" if self.record.started else "idle"

    @property
    def current(self) -> IterationRecord | None:
        """The iteration being tested, or the last one."""
        return self.record.iterations[-1] if self.record.iterations else None


def _extend(owner: LiveRun | RunState, name: str, piece: str) -> None:
    """Add a piece to a text of `owner`.

    A text without a second owner is extended in place: a million pieces then cost what they are
    long, not the square of it.
    """
    text = getattr(owner, name)
    setattr(owner, name, "")
    text += piece
    setattr(owner, name, text)
