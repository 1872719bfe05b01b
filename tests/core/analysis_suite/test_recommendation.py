"""What is recommended, in sentences for a person in a meeting, and what it is not to hide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from llmopt_tui.core.analysis.findings import Recommendation
from llmopt_tui.core.analysis.measure import Result
from llmopt_tui.core.analysis.recommendation import recommend
from llmopt_tui.core.events import SessionStarted
from llmopt_tui.core.ports import Metrics
from tests.core.analysis_suite.records import METRICS, a_record, analysed, noisy, result, steady
from tests.factories import session_events

LOW, MID, HIGH = steady(0.4), steady(0.6), steady(0.8)


def recommended(*results: Result) -> Recommendation:
    found = recommend(*analysed(*results))
    assert found is not None
    return found


def choice_of(*results: Result) -> Any:
    (choice,) = recommended(*results).cases
    return choice


def tuned(model: str, held_out: Any, case: str = "x", **changes: Any) -> Result:
    return result(model, case, a_record(LOW, HIGH, held_out=held_out, **changes))


def test_the_best_model_its_prompt_and_what_to_expect() -> None:
    results = [tuned("a", (LOW, LOW)), tuned("b", (LOW, MID), processing_time=3.0)]
    choice = choice_of(*results)
    assert (choice.case, choice.model, choice.session_id, choice.iteration) == ("x", "b", "b-x", 2)
    assert choice.expected_score == pytest.approx(0.6)
    assert choice.ci95[0] < 0.6 < choice.ci95[1]
    assert (choice.seconds_per_answer, choice.tokens_per_second) == (3.0, 20.0)
    assert choice.reason == (
        "b scores 0.60, beyond noise above a (0.40). Its prompt of iteration 2 scores 0.60 where "
        "the original scores 0.40, on 24 held-out examples: a REAL gain (p < 0.001)."
    )
    assert recommended(*results).reason == choice.reason
    assert recommended(*results).model == "b"
    assert recommended(*results).caveats == ()


@pytest.mark.parametrize(
    ("held_out", "words"),
    [
        (
            ([0.4] * 6, [0.6] * 6),
            "Its prompt of iteration 2 scores 0.60 where the original scores 0.40, on 6 held-out "
            "examples: UNDERPOWERED, it takes about 10 examples to tell.",
        ),
        (
            ([0.4], [0.6]),
            "Its prompt of iteration 2 scores 0.60 where the original scores 0.40, on 1 held-out "
            "example: UNDERPOWERED, it takes about 10 examples to tell.",
        ),
        (
            (steady(0.6, 200), steady(0.6, 200)),
            "Its prompt of iteration 2 scores 0.60 where the original scores 0.60, on 200 held-out "
            "examples: NOT PROVEN to be better (p = 1.000).",
        ),
        (
            (HIGH, MID),
            "Its prompt of iteration 2 scores 0.60 where the original scores 0.80, on 24 held-out "
            "examples: a REAL loss (p < 0.001); the original is recommended.",
        ),
        (
            (),
            "Its prompt of iteration 2 scores 0.80 where the original scores 0.40, on 24 examples "
            "that it was tuned on, which proves nothing: the original is recommended until "
            "held-out examples say that the other is at least as good.",
        ),
    ],
    ids=["underpowered", "one example", "not proven", "worse", "train"],
)
def test_the_verdict_on_the_prompt_is_said_as_it_is(held_out: Any, words: str) -> None:
    assert choice_of(tuned("a", held_out)).reason == (
        f"a scores {0.80 if not held_out else 0.60:.2f}; there is no other to compare it with. "
        f"{words}"
    )


def test_an_original_prompt_that_stayed_the_best_is_what_is_recommended() -> None:
    choice = choice_of(result("a", "x", a_record(HIGH, LOW, held_out=(MID,))))
    assert choice.iteration == 1
    assert choice.reason.endswith("Its original prompt stayed the best.")


def checked(model: str, scores: Any, **changes: Any) -> Result:
    """A session whose original prompt stayed the best, with these scores on held-out examples."""
    size = changes.pop("size", None)
    found = result(model, "x", a_record(HIGH, held_out=(scores,), **changes))
    started = session_events()[0]
    assert isinstance(started, SessionStarted)
    model_info = replace(started.model, name=model, size=size)
    found.record.started = replace(started, model=model_info)
    return found


def test_models_that_nothing_tells_apart_share_the_place_and_the_faster_is_taken() -> None:
    slow, quick = checked("a", HIGH, processing_time=9.0), checked("b", HIGH)
    choice = choice_of(slow, quick)
    assert choice.model == "b"
    assert choice.standing == (
        "b scores 0.80 and shares the first place with a: they score the same. It is recommended "
        "because it is faster (2.0 s an answer, against 9.0 s)."
    )
    assert choice.reason.startswith(f"{choice.standing} Its original prompt")


def test_a_little_of_a_score_that_chance_could_explain_is_given_up_for_speed() -> None:
    better = checked("a", noisy(0.55), processing_time=30.0)
    choice = choice_of(better, checked("b", noisy(0.52, shift=1)))
    assert choice.model == "b"
    assert "with a: chance could explain what is between them." in choice.standing


def test_much_of_a_score_is_not_given_up_for_speed_though_nothing_is_proven() -> None:
    perfect = checked("a", [1.0] * 3, processing_time=30.0)
    choice = choice_of(perfect, checked("b", [0.0] * 3))
    assert choice.standing == (
        "a scores 1.00 and shares the first place with b: 3 examples are too few to tell. It is "
        "recommended because its score is the highest of them."
    )


def test_where_speed_is_level_the_smaller_is_taken() -> None:
    large, small = checked("a", HIGH, size=7_500_000_000), checked("b", HIGH, size=2_000_000_000)
    choice = choice_of(large, small)
    assert choice.model == "b"
    assert choice.standing.endswith(
        "because it is as fast and the smaller one (2.0 GB, where a has 7.5 GB)."
    )


def test_of_equals_in_all_one_is_taken_and_that_is_said() -> None:
    assert choice_of(checked("a", HIGH), checked("b", HIGH)).standing.endswith(
        "It is recommended because it comes first by name: score and speed are level."
    )


def test_what_was_not_held_out_tells_no_models_apart() -> None:
    results = [result("a", "x", a_record(HIGH)), result("b", "x", a_record(LOW))]
    assert choice_of(*results).standing == (
        "a scores 0.80 and shares the first place with b: nothing was held out that could tell "
        "them apart. It is recommended because its score is the highest of them."
    )


def test_over_several_cases_one_model_is_best_with_its_own_best_prompts() -> None:
    results = [tuned("a", (LOW, MID), case) for case in "xy"]
    results += [tuned("b", (LOW, LOW), case) for case in "xy"]
    found = recommended(*results)
    assert found.model == "a"
    assert found.reason == (
        "Over 2 cases, a scores 0.60, beyond noise above b (0.40). "
        "Its best prompts gain +0.20 in the mean, REAL on 2 of 2."
    )
    assert [(choice.case, choice.model) for choice in found.cases] == [("x", "a"), ("y", "a")]


def test_where_no_model_has_every_case_one_is_named_all_the_same() -> None:
    found = recommended(tuned("a", (LOW, MID), processing_time=9.0), tuned("b", (LOW, MID), "y"))
    assert (found.model, found.reason) == (
        "b",
        "No model has been measured on every case, so none is proven best over all. b is "
        "recommended because it is the choice for 1 of 2 cases, as a is, and the faster one.",
    )


def test_what_to_watch() -> None:
    cut = Metrics(truncated=True)
    found = recommended(
        tuned("a", ([0.4] * 6, [0.6] * 6), metrics=cut),
        result("b", "x", a_record(stop="failed")),
        result("c", "y", a_record([0.5], stop=None)),
    )
    assert found.caveats == (
        "x: only 6 held-out examples, so the expected score is a rough guess.",
        "x: that its prompt is better than the original is not proven.",
        "x: 30 of 30 answers were cut off.",
        "x: the server counts no tokens, so speed is by the clock alone.",
        "Not compared, because a result is missing: b on x and c on y.",
    )


def test_speeds_of_two_machines_are_said_to_be_so() -> None:
    def on(endpoint: str, model: str) -> Result:
        found = tuned(model, (LOW, MID))
        started = session_events()[0]
        assert isinstance(started, SessionStarted)
        found.record.started = replace(started, model=replace(started.model, endpoint=endpoint))
        return found

    said = "Speeds were measured on gpu and laptop: machines differ in speed too."
    assert said in recommended(on("laptop", "a"), on("gpu", "b")).caveats
    assert said not in recommended(on("gpu", "a"), on("gpu", "b")).caveats


def test_a_prompt_that_is_worse_than_the_original_is_not_the_one_to_use() -> None:
    choice = choice_of(tuned("a", (HIGH, MID)))
    assert (choice.iteration, choice.original) == (1, True)
    assert choice.expected_score == pytest.approx(0.8)


def test_what_was_measured_on_the_examples_it_was_tuned_on_is_said_to_prove_nothing() -> None:
    record = a_record(noisy(0.5), noisy(0.52, shift=1), noisy(0.51, shift=2))
    caveats = recommended(result("a", "x", record)).caveats
    assert caveats[0] == ("x: no example was held out, so what its best prompt gains is not known.")
    assert caveats[1].startswith("x: the best of 3 prompts would seem to gain +0.")


def test_a_model_without_held_out_scores_is_said_to_be_left_out() -> None:
    found = recommended(tuned("a", (LOW, MID)), tuned("b", (), stop="failed"))
    assert found.caveats == (
        "Not compared, because a score on held-out examples is missing: b on x.",
    )


def test_calls_that_failed_are_counted() -> None:
    record = a_record([0.0], metrics=METRICS, success=False)
    assert "x: 1 of 1 call failed." in recommended(result("a", "x", record)).caveats
    assert choice_of(result("a", "x", record)).seconds_per_answer is None
