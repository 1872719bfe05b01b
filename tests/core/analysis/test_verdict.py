"""One word and its reason; the family it is judged in; what examples can prove."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from llmopt_tui.core.analysis.correction import holm, holm_levels
from llmopt_tui.core.analysis.paired import PairedComparison, compare
from llmopt_tui.core.analysis.power import examples_needed, smallest_provable_gain
from llmopt_tui.core.analysis.verdict import Judgement, Verdict, judge
from tests.core.analysis.strategies import scores, sides

P_VALUES = st.lists(st.floats(1e-6, 1), max_size=12)


def of(*differences: float) -> PairedComparison:
    ids = [f"e-{i:03}" for i in range(len(differences))]
    return compare(dict(zip(ids, differences, strict=True)), dict.fromkeys(ids, 0.0))


def alone(comparison: PairedComparison, *, held_out: bool = True) -> Judgement:
    return judge({"it": comparison}, held_out=held_out)["it"]


GAIN = of(*[0.1, 0.2, 0.3, 0.0, 0.2, 0.1] * 4)
NOISE = of(*[0.4, -0.4, 0.1, -0.05] * 4)
CLOSE = of(*[0.02, -0.02, 0.01, 0.0] * 20)


def test_holm_as_worked_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []
    assert holm_levels([0.01, 0.04, 0.04, 0.005]) == pytest.approx(
        [0.05 / 3, 0.05 / 2, 0.05 / 2, 0.05 / 4]
    )


@given(P_VALUES)
def test_holm_raises_keeps_the_order_and_never_leaves_0_to_1(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= a <= 1 for p, a in zip(p_values, adjusted, strict=True))
    assert all(a <= p * len(p_values) + 1e-12 for p, a in zip(p_values, adjusted, strict=True))
    in_order = [a for _, a in sorted(zip(p_values, adjusted, strict=True))]
    assert in_order == sorted(in_order)


@given(P_VALUES.filter(bool))
def test_holm_is_the_procedure_that_steps_down_until_one_fails(p_values: list[float]) -> None:
    rejected, places = set(), sorted(range(len(p_values)), key=p_values.__getitem__)
    for step, index in enumerate(places):
        if p_values[index] * (len(p_values) - step) > 0.05:
            break
        rejected.add(index)
    assert {i for i, a in enumerate(holm(p_values)) if a <= 0.05} == rejected


def test_a_plain_gain_is_real_and_says_by_how_much_and_how_sure() -> None:
    found = alone(GAIN)
    assert found.verdict is Verdict.REAL
    assert found.interval == GAIN.ci95
    assert found.adjusted_p_value == GAIN.p_value
    assert found.reason.startswith("Better by 0.150 on 24 examples; the true difference is")
    assert found.reason.endswith("(95% interval, p < 0.001).")


def test_a_plain_loss_is_as_real_as_a_gain() -> None:
    found = alone(of(*[-0.1, -0.2, -0.3, 0.0, -0.2, -0.1] * 4))
    assert found.verdict is Verdict.REAL
    assert found.reason.startswith("Worse by 0.150 on 24 examples")


def test_too_much_spread_for_so_few_examples_is_underpowered_and_says_how_many_it_takes() -> None:
    found = alone(NOISE)
    assert found.verdict is Verdict.UNDERPOWERED
    assert found.n_needed
    assert found.n_needed > 16
    assert f"would take about {found.n_needed:,} examples" in found.reason
    assert "chance alone could explain" in found.reason


def test_enough_examples_that_show_nothing_are_not_proven() -> None:
    found = alone(CLOSE)
    assert found.verdict is Verdict.NOT_PROVEN
    assert found.n_needed
    assert found.n_needed <= CLOSE.n
    assert found.reason.endswith("a difference of 0.050 would most likely have shown.")


def test_what_was_tuned_on_these_examples_is_never_real() -> None:
    found = alone(GAIN, held_out=False)
    assert found.verdict is Verdict.NOT_PROVEN
    assert found.reason == (
        "Better by 0.150 on 24 examples, but measured on the examples it was tuned on."
    )


@pytest.mark.parametrize("held_out", [True, False])
@pytest.mark.parametrize("n", [1, 2, 9])
def test_fewer_than_ten_examples_claim_nothing_however_plain_they_look(
    n: int, held_out: bool
) -> None:
    found = alone(of(*[0.5, 0.6, 0.7] * 3) if n == 9 else of(*[0.5] * n), held_out=held_out)
    assert found.verdict is Verdict.UNDERPOWERED
    assert "too few for any claim" in found.reason
    assert ("tuned on" in found.reason) is not held_out


def test_ten_examples_that_all_agree_are_enough() -> None:
    assert alone(of(*[0.2, 0.3] * 5)).verdict is Verdict.REAL


def test_a_constant_gain_is_real_though_nothing_varies() -> None:
    assert alone(of(*[0.25] * 12)).verdict is Verdict.REAL


def test_without_a_pair_there_is_nothing_to_judge_and_the_family_is_no_larger() -> None:
    nothing = compare({"a": 1.0}, {"b": 1.0})
    judged = judge({"none": nothing, "gain": GAIN})
    assert judged["none"].verdict is Verdict.UNDERPOWERED
    assert judged["none"].reason == "No example was answered on both sides."
    assert judged["none"].adjusted_p_value == 1
    assert judged["gain"] == alone(GAIN)
    assert judge({}) == {}


def test_in_a_family_the_interval_widens_with_the_correction() -> None:
    weak = of(*[0.1] * 9, *[-0.05] * 3, 0.0, 0.0)
    assert alone(weak).verdict is Verdict.REAL
    found = judge(dict.fromkeys(range(8), weak))
    assert all(j.verdict is not Verdict.REAL for j in found.values())
    assert found[0].adjusted_p_value == pytest.approx(8 * weak.p_value)
    assert found[0].interval
    assert weak.ci95
    assert found[0].interval[0] < weak.ci95[0] < weak.ci95[1] < found[0].interval[1]
    assert "after correction for 8 comparisons" in found[0].reason


def test_so_many_comparisons_that_not_even_agreement_proves_anything_are_underpowered() -> None:
    found = judge({i: of(*[0.25] * 10) for i in range(100)})
    assert {j.verdict for j in found.values()} == {Verdict.UNDERPOWERED}
    assert found[0].n_needed == 12


@given(scores(least=1))
def test_identical_sides_are_never_real(ours: dict[str, float]) -> None:
    found = alone(compare(ours, dict(ours)))
    assert found.verdict is (Verdict.NOT_PROVEN if len(ours) >= 10 else Verdict.UNDERPOWERED)
    if len(ours) >= 10:
        assert found.reason == f"Both sides score the same on every one of {len(ours)} examples."


@given(st.lists(sides(), max_size=4), st.booleans())
def test_a_verdict_agrees_with_its_numbers(
    pairs: list[tuple[dict[str, float], dict[str, float]]], held_out: bool
) -> None:
    family = dict(enumerate(compare(*pair) for pair in pairs))
    for found in judge(family, held_out=held_out).values():
        assert found.comparison.p_value <= found.adjusted_p_value <= 1
        assert found.reason.endswith(".")
        assert len(found.reason) < 200
        if found.verdict is Verdict.REAL:
            assert held_out
            assert found.comparison.n >= 10
            assert found.adjusted_p_value <= 0.05
            assert found.interval
            assert found.interval[0] > 0 or found.interval[1] < 0


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 8])
@pytest.mark.parametrize("effect", [0.2, 0.4, 0.6])
def test_examples_needed_are_those_of_the_exact_power_of_a_t_test(
    effect: float, alpha: float
) -> None:
    n = examples_needed(effect * 0.25, 0.25, alpha=alpha)
    assert n

    def power(n: int) -> float:
        edge = stats.t.ppf(1 - alpha / 2, n - 1)
        return float(stats.nct.sf(edge, n - 1, effect * n**0.5))

    exact = next(k for k in range(5, 2000) if power(k) >= 0.8)
    assert abs(n - exact) <= 1


def test_what_cannot_be_proven_has_no_smallest_gain() -> None:
    assert smallest_provable_gain(9, 0.2) is None
    assert smallest_provable_gain(11, 0.2, comparisons=100) is None
    assert smallest_provable_gain(12, 0.0) == 0
    assert examples_needed(0.0, 0.2) is None
    assert examples_needed(0.1, 0.0) == 10


@given(st.integers(12, 500), st.floats(0.01, 0.6), st.integers(1, 20))
def test_more_examples_prove_smaller_gains_and_more_comparisons_larger_ones(
    n: int, spread: float, comparisons: int
) -> None:
    gain = smallest_provable_gain(n, spread, comparisons=comparisons)
    assert gain
    assert (smallest_provable_gain(n + 1, spread, comparisons=comparisons) or 9) < gain
    assert (smallest_provable_gain(n, spread, comparisons=comparisons + 1) or 9) > gain
