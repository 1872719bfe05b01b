"""How far a judge agrees with the person whose marks it is to give."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.run import Run

ENOUGH = 10
"""With fewer marks than this a judge is uncalibrated: nothing is known about it."""

_JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A judge's scores beside a person's marks of the same `n` answers, both in [0, 1].

    `kappa` is Cohen's kappa with quadratic weights: 1 for full agreement, 0 for what chance gives;
    None where judge and person gave one and the same score to everything. `mean_error` is the mean
    absolute difference.
    """

    n: int
    kappa: float | None
    mean_error: float

    @property
    def calibrated(self) -> bool:
        """Whether there are enough marks to say so."""
        return self.n >= ENOUGH

    def words(self) -> str:
        """The agreement in one clause."""
        marks = "1 mark" if self.n == 1 else f"{self.n} marks"
        if not self.calibrated:
            return f"uncalibrated: {marks} of the {ENOUGH} that it takes"
        kappa = "unknown" if self.kappa is None else f"{self.kappa:.2f}"
        return f"weighted kappa {kappa}, mean error {self.mean_error:.2f}, by {marks}"


def judge_agreement(record: SessionRecord) -> Agreement | None:
    """How far the judge of a session agrees with the marks in it; None where nothing is judged."""
    judged = [(run, score) for run in _runs(record) if (score := _judged(run)) is not None]
    if not judged:
        return None
    return agreement([(score, run.mark.score) for run, score in judged if run.mark])


def agreement(pairs: Sequence[tuple[float, float]]) -> Agreement:
    """The agreement of pairs of scores, the judge's first."""
    if not pairs:
        return Agreement(0, None, 0.0)
    error = fmean(abs(judge - mark) for judge, mark in pairs)
    return Agreement(len(pairs), _kappa(pairs), error)


def _kappa(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Cohen's kappa with quadratic weights, which needs no categories: 1 less the mean squared
    difference, over the one that the same scores would have in any other order."""
    seen = fmean((judge - mark) ** 2 for judge, mark in pairs)
    by_chance = fmean((judge - mark) ** 2 for judge, _ in pairs for _, mark in pairs)
    return None if math.isclose(by_chance, 0, abs_tol=1e-12) else 1 - seen / by_chance


def _runs(record: SessionRecord) -> Iterable[Run]:
    return (run for iteration in record.iterations for run in iteration.runs)


def _judged(run: Run) -> float | None:
    """The score that judges gave an answer, by their weights; None where none did."""
    given = [(c.score, c.weight or 1.0) for c in run.criteria if c.kind == _JUDGE]
    total = math.fsum(weight for _, weight in given)
    return math.fsum(score * weight for score, weight in given) / total if given else None
