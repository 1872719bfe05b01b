"""Replay: a recorded session as it was after any of its events, played at a chosen speed."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from llmopt_tui.core.endings import ENDINGS
from llmopt_tui.core.events import (
    ChatExchanged,
    Event,
    InterviewAnswered,
    InterviewFinished,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    MarkTakenBack,
    Outcome,
    OutputMarked,
    RunFinished,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    SuggestionDecided,
    TrialEnded,
    TrialRunFinished,
    ValidationStarted,
)
from llmopt_tui.core.loop.marks import BY_HAND
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.run import Run
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.run_state import RunState

SPEEDS = (1, 2, 5, 20, 100)
IDLE_SECONDS = 3.0
"""The longest wait of a replay while no model works: a person decides, or the server is lost."""
_NAME_CHARS = 40

OUTCOMES: Mapping[Outcome, str] = {
    "won": "won the race",
    "beaten": "was beaten in the race",
    "dropped": "was dropped from the race",
}
"""How a race ended for an idea, in words."""


class Replay:
    """A session's events, of which the first `position` have happened in `state`.

    It begins at the end of the session; pass `whole`, its record, where that is folded already.
    `seconds` is the time since the session's beginning, by a clock that leaves out idle time beyond
    `IDLE_SECONDS`; `seek` and `advance` move it. Moving forward changes `state`; moving back
    replaces it.
    """

    def __init__(self, events: Sequence[Event], whole: SessionRecord | None = None) -> None:
        self._events = tuple(events)
        self._times = tuple(accumulate((_took(a, b) for a, b in pairwise(events)), initial=0.0))
        self._speed = SPEEDS[0]
        self.state = RunState()
        self.position = 0
        self.seconds = 0.0
        if whole is not None:
            self.state = RunState(whole)
            self.position = self.total
        self.seek(self.total)

    @property
    def total(self) -> int:
        """The number of events."""
        return len(self._events)

    @property
    def duration(self) -> float:
        """Seconds from the first event to the last, without idle time."""
        return self._times[-1]

    @property
    def whole(self) -> bool:
        """Whether the replay is at the last event."""
        return self.position == self.total

    @property
    def last(self) -> Event | None:
        """The event that happened last; None before the first."""
        return self._events[self.position - 1] if self.position else None

    @property
    def speed(self) -> int:
        """How many recorded seconds pass in one second."""
        return self._speed

    def faster(self, by: int = 1) -> None:
        """Raise the speed by this many steps of `SPEEDS`; a negative number lowers it."""
        place = SPEEDS.index(self._speed) + by
        self._speed = SPEEDS[max(0, min(place, len(SPEEDS) - 1))]

    def seek(self, position: int) -> None:
        """Move to right after this event, counted from 1; the first and the last are the limits."""
        self._go(max(min(1, self.total), min(position, self.total)))
        self.seconds = self._times[max(0, self.position - 1)]

    def advance(self, seconds: float) -> None:
        """Let this many seconds pass at the present speed."""
        now = min(self.duration, self.seconds + max(0.0, seconds) * self._speed)
        self._go(max(self.position, min(self.total, bisect_right(self._times, now))))
        self.seconds = now

    def _go(self, position: int) -> None:
        if position < self.position:
            self.state, self.position = RunState(), 0
        for event in self._events[self.position : position]:
            self.state.consume(event)
        self.position = position


def _took(before: Event, after: Event) -> float:
    """Seconds from one event to the next: all the work, and idle time up to a limit."""
    passed = max(0.0, (after.at - before.at).total_seconds())
    work = 0.0
    if isinstance(after, RunFinished | TrialRunFinished):
        work = after.run.processing_time
    elif isinstance(after, InterviewAnswered):
        work = after.seconds
    return min(passed, IDLE_SECONDS + (max(0.0, work) if math.isfinite(work) else 0.0))


def happened(event: Event | None) -> str:
    """An event in a few words; "" where there is none."""
    match event:
        case SessionStarted():
            return "the session began"
        case IterationStarted(origin="original"):
            return "the original prompt is tested"
        case IterationStarted():
            return f"the {event.origin} prompt is tested"
        case RunFinished(run=run):
            return _answered(run)
        case TrialRunFinished(run=run):
            return f"idea {event.proposal}: {_answered(run)}"
        case TrialEnded():
            return f"idea {event.proposal} {OUTCOMES[event.outcome]}"
        case IterationFinished():
            return f"the iteration ended, score {event.score:.2f}"
        case InterviewStarted():
            return "the interviewer is asked"
        case InterviewAnswered():
            return "the interviewer's call failed" if event.error else "the interviewer answered"
        case InterviewFinished():
            if (count := len(event.proposals)) > 1:
                return f"{count} ideas are suggested"
            return "a suggestion is made" if event.suggestion else "there is no suggestion"
        case ChatExchanged():
            return "the person talked with the interviewer"
        case SuggestionDecided(decision=decision):
            decided = decision.action != "none"
            return f"idea {event.proposal} is {decision.action}" if decided else "no decision"
        case OutputMarked():
            return f"{one_line(event.example_id, _NAME_CHARS)} {BY_HAND}: {event.score:.2f}"
        case MarkTakenBack():
            return f"the mark of {one_line(event.example_id, _NAME_CHARS)} is taken back"
        case ValidationStarted():
            return "the held-out examples are run"
        case SessionPaused():
            return "paused" if event.by == "person" else "the server was lost"
        case SessionResumed():
            return "the session resumed"
        case SessionFinished():
            return f"the end: {ENDINGS[event.stop_reason].phrase}"
        case _:
            return ""


def _answered(run: Run) -> str:
    answered = "answered" if run.success else "failed"
    return f"{one_line(run.example_id, _NAME_CHARS)} {answered}, score {run.score:.2f}"
