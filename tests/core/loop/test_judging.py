"""Models that judge: their calls in a session, what these count for, and what a failure means."""

from __future__ import annotations

from dataclasses import replace

from llmopt_tui.core.events import RunFinished, SessionPaused
from llmopt_tui.core.loop.next_step import least_calls
from llmopt_tui.core.ports import ChatRequest, ModelError
from llmopt_tui.core.scoring.judge import Judge
from llmopt_tui.core.settings import LoopSettings
from tests.core.factory import Stage, facts, make_case

CASE = replace(make_case(train=2, validation=1), criteria=(Judge(rubric="Is short."),))
ONCE = LoopSettings(mode="auto", max_iterations=1, options={"temperature": 0.0, "num_ctx": 4096})


def four(request: ChatRequest) -> str:
    return '{"evidence": "it is", "score": 4}'


class Lost(ModelError):
    blame = "server"


def runs(stage: Stage) -> list[RunFinished]:
    return [event for event in facts(stage._events) if isinstance(event, RunFinished)]


async def test_every_answer_is_scored_by_the_judge_with_the_settings_of_the_session() -> None:
    stage = Stage(CASE, judge_answer=four, settings=ONCE)
    await stage.run()
    record = stage.session.record
    assert record.iterations[0].score == 0.75
    assert len(stage.judge_client.requests) == 3
    assert {r.model for r in stage.judge_client.requests} == {"judge:7b"}
    assert all(r.options["num_ctx"] == 4096 for r in stage.judge_client.requests)
    assert len(stage.client.requests) == 3


async def test_the_calls_of_the_judge_count() -> None:
    stage = Stage(CASE, judge_answer=four, settings=replace(ONCE, max_calls=6))
    await stage.run()
    assert least_calls(CASE, ONCE) == 6
    assert stage.session.record.totals.calls == 6
    assert len(stage.session.record.iterations[0].validation_runs) == 1
    short = Stage(CASE, judge_answer=four, settings=replace(ONCE, max_calls=5))
    await short.run()
    assert short.session.record.totals.calls == 4
    assert short.session.record.iterations[0].validation_runs == []


async def test_the_time_and_tokens_of_an_answer_are_those_of_the_candidate() -> None:
    stage = Stage(CASE, judge_answer=four, settings=ONCE)
    await stage.run()
    assert {event.run.metrics.output_tokens for event in runs(stage)} == {10}


async def test_a_judge_that_fails_is_asked_anew_in_another_way() -> None:
    asked: list[ChatRequest] = []

    def at_last(request: ChatRequest) -> str:
        asked.append(request)
        return "Well ..." if len(asked) < 3 else four(request)

    case = make_case(train=1, validation=0)
    stage = Stage(replace(case, criteria=CASE.criteria), judge_answer=at_last, settings=ONCE)
    await stage.run()
    (finished,) = runs(stage)
    assert (finished.run.score, finished.run.calls) == (0.75, 4)
    assert len({(r.options["temperature"], r.options.get("seed")) for r in asked}) == 3


async def test_a_judge_that_gives_no_score_ends_the_session_with_words() -> None:
    stage = Stage(CASE, judge_answer=lambda _: "Well ...", settings=ONCE)
    await stage.run()
    record = stage.session.record
    assert record.finished is not None
    assert record.finished.stop_reason == "failed"
    assert "the judge failed on the answer to t0" in record.finished.error_message
    assert record.iterations[0].score is None
    assert runs(stage) == []


async def test_such_a_session_resumes_with_the_answer_that_has_no_score() -> None:
    replies = [four(ChatRequest("", ())), "Well ..."]
    broken = Stage(
        CASE, judge_answer=lambda _: replies.pop(0), settings=replace(ONCE, max_calls=99)
    )
    past = facts(await broken.run())
    again = Stage(CASE, judge_answer=four, settings=ONCE, past=tuple(past))
    await again.run()
    assert [r.example_id for r in again.session.record.iterations[0].runs] == ["t0", "t1", "v0"]
    assert len(again.client.requests) == 2


async def test_with_bounded_calls_a_judge_is_asked_once() -> None:
    stage = Stage(CASE, judge_answer=lambda _: "no", settings=replace(ONCE, max_calls=50))
    await stage.run()
    assert len(stage.judge_client.requests) == 1


async def test_a_lost_judge_is_waited_for_and_the_wait_is_a_fact() -> None:
    replies: list[str | ModelError] = [Lost("nobody there"), four(ChatRequest("", ()))]
    stage = Stage(
        CASE,
        judge_answer=lambda r: replies.pop(0) if replies else four(r),
        settings=ONCE,
    )
    await stage.run()
    assert sum(isinstance(event, SessionPaused) for event in stage._events) == 1
    assert stage.session.record.iterations[0].score == 0.75
    assert all(event.run.calls == 2 for event in runs(stage))


async def test_a_stop_while_the_judge_reads_is_a_stop_and_no_failure() -> None:
    stage = Stage(CASE, settings=ONCE, judge_answer=four)

    def stopping(request: ChatRequest) -> str:
        stage.control.stop()
        return four(request)

    stage.judge_client._answer = stopping
    await stage.run()
    assert stage.session.record.finished is not None
    assert stage.session.record.finished.stop_reason == "stopped_by_user"


async def test_a_failed_answer_is_not_judged() -> None:
    class Broken(ModelError):
        blame = "model"

    stage = Stage(CASE, answer=lambda _: Broken("gibberish"), judge_answer=four, settings=ONCE)
    await stage.run()
    assert stage.judge_client.requests == []
