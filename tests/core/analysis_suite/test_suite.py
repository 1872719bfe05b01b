"""A suite judged: gains, rankings, the baseline, speed, luck; and what is left unsaid."""

from __future__ import annotations

import math
from dataclasses import asdict, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.analysis.insights import insights
from llmopt_tui.core.analysis.recommendation import recommend
from llmopt_tui.core.analysis.suite import UNCHANGED, judged_gains
from llmopt_tui.core.analysis.verdict import Verdict
from tests.core.analysis_suite.records import a_record, analysed, noisy, result, steady


def gain_of(*prompts: list[float], held_out: Any = (), **more: Any) -> Any:
    return judged_gains({("a", "x"): a_record(*prompts, held_out=held_out, **more)})["a", "x"]


def test_a_clear_gain_on_held_out_examples_is_real() -> None:
    gain = gain_of(steady(0.4), steady(0.8), held_out=(steady(0.4), steady(0.7)))
    assert gain.measured_on == "validation"
    assert (gain.baseline, gain.best) == pytest.approx((0.4, 0.7))
    assert gain.verdict == Verdict.REAL
    assert gain.is_real


def test_a_gain_that_chance_explains_is_not_proven_or_underpowered() -> None:
    few = gain_of([0.4] * 4, [0.8] * 4, held_out=([0.4] * 6, [0.7] * 6))
    assert few.verdict == Verdict.UNDERPOWERED
    wide = gain_of(steady(0.4), steady(0.8), held_out=(noisy(0.5), noisy(0.52, shift=1)))
    assert wide.verdict == Verdict.UNDERPOWERED
    same = gain_of(steady(0.4), steady(0.8), held_out=(steady(0.5, 200), steady(0.5, 200)))
    assert same.verdict == Verdict.NOT_PROVEN
    assert not any(gain.is_real for gain in (few, wide, same))


def test_a_gain_on_the_examples_it_was_tuned_on_is_never_real() -> None:
    gain = gain_of(steady(0.2), steady(0.9))
    assert gain.measured_on == "train"
    assert gain.verdict == Verdict.NOT_PROVEN
    assert "tuned on" in gain.reason


def test_where_the_original_prompt_stayed_the_best_there_is_nothing_to_judge() -> None:
    gain = gain_of(steady(0.8), steady(0.5), held_out=(steady(0.7),))
    assert not gain.verdict
    assert gain.adjusted_p_value is None
    assert gain.reason == UNCHANGED
    assert gain.baseline == gain.best


def test_gains_are_corrected_as_one_family() -> None:
    records = {
        ("a", case): a_record(steady(0.4), steady(0.8), held_out=(noisy(0.5), noisy(0.56, shift=2)))
        for case in "wxyz"
    }
    alone = judged_gains({("a", "w"): records["a", "w"]})["a", "w"]
    among = judged_gains(records)["a", "w"]
    assert among.p_value == alone.p_value
    p = alone.adjusted_p_value
    assert p is not None
    assert among.adjusted_p_value == pytest.approx(min(1, 4 * p))


def test_a_ranking_is_by_held_out_scores_and_ties_share_a_rank() -> None:
    _, analysis = analysed(
        result("a", "x", a_record(steady(0.9), held_out=(steady(0.5),))),
        result("b", "x", a_record(steady(0.4), held_out=(steady(0.8),))),
        result("c", "x", a_record(steady(0.4), held_out=(steady(0.8),))),
    )
    assert analysis.measured_on == {"x": "validation"}
    assert [(r.model, r.rank) for r in analysis.rankings["x"]] == [("b", 1), ("c", 1), ("a", 3)]
    assert [r.differs_from_next for r in analysis.rankings["x"]] == [False, True, None]


def test_one_session_without_held_out_scores_does_not_spoil_those_of_the_others() -> None:
    _, analysis = analysed(
        result("a", "x", a_record(steady(0.4), held_out=(steady(0.4),))),
        result("b", "x", a_record(steady(0.6), held_out=(steady(0.7),))),
        result("c", "x", a_record(steady(0.99), stop="failed")),
    )
    assert analysis.measured_on == {"x": "validation"}
    assert [(r.model, r.rank) for r in analysis.rankings["x"]] == [("b", 1), ("a", 2), ("c", None)]
    assert ("c", "x") not in analysis.against_baseline
    assert {point.model for point in analysis.pareto["x"]} == {"a", "b"}


