"""A person's marks: they overrule the scores, and what follows from scores follows from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llmopt_tui.core.events import (
    Event,
    InterviewFinished,
    InterviewStarted,
    MarkTakenBack,
    OutputMarked,
    TrialRunFinished,
)
from llmopt_tui.core.loop.folding import fold, folded
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import Metrics
from llmopt_tui.core.proposals.brief import PERSON, make_brief
from llmopt_tui.core.run import Run
from llmopt_tui.core.scoring import modes
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.signals import Signal
from llmopt_tui.core.suggestion import Suggestion
from tests.core.factory import ORIGINAL, Stage, facts, make_case

LATER = datetime(2026, 12, 24, 18, tzinfo=UTC)
HALF = ORIGINAL + " alpha beta"


def mark(example: str, score: float, iteration: int = 1, **more: Any) -> OutputMarked:
    return OutputMarked(at=LATER, example_id=example, iteration=iteration, score=score, **more)


async def tested() -> list[Event]:
    """A session whose second iteration, with half of the words, is better than its first."""
    stage = Stage(prompts=(HALF, None), settings=LoopSettings(mode="auto"))
    return facts(await stage.run())


def scores(record: SessionRecord) -> list[float | None]:
    return [iteration.score for iteration in record.iterations]


async def test_a_mark_takes_the_place_of_the_score_and_the_mean_follows() -> None:
    past = await tested()
    assert scores(folded(past)) == [0.0, 0.5]
    record = folded([*past, mark("t1", 0.9, note="good enough")])
    assert scores(record) == [pytest.approx(0.3), 0.5]
    run = record.iterations[0].run("t1", 1)
    assert run is not None
    assert run.mark is not None
    assert (run.score, run.mark.score, run.mark.scored) == (0.9, 0.9, 0.0)
    assert run.criteria


async def test_the_best_prompt_is_the_best_by_the_marks() -> None:
    past = await tested()
    marks = [mark(f"t{n}", 1.0) for n in range(3)]
    record = folded([*past, *marks])
    assert record.best is record.iterations[0]
    assert folded(past).best_score == 0.5


async def test_the_last_mark_counts_and_keeps_what_the_criteria_gave() -> None:
    record = folded([*await tested(), mark("t0", 1.0, 2), mark("t0", 0.25, 2)])
    run = record.iterations[1].run("t0", 1)
    assert run is not None
    assert run.mark is not None
    assert (run.score, run.mark.scored) == (0.25, 0.5)


async def test_a_mark_that_is_taken_back_leaves_no_trace() -> None:
    past = await tested()
    back = MarkTakenBack(at=LATER, example_id="t1", iteration=1)
    record = folded([*past, mark("t1", 0.9), mark("t1", 0.2, note="no"), back])
    assert record.iterations == folded(past).iterations
    assert record.duration == folded(past).duration
    assert folded([*past, back]).iterations == record.iterations


@pytest.mark.parametrize(
    "wrong",
    [mark("nobody", 1.0), mark("t0", 1.0, 7), mark("t0", 1.0, repeat=2), mark("t0", 1.5)],
)
async def test_a_mark_of_nothing_changes_nothing(wrong: OutputMarked) -> None:
    past = await tested()
    assert scores(folded([*past, wrong])) == scores(folded(past))


def test_a_mark_of_an_idea_changes_its_answer_in_the_race_alone() -> None:
    def answered(score: float) -> Run:
        return Run("t1", "train", 1, "", "an answer", "", 1.0, True, "", score, (), Metrics())

    one, other = Suggestion("one", "", "playbook", "a"), Suggestion("two", "", "playbook", "b")
    past: list[Event] = [
        InterviewStarted(at=LATER, interview=1, iteration=1, interview_prompt=""),
        InterviewFinished(
            at=LATER, interview=1, response="", analysis="", messages=(), proposals=(one, other)
        ),
        *(TrialRunFinished(at=LATER, interview=1, proposal=n, run=answered(n / 4)) for n in (1, 2)),
    ]
    given = mark("t1", 1.0, 0, interview=1, proposal=2)
    record = folded([*past, given])
    assert [p.runs[0].score for p in record.interviews[0].proposals] == [0.25, 1.0]
    assert record.answered(given) is record.proposal(1, 2)
    back = MarkTakenBack(at=LATER, example_id="t1", iteration=0, interview=1, proposal=2)
    record = folded([*past, given, back])
    assert [p.runs[0].score for p in record.interviews[0].proposals] == [0.25, 0.5]


async def test_a_mark_after_the_end_makes_the_session_no_longer() -> None:
    past = await tested()
    record = folded([*past, mark("t0", 1.0)])
    assert record.finished is not None
    assert record.duration == folded(past).duration
    assert record.duration is not None
    assert record.duration < timedelta(days=1).total_seconds()


async def test_a_mark_of_a_held_out_answer_leaves_the_train_score() -> None:
    past = await tested()
    record = folded([*past, mark("v0", 1.0)])
    assert scores(record) == scores(folded(past))
    assert {run.score for run in record.iterations[0].validation_runs} == {1.0, 0.0}


async def test_a_mark_before_an_iteration_ends_is_in_its_score() -> None:
    settings = LoopSettings(mode="auto", max_iterations=1)
    stage = Stage(settings=settings, case=make_case(validation=0))
    record, marked = stage.session.record, False

    def react(event: Event | Signal) -> None:
        nonlocal marked
        if record.iterations and record.iterations[0].runs and not marked:
            marked = True
            fold(record, mark("t0", 0.6))

    await stage.run(react)
    assert scores(record) == [pytest.approx(0.2)]


async def test_the_interviewer_reads_the_mark_instead_of_the_criteria() -> None:
    past = await tested()
    record = folded([*past, mark("t2", 0.1, 2, note="leaves out\nthe town")])
    brief = make_brief(record, make_case(), record.iterations[1], 0.95)
    by_kind = {failure.kind: failure for failure in brief.failures}
    assert set(by_kind) == {"says", PERSON}
    assert by_kind[PERSON].mode == modes.MARKED_DOWN
    (said,) = by_kind[PERSON].feedback
    assert said.startswith("a person gave it 0.10: leaves out")
    assert "\n" not in said
    assert sorted(run.example_id for run in by_kind["says"].runs) == ["t0", "t1"]


async def test_an_answer_that_a_person_finds_right_is_no_failure() -> None:
    past = await tested()
    record = folded([*past, *(mark(f"t{n}", 1.0, 2) for n in range(3))])
    brief = make_brief(record, make_case(), record.iterations[1], 0.95)
    assert brief.failures == ()
    assert brief.solved is not None
