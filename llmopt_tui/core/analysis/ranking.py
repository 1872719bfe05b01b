"""Ranks of models, on one case and overall; models that noise could explain share a rank.

All pairs of models are compared as one family. Models are taken in the order of their scores; each
is compared with the leader of the group before it, and shares the leader's rank unless the
difference is real. If it is real, the model leads a new group, whose rank is the model's place. So
sharing a rank means only "not told apart from the group's leader": of two models that share a rank,
the first may be told apart from a third model from which the second is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from llmopt_tui.core.analysis.paired import (
    CaseScores,
    Scores,
    case_mean,
    compare_cases,
    mean_interval,
)
from llmopt_tui.core.analysis.resampling import DECIMALS, Interval
from llmopt_tui.core.analysis.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Ranked:
    """A model's place. n: number of its examples.

    A model without a score on every case has no score, interval or rank: means over different
    cases cannot be compared. differs_from_next: whether it differs from the next model beyond
    noise; None for the last model that has a rank.
    """

    model: str
    score: float | None
    ci95: Interval | None
    n: int
    rank: int | None
    differs_from_next: bool | None


def rank_models(scores: Mapping[str, Scores], *, seed: int = 0) -> list[Ranked]:
    """Rank models on one case, best first. Scores: model -> example id."""
    return rank_overall(
        {model: {"": by_example} for model, by_example in scores.items()}, seed=seed
    )


def rank_overall(scores: Mapping[str, CaseScores], *, seed: int = 0) -> list[Ranked]:
    """Rank models by the mean of their case means, best first. Scores: model -> case -> example id.

    Pairs are compared by (case, example). Raises ValueError for a score that is not a finite
    number.
    """
    complete = with_every_case(scores)
    means = {model: case_mean(by_case) for model, by_case in complete.items()}
    order = sorted(complete, key=lambda model: (-round(means[model], DECIMALS), model))
    differ = told_apart(complete, seed=seed)
    ranked: list[Ranked] = []
    leader = 0
    for place, model in enumerate(order):
        if differ.get(frozenset((order[leader], model)), False):
            leader = place
        ci95 = mean_interval(complete[model], seed=seed)
        ranked.append(Ranked(model, means[model], ci95, _n(complete[model]), leader + 1, None))
    for place, pair in enumerate(pairwise(order)):
        ranked[place] = replace(ranked[place], differs_from_next=differ[frozenset(pair)])
    unranked = sorted(scores.keys() - complete.keys())
    return ranked + [Ranked(model, None, None, _n(scores[model]), None, None) for model in unranked]


def with_every_case(scores: Mapping[str, CaseScores]) -> dict[str, CaseScores]:
    """The scores of the models that have one on every case on which any model has one."""
    cases = {case for by_case in scores.values() for case, found in by_case.items() if found}
    return {
        model: {case: by_case[case] for case in cases}
        for model, by_case in scores.items()
        if cases and all(by_case.get(case) for case in cases)
    }


def told_apart(scores: Mapping[str, CaseScores], *, seed: int = 0) -> dict[frozenset[str], bool]:
    """Whether each pair of models differs beyond noise; all pairs are judged as one family."""
    judged = judge(
        {
            frozenset(pair): compare_cases(scores[pair[0]], scores[pair[1]], seed=seed)
            for pair in combinations(sorted(scores), 2)
        }
    )
    return {pair: judgement.verdict is Verdict.REAL for pair, judgement in judged.items()}


def _n(by_case: CaseScores) -> int:
    return sum(map(len, by_case.values()))