def test_without_held_out_examples_train_ranks() -> None:
    _, analysis = analysed(
        result("a", "x", a_record(steady(0.4))), result("b", "x", a_record(steady(0.6)))
    )
    assert analysis.measured_on == {"x": "train"}
    assert [r.model for r in analysis.rankings["x"]] == ["b", "a"]
    assert analysis.against_baseline["b", "x"].verdict is Verdict.NOT_PROVEN


def test_the_baseline_is_compared_on_the_same_examples() -> None:
    _, analysis = analysed(
        result("a", "x", a_record(steady(0.4), held_out=(steady(0.4),))),
        result("b", "x", a_record(steady(0.6), held_out=(steady(0.7),))),
        result("b", "y", a_record(steady(0.6), held_out=(steady(0.7),))),
    )
    assert set(analysis.against_baseline) == {("b", "x")}
    judged = analysis.against_baseline["b", "x"]
    assert judged.verdict is Verdict.REAL
    assert judged.comparison.difference == pytest.approx(0.3)


def test_the_baseline_may_be_named_without_its_tag_or_be_missing() -> None:
    results = (
        result("gemma3n:latest", "x", a_record(steady(0.4), held_out=(steady(0.4),))),
        result("b", "x", a_record(steady(0.6), held_out=(steady(0.7),))),
    )
    assert set(analysed(*results, baseline="Gemma3n")[1].against_baseline) == {("b", "x")}
    assert analysed(*results, baseline="qwen3")[1].against_baseline == {}


def test_overall_needs_several_cases_and_every_one_of_them() -> None:
    one = analysed(result("a", "x", a_record(steady(0.4))), result("b", "x", a_record([0.6] * 4)))
    assert one[1].overall == ()
    assert "" not in one[1].pareto
    _, analysis = analysed(
        result("a", "x", a_record(steady(0.4))),
        result("b", "x", a_record(steady(0.9))),
        result("a", "y", a_record(steady(0.6))),
    )
    assert [(r.model, r.rank) for r in analysis.overall] == [("a", 1), ("b", None)]
    assert [point.model for point in analysis.pareto[""]] == ["a"]


def test_luck_is_of_several_prompts() -> None:
    _, analysis = analysed(
        result("a", "x", a_record(noisy(0.5), noisy(0.5, shift=1), noisy(0.5, shift=2))),
        result("b", "x", a_record(noisy(0.5))),
    )
    assert set(analysis.luck) == {("a", "x")}
    assert analysis.luck["a", "x"].k == 3
    assert analysis.luck["a", "x"].expected_gain > 0


def test_of_what_has_not_ended_or_has_no_score_nothing_is_said() -> None:
    results, analysis = analysed(
        result("a", "x", a_record([0.5], stop=None)), result("b", "x", a_record(stop="failed"))
    )
    assert not analysis.gains
    assert not analysis.rankings
    assert not analysis.overall
    assert not analysis.pareto
    assert insights(results, analysis) == []
    assert recommend(results, analysis) is None
    assert insights([], analysed()[1]) == []


def numbers(value: Any) -> list[float]:
    """Every number in a value."""
    if is_dataclass(value) and not isinstance(value, type):
        return numbers(asdict(value))
    if isinstance(value, dict):
        return [n for item in value.values() for n in numbers(item)]
    if isinstance(value, list | tuple):
        return [n for item in value for n in numbers(item)]
    return [value] if isinstance(value, float) else []


SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=12)


@given(
    st.lists(
        st.builds(
            lambda prompts, before, after, stop: a_record(
                *(scores[: min(map(len, prompts))] for scores in prompts),
                held_out=(before[:n], after[:n]) if (n := min(len(before), len(after)) - 1) else (),
                stop=stop,
            ),
            st.lists(SCORES, max_size=4),
            SCORES,
            SCORES,
            st.sampled_from(["plateau", "failed", None]),
        ),
        max_size=6,
    )
)
def test_whatever_came_of_sessions_every_number_is_one_and_every_insight_has_some(
    records: Any,
) -> None:
    keys = [(model, case) for case in "xyz" for model in "ab"]
    results, analysis = analysed(
        *(result(model, case, record) for (model, case), record in zip(keys, records, strict=False))
    )
    found, recommended = insights(results, analysis), recommend(results, analysis)
    assert all(map(math.isfinite, numbers(analysis)))
    assert all(map(math.isfinite, numbers(recommended)))
    assert all(insight.numbers and insight.text.endswith(".") for insight in found)
    words = [i.text for i in found] + ([c.reason for c in recommended.cases] if recommended else [])
    assert not any("nan" in text.casefold() or "  " in text or "None" in text for text in words)
    assert (recommended is None) == (not analysis.rankings)
