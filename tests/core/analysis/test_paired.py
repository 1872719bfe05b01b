"""Two sides on the same examples: pairs by id, and what holds for any scores whatever."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.analysis.paired import (
    average_repeats,
    case_mean,
    compare,
    compare_cases,
    mean_interval,
)
from tests.core.analysis.strategies import scores, sides


def numbered(*values: float) -> dict[str, float]:
    return {f"e-{i:03}": value for i, value in enumerate(values)}


def test_pairs_are_matched_by_id_whatever_their_order_and_whatever_is_missing() -> None:
    ours = {"c": 1.0, "a": 0.5, "only ours": 1.0}
    theirs = {"only theirs": 0.0, "a": 0.5, "b": 0.9, "c": 0.25}
    found = compare(ours, theirs)
    assert found.differences == ((0.0, 0.75),)
    assert (found.n, found.missing, found.fixed, found.broken) == (2, 3, 1, 0)
    assert found.difference == pytest.approx(0.375)


def test_repeats_are_averaged_and_a_run_the_server_failed_is_not_a_score_of_0() -> None:
    runs = [("b", 1.0), ("a", 0.5), ("b", 0.5), ("a", None), ("gone", None)]
    assert average_repeats(runs) == {"b": 0.75, "a": 0.5}


def test_cases_weigh_the_same_however_many_examples_they_have() -> None:
    ours = {"long": numbered(*[0.8] * 30), "short": numbered(0.2, 0.2)}
    theirs = {"long": numbered(*[0.5] * 30), "short": numbered(0.7, 0.7)}
    found = compare_cases(ours, theirs)
    assert found.difference == pytest.approx(-0.1)
    assert (found.n, found.fixed, found.broken) == (32, 30, 2)
    assert case_mean(ours) - case_mean(theirs) == pytest.approx(-0.1)


def test_equal_ids_in_different_cases_are_different_examples() -> None:
    found = compare_cases({"one": {"e": 1.0}}, {"two": {"e": 1.0}})
    assert (found.n, found.missing) == (0, 2)


def test_without_a_pair_nothing_is_claimed() -> None:
    found = compare({"a": 1.0}, {"b": 0.0})
    assert (found.n, found.missing, found.p_value) == (0, 2, 1.0)
    assert (found.difference, found.ci95, found.spread, found.n_needed) == (None,) * 4
    assert found.interval(0.99) is None


def test_one_pair_has_a_difference_and_no_interval() -> None:
    found = compare({"a": 1.0}, {"a": 0.25})
    assert (found.difference, found.p_value) == (0.75, 1.0)
    assert (found.ci95, found.spread, found.n_needed) == (None, None, None)


def test_two_pairs_are_enough_for_every_number() -> None:
    found = compare(numbered(1.0, 0.5), numbered(0.0, 0.0))
    assert found.p_value == 0.5
    assert found.ci95 == (0.5, 1.0)
    assert found.n_needed == 10


def test_a_constant_difference_has_no_spread_and_the_least_p_value() -> None:
    found = compare(numbered(*[0.7] * 8), numbered(*[0.6] * 8))
    assert found.spread == 0
    assert found.p_value == pytest.approx(2 / 2**8)
    assert found.ci95 == pytest.approx((0.1, 0.1))
    assert found.n_needed == 10


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_refused_with_its_place(bad: float) -> None:
    with pytest.raises(ValueError, match="'b'"):
        compare({"a": 1.0, "b": bad}, {"a": 1.0})
    with pytest.raises(ValueError, match="example 'b' of case 'skills'"):
        compare_cases({"skills": {"a": 1.0}}, {"skills": {"b": bad}})
    with pytest.raises(ValueError, match="'b'"):
        mean_interval({"": {"b": bad}})


def test_the_seed_alone_decides_what_is_drawn() -> None:
    rng = random.Random(1)
    ours, theirs = (numbered(*[rng.random() for _ in range(20)]) for _ in range(2))
    assert compare(ours, theirs, seed=3) == compare(ours, theirs, seed=3)
    assert compare(ours, theirs, seed=3).ci95 != compare(ours, theirs, seed=4).ci95
    found = compare(ours, theirs, seed=3)
    assert found.p_value != compare(ours, theirs, seed=4).p_value
    assert found.interval(0.95) == found.ci95


@given(sides(), st.randoms(use_true_random=False))
def test_the_order_of_examples_is_irrelevant(
    pair: tuple[dict[str, float], dict[str, float]], shuffler: random.Random
) -> None:
    shuffled = []
    for side in pair:
        items = list(side.items())
        shuffler.shuffle(items)
        shuffled.append(dict(items))
    assert compare(*shuffled) == compare(*pair)


@given(sides())
def test_swapping_the_sides_flips_the_sign_and_nothing_else(
    pair: tuple[dict[str, float], dict[str, float]],
) -> None:
    ours, theirs = pair
    one, other = compare(ours, theirs), compare(theirs, ours)
    assert one.p_value == other.p_value
    assert (one.n, one.missing, one.n_needed) == (other.n, other.missing, other.n_needed)
    assert (one.fixed, one.broken) == (other.broken, other.fixed)
    if one.difference is not None and other.difference is not None:
        assert one.difference == pytest.approx(-other.difference)
    if one.ci95 and other.ci95:
        assert one.ci95 == pytest.approx((-other.ci95[1], -other.ci95[0]))


@given(sides())
def test_whatever_the_scores_the_numbers_are_what_they_are_called(
    pair: tuple[dict[str, float], dict[str, float]],
) -> None:
    found = compare(*pair)
    assert 0 < found.p_value <= 1
    assert found.n + found.missing == len(pair[0].keys() | pair[1].keys())
    assert found.fixed + found.broken <= found.n
    if found.ci95 and found.difference is not None:
        assert -1 <= found.ci95[0] <= found.difference <= found.ci95[1] <= 1
    if found.n_needed is not None:
        assert found.n_needed >= 10


@given(scores())
def test_identical_sides_do_not_differ(ours: dict[str, float]) -> None:
    found = compare(ours, dict(ours))
    assert found.p_value == 1
    assert found.difference in (0, None)
    assert (found.fixed, found.broken, found.n_needed) == (0, 0, None)


@given(scores(least=2))
def test_a_models_interval_holds_its_mean(ours: dict[str, float]) -> None:
    interval = mean_interval({"": ours})
    assert interval
    assert 0 <= interval[0] <= case_mean({"": ours}) <= interval[1] <= 1
