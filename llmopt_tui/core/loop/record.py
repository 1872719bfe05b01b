"""SessionRecord: everything that has happened in a session. `folding.py` folds it from events.

The loop chooses the next step from it, the documents are written from it, and the screens show it.
A running session, a resumed one and one that is read from disk all have the same kind of record.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from llmopt_tui.core.events import (
    ConventionAnswered,
    Marking,
    SessionFinished,
    SessionPaused,
    SessionStarted,
    ValidationStarted,
)
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.round import InterviewRecord, ProposalRecord
from llmopt_tui.core.loop.totals import Totals, summed_up
from llmopt_tui.core.run import Run
from llmopt_tui.core.settings import PLAYBOOK
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.core.variant import Variant

Status = Literal["running", "paused", "completed", "failed", "interrupted"]


@dataclass(slots=True)
class SessionRecord:
    """The sum of a session's events; `folding.fold` applies the next one.

    `adopted` is the suggestion whose variant is the next iteration; `validation` the measurement on
    held-out examples, once it has begun; `written` are suggestions of the person that wait for the
    next round; `part_runs` are runs of the best variant without one part, by the part's number;
    `conventions` are the questions about labels that the person was asked; `facts` is how many
    events have been applied.
    """

    started: SessionStarted | None = None
    iterations: list[IterationRecord] = field(default_factory=list)
    interviews: list[InterviewRecord] = field(default_factory=list)
    adopted: ProposalRecord | None = None
    validation: ValidationStarted | None = None
    paused: SessionPaused | None = None
    finished: SessionFinished | None = None
    written: list[Suggestion] = field(default_factory=list)
    part_runs: dict[int, list[Run]] = field(default_factory=dict)
    conventions: list[ConventionAnswered] = field(default_factory=list)
    last_at: datetime | None = None
    facts: int = 0

    def answered(self, marking: Marking) -> IterationRecord | ProposalRecord | None:
        """What gave the answer that a mark is about; None where there is no such thing."""
        if marking.interview:
            return self.proposal(marking.interview, marking.proposal)
        return self.iteration(marking.iteration)

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
        raced = [run for p in (*self.trials, *waiting) for run in p.runs]
        tried = [tried.run for i in self.interviews for p in i.proposals for tried in p.tries]
        parts = [run for runs in self.part_runs.values() for run in runs]
        return tested + raced + tried + parts

    @property
    def totals(self) -> Totals:
        """The sums over the candidate's calls, including those of races and unfinished tests."""
        totals = summed_up([(run.metrics, run.processing_time) for run in self.runs])
        runs = self.runs
        calls, cached = sum(run.calls for run in runs), sum(run.cached for run in runs)
        return replace(totals, calls=calls, cached=cached)

    @property
    def interviewer_totals(self) -> Totals:
        """The sums over the interviewer's calls, including those of a talk."""
        answers = [answer for interview in self.interviews for answer in interview.answers]
        return summed_up([(answer.reply.metrics, answer.seconds) for answer in answers])

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
        # Both the whole suggestion and what the person left of it.
        for interview in self.interviews:
            parent = self.parent_of(interview)
            for proposal in interview.proposals:
                variants += [proposal.suggestion.variant_of(parent), proposal.variant(parent)]
        return variants

    def iteration_before(self, interview: InterviewRecord) -> IterationRecord | None:
        """The iteration that an interview was to improve: the best one before it."""
        before = [i for i in self.scored if i.n <= interview.iteration]
        return max(before, key=lambda i: (i.score or 0.0, -i.n), default=None)

    def parent_of(self, interview: InterviewRecord) -> Variant:
        """The variant that an interview was to improve."""
        before = self.iteration_before(interview)
        return before.variant if before else self.original
