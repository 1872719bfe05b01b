"""SessionRecord: everything that has happened in a session, folded from its events.

The loop chooses the next step from it, the documents are written from it, and the screens show it.
A running session, a resumed one and one that is read from disk all have the same kind of record.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from llmopt_tui.core.decisions import Decision, Next
from llmopt_tui.core.events import (
    ChatExchanged,
    Event,
    InterviewAnswered,
    InterviewFinished,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    NextDecided,
    Origin,
    Outcome,
    OutputMarked,
    Run,
    RunFinished,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    Suggestion,
    SuggestionDecided,
    SuggestionWritten,
    TrialEnded,
    TrialRunFinished,
    ValidationStarted,
)
from llmopt_tui.core.loop.marks import marked_runs
from llmopt_tui.core.ports import Metrics, Role
from llmopt_tui.core.variant import Variant

Status = Literal["running", "paused", "completed", "failed", "interrupted"]

PLAYBOOK = "playbook"
"""The interviewer's name where the built-in catalogue suggests and no model is asked."""

_LOAD_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums over calls of a session.

    `seconds` is their processing time. Tokens that a server did not count are missing from the
    sums. `loads` counts the calls that waited more than a second for the model to load: servers
    report some milliseconds even for a model that is in memory already. `cached` of the calls were
    answered from the cache: they count as calls, with the tokens and seconds of those that were
    made, and loaded nothing.
    """

    calls: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    loads: int = 0
    cached: int = 0


@dataclass(slots=True)
class IterationRecord:
    """One variant tested on the case's examples. `score` is None until every run is done.

    `prompt` is the variant's text. Where the variant won a race, `proposal` is its number in the
    round before.
    """

    n: int
    prompt: str
    origin: Origin
    parent: int | None
    planned_runs: int
    started_at: datetime
    runs: list[Run] = field(default_factory=list)
    score: float | None = None
    finished_at: datetime | None = None
    variant: Variant = field(default_factory=lambda: Variant(""))
    proposal: int | None = None

    def run(self, example_id: str, repeat: int) -> Run | None:
        """The finished run of an example, if there is one."""
        return _run_of(self.runs, example_id, repeat)

    @property
    def processing_time(self) -> float:
        """Seconds that all finished runs took, added up."""
        return sum(run.processing_time for run in self.runs)

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens per second over all runs whose server counted tokens; None where none did."""
        counted = [
            (run.metrics.output_tokens, run.metrics.output_seconds)
            for run in self.runs
            if run.metrics.output_tokens and run.metrics.output_seconds
        ]
        seconds = sum(s for _, s in counted)
        return sum(t for t, _ in counted) / seconds if seconds else None

    @property
    def train_runs(self) -> list[Run]:
        """The runs on train examples, which make the score and which an interviewer may see."""
        return [run for run in self.runs if run.split == "train"]

    @property
    def validation_runs(self) -> list[Run]:
        """The runs on held-out examples, which only the verdict uses."""
        return [run for run in self.runs if run.split == "validation"]

    def mark(self, event: OutputMarked) -> None:
        """Let a person's mark overrule a run's score, and the iteration's follow it."""
        self.runs = marked_runs(self.runs, event)
        if self.score is not None and (runs := self.train_runs):
            self.score = math.fsum(run.score for run in runs) / len(runs)

    @property
    def worst_run(self) -> Run | None:
        """The train run with the lowest score; of equal ones the first."""
        return min(self.train_runs, key=lambda run: run.score, default=None)


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a recorded interview."""

    role: Role
    content: str
    at: datetime


@dataclass(slots=True)
class ProposalRecord:
    """One suggestion of a round: what was decided about it, and how it did in its race.

    `n` counts from 1 in the round. `outcome` is None until the race has ended for it, or where
    there was none: with `alone`, it came after the race and is tested as the next iteration.
    """

    n: int
    suggestion: Suggestion
    alone: bool = field(default=False, kw_only=True)
    decision: Decision | None = None
    decided_at: datetime | None = None
    runs: list[Run] = field(default_factory=list)
    outcome: Outcome | None = None
    reason: str = ""

    @property
    def decided(self) -> bool:
        """Whether it was accepted, edited or rejected: a stop withdraws the question only."""
        return self.decision is not None and self.decision.action != "none"

    @property
    def accepted(self) -> bool:
        """Whether it is to be tested."""
        return self.decision is not None and self.decision.prompt is not None

    def run(self, example_id: str, repeat: int) -> Run | None:
        """The finished run of an example in the race, if there is one."""
        return _run_of(self.runs, example_id, repeat)

    def variant(self, parent: Variant) -> Variant:
        """What is sent to test it, with the person's wording where there is one."""
        suggested = self.suggestion.variant_of(parent)
        decision = self.decision
        if decision is None or decision.prompt is None or decision.action != "edited":
            return suggested
        return suggested.with_text(decision.prompt)


