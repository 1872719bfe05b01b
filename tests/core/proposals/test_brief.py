"""The brief and the questions made of it: what an interviewer gets to know, and what never."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmopt_tui.core.ports import Metrics, ModelError
from llmopt_tui.core.proposals.brief import BROKE_OFF, Attempt, Brief, make_brief, rank_failures
from llmopt_tui.core.proposals.kinds import KINDS
from llmopt_tui.core.proposals.questions import (
    SHOWN_ATTEMPTS,
    SHOWN_TEXT,
    ask_again,
    ask_for_prompt,
    interview_question,
    talk_context,
)
from llmopt_tui.core.run import Run
from llmopt_tui.core.scoring.base import CriterionScore
from llmopt_tui.core.settings import LoopSettings
from tests.core.factory import ORIGINAL, Stage, echo, make_case, on_proposal

AUTO = LoopSettings(mode="auto")


def score(
    kind: str, value: float, *, weight: float = 1.0, mode: str = "wrong", required: bool = False
) -> CriterionScore:
    return CriterionScore(kind, weight, value, f"{kind} at {value}", mode, required)


def run(example_id: str, *criteria: CriterionScore, error: str = "") -> Run:
    return Run(
        example_id=example_id,
        split="train",
        repeat=1,
        full_prompt="full",
        output="out",
        thinking="",
        processing_time=1.0,
        success=not error,
        error_message=error,
        score=0.0,
        criteria=criteria,
        metrics=Metrics(),
    )


async def brief_of(stage: Stage) -> Brief:
    await stage.run()
    best = stage.session.record.best
    assert best is not None
    return make_brief(stage.session.record, stage.case, best, 0.95)


def test_failures_are_ranked_by_what_they_cost_and_not_by_how_many_there_are() -> None:
    runs = [
        run("a", score("form", 0.9), score("content", 1.0)),
        run("b", score("form", 0.9), score("content", 0.0)),
        run("c", score("form", 0.9), score("content", 1.0)),
    ]
    ranked = rank_failures(runs)
    assert [(f.kind, len(f.runs)) for f in ranked] == [("content", 1), ("form", 3)]
    assert [f.lost for f in ranked] == pytest.approx([1 / 6, 0.05])


def test_weights_count_and_each_mode_is_a_failure_of_its_own() -> None:
    runs = [
        run("a", score("form", 0.0, weight=3, mode="list"), score("content", 0.0)),
        run("b", score("form", 0.5, weight=3, mode="heading"), score("content", 1.0)),
    ]
    ranked = rank_failures(runs)
    assert [(f.kind, f.mode) for f in ranked] == [
        ("form", "list"),
        ("form", "heading"),
        ("content", "wrong"),
    ]
    assert [f.lost for f in ranked] == pytest.approx([0.375, 0.1875, 0.125])


def test_within_a_failure_the_worst_run_comes_first_with_its_own_sentence() -> None:
    failure = rank_failures([run("a", score("form", 0.6)), run("b", score("form", 0.1))])[0]
    assert [r.example_id for r in failure.runs] == ["b", "a"]
    assert failure.feedback == ("form at 0.1", "form at 0.6")


def test_a_required_criterion_that_fails_costs_everything() -> None:
    required = score("form", 0.0, weight=0.1, required=True)
    ranked = rank_failures([run("a", required, score("content", 0.5, weight=0.9))])
    assert [(f.kind, f.lost) for f in ranked] == [
        ("form", pytest.approx(1.0)),
        ("content", pytest.approx(0.45)),
    ]


def test_criteria_without_weight_count_alike() -> None:
    runs = [run("a", score("form", 0.0, weight=0), score("content", 1.0, weight=0))]
    assert [f.lost for f in rank_failures(runs)] == pytest.approx([0.5])


def test_a_call_that_broke_off_is_a_failure_too() -> None:
    ranked = rank_failures([run("a", error="talked without end"), run("b", score("form", 1.0))])
    assert [(f.mode, f.lost, f.feedback) for f in ranked] == [
        (BROKE_OFF, 0.5, ("talked without end",))
    ]


def test_no_runs_have_no_failures() -> None:
    assert rank_failures([]) == ()


async def test_the_brief_holds_no_validation_example() -> None:
    brief = await brief_of(Stage(prompts=(ORIGINAL + " alpha", None)))
    assert set(brief.examples) == {"t0", "t1", "t2"}
    assert [example.id for example in brief.case.examples] == ["t0", "t1", "t2"]
    assert "unseen" not in repr(brief)
    for text in (interview_question(brief), talk_context(brief), ask_for_prompt(brief)):
        assert "unseen" not in text


async def test_the_brief_knows_what_was_tried_and_what_was_refused() -> None:
    better, worse, refused = ORIGINAL + " alpha", ORIGINAL + " worse", ORIGINAL + " refused"
    stage = Stage(prompts=(better, worse, refused, None), settings=LoopSettings(mode="manual"))

    def decide(proposal: object) -> None:
        text = proposal.suggestion.prompt  # type: ignore[attr-defined]
        pending = proposal.pending  # type: ignore[attr-defined]
        pending.reject("too vague") if text == refused else pending.accept()

    await stage.run(on_proposal(decide))
    best = stage.session.record.best
    assert best is not None
    brief = make_brief(stage.session.record, stage.case, best, 0.95)
    assert brief.prompt.text == better
    assert brief.attempts == (
        Attempt(ORIGINAL, 0.0),
        Attempt(worse, 0.0),
        Attempt(refused, None, "too vague"),
    )
    assert brief.tried == {ORIGINAL, better, worse, refused}


async def test_only_a_run_that_reaches_the_target_is_a_guard() -> None:
    everything = "alpha beta gamma delta"

    def answer(request: object) -> str:
        text = echo(request)  # type: ignore[arg-type]
        return everything if "number 1" in text else text

    solved = await brief_of(Stage(answer=answer, settings=replace(AUTO, max_iterations=1)))
    assert solved.solved is not None
    assert solved.solved.example_id == "t1"
    assert "This answer is right" in interview_question(solved)
    unsolved = await brief_of(Stage(settings=replace(AUTO, max_iterations=1)))
    assert unsolved.solved is None
    assert "This answer is right" not in interview_question(unsolved)


async def test_the_question_says_what_is_wanted_what_went_wrong_and_what_was_tried() -> None:
    stage = Stage(prompts=(ORIGINAL + " alpha", ORIGINAL + " alpha\nBe kind.", None))
    question = interview_question(await brief_of(stage))
    assert "says what it has to" in question
    assert f"<prompt>\n{ORIGINAL} alpha\n</prompt>" in question
    assert "25% of what is wanted; the goal is 95%" in question
    assert "1. Missing, in 3 answers:\n- does not say beta, gamma, delta\n" in question
    assert "posting number 0 from Nordwind Logistik" in question
    assert "- Be kind.: reached 25%" in question


async def test_the_same_question_begins_alike_whatever_the_prompt_is() -> None:
    first = interview_question(await brief_of(Stage(settings=replace(AUTO, max_iterations=1))))
    later = interview_question(await brief_of(Stage(prompts=(ORIGINAL + " alpha", None))))
    fixed = first[: first.index(ORIGINAL)]
    assert "says what it has to" in fixed
    assert later.startswith(fixed)


async def test_an_answer_is_quoted_once_though_it_fails_in_two_ways() -> None:
    brief = await brief_of(Stage(settings=replace(AUTO, max_iterations=1)))
    failure = brief.failures[0]
    question = interview_question(replace(brief, failures=(failure, failure, failure, failure)))
    for number in (0, 1, 2):
        assert question.count(f"<input>\nposting number {number}") == 1
    assert "4. Missing" not in question


async def test_long_texts_are_cut() -> None:
    case = make_case(train=1)
    case = replace(case, examples=(replace(case.examples[0], inputs={"text": "x" * 50_000}),))
    stage = Stage(case=case, prompts=tuple(f"{ORIGINAL} {'y' * 2000}\n{n}" for n in range(9)))
    stage.session.settings = replace(AUTO, max_iterations=9, patience=99)
    brief = await brief_of(stage)
    attempts = tuple(Attempt(f"{ORIGINAL}\n{'z' * 9000} {n}", 0.0, "n" * 9000) for n in range(50))
    question = interview_question(replace(brief, attempts=attempts))
    assert "x" * SHOWN_TEXT + " [...]" in question
    assert "x" * (SHOWN_TEXT + 1) not in question
    assert question.count(": reached 0%") == SHOWN_ATTEMPTS
    assert len(question) < 8000


async def test_an_attempt_that_only_left_lines_out_is_still_told() -> None:
    brief = await brief_of(Stage(settings=replace(AUTO, max_iterations=1)))
    longer = replace(brief.prompt, text=f"{ORIGINAL}\nBe kind.")
    question = interview_question(replace(brief, prompt=longer, attempts=(Attempt(ORIGINAL, 0.5),)))
    assert "- the same prompt with lines left out: reached 50%" in question


async def test_an_answer_that_broke_off_is_asked_about() -> None:
    class ModelFailed(ModelError):
        blame = "model"

    stage = Stage(
        answer=lambda request: (
            "a short one"
            if "number 0" in request.messages[-1].content
            else ModelFailed("talked without end")
        ),
        settings=replace(AUTO, max_iterations=1),
    )
    question = interview_question(await brief_of(stage))
    assert "1. Broke off, in 2 answers:\n- talked without end\n" in question
    assert "<answer>\n(nothing)\n</answer>" in question


async def test_the_prompt_is_asked_for_with_its_placeholders_and_the_form_of_the_answer() -> None:
    brief = await brief_of(Stage(settings=replace(AUTO, max_iterations=1)))
    asked = ask_for_prompt(brief)
    assert "Keep {{text}} exactly as written" in asked
    assert '"reasoning"' in asked
    assert f'"change": "one of: {", ".join(KINDS)}; or your own' in asked
    assert '"improved_prompt"' in asked
    assert "Keep {{text}} exactly as written" in talk_context(brief)


def test_asking_again_names_every_fault() -> None:
    asked = ask_again(["It is empty.", "The placeholder {{text}} is missing."])
    assert "- It is empty.\n- The placeholder {{text}} is missing.\n" in asked


async def test_the_questions_speak_of_nothing_that_only_the_program_knows() -> None:
    brief = await brief_of(Stage(prompts=(ORIGINAL + " alpha", None)))
    texts = (interview_question(brief), ask_for_prompt(brief), talk_context(brief))
    for word in ("iteration", "candidate", "train", "interviewer", "baseline", "says:", "t0"):
        assert all(word not in text.casefold() for text in texts), word
