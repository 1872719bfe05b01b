"""Two sides on the same examples: by how much they differ, and how sure that is.

Pairs are matched by example id, never by position, and taken in the order of ids.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from llmopt_tui.core.analysis.power import examples_needed
from llmopt_tui.core.analysis.resampling import (
    DECIMALS,
    Array,
    Interval,
    bootstrap_interval,
    sign_flip,
    stratified_mean,
    weighted,
)

Scores = Mapping[str, float]
"""A score (or seconds) by example id."""

CaseScores = Mapping[str, Scores]
"""Scores by case id."""


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """How one side differs from a reference on the examples that both answered.

    n: number of pairs. missing: number of examples that only one side has. difference: mean of
    (scores - reference), every case with the same weight; None without pairs. ci95: its bootstrap
    interval, None for a single pair. p_value, test: the sign-flip test. fixed, broken: how many
    examples score higher, lower. spread: standard deviation of the differences. n_needed: how many
    examples would prove a difference of this size and spread four times in five as the only
    comparison; None where the difference is 0 or unknown. differences: an array per case, in the
    order of example ids. seed: the seed of all random draws.
    """

    n: int
    missing: int
    difference: float | None
    ci95: Interval | None
    p_value: float
    test: str
    fixed: int
    broken: int
    spread: float | None
    n_needed: int | None
    differences: tuple[tuple[float, ...], ...] = field(repr=False)
    seed: int = 0

    def interval(self, level: float) -> Interval | None:
        """The bootstrap interval of the difference at this confidence level."""
        strata = [np.asarray(case, dtype=np.float64) for case in self.differences]
        return bootstrap_interval(strata, level=level, seed=self.seed) if strata else None


def average_repeats(runs: Iterable[tuple[str, float | None]]) -> dict[str, float]:
    """Scores by example id, from (example id, score) of every run; repeats become their mean.

    The score is None for a run that failed because of the server: that is not a score of 0. An
    example with no other run is left out.
    """
    repeats: dict[str, list[float]] = {}
    for example, score in runs:
        if score is not None:
            repeats.setdefault(example, []).append(score)
    return {example: math.fsum(scores) / len(scores) for example, scores in repeats.items()}


def compare(scores: Scores, reference: Scores, *, seed: int = 0) -> PairedComparison:
    """Compare two sides on one case. Raises ValueError for a score that is not a finite number."""
    return compare_cases({"": scores}, {"": reference}, seed=seed)


def compare_cases(scores: CaseScores, reference: CaseScores, *, seed: int = 0) -> PairedComparison:
    """Compare two sides over several cases, each with the same weight.

    A case without a pair is left out. Raises ValueError for a score that is not a finite number.
    """
    ours, theirs = _checked(scores), _checked(reference)
    strata: list[Array] = []
    missing = 0
    for case in sorted(ours.keys() | theirs.keys()):
        left, right = ours.get(case, {}), theirs.get(case, {})
        common = sorted(left.keys() & right.keys())
        missing += len(left.keys() | right.keys()) - len(common)
        if common:
            strata.append(np.array([left[e] - right[e] for e in common], dtype=np.float64))
    return _comparison(strata, missing, seed)


def case_mean(scores: CaseScores) -> float:
    """The mean of the cases' mean scores. Every case needs at least one score."""
    return stratified_mean(_strata(scores))


def mean_interval(scores: CaseScores, *, level: float = 0.95, seed: int = 0) -> Interval | None:
    """The bootstrap interval of `case_mean`; None where no case has a second example."""
    return bootstrap_interval(_strata(scores), level=level, seed=seed)


def _comparison(strata: list[Array], missing: int, seed: int) -> PairedComparison:
    flat = weighted(strata) if strata else np.zeros(0)
    signs = np.sign(np.round(flat, DECIMALS))
    p_value, test = sign_flip(flat, seed=seed)
    difference = stratified_mean(strata) if strata else None
    spread = round(float(flat.std(ddof=1)), DECIMALS) if len(flat) > 1 else None
    needed = None
    if difference is not None and spread is not None:
        needed = examples_needed(round(difference, DECIMALS), spread)
    return PairedComparison(
        n=len(flat),
        missing=missing,
        difference=difference,
        ci95=bootstrap_interval(strata, seed=seed) if strata else None,
        p_value=p_value,
        test=test,
        fixed=int((signs > 0).sum()),
        broken=int((signs < 0).sum()),
        spread=spread,
        n_needed=needed,
        differences=tuple(tuple(map(float, stratum)) for stratum in strata),
        seed=seed,
    )


def _strata(scores: CaseScores) -> list[Array]:
    checked = _checked(scores)
    return [
        np.array([checked[case][e] for e in sorted(checked[case])], dtype=np.float64)
        for case in sorted(checked)
    ]


def _checked(scores: CaseScores) -> CaseScores:
    for case, by_example in scores.items():
        for example, score in by_example.items():
            if not math.isfinite(score):
                where = f"example {example!r}" + (f" of case {case!r}" if case else "")
                raise ValueError(f"the score of {where} is {score}, not a finite number")
    return scores
