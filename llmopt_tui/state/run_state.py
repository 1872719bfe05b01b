"""RunState: a session as a screen sees it, folded from its events and signals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from llmopt_tui.core.events import (
    ChatExchanged,
    Event,
    IdeaTried,
    InterviewFinished,
    InterviewGivenUp,
    InterviewStarted,
    PartRunFinished,
    RunFinished,
    SessionFinished,
    TrialRunFinished,
)
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord
from llmopt_tui.core.run import Run
from llmopt_tui.core.signals import (
    CallRetried,
    Doing,
    InterviewAsked,
    InterviewStreamed,
    RunKey,
    RunStarted,
    RunStreamed,
    Signal,
)
from llmopt_tui.state.races import race_under_way

Activity = Literal["idle", "testing", "racing", "interviewing", "deciding", "paused", "finished"]


@dataclass(slots=True)
class LiveRun:
    """An answer that is being written. `proposal` is the idea's number, None outside a race."""

    iteration: int
    example_id: str
    repeat: int
    full_prompt: str
    proposal: int | None = None
    text: str = ""
    thinking: str = ""


@dataclass(slots=True)
class Said:
    """What the interviewer says in one call, as it came, and what it was asked for.

    `thought` counts the characters of its thoughts.
    """

    doing: Doing
    text: str = ""
    thought: int = 0


@dataclass(slots=True)
class RunState:
    """One session, live or recorded, as screens see it: its record, and what is being written now.

    `live` has the answers under way in the order in which they began, `said` what the interviewer
    says in the interview or the talk under way, call by call. `retries` are the calls that are made
    again, by the answer that each is for, None for the interviewer's.
    Which question waits for the person is known to `RunControl`, not here.
    """

    record: SessionRecord = field(default_factory=SessionRecord)
    live: dict[RunKey, LiveRun] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    retries: dict[RunKey | None, CallRetried] = field(default_factory=dict)

    def consume(self, event: Event | Signal) -> None:
        """Apply an event to the record, and follow it: for events that nobody else applies."""
        if isinstance(event, Event):
            fold(self.record, event)
        self.follow(event)

    def follow(self, event: Event | Signal) -> None:
        """Update the screen's state by a signal, or by an event that the record has already."""
        match event:
            case RunStarted(iteration=n, proposal=proposal, example_id=example, repeat=repeat):
                self.retries.pop(event.key, None)
                self.live[event.key] = LiveRun(n, example, repeat, event.full_prompt, proposal)
            case RunStreamed():
                self.retries.pop(event.key, None)
                if live := self.live.get(event.key):
                    _extend(live, "text", event.text)
                    _extend(live, "thinking", event.thinking)
            case RunFinished(run=run) | PartRunFinished(run=run):
                self._ended(None, run)
            case (
                TrialRunFinished(proposal=proposal, run=run) | IdeaTried(proposal=proposal, run=run)
            ):
                self._ended(proposal, run)
            case InterviewStarted() | InterviewGivenUp() | InterviewFinished() | ChatExchanged():
                self.retries.clear()
                self.said.clear()
            case InterviewAsked(doing=doing):
                self.retries.pop(None, None)
                self.said.append(Said(doing))
            case InterviewStreamed():
                self.retries.pop(None, None)
                if not self.said:
                    self.said.append(Said("analysis"))
                _extend(self.said[-1], "text", event.text)
                self.said[-1].thought += len(event.thinking)
            case CallRetried(run=key):
                self.retries[key] = event
                if key is None and self.said:
                    self.said[-1] = Said(self.said[-1].doing)
                elif key is not None and (live := self.live.get(key)):
                    live.text = live.thinking = ""
            case SessionFinished():
                self.retries.clear()
                self.live.clear()
            case _:
                self.retries.clear()

    def _ended(self, proposal: int | None, run: Run) -> None:
        """Forget an answer under way: it is in the record now."""
        ended = (proposal, run.example_id, run.repeat)
        for key in [key for key in self.live if key[1:] == ended]:
            del self.live[key]
            self.retries.pop(key, None)

    @property
    def retry(self) -> CallRetried | None:
        """The call that failed last and is made again; None where none is."""
        return next(reversed(self.retries.values()), None)

    @property
    def newest(self) -> LiveRun | None:
        """The answer under way that began last; None where none is."""
        return next(reversed(self.live.values()), None)

    def tested(self, iteration: int) -> list[LiveRun]:
        """The answers under way that test an iteration, the newest last."""
        return [
            live
            for live in self.live.values()
            if live.proposal is None and live.iteration == iteration
        ]

    def raced(self, proposal: int | None = None) -> list[LiveRun]:
        """The answers under way in a race, the newest last: of one idea, or with None of all."""
        return [
            live
            for live in self.live.values()
            if live.proposal is not None and proposal in (None, live.proposal)
        ]

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
        if self.race:
            return "racing"
        return "testing" if self.record.started else "idle"

    @property
    def race(self) -> InterviewRecord | None:
        """The round whose ideas are raced now; None where no race is under way."""
        return race_under_way(self.record)

    @property
    def current(self) -> IterationRecord | None:
        """The iteration being tested, or the last one."""
        return self.record.iterations[-1] if self.record.iterations else None


def _extend(owner: LiveRun | Said, name: str, piece: str) -> None:
    """Add a piece to a text of `owner`.

    A text that nothing else refers to is extended in place: a million pieces then take time in
    proportion to their length, not to its square.
    """
    text = getattr(owner, name)
    setattr(owner, name, "")
    text += piece
    setattr(owner, name, text)
