"""Progress of a run on standard error: a line that updates itself, or one line a step.

On a terminal the last line shows what is being done and for how long; elsewhere each iteration is
one plain line, fit for a log.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping
from statistics import fmean
from typing import TextIO

from llmopt_tui.cli.changing_line import cleared, redrawn
from llmopt_tui.core.endings import ENDINGS
from llmopt_tui.core.events import (
    Event,
    InterviewFinished,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    RunFinished,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    SuggestionDecided,
    TrialEnded,
    TrialRunFinished,
)
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import InterviewRecord
from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.core.signals import CallRetried, InterviewStreamed, RunStreamed, Signal
from llmopt_tui.core.text.plain import one_line, visible
from llmopt_tui.reports.idea_words import idea_words, outcome_words

_BAR_CHARS = 20
_REDRAW_SECONDS = 0.1


def make_progress(stream: TextIO, environ: Mapping[str, str] | None = None) -> PlainProgress:
    """The progress that suits the stream."""
    variables = os.environ if environ is None else environ
    if stream.isatty() and variables.get("TERM") != "dumb":
        return BarProgress(stream)
    return PlainProgress(stream)


class PlainProgress:
    """One line for each thing that is done."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._named: set[int] = set()
        self._place = self._whose = ""

    def turn(self, n: int, of: int, model: str, case: str) -> None:
        """It is the turn of a session, the `n`th of `of`: what follows is told of it."""
        names = f"{n}/{of}  {one_line(model)} × {one_line(case)}"
        if of > 1:
            self._place, self._whose = f"{n}/{of} ", f"{names}  "
        if n not in self._named:
            self._named.add(n)
            self.say(f"session {names}")

    def follow(self, event: Event | Signal, record: SessionRecord) -> None:
        """Something happened; `record` holds it already."""
        if text := event_line(event, record):
            self.tell(text)

    def tell(self, text: str) -> None:
        """One line about the session whose turn it is; among several, its names come first."""
        self.say(f"{self._whose}{text}")

    def tick(self, left: str = "") -> None:
        """Time went by; `left` is how much is left in words, "" where that is not known."""

    def close(self) -> None:
        """Nothing more will come; what is written next begins on a line of its own."""

    def say(self, text: str) -> None:
        """One line for the log."""
        print(visible(text), file=self._stream, flush=True)


