"""RunState: a session as a screen sees it, folded from its events and signals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from llmopt_tui.core.events import (
    CallRetried,
    Event,
    InterviewStarted,
    InterviewStreamed,
    RunFinished,
    RunStarted,
    RunStreamed,
    SessionFinished,
    Signal,
)
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord

Activity = Literal["idle", "testing", "interviewing", "deciding", "paused", "finished"]


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
    """One session, live or recorded, as screens see it: its record, and what is being written now.

    `live` is the answer under way, `interview_text` the interviewer's, `retry` the call that is
    made again. Which suggestion waits for the person is known to `RunControl`, not here.
    """

    record: SessionRecord = field(default_factory=SessionRecord)
    live: LiveRun | None = None
    interview_text: str = ""
    retry: CallRetried | None = None

    def consume(self, event: Event | Signal) -> None:
        """Apply an event to the record, and follow it: for events that nobody else applies."""
        if isinstance(event, Event):
            self.record.apply(event)
        self.follow(event)

    def follow(self, event: Event | Signal) -> None:
        """Update the screen's state by a signal, or by an event that the record has already."""
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
                self.interview_text = ""
            case InterviewStreamed():
                _extend(self, "interview_text", event.text)
            case CallRetried():
                self.retry, self.interview_text = event, ""
                if self.live:
                    self.live.text = self.live.thinking = ""
            case SessionFinished():
                self.live = None
            case _:
                pass

    @property
    def interviewing(self) -> bool:
        """Whether the interviewer is asked now."""
        return self.record.interviewing and not self.record.finished

    @property
    def activity(self) -> Activity:
        """What the session is doing now."""
        if self.record.finished:
            return "finished"
        if self.record.paused:
            return "paused"
        if self.record.undecided:
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

    A text that nothing else refers to is extended in place: a million pieces then take time in
    proportion to their length, not to its square.
    """
    text = getattr(owner, name)
    setattr(owner, name, "")
    text += piece
    setattr(owner, name, text)
