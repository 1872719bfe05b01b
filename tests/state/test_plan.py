"""What a suite is going to take, said before it starts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.reports.plan import about, plan_words, rounded
from llmopt_tui.state.plan import Past, past_of, planned_transfers
from tests import suites
from tests.suites import board_of
from tests.tui.harness import make_case

SETTINGS = LoopSettings()
PAST = Past({"a": 2.0, "b": 4.0}, 0.2)


def test_sessions_calls_minutes_and_what_could_be_proven() -> None:
    cases = [make_case("one", train=24), make_case("two", train=24)]
    words = plan_words(["a", "b"], cases, SETTINGS, PAST)
    assert words.startswith("4 sessions, about 410 calls, about 20 min; ")
    assert words.endswith("the smallest gain 12 held-out examples could prove: 0.22")


@pytest.mark.parametrize(
    ("changes", "cases", "said"),
    [
        ({}, [make_case(train=6)], "3 held-out examples can prove no gain, it takes at least 10"),
        ({}, [make_case(train=30), make_case("b", train=24)], "(the case with the fewest)"),
        ({"validate": False}, [make_case()], "nothing is held out: no gain can be proven"),
    ],
)
def test_what_cannot_be_proven_is_said(changes: dict, cases: list, said: str) -> None:
    assert said in plan_words(["a"], cases, replace(SETTINGS, **changes), PAST)


def test_a_speed_that_is_not_known_is_not_guessed_in_silence() -> None:
    case = make_case(train=24)
    assert "time unknown until the first answers" in plan_words(["x"], [case], SETTINGS, Past())
    assert "(speed of x unknown)" in plan_words(["a", "x"], [case], SETTINGS, PAST)
    many = plan_words(["a", "x", "y", "z"], [case], SETTINGS, PAST)
    assert "(speed of x and 2 more unknown)" in many


def test_without_models_or_cases_there_is_no_plan() -> None:
    assert plan_words([], [make_case()], SETTINGS, PAST) == ""
    assert plan_words(["a"], [], SETTINGS, PAST) == ""


def test_with_transfer_the_trials_are_planned_too() -> None:
    cases = [make_case("one", train=24), make_case("two", train=24)]
    # 2 cases, 2 models on the other one's prompt each, 12 held-out examples.
    found = planned_transfers(["a", "b"], cases, SETTINGS, PAST)
    assert found.calls_left == 48
    assert found.seconds_left == pytest.approx(24 * 2.0 + 24 * 4.0, rel=0.1)
    assert planned_transfers(["a", "b", "c"], cases, SETTINGS).calls_left == 6 * 24
    words = plan_words(["a", "b"], cases, SETTINGS, PAST, transfer=True)
    assert "; transfer on: up to about 48 calls more, about 2 min; the smallest gain" in words
    assert "transfer" not in plan_words(["a", "b"], cases, SETTINGS, PAST)
    unknown = plan_words(["a", "b"], cases, SETTINGS, Past(), transfer=True)
    assert "up to about 48 calls more; the smallest" in unknown


def test_where_nothing_is_held_out_prompts_are_tried_on_the_other_examples() -> None:
    case = replace(make_case(train=4), examples=make_case(train=4).split("train"))
    repeated = replace(SETTINGS, repeats=3)
    assert planned_transfers(["a", "b"], [case], repeated).calls_left == 2 * 4 * 3


def test_with_one_model_it_is_said_that_there_is_no_other() -> None:
    assert "one model has no other" in plan_words(
        ["a"], [make_case()], SETTINGS, PAST, transfer=True
    )


def test_of_the_past_the_newest_speed_counts_and_the_usual_spread() -> None:
    newest = board_of(suites.suite(["a"], ["c"]))
    older = suites.suite(["a", "b"], ["c"])
    for session in older["sessions"]:
        session["mean_processing_time"] = 99.0
    past = past_of([newest, board_of(older)])
    assert past.speeds == {"a": pytest.approx(4.4), "b": 99.0}
    assert past.spread is not None
    assert 0.1 < past.spread < 0.4
    assert past_of([]) == Past()


@pytest.mark.parametrize(("calls", "said"), [(7, "7"), (94, "94"), (237, "240"), (1849, "1,800")])
def test_calls_are_as_exact_as_they_are_meant(calls: int, said: str) -> None:
    assert rounded(calls) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(3, "about 10 s"), (48, "about 50 s"), (364, "about 6 min"), (9000, "about 2.5 h")],
)
def test_times_are_as_exact_as_they_are_meant(seconds: float, said: str) -> None:
    assert about(seconds) == said
