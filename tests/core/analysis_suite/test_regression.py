"""Then and now: what is worse beyond noise, and what a rerun would often come to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.analysis import resampling
from llmopt_tui.core.analysis.regression import Change, score_changes, speed_changes


def by_id(values: list[float]) -> dict[str, float]:
    return {f"e{i:02}": value for i, value in enumerate(values)}


def score(then: list[float], now: list[float]) -> Change:
    return score_changes({"": (by_id(then), by_id(now))})[""]


def speed(then: list[float], now: list[float]) -> Change:
    return speed_changes({"": (by_id(then), by_id(now))})[""]


THEN = [0.9, 0.8, 1.0, 0.7, 0.85, 0.95, 0.6, 0.9, 0.8, 1.0, 0.75, 0.9]


def test_the_same_answers_are_no_regression() -> None:
    found = score(THEN, THEN)
    assert not found.regressed
    assert found.reason == "the same on 12 examples"
    assert found.then == found.now == pytest.approx(10.15 / 12)


def test_worse_on_every_example_is_a_regression_with_its_proof() -> None:
    found = score(THEN, [s - 0.2 for s in THEN])
    assert found.regressed
    assert found.reason == "worse by 0.20 on 12 examples, beyond noise (p < 0.001)"


def test_a_collapse_is_noticed_with_as_few_as_four_examples() -> None:
    found = score([0.9, 0.8, 1.0, 0.9], [0.1, 0.0, 0.2, 0.1])
    assert found.regressed
    assert found.reason == (
        "worse by 0.80 on 4 examples, beyond noise (the intervals of then and now do not overlap)"
    )
    few = score([0.9, 0.8, 1.0], [0.1, 0.0, 0.2])
    assert not few.regressed
    assert few.reason == "worse by 0.80 on 3 examples, too few to tell"


def test_one_example_that_went_wrong_is_within_noise() -> None:
    found = score(THEN, [0.0, *THEN[1:]])
    assert not found.regressed
    assert found.reason == "worse by 0.07 on 12 examples, within noise (p = 1.000)"


def test_better_is_never_a_regression_and_no_noise_where_it_is_none() -> None:
    found = score([s - 0.2 for s in THEN], THEN)
    assert not found.regressed
    assert found.reason == "better by 0.20 on 12 examples, beyond noise (p < 0.001)"


def test_a_drop_too_small_for_two_decimals_is_said_as_that() -> None:
    found = score(THEN, [s - 0.001 for s in THEN])
    assert found.regressed
    assert found.reason == "worse by less than 0.01 on 12 examples, beyond noise (p < 0.001)"


def test_only_examples_of_both_times_count() -> None:
    found = score_changes({"": ({"a": 1.0, "b": 0.0}, {"b": 0.5, "c": 1.0})})[""]
    assert (found.then, found.now, found.comparison.n) == (0.0, 0.5, 1)
    none = score_changes({"": ({"a": 1.0}, {"b": 1.0})})[""]
    assert (none.then, none.regressed) == (None, False)
    assert none.reason == "no example was answered both then and now"
    assert score_changes({}) == {}


def test_several_checks_are_one_family() -> None:
    worse = (by_id(THEN[:6]), by_id([s - 0.05 for s in THEN[:6]]))
    same = (by_id(THEN), by_id(THEN))
    assert score_changes({"x": worse})["x"].regressed
    among = score_changes({"x": worse, "y": same, "z": same})
    assert among["x"].adjusted_p_value == pytest.approx(3 * among["x"].comparison.p_value)
    assert not among["x"].regressed


SECONDS = [2.0, 2.2, 1.9, 2.4, 2.1, 2.0, 2.3, 1.8, 2.0, 2.1]


def test_slower_counts_beyond_noise_and_beyond_a_fifth() -> None:
    much = speed(SECONDS, [s * 1.5 for s in SECONDS])
    assert much.regressed
    assert much.reason == "slower by 1.0 s (+50%) on 10 examples, beyond noise (p = 0.002)"
    little = speed(SECONDS, [s * 1.1 for s in SECONDS])
    assert not little.regressed
    assert little.reason == "slower by 0.2 s (+10%) on 10 examples, less than the 20% that count"


def test_one_slow_answer_is_no_slower_model() -> None:
    found = speed(SECONDS, [30.0, *SECONDS[1:]])
    assert not found.regressed
    assert "within noise" in found.reason


def test_faster_and_as_fast_are_fine() -> None:
    assert speed(SECONDS, [s / 2 for s in SECONDS]).reason.startswith("faster by 1.0 s (-50%)")
    assert speed([0.001] * 12, [0.02] * 12).reason == "as fast as before"
    assert not speed([0.001] * 12, [0.02] * 12).regressed
    assert speed([0.0] * 12, [3.0] * 12).reason.startswith("slower by 3.0 s on 12 examples, beyond")


VALUES = st.lists(st.floats(0, 1), min_size=0, max_size=16)


@given(VALUES, VALUES)
def test_whatever_was_measured_regressed_means_worse_and_reads_well(
    then: list[float], now: list[float]
) -> None:
    for found, worse in ((score(then, now), -1), (speed(then, now), 1)):
        if found.regressed:
            assert (found.now or 0.0) * worse > (found.then or 0.0) * worse
            assert "beyond noise" in found.reason
        assert not ("within" in found.reason and "beyond" in found.reason)
        assert all(value is None or math.isfinite(value) for value in (found.then, found.now))


@pytest.mark.parametrize("n", [3, 4, 6, 12])
@pytest.mark.parametrize("noise", ["right or wrong", "small", "rare"])
def test_a_rerun_of_the_same_model_is_seldom_called_a_regression(
    n: int, noise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resampling, "RESAMPLES", 400)
    rng = np.random.default_rng(7)

    def drawn(easy: np.ndarray) -> list[float]:
        if noise == "right or wrong":
            return [float(hit) for hit in rng.random(n) < easy]
        if noise == "small":
            return [float(s) for s in np.clip(easy + rng.normal(0, 0.05, n), 0, 1)]
        return [float(s) for s in np.where(rng.random(n) < 0.1, rng.random(n), easy)]

    suites = 150
    alarms = 0
    for _ in range(suites):
        easy = np.full(n, 0.9) if rng.random() < 0.5 else rng.beta(4, 2, n)
        alarms += score(drawn(easy), drawn(easy)).regressed
    # 2.5% for either sign of a two-sided test, and a little for intervals that do not overlap.
    assert alarms / suites <= 0.03 + 2 * math.sqrt(0.03 * 0.97 / suites)
