"""Whether the words are true: on suites whose truth is known, as often as they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from llmopt_tui.core.analysis.paired import compare
from llmopt_tui.core.analysis.power import examples_needed, smallest_provable_gain
from llmopt_tui.core.analysis.ranking import rank_models
from llmopt_tui.core.analysis.resampling import bootstrap_interval
from llmopt_tui.core.analysis.verdict import Verdict, judge
from tests.core.analysis.simulated import against_baseline, case_of, scored


def at_most_5_percent_of(trials: int) -> float:
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / trials)


@pytest.mark.long
def test_of_suites_without_a_difference_at_most_one_in_twenty_is_told_of_one() -> None:
    rng = np.random.default_rng(2024)
    wrong = 0
    for _ in range(1000):
        judged = judge(against_baseline(rng, [0.0] * 4))
        wrong += any(judgement.verdict is Verdict.REAL for judgement in judged.values())
    assert wrong / 1000 <= at_most_5_percent_of(1000)
    assert wrong > 0  # a rule that never speaks would be calibrated too


def test_models_that_are_equal_share_the_first_rank() -> None:
    rng = np.random.default_rng(11)
    wrong = 0
    for _ in range(150):
        easy, wanted = case_of(rng, 12)
        ranked = rank_models({f"m{i}": scored(rng, easy, wanted) for i in range(4)})
        wrong += any(place.rank != 1 for place in ranked)
    assert wrong / 150 <= at_most_5_percent_of(150)


def test_a_large_difference_is_real_in_nearly_all() -> None:
    rng = np.random.default_rng(5)
    suites, comparisons = [], []
    for _ in range(150):
        judged = judge(against_baseline(rng, [-0.6] * 4)).values()
        real = [j.verdict is Verdict.REAL for j in judged]
        assert all(j.interval and j.interval[1] < 0 for j in judged if j.verdict is Verdict.REAL)
        suites.append(any(real))
        comparisons += real
    assert np.mean(suites) >= 0.95
    assert np.mean(comparisons) >= 0.90


def test_one_large_difference_is_found_among_equals() -> None:
    rng = np.random.default_rng(6)
    real, others = [], []
    for _ in range(80):
        judged = judge(against_baseline(rng, [0.0, 0.0, 0.0, -0.6], n=18))
        real += [judged[case, 3].verdict is Verdict.REAL for case in (0, 1)]
        others.append(any(judged[c, m].verdict is Verdict.REAL for c in (0, 1) for m in range(3)))
    assert np.mean(real) >= 0.95
    assert np.mean(others) <= at_most_5_percent_of(80)


@pytest.mark.parametrize("n", [10, 12, 20, 40])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(n: int) -> None:
    rng = np.random.default_rng(n)
    steps = np.array([-0.25, 0, 0, 0, 0.25, 0.25, 0.5, 1])
    held = 0
    for _ in range(400):
        interval = bootstrap_interval([rng.choice(steps, size=n)])
        assert interval
        held += interval[0] <= steps.mean() <= interval[1]
    assert 0.90 <= held / 400 <= 0.98


@pytest.mark.parametrize(("difference", "spread"), [(0.1, 0.2), (0.08, 0.2)])
def test_the_examples_said_to_be_needed_prove_it_four_times_in_five(
    difference: float, spread: float
) -> None:
    n = examples_needed(difference, spread)
    assert n
    assert smallest_provable_gain(n, spread) == pytest.approx(difference, rel=0.03)
    rng = np.random.default_rng(3)
    ids = [f"e-{i:03}" for i in range(n)]
    nothing = dict.fromkeys(ids, 0.0)
    proven = 0
    for _ in range(150):
        drawn = np.round(np.clip(rng.normal(difference, spread, n), -1, 1) / 0.05) * 0.05
        proven += compare(dict(zip(ids, drawn.tolist(), strict=True)), nothing).p_value <= 0.05
    assert 0.70 <= proven / 150 <= 0.90
