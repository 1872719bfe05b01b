"""What a suite shows beyond its ranking: said where there are numbers, and only there."""

from __future__ import annotations

from typing import Any

from llmopt_tui.core.analysis.findings import Insight
from llmopt_tui.core.analysis.insights import insights, prompt_changes
from llmopt_tui.core.analysis.measure import Result
from llmopt_tui.core.ports import Metrics
from llmopt_tui.core.proposals.kinds import kind_named
from tests.core.analysis_suite.records import a_record, analysed, noisy, result, steady

LOW, MID, HIGH = steady(0.4), steady(0.6), steady(0.8)


def shown(*results: Result, kind: str) -> list[Insight]:
    """The insights of one kind."""
    return [insight for insight in insights(*analysed(*results)) if insight.kind == kind]


def only(*results: Result, kind: str) -> Insight:
    (insight,) = shown(*results, kind=kind)
    return insight


def gained(model: str, case: str = "x", **changes: Any) -> Result:
    return result(model, case, a_record(LOW, HIGH, **{"held_out": (LOW, MID)} | changes))


def test_who_responds_to_optimization_is_named_with_how_much() -> None:
    insight = only(gained("a"), gained("b", held_out=(MID, MID)), gained("c"), kind="responders")
    assert insight.text == (
        "Optimization brought a real gain for a (+0.20) and c (+0.20). For b none is proven."
    )
    assert insight.numbers[:2] == (
        ("a", "+0.20 on held-out examples; REAL on 1"),
        ("b", "+0.00 on held-out examples; REAL on 0"),
    )
    assert insight.sessions == ("a-x", "b-x", "c-x")


def test_a_model_that_responds_on_some_cases_is_said_to() -> None:
    insight = only(gained("a"), gained("a", "y", held_out=(MID, MID)), kind="responders")
    assert insight.text == "Optimization brought a real gain for a (+0.20 on 1 of 2 cases)."
    assert insight.numbers == (("a", "+0.10 on held-out examples, mean of 2 cases; REAL on 1"),)


def test_a_prompt_that_is_proven_worse_is_said_to_be() -> None:
    insight = only(gained("a", held_out=(HIGH, MID)), kind="responders")
    assert insight.text == (
        "Optimization brought no gain that these examples can prove. "
        "The optimized prompt is worse, beyond noise, for a (-0.20)."
    )


def test_without_held_out_examples_no_gain_is_claimed() -> None:
    insight = only(gained("a", held_out=()), kind="responders")
    assert insight.text == "No gain can be proven: no session was measured on held-out examples."
    assert insight.numbers == (("a", "+0.40 on the examples it was tuned on"),)


def test_where_the_original_prompts_stayed_the_best_that_is_what_is_said() -> None:
    insight = only(result("a", "x", a_record(HIGH, LOW, held_out=(HIGH,))), kind="responders")
    assert insight.text == "No prompt did better than the original one in any session."


def test_a_gain_that_does_not_carry_over_is_pointed_out() -> None:
    insight = only(gained("a", held_out=(MID, LOW)), kind="overfitted")
    assert insight.text == (
        "a on x gained 0.40 on the examples it was tuned on and lost 0.20 on 24 held-out examples: "
        "nothing shows that its prompt carries over."
    )
    assert insight.numbers == (
        ("gain on train", "+0.40"),
        ("gain on held-out examples", "-0.20"),
        ("held-out examples", "24"),
    )
    assert insight.sessions == ("a-x",)


def test_with_few_held_out_examples_that_is_only_a_suspicion() -> None:
    insight = only(gained("a", held_out=([0.5], [0.5])), kind="overfitted")
    assert insight.text.endswith(
        "and gained nothing on 1 held-out example: nothing shows that its prompt carries over, "
        "though 1 is too few to be sure."
    )


def test_a_gain_that_holds_or_was_never_there_contradicts_nothing() -> None:
    assert not shown(gained("a"), kind="overfitted")
    assert not shown(
        result("a", "x", a_record(LOW, steady(0.41), held_out=(MID, LOW))), kind="overfitted"
    )
    assert not shown(gained("a", held_out=()), kind="overfitted")


def test_kinds_of_change_are_judged_over_all_sessions() -> None:
    kinds = ("exact shape", "sober tone", "exact shape")
    insight = only(
        result("a", "x", a_record(LOW, MID, LOW, HIGH, kinds=kinds)),
        result("b", "x", a_record(MID, MID, kinds=("no preamble",))),
        kind="prompt_changes",
    )
    assert insight.text == (
        "Kinds of prompt change, the playbook's or as the interviewer named them, by the scores on "
        "train examples: exact shape (+0.20 in 2 tries) helped; sober tone (-0.20 in 1 try) hurt."
    )
    assert insight.numbers == (
        ("exact shape", "+0.20 (mean of 2 tries; helped 2, hurt 0)"),
        ("no preamble", "+0.00 (one try; helped 0, hurt 0)"),
        ("sober tone", "-0.20 (one try; helped 0, hurt 1)"),
    )
    assert insight.sessions == ("a-x", "b-x")


def test_a_model_and_the_playbook_are_counted_together_where_they_name_one_kind() -> None:
    names = ("exact shape", kind_named("Exact_Shapes."), kind_named("JSON first!"))
    record = a_record(LOW, MID, HIGH, HIGH, kinds=names, sources=("playbook", "interviewer"))
    insight = only(result("a", "x", record), kind="prompt_changes")
    assert insight.text.endswith(": exact shape (+0.20 in 2 tries) helped.")
    assert [kind for kind, _ in insight.numbers] == ["exact shape", "json first"]