class BarProgress(PlainProgress):
    """The same lines, and under them one that says what is being done."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._clock = clock
        self._doing = self._task = ""
        self._bar = self._left = ""
        self._since = self._drawn = clock()

    def turn(self, n: int, of: int, model: str, case: str) -> None:
        """Nothing is known so far of what it does."""
        super().turn(n, of, model, case)
        self._now("starting")

    def follow(self, event: Event | Signal, record: SessionRecord) -> None:
        """Print what is done and show what is being done now."""
        super().follow(event, record)
        match event:
            case IterationStarted(iteration=n) | RunFinished(iteration=n):
                if iteration := record.iteration(n):
                    self._bar = bar(len(iteration.runs), iteration.planned_runs)
                self._task = f"testing iteration {n}"
                self._now(self._task)
            case InterviewStarted():
                self._bar, self._task = "", "asking the interviewer"
                self._now(self._task)
            case TrialRunFinished(interview=n) if interview := record.interview(n):
                racing = sum(entrant.outcome is None for entrant in interview.entrants)
                self._bar, self._task = "", f"racing {counted(racing, 'idea')}"
                self._now(self._task)
            case CallRetried(wait_seconds=wait) | SessionPaused(retry_in=float(wait)):
                self._now("trying again", wait)
            case SessionPaused():
                self._now("waiting")
            case SessionResumed():
                self._now("resuming")
            case RunStreamed() | InterviewStreamed() if self._doing != self._task:
                self._now(self._task)
            case _:
                if self._clock() - self._drawn >= _REDRAW_SECONDS:
                    self._draw()

    def tick(self, left: str = "") -> None:
        """Show how long it has been taking, and how long it will."""
        self._left = left
        self._draw()

    def close(self) -> None:
        """Take the line away."""
        self._doing = ""
        self._stream.write(cleared())
        self._stream.flush()

    def _now(self, doing: str, wait: float = 0.0) -> None:
        """Show this as what is being done, or as what begins after `wait` seconds."""
        if doing != self._doing or wait:
            self._doing, self._since = doing, self._clock() + wait
        self._draw()

    def say(self, text: str) -> None:
        """One line for the log, above the line that changes."""
        self._stream.write(cleared())
        super().say(text)
        self._draw()

    def _draw(self) -> None:
        if not self._doing:
            return
        self._drawn = self._clock()
        for_so_long = self._drawn - self._since
        ahead = f"in {math.ceil(-for_so_long)} s" if for_so_long < 0 else f"{for_so_long:.0f} s"
        text = f"{self._place}{self._bar} {self._doing} {ahead}"
        if self._left:
            text += f", left {self._left}"
        self._stream.write(redrawn(text))
        self._stream.flush()


def bar(done: int, planned: int) -> str:
    """`[#####-----] 5/10`: runs done of runs planned."""
    full = _BAR_CHARS * done // planned if planned else 0
    return f"[{'#' * full}{'-' * (_BAR_CHARS - full)}] {done}/{planned}"


def event_line(event: Event | Signal, record: SessionRecord) -> str:
    """The line for a log that an event is worth, or nothing."""
    match event:
        case IterationFinished(iteration=n) if iteration := record.iteration(n):
            return _iteration_line(iteration, record)
        case SuggestionDecided(interview=n, proposal=k) if interview := record.interview(n):
            return _race_line(interview, k)
        case TrialEnded(interview=n) if proposal := record.proposal(n, event.proposal):
            ended = outcome_words(event.outcome, len(proposal.runs), event.reason)
            return one_line(f"{idea_words(proposal)}: {ended}", 300)
        case InterviewFinished(suggestion=None, problems=problems):
            return f"interview {event.interview}  no usable suggestion{_because(problems)}"
        case SessionPaused(reason=reason, retry_in=wait):
            again = f"; trying again in {wait:.0f} s" if wait is not None else ""
            return f"waiting: {one_line(reason, 200)}{again}"
        case SessionResumed():
            return "resumed"
        case CallRetried(attempt=attempt, wait_seconds=wait, reason=reason) if wait:
            return f"attempt {attempt} in {wait:.0f} s: {one_line(reason, 200)}"
        case SessionFinished():
            return _ending(event, record)
        case _:
            return ""


def _iteration_line(iteration: IterationRecord, record: SessionRecord) -> str:
    before = [i.score or 0.0 for i in record.scored if i.n < iteration.n]
    score = iteration.score or 0.0
    gain = f" ({score - max(before):+.2f})" if before else ""
    failed = sum(not run.success for run in iteration.runs)
    failures = f"  {failed} of {len(iteration.runs)} calls failed" if failed else ""
    seconds = f"{iteration.processing_time:.1f} s"
    return f"iteration {iteration.n}  {iteration.origin}  {score:.2f}{gain}  {seconds}{failures}"


def _race_line(interview: InterviewRecord, decided: int) -> str:
    """How many ideas are raced, once every one of a round is decided."""
    proposal = interview.proposal(decided)
    over = proposal is None or proposal.alone or interview.undecided is not None
    if over or not interview.entrants:
        return ""
    count = len(interview.entrants)
    ideas = "1 idea is" if count == 1 else f"{count} ideas are"
    return f"interview {interview.n}  {ideas} raced"


def _because(problems: tuple[str, ...]) -> str:
    return f": {one_line('; '.join(problems), 200)}" if problems else ""


def _ending(event: SessionFinished, record: SessionRecord) -> str:
    reason = ENDINGS[event.stop_reason].phrase
    if event.error_message:
        return f"{reason}: {one_line(event.error_message, 300)}"
    if record.best_score is None or record.improvement is None:
        return reason
    train = f"best {record.best_score:.2f} ({record.improvement:+.2f} over the original)"
    held_out = _held_out(record)
    return f"{reason}  {held_out}; on train {train}" if held_out else f"{reason}  {train}"


def _held_out(record: SessionRecord) -> str:
    """What the held-out examples say; "" where they were not all run."""
    best, first = record.best, record.iterations[0]
    if best is None or not best.validation_runs or not first.validation_runs:
        return ""
    before, after = (fmean(run.score for run in i.validation_runs) for i in (first, best))
    if best is first:
        return f"held out {before:.2f} with the original"
    return f"held out {before:.2f} to {after:.2f} ({after - before:+.2f})"