@dataclass(slots=True)
class InterviewRecord:
    """A round: one conversation with the interviewer, and the suggestions that followed it.

    `next` is what was said to do where nothing was suggested.
    """

    n: int
    iteration: int
    interview_prompt: str
    started_at: datetime
    answers: list[InterviewAnswered] = field(default_factory=list)
    response: str = ""
    analysis: str = ""
    messages: list[ChatMessage] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    proposals: list[ProposalRecord] = field(default_factory=list)
    finished_at: datetime | None = None
    next: Next | None = None

    @property
    def undecided(self) -> ProposalRecord | None:
        """The first suggestion that waits for a decision; None where none does."""
        return next((p for p in self.proposals if not p.decided), None)

    @property
    def accepted(self) -> list[ProposalRecord]:
        """The suggestions that are to be tested."""
        return [p for p in self.proposals if p.accepted]

    @property
    def entrants(self) -> list[ProposalRecord]:
        """The suggestions that take part in the round's race."""
        return [p for p in self.accepted if not p.alone] if self.raced else []

    @property
    def raced(self) -> bool:
        """Whether its suggestions are raced: a single one is tested as the next iteration."""
        return len(self.proposals) > 1

    @property
    def lost(self) -> bool:
        """Whether every suggestion was raced and none of them won."""
        ended = [p.outcome for p in self.entrants]
        return bool(ended) and all(outcome in ("dropped", "beaten") for outcome in ended)

    @property
    def shown(self) -> ProposalRecord | None:
        """The suggestion that stands for the round: the one that waits, won, was accepted, or the
        first; None without any."""
        if self.undecided:
            return self.undecided
        won = (p for p in self.proposals if p.outcome == "won")
        return next(won, None) or next(iter(self.accepted or self.proposals), None)

    @property
    def suggestion(self) -> Suggestion | None:
        """The suggestion of `shown`."""
        return self.shown.suggestion if self.shown else None

    @property
    def decision(self) -> Decision | None:
        """What was decided about the suggestion of `shown`."""
        return self.shown.decision if self.shown else None

    @property
    def decided_at(self) -> datetime | None:
        """When that was decided."""
        return self.shown.decided_at if self.shown else None

    @property
    def over(self) -> bool:
        """Whether its suggestions are tested, so that no other one can take part."""
        return self.raced and all(p.outcome for p in self.entrants)

    def add(self, suggestion: Suggestion, at: datetime) -> None:
        """Let a suggestion of the person take part, which needs no decision."""
        decided = Decision("accepted", "person", suggestion.prompt)
        n = len(self.proposals) + 1
        self.proposals.append(ProposalRecord(n, suggestion, decided, at, alone=self.over))

    def take(self, suggestion: Suggestion) -> None:
        """Put a suggestion that came out of a talk in the place of the one that waits."""
        if (waits := self.undecided) is not None:
            waits.suggestion = suggestion
        elif self.raced:
            n = len(self.proposals) + 1
            self.proposals.append(ProposalRecord(n, suggestion, alone=self.over))
        else:
            self.proposals = [ProposalRecord(1, suggestion)]

    def proposal(self, n: int) -> ProposalRecord | None:
        """The suggestion with this number; None where there is none."""
        return self.proposals[n - 1] if 0 < n <= len(self.proposals) else None


