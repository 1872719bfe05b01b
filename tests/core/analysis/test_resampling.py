"""The engines against other people's: scipy where it has the same method."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from llmopt_tui.core.analysis import resampling
from llmopt_tui.core.analysis.resampling import (
    RESAMPLES,
    bootstrap_interval,
    resampled_means,
    sign_flip,
    stratified_mean,
    weighted,
)


def differences(n: int, seed: int, *, step: float = 0.0) -> np.ndarray:
    drawn = np.random.default_rng(seed).uniform(-0.6, 0.9, n)
    return np.round(drawn / step) * step if step else drawn


def signs_of_all(n: int) -> np.ndarray:
    return np.array(list(itertools.product((-1, 1), repeat=n)))


@pytest.mark.parametrize("step", [0.0, 0.25, 0.05])
@pytest.mark.parametrize("n", [2, 5, 9, 12])
def test_an_exact_p_value_is_scipys(n: int, step: float) -> None:
    for seed in range(5):
        d = differences(n, seed, step=step)
        p, test = sign_flip(d)
        oracle = stats.permutation_test(
            (np.round(d / step) if step else d,),  # whole numbers: sums that tie do so exactly
            np.sum,
            permutation_type="samples",
            n_resamples=np.inf,
            vectorized=True,
        )
        assert test == "sign-flip, exact"
        assert p == pytest.approx(oracle.pvalue, abs=1e-6)


@pytest.mark.parametrize(("better", "worse"), [(9, 3), (40, 25), (1500, 1400), (1100, 0)])
def test_scores_of_0_and_1_give_mcnemars_exact_p_value_however_many(
    better: int, worse: int
) -> None:
    p, test = sign_flip(np.array([1.0] * better + [-1.0] * worse + [0.0] * 30))
    assert test == "sign-flip, exact"
    assert p == pytest.approx(stats.binomtest(better, better + worse).pvalue, abs=1e-9)
    assert p > 0


def test_with_few_distinct_sizes_it_stays_exact_where_signs_alone_are_too_many() -> None:
    d = np.array([0.25] * 6 + [-0.25] * 3 + [0.5] * 4 + [-0.5] + [1.0, -1.0])
    p, test = sign_flip(d)
    sums = np.abs(signs_of_all(16) @ np.abs(d))
    assert test == "sign-flip, exact"
    assert p == pytest.approx((sums >= abs(d.sum()) - 1e-9).mean(), abs=1e-9)


def test_drawn_signs_come_near_the_exact_p_value_and_are_the_same_each_time() -> None:
    d = differences(16, 4)
    p, test = sign_flip(d, seed=1)
    exact = (np.abs(signs_of_all(16) @ d) >= abs(d.sum()) - 1e-9).mean()
    assert test == "sign-flip, 20,000 draws"
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact / 20_000))
    assert sign_flip(d, seed=1) == (p, test)
    assert sign_flip(d, seed=2) != (p, test)


def test_drawn_signs_never_give_a_p_value_of_0() -> None:
    assert sign_flip(differences(40, 1) + 1.0)[0] == pytest.approx(1 / 20_001)


@pytest.mark.parametrize("n", [1, 2, 6, 10])
def test_a_constant_difference_has_the_least_p_value_there_is(n: int) -> None:
    assert sign_flip(np.full(n, 0.3))[0] == pytest.approx(2 / 2**n)


@pytest.mark.parametrize("d", [[], [0.0], [0.0, 0.0, 0.0], [0.2, -0.2], [1e-13, 1e-13]])
def test_no_difference_has_a_p_value_of_1(d: list[float]) -> None:
    assert sign_flip(np.array(d, dtype=float))[0] == 1.0


def test_sums_that_differ_by_rounding_alone_count_as_equal() -> None:
    thirds = np.array([0.1 + 0.2 - 0.0, 0.3, -(0.7 - 0.4), 1 - 0.7])
    assert sign_flip(thirds)[0] == pytest.approx(sign_flip(np.array([0.3, 0.3, -0.3, 0.3]))[0])


@pytest.mark.parametrize("n", [5, 12, 40])
def test_the_interval_is_scipys_percentile_interval_at_the_widened_level(n: int) -> None:
    d = differences(n, n, step=0.05)
    tail = stats.norm.cdf(np.sqrt(n / (n - 1)) * stats.t.ppf(0.025, n - 1))
    oracle = stats.bootstrap(
        (d,),
        np.mean,
        n_resamples=RESAMPLES,
        method="percentile",
        confidence_level=1 - 2 * tail,
        rng=np.random.default_rng([0, 0]),
    ).confidence_interval
    assert bootstrap_interval([d]) == pytest.approx(tuple(oracle), abs=2e-3 if n == 5 else 1e-4)


def test_resampled_means_are_scipys_to_the_last_digit() -> None:
    d = differences(12, 3)
    oracle = stats.bootstrap(
        (d,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng([7, 0])
    ).bootstrap_distribution
    assert resampled_means([d], 7) == pytest.approx(oracle, abs=1e-12)


def test_resampled_means_are_those_of_all_resamples_there_are() -> None:
    d = differences(5, 8)
    everything = d[np.array(list(itertools.product(range(5), repeat=5)))].mean(axis=1)
    drawn = resampled_means([d], 0)
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert np.quantile(drawn, share) == pytest.approx(np.quantile(everything, share), abs=0.02)


@pytest.mark.parametrize("df", [9, 11, 30, 200])
@pytest.mark.parametrize("p", [0.025, 0.003, 0.0005])
def test_the_t_quantile_is_scipys_to_three_digits(df: int, p: float) -> None:
    assert resampling._t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-3)


def test_values_are_resampled_within_their_case_and_cases_weigh_the_same() -> None:
    apart = [np.zeros(10), np.ones(3)]
    assert stratified_mean(apart) == 0.5
    assert bootstrap_interval(apart) == (0.5, 0.5)
    assert weighted(apart).mean() == pytest.approx(0.5)
    pooled = bootstrap_interval([np.concatenate(apart)])
    assert pooled
    assert pooled[0] < pooled[1]


def test_where_nothing_varies_freely_there_is_no_interval() -> None:
    assert bootstrap_interval([np.array([0.4])]) is None
    assert bootstrap_interval([np.array([0.4]), np.array([0.9])]) is None


def test_an_interval_stays_within_the_data_and_widens_with_its_level() -> None:
    d = differences(6, 2)
    narrow, wide = bootstrap_interval([d]), bootstrap_interval([d], level=0.9999)
    assert narrow
    assert wide
    assert d.min() <= wide[0] < narrow[0] < d.mean() < narrow[1] < wide[1] <= d.max()


@pytest.mark.parametrize("sign", [1, -1])
def test_where_one_side_is_always_better_the_p_value_is_that_of_all_sums(sign: int) -> None:
    d = sign * (np.abs(differences(15, 5)) + 0.01)  # so many sizes that arrangements are drawn
    sizes = np.sort(np.abs(np.round(d, resampling.DECIMALS)))
    for seed in (1, 2, 3, 5):
        sums = np.abs(resampling._drawn_balances((1,) * len(d), seed) @ sizes)
        extreme = int((sums >= sizes.sum() - 1e-8).sum())
        assert extreme  # two of 32,768 arrangements: some of 20,000 draws hit them
        assert sign_flip(d, seed=seed)[0] == (1 + extreme) / 20_001
