"""Ranks of models, on one case and overall; models that noise could explain share a rank.

All pairs of models are compared as one family. Models are taken in the order of their scores; each
shares the rank of the previous one unless it differs, beyond noise, from any model of that rank.
Then it leads the next rank, whose number is the model's place. So no two models that share a rank
are told apart anywhere. The reverse does not hold: noise is not transitive, so a model may have a
lower rank than another from which it is not told apart.
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
from llmopt_tui.core.analysis.verdict import Judgement, Verdict, judge

Pair = frozenset[str]
"""The names of two models."""


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


def rank_models(
    scores: Mapping[str, Scores], *, apart: Mapping[Pair, bool] | None = None, seed: int = 0
) -> list[Ranked]:
    """Rank models on one case, best first. Scores: model -> example id. `apart`: as in
    `rank_overall`.
    """
    by_case = {model: {"": by_example} for model, by_example in scores.items()}
    return rank_overall(by_case, apart=apart, seed=seed)


def rank_overall(
    scores: Mapping[str, CaseScores],
    *,
    apart: Mapping[Pair, bool] | None = None,
    seed: int = 0,
) -> list[Ranked]:
    """Rank models by the mean of their case means, best first. Scores: model -> case -> example id.

    Pairs are compared by (case, example). `apart` says which pairs differ beyond noise, where that
    has been judged already: two judgements of one pair could contradict each other. Raises
    ValueError for a score that is not a finite number.
    """
    complete = with_every_case(scores)
    means = {model: case_mean(by_case) for model, by_case in complete.items()}
    order = sorted(complete, key=lambda model: (-round(means[model], DECIMALS), model))
    differ = told_apart(complete, seed=seed) if apart is None else apart
    ranked: list[Ranked] = []
    leader = 0
    for place, model in enumerate(order):
        if any(differ.get(frozenset((other, model)), False) for other in order[leader:place]):
            leader = place
        ci95 = mean_interval(complete[model], seed=seed)
        ranked.append(Ranked(model, means[model], ci95, _n(complete[model]), leader + 1, None))
    for place, pair in enumerate(pairwise(order)):
        ranked[place] = replace(ranked[place], differs_from_next=differ.get(frozenset(pair), False))
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


def told_apart(scores: Mapping[str, CaseScores], *, seed: int = 0) -> dict[Pair, bool]:
    """Whether each pair of models differs beyond noise; all pairs are judged as one family."""
    return real_pairs(judged_pairs(scores, seed=seed))


def judged_pairs(
    scores: Mapping[str, CaseScores], *, held_out: bool = True, seed: int = 0
) -> dict[Pair, Judgement]:
    """Every pair of models, judged as one family. `held_out`: as in `judge`."""
    compared = {
        frozenset(pair): compare_cases(scores[pair[0]], scores[pair[1]], seed=seed)
        for pair in combinations(sorted(scores), 2)
    }
    return judge(compared, held_out=held_out)


def real_pairs(judged: Mapping[Pair, Judgement]) -> dict[Pair, bool]:
    """Whether each judged pair of models differs beyond noise."""
    return {pair: judgement.verdict is Verdict.REAL for pair, judgement in judged.items()}


def _n(by_case: CaseScores) -> int:
    return sum(map(len, by_case.values()))