def test_of_many_kinds_the_sentence_names_those_with_support_and_the_numbers_all() -> None:
    once = [
        result("a", f"once {n}", a_record(LOW, steady(0.4 + n / 20), kinds=(f"kind {n}",)))
        for n in range(1, 8)
    ]
    twice = [result("a", f"twice {n}", a_record(LOW, MID, kinds=("twice",))) for n in range(2)]
    hurt = [
        result("a", f"hurt {n}", a_record(HIGH, steady(0.8 - n / 20), kinds=(f"harm {n}",)))
        for n in range(1, 6)
    ]
    insight = only(*once, *twice, *hurt, kind="prompt_changes")
    assert insight.text.partition("examples: ")[2] == (
        "twice (+0.20 in 2 tries), kind 7 (+0.35 in 1 try) and kind 6 (+0.30 in 1 try) helped; "
        "harm 5 (-0.25 in 1 try), harm 4 (-0.20 in 1 try) and harm 3 (-0.15 in 1 try) hurt."
    )
    assert len(insight.numbers) == 13


def test_where_no_prompt_was_changed_nothing_is_said_of_changes() -> None:
    assert not shown(result("a", "x", a_record(MID)), kind="prompt_changes")


def test_changes_that_made_no_difference_are_said_to_have_made_none() -> None:
    insight = only(result("a", "x", a_record(MID, MID, kinds=("k",))), kind="prompt_changes")
    assert insight.text.endswith(": no kind made a difference.")


def test_a_change_without_a_name_is_known_by_whose_it_is() -> None:
    record = a_record(
        *(LOW, MID, HIGH, HIGH),
        sources=("interviewer", "chat"),
        origins=("accepted", "accepted", "edited"),
    )
    assert [kind for kind, _ in prompt_changes(record)] == [
        *("the interviewer's own", "agreed in talk", "edited by the person"),
    ]


def test_speed_against_quality_names_who_is_worth_having_and_who_beats_whom() -> None:
    insight = only(
        result("a", "x", a_record(HIGH, processing_time=9.0)),
        result("b", "x", a_record(MID, processing_time=1.0)),
        result("c", "x", a_record(LOW, processing_time=20.0)),
        kind="speed_quality",
    )
    assert insight.text == (
        "On x, worth having for quality or speed: b (0.60, 1.0 s an answer) and "
        "a (0.80, 9.0 s an answer). c is slower than a and b and scores no more."
    )
    assert insight.numbers[0] == ("b", "0.60 in 1.0 s an answer")


def test_one_model_may_be_the_only_one_worth_having_over_all_cases() -> None:
    results = [
        result(model, case, a_record(scores, processing_time=seconds))
        for model, scores, seconds in (("a", HIGH, 1.0), ("b", LOW, 5.0))
        for case in "xy"
    ]
    insight = only(*results, kind="speed_quality")
    assert insight.text == (
        "Worth having for quality or speed: only a (0.80, 1.0 s an answer). b is slower than a "
        "and scores no more."
    )


def test_where_no_model_has_every_case_each_case_is_looked_at() -> None:
    results = (
        result("a", "x", a_record(HIGH)),
        result("b", "x", a_record(LOW)),
        result("a", "y", a_record(HIGH)),
    )
    assert [i.text[:5] for i in shown(*results, kind="speed_quality")] == ["On x,"]


def test_one_model_is_no_choice() -> None:
    assert not shown(gained("a"), kind="speed_quality")


def thinker(scores: list[float], seconds: float = 9.0) -> Result:
    return result("t", "x", a_record(scores, processing_time=seconds, thinking="hm"))


def test_thinking_that_costs_time_without_gain_is_pointed_out() -> None:
    plain = result("p", "x", a_record(HIGH))
    slow = result("q", "x", a_record(HIGH, processing_time=5.0))
    insight = only(thinker(MID), slow, plain, kind="thinking")
    assert insight.text == (
        "t thinks on x and takes 9.0 s an answer; p does not, takes 2.0 s and scores no less."
    )
    assert insight.numbers == (("t", "0.60 in 9.0 s"), ("p", "0.80 in 2.0 s"), ("examples", "24"))
    assert insight.sessions == ("t-x", "p-x")


def test_where_the_thinker_scores_more_within_noise_no_more_is_said_than_that() -> None:
    plain = result("p", "x", a_record(noisy(0.50)))
    insight = only(thinker(noisy(0.53, shift=1)), plain, kind="thinking")
    assert insight.text.endswith("and is not proven to be worse.")


def test_thinking_that_pays_or_costs_nothing_is_passed_over() -> None:
    plain = result("p", "x", a_record(MID))
    assert not shown(thinker(HIGH), plain, kind="thinking")
    assert not shown(thinker(MID, 2.5), plain, kind="thinking")
    assert not shown(thinker(MID), kind="thinking")
    quick = result("p", "x", a_record(MID, processing_time=0.001))
    assert not shown(thinker(MID, 0.1), quick, kind="thinking")


def test_answers_that_were_cut_off_and_calls_that_failed_are_counted() -> None:
    cut = a_record([0.5], metrics=Metrics(truncated=True))
    insight = only(result("a", "x", cut), kind="truncated")
    assert insight.text == "a on x: 1 of 1 answer was cut off; raise the case's max_tokens."
    assert insight.numbers == (("calls", "1"), ("truncated", "1"))
    failing = result("a", "x", a_record([0.0, 0.0], success=False))
    assert only(failing, kind="failures").text == "a on x: 2 of 2 calls failed."
    assert not shown(gained("a"), kind="truncated")
    assert not shown(gained("a"), kind="failures")