@dataclass(slots=True)
class SessionRecord:
    """The sum of a session's events. `apply` takes them in the order in which they happened.

    `adopted` is the suggestion whose variant is the next iteration; `validation` the measurement on
    held-out examples, once it has begun; `written` are suggestions of the person that wait for the
    next round; `facts` is how many events have been applied.
    """

    started: SessionStarted | None = None
    iterations: list[IterationRecord] = field(default_factory=list)
    interviews: list[InterviewRecord] = field(default_factory=list)
    adopted: ProposalRecord | None = None
    validation: ValidationStarted | None = None
    paused: SessionPaused | None = None
    finished: SessionFinished | None = None
    written: list[Suggestion] = field(default_factory=list)
    last_at: datetime | None = None
    facts: int = 0

    def apply(self, event: Event) -> None:
        """Apply one event. One that refers to something unknown is ignored and raises nothing."""
        if not (self.finished and isinstance(event, OutputMarked)):
            self.last_at = event.at
        self.facts += 1
        match event:
            case SessionStarted():
                self.started = event
            case IterationStarted():
                self.iterations.append(self._iteration(event))
                self.adopted = None
            case RunFinished(iteration=n, run=run):
                if iteration := self.iteration(n):
                    iteration.runs.append(run)
            case IterationFinished(iteration=n):
                if iteration := self.iteration(n):
                    iteration.score, iteration.finished_at = event.score, event.at
            case ValidationStarted():
                self.validation = event
            case OutputMarked(iteration=n):
                if iteration := self.iteration(n):
                    iteration.mark(event)
            case SessionPaused():
                self.paused = event
            case SessionResumed():
                self._forget_failure()
                self.paused = self.finished = None
            case SessionFinished():
                self.finished, self.paused = event, None
            case _:
                self._apply_to_interview(event)

    def _iteration(self, event: IterationStarted) -> IterationRecord:
        parent = self.iteration(event.parent) if event.parent else None
        plain = parent.variant if parent else self.original
        won = self.adopted if event.proposal is not None else None
        return IterationRecord(
            event.iteration,
            event.prompt,
            event.origin,
            event.parent,
            event.planned_runs,
            event.at,
            runs=list(won.runs) if won else [],
            variant=event.variant or plain.with_text(event.prompt),
            proposal=event.proposal,
        )

    def _forget_failure(self) -> None:
        """Drop the failed runs of a failed session, so that they are made again on resuming."""
        if self.finished and self.finished.stop_reason == "failed" and self.iterations:
            last = self.iterations[-1]
            if last.score is None:
                last.runs = [run for run in last.runs if run.success]

    def _apply_to_interview(self, event: Event) -> None:
        match event:
            case InterviewStarted(interview=n) if self.interview(n) is None:
                self.interviews.append(
                    InterviewRecord(n, event.iteration, event.interview_prompt, event.at)
                )
            case InterviewAnswered(interview=n) if interview := self.interview(n):
                interview.answers.append(event)
            case InterviewFinished(interview=n) if interview := self.interview(n):
                interview.response, interview.analysis = event.response, event.analysis
                interview.problems.extend(event.problems)
                suggested = event.proposals or filter(None, (event.suggestion,))
                interview.proposals = [ProposalRecord(k, s) for k, s in enumerate(suggested, 1)]
                interview.finished_at = event.at
                for suggestion in self.written:
                    interview.add(suggestion, event.at)
                if self.written and not interview.raced:
                    self.adopted = interview.proposals[0]
                self.written = []
                interview.messages.extend(
                    ChatMessage(m.role, m.content, event.at) for m in event.messages
                )
            case ChatExchanged(interview=n) if interview := self.interview(n):
                interview.messages.append(ChatMessage("user", event.question, event.at))
                interview.messages.append(ChatMessage("assistant", event.answer, event.at))
                interview.problems.extend(event.problems)
                if event.suggestion:
                    interview.take(event.suggestion)
            case SuggestionDecided(interview=n) if proposal := self.proposal(n, event.proposal):
                proposal.decision, proposal.decided_at = event.decision, event.at
                if proposal.alone or not self.interviews[-1].raced:
                    self.adopted = proposal if proposal.accepted else None
            case SuggestionWritten():
                self._take_written(event)
            case NextDecided(interview=n) if interview := self.interview(n):
                interview.next = event.next
            case TrialRunFinished(interview=n) if proposal := self.proposal(n, event.proposal):
                proposal.runs.append(event.run)
            case TrialEnded(interview=n) if proposal := self.proposal(n, event.proposal):
                proposal.outcome, proposal.reason = event.outcome, event.reason
                if event.outcome == "won":
                    self.adopted = proposal
            case _:
                pass

    def _take_written(self, event: SuggestionWritten) -> None:
        last = self.interviews[-1] if self.interviews else None
        if last is None or last.n != event.interview or last.finished_at is None:
            self.written.append(event.suggestion)
            return
        last.add(event.suggestion, event.at)
        if not last.raced or last.proposals[-1].alone:
            self.adopted = last.proposals[-1]

    def iteration(self, n: int) -> IterationRecord | None:
        """The iteration with this number; None where there is none."""
        return next((i for i in self.iterations if i.n == n), None)

    def interview(self, n: int) -> InterviewRecord | None:
        """The interview with this number; None where there is none."""
        return next((i for i in self.interviews if i.n == n), None)

    def proposal(self, interview: int, n: int) -> ProposalRecord | None:
        """A suggestion by the numbers of its interview and its own; None where there is none."""
        found = self.interview(interview)
        return found.proposal(n) if found else None

    @property
    def original(self) -> Variant:
        """The variant that the session began with."""
        if self.iterations:
            return self.iterations[0].variant
        prompt = self.started.prompt if self.started else {}
        return Variant(str(prompt.get("text", "")), str(prompt.get("system", "")))

    @property
    def draws(self) -> str:
        """The seed of all that is drawn: the same for the same case, model and `seed` option.

        So a run that is repeated searches in the same places.
        """
        if self.started is None:
            return ""
        seed = self.started.settings.options.get("seed", 0)
        return f"{self.started.case.get('sha256', '')}/{self.started.model.name}/{seed}"

    @property
    def asks_model(self) -> bool:
        """Whether the interviewer is a model, whose calls count."""
        return self.started is not None and self.started.interviewer_model != PLAYBOOK

    @property
    def interviewing(self) -> bool:
        """Whether the last interview is still under way."""
        return bool(self.interviews) and self.interviews[-1].finished_at is None

    @property
    def undecided(self) -> InterviewRecord | None:
        """The last interview, if a suggestion of it is neither decided nor tested; else None.

        A stop withdraws the question, not the suggestion: "none" is no decision.
        """
        last = self.interviews[-1] if self.interviews else None
        return last if last and last.finished_at and last.undecided else None

    @property
    def scored(self) -> list[IterationRecord]:
        """The iterations that have a score, oldest first."""
        return [i for i in self.iterations if i.score is not None]

    @property
    def best(self) -> IterationRecord | None:
        """The iteration with the highest score, the oldest of equal ones; None without a score."""
        return max(self.scored, key=lambda i: (i.score or 0.0, -i.n), default=None)

    @property
    def improvements(self) -> frozenset[int]:
        """The numbers of iterations whose prompt became the best when tested; 1 is among them."""
        best, numbers = float("-inf"), set()
        for iteration in self.scored:
            if (iteration.score or 0.0) > best:
                best = iteration.score or 0.0
                numbers.add(iteration.n)
        return frozenset(numbers)

    @property
    def baseline_score(self) -> float | None:
        """The score of the original prompt; None before it is tested."""
        return self.scored[0].score if self.scored else None

    @property
    def best_score(self) -> float | None:
        """The score of the best prompt; None before the original is tested."""
        return self.best.score if self.best else None

    @property
    def improvement(self) -> float | None:
        """The best prompt's score less the original's, never below 0; None without scores."""
        if self.best_score is None or self.baseline_score is None:
            return None
        return self.best_score - self.baseline_score

    @property
    def trials(self) -> list[ProposalRecord]:
        """The suggestions that were raced and did not become an iteration, oldest first."""
        return [p for i in self.interviews for p in i.proposals if p.runs and p.outcome != "won"]

    @property
    def runs(self) -> list[Run]:
        """Every run of the session, those of races included; each once."""
        tested = [run for iteration in self.iterations for run in iteration.runs]
        waiting = [self.adopted] if self.adopted else []
        return tested + [run for p in (*self.trials, *waiting) for run in p.runs]

    @property
    def totals(self) -> Totals:
        """The sums over the candidate's calls, including those of races and unfinished tests."""
        totals = _totals([(run.metrics, run.processing_time) for run in self.runs])
        runs = self.runs
        calls, cached = sum(run.calls for run in runs), sum(run.cached for run in runs)
        return replace(totals, calls=calls, cached=cached)

    @property
    def interviewer_totals(self) -> Totals:
        """The sums over the interviewer's calls, including those of a talk."""
        answers = [answer for interview in self.interviews for answer in interview.answers]
        return _totals([(answer.reply.metrics, answer.seconds) for answer in answers])

    @property
    def duration(self) -> float | None:
        """Seconds from the start to the last event; None before the start."""
        if self.started is None or self.last_at is None:
            return None
        return max(0.0, (self.last_at - self.started.at).total_seconds())

    @property
    def status(self) -> Status:
        """The session's status. One whose program was interrupted is still "running" here."""
        if self.finished:
            return "failed" if self.finished.stop_reason == "failed" else "completed"
        return "paused" if self.paused else "running"

    def stale_rounds(self, min_gain: float) -> int:
        """How many rounds in a row, up to the last, brought no gain of at least `min_gain`."""
        best, stale = float("-inf"), 0
        for iteration in self.scored:
            score = iteration.score or 0.0
            stale = 0 if score >= best + min_gain else stale + 1
            best = max(best, score)
        last = self.iterations[-1].n if self.iterations else 0
        return stale + sum(i.lost for i in self.interviews if i.iteration == last)

    def tried(self) -> list[Variant]:
        """Every variant that was tested, suggested or refused, so that none is tried twice."""
        variants = [iteration.variant for iteration in self.iterations]
        for interview in self.interviews:
            parent = self.parent_of(interview)
            variants += [p.suggestion.variant_of(parent) for p in interview.proposals]
        return variants

    def parent_of(self, interview: InterviewRecord) -> Variant:
        """The variant that an interview was to improve: the best one before it."""
        before = [i for i in self.scored if i.n <= interview.iteration]
        best = max(before, key=lambda i: (i.score or 0.0, -i.n), default=None)
        return best.variant if best else self.original


def _run_of(runs: Iterable[Run], example_id: str, repeat: int) -> Run | None:
    return next((r for r in runs if r.example_id == example_id and r.repeat == repeat), None)


def _totals(calls: Sequence[tuple[Metrics, float]]) -> Totals:
    """The sums over calls, each with its metrics and its seconds."""
    return Totals(
        calls=len(calls),
        prompt_tokens=sum(metrics.prompt_tokens or 0 for metrics, _ in calls),
        output_tokens=sum(metrics.output_tokens or 0 for metrics, _ in calls),
        seconds=sum(seconds for _, seconds in calls),
        loads=sum(
            (metrics.load_seconds or 0.0) > _LOAD_SECONDS and not metrics.cached
            for metrics, _ in calls
        ),
        cached=sum(metrics.cached for metrics, _ in calls),
    )


def folded(events: Iterable[Event]) -> SessionRecord:
    """The record that events add up to."""
    record = SessionRecord()
    for event in events:
        record.apply(event)
    return record
