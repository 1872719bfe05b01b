"""Races as screens show them: how each idea of a round does against the best variant so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmopt_tui.core.loop.iteration import IterationRecord
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.loop.round import InterviewRecord, ProposalRecord
    from llmopt_tui.core.run import Run


@dataclass(frozen=True, slots=True)
class Standing:
    """One idea in a race: its mean score so far, and the best variant's on the same examples.

    `planned` is how many answers it has to give, repeats included. Both means are None before its
    first answer.
    """

    proposal: ProposalRecord
    planned: int
    score: float | None = None
    best: float | None = None

    @property
    def answered(self) -> int:
        """How many answers it has given."""
        return len(self.proposal.runs)

    @property
    def gain(self) -> float | None:
        """The mean so far less the best variant's on the same examples; None without an answer."""
        return None if self.score is None or self.best is None else self.score - self.best


def was_raced(interview: InterviewRecord) -> bool:
    """Whether a round had a race: every idea decided, and several made for it."""
    return bool(interview.entrants) and interview.undecided is None


def race_under_way(record: SessionRecord) -> InterviewRecord | None:
    """The round whose ideas are raced now; None where no race is under way."""
    last = record.interviews[-1] if record.interviews else None
    if last is None or not was_raced(last) or record.validation:
        return None
    return last if any(entrant.outcome is None for entrant in last.entrants) else None


def raced_against(record: SessionRecord, interview: InterviewRecord) -> IterationRecord | None:
    """The best iteration when a round began, which its ideas have to beat."""
    before = [i for i in record.scored if i.n <= interview.iteration]
    return max(before, key=lambda i: (i.score or 0.0, -i.n), default=None)


def standings(record: SessionRecord, interview: InterviewRecord) -> list[Standing]:
    """How the ideas of a round's race do, in the order of their numbers."""
    best = raced_against(record, interview)
    scores = _by_example(best.train_runs) if best else {}
    planned = len(best.train_runs) if best else 0
    return [_standing(entrant, planned, scores) for entrant in interview.entrants]


def _standing(entrant: ProposalRecord, planned: int, best: Mapping[str, float]) -> Standing:
    runs = entrant.runs
    same = [best[run.example_id] for run in runs if run.example_id in best]
    return Standing(
        entrant,
        planned,
        fmean(run.score for run in runs) if runs else None,
        fmean(same) if same and len(same) == len(runs) else None,
    )


def _by_example(runs: list[Run]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for run in runs:
        found.setdefault(run.example_id, []).append(run.score)
    return {example: fmean(scores) for example, scores in found.items()}


def winner_of(interview: InterviewRecord) -> ProposalRecord | None:
    """The idea that won a round's race; None where none has."""
    return next((p for p in interview.proposals if p.outcome == "won"), None)


def made_by(record: SessionRecord, iteration: IterationRecord) -> ProposalRecord | None:
    """The idea that an iteration tests; None for the original prompt."""
    interview = round_before(record, iteration)
    if interview is None:
        return None
    return winner_of(interview) or next(reversed(interview.accepted), None)


def round_before(record: SessionRecord, iteration: IterationRecord) -> InterviewRecord | None:
    """The round that an iteration came out of; None for the original prompt."""
    return next((i for i in reversed(record.interviews) if i.iteration == iteration.n - 1), None)
