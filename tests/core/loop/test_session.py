"""The loop: what is tested, when it stops, what is best, and what a person can do to it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from llmopt_tui.core.events import (
    Event,
    InterviewFinished,
    IterationFinished,
    RunFinished,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    SuggestionDecided,
    ValidationStarted,
)
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.ports import ChatRequest, ModelError, Reply, Tell
from llmopt_tui.core.proposals.interviewer import Conversation, Finding
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.signals import RunStreamed, Signal, SuggestionProposed
from tests.core.factory import ORIGINAL, Stage, echo, facts, make_case, on_proposal

ONE = ORIGINAL + " alpha"
TWO = ORIGINAL + " alpha beta"
ALL = ORIGINAL + " alpha beta gamma delta"
AUTO = LoopSettings(mode="auto")


class ServerGone(ModelError):
    blame = "server"


class ModelFailed(ModelError):
    blame = "model"


class Refused(ModelError):
    blame = "request"


def reason(stage: Stage) -> str | None:
    finished = stage.session.record.finished
    return finished.stop_reason if finished else None


async def test_stops_when_the_target_is_reached() -> None:
    stage = Stage(prompts=(ALL, ONE))
    await stage.run()
    assert reason(stage) == "target_reached"
    assert [i.score for i in stage.session.record.iterations] == [0.0, 1.0]


async def test_stops_when_the_interviewer_suggests_nothing() -> None:
    stage = Stage(prompts=(ONE, None))
    await stage.run()
    assert reason(stage) == "no_improvement_suggested"
    assert len(stage.session.record.iterations) == 2


async def test_stops_on_a_plateau_and_keeps_the_older_of_equals() -> None:
    stage = Stage(prompts=(ONE, ORIGINAL + " alpha!", ORIGINAL + " alpha?", ALL))
    await stage.run()
    assert reason(stage) == "plateau"
    assert stage.session.record.best is not None
    assert stage.session.record.best.n == 2


async def test_stops_at_the_iteration_limit() -> None:
    stage = Stage(prompts=(ONE, TWO, ALL), settings=replace(AUTO, max_iterations=2))
    await stage.run()
    assert reason(stage) == "max_iterations"
    assert len(stage.session.record.iterations) == 2


async def test_a_worse_prompt_never_replaces_the_best_and_the_best_is_the_parent() -> None:
    stage = Stage(prompts=(TWO, ORIGINAL + " worse", ALL))
    await stage.run()
    record = stage.session.record
    assert [i.parent for i in record.iterations] == [None, 1, 2, 2]
    assert [b.prompt.text for b in stage.interviewer.briefs] == [ORIGINAL, TWO, TWO]


async def test_validation_comes_last_and_only_for_the_original_and_the_best_prompt() -> None:
    stage = Stage(prompts=(ONE, TWO))
    events = facts(await stage.run())
    unseen = ["unseen" in r.messages[-1].content for r in stage.client.requests]
    assert unseen == [False] * 9 + [True] * 4
    record = stage.session.record
    assert record.best is not None
    measured = [i.n for i in record.iterations if i.validation_runs]
    assert measured == [1, record.best.n] == [1, 3]
    started = next(e for e in events if isinstance(e, ValidationStarted))
    assert (started.iterations, started.planned_runs) == ((1, 3), 4)
    assert [type(e) for e in events[-6:]] == [
        ValidationStarted,
        *[RunFinished] * 4,
        SessionFinished,
    ]


async def test_a_score_is_of_train_examples_alone() -> None:
    def answer(request: ChatRequest) -> str:
        unseen = "unseen" in request.messages[-1].content
        return "nothing" if unseen else "alpha beta gamma delta"

    stage = Stage(answer=answer)
    await stage.run()
    assert stage.session.record.best_score == 1.0
    assert [r.score for r in stage.session.record.iterations[0].validation_runs] == [0.0, 0.0]


async def test_without_validation_nothing_is_measured() -> None:
    stage = Stage(prompts=(ONE,), settings=replace(AUTO, validate=False))
    await stage.run()
    assert stage.session.record.validation is None
    assert len(stage.client.requests) == 6


async def test_a_stop_is_not_followed_by_validation() -> None:
    stage = Stage(prompts=(ONE, TWO))
    await stage.run(lambda e: stage.control.stop() if isinstance(e, IterationFinished) else None)
    assert stage.session.record.validation is None
    assert reason(stage) == "stopped_by_user"


async def test_no_validation_example_is_shown() -> None:
    stage = Stage(prompts=(ONE, TWO))
    await stage.run()
    assert stage.interviewer.briefs
    assert all(set(b.examples) == {"t0", "t1", "t2"} for b in stage.interviewer.briefs)


async def test_a_repeat_gets_a_seed_of_its_own() -> None:
    stage = Stage(settings=replace(AUTO, repeats=2, max_iterations=1, validate=False))
    await stage.run()
    # The repeats of one chat follow each other: the server has read its prompt.
    assert [r.options["seed"] for r in stage.client.requests] == [0, 1, 0, 1, 0, 1]


async def test_the_answer_is_streamed_before_it_is_a_fact() -> None:
    events = await Stage(settings=replace(AUTO, max_iterations=1)).run()
    first_fact = next(i for i, e in enumerate(events) if isinstance(e, RunFinished))
    assert any(isinstance(e, RunStreamed) for e in events[:first_fact])


async def test_a_person_accepts_edits_and_rejects() -> None:
    stage = Stage(prompts=(ONE, TWO, ALL), settings=LoopSettings(mode="manual"))
    answers = iter(
        [
            lambda p: p.pending.accept(),
            lambda p: p.pending.reject("too vague"),
            lambda p: p.pending.edit(p.suggestion.prompt + " please"),
        ]
    )
    await stage.run(on_proposal(lambda proposal: next(answers)(proposal)))  # noqa: PLW0108
    record = stage.session.record
    assert [i.decision.action for i in record.interviews if i.decision] == [
        "accepted",
        "rejected",
        "edited",
    ]
    assert [i.origin for i in record.iterations] == ["original", "accepted", "edited"]
    assert record.iterations[-1].prompt == ALL + " please"
    assert "too vague" in [a.note for a in stage.interviewer.briefs[-1].attempts]


async def test_an_edit_that_loses_a_placeholder_is_refused() -> None:
    stage = Stage(prompts=(ONE,), settings=LoopSettings(mode="manual"))

    def lose_it(proposal: SuggestionProposed) -> None:
        with pytest.raises(ValueError, match="placeholders"):
            proposal.pending.edit("no placeholder at all")
        proposal.pending.accept()

    await stage.run(on_proposal(lose_it))
    assert stage.session.record.iterations[1].prompt == ONE


async def test_the_first_decision_counts() -> None:
    stage = Stage(prompts=(ONE,), settings=LoopSettings(mode="manual"))
    await stage.run(on_proposal(lambda p: (p.pending.accept(), p.pending.reject("late"))))
    decision = stage.session.record.interviews[0].decision
    assert decision is not None
    assert decision.action == "accepted"


async def test_switching_to_auto_leaves_what_waits_until_it_too_is_given_to_the_rule() -> None:
    stage = Stage(prompts=(ONE,), settings=LoopSettings(mode="manual"))
    waiting = asyncio.Event()
    run = asyncio.create_task(stage.run(on_proposal(lambda _: waiting.set())))
    await waiting.wait()
    stage.control.set_mode("auto")
    assert stage.control.undecided
    stage.control.decide_by_rule()
    await run
    decision = stage.session.record.interviews[0].decision
    assert decision is not None
    assert (decision.action, decision.by) == ("accepted", "auto")


async def test_a_prompt_from_the_talk_replaces_the_suggestion() -> None:
    stage = Stage(prompts=(ONE,), settings=LoopSettings(mode="manual"))
    seen: list[str] = []
    talks: list[asyncio.Task[None]] = []

    async def talk() -> None:
        async for event in stage.session.chat(ALL):
            fold(stage.session.record, event)

    def react(proposal: SuggestionProposed) -> None:
        seen.append(proposal.suggestion.prompt)
        if len(seen) == 1:
            talks.append(asyncio.create_task(talk()))
        else:
            proposal.pending.accept()

    await stage.run(on_proposal(react))
    assert seen == [ONE, ALL]
    assert stage.session.record.iterations[1].prompt == ALL
    assert [m.content for m in stage.session.record.interviews[0].messages] == [ALL, "this"]


async def test_a_talk_that_brings_no_prompt_leaves_the_suggestion_waiting() -> None:
    stage = Stage(prompts=(ONE,), settings=LoopSettings(mode="manual"))
    seen: list[SuggestionProposed] = []
    talks: list[asyncio.Task[None]] = []

    def answer_only(brief: object, history: object, text: str) -> Conversation:
        return Finding(response="because it is shorter")
        yield

    stage.interviewer.talk = answer_only  # type: ignore[method-assign]

    async def talk(proposal: SuggestionProposed) -> None:
        async for event in stage.session.chat("Why?"):
            fold(stage.session.record, event)
        assert not proposal.pending.resolved
        proposal.pending.accept()

    def react(proposal: SuggestionProposed) -> None:
        seen.append(proposal)
        if len(seen) == 1:
            talks.append(asyncio.create_task(talk(proposal)))

    await asyncio.wait_for(stage.run(on_proposal(react)), 10)
    await talks[0]
    assert [proposal.suggestion.prompt for proposal in seen] == [ONE]
    interview = stage.session.record.interviews[0]
    assert [m.content for m in interview.messages] == ["Why?", "because it is shorter"]
    assert interview.decision is not None
    assert interview.decision.action == "accepted"


async def test_stop_gives_up_the_call_and_keeps_what_is_finished() -> None:
    asked = asyncio.Event()

    class Hanging(Stage):
        def __post_init__(self) -> None:
            super().__post_init__()
            answer = self.client.chat

            async def chat(request: ChatRequest, tell: Tell) -> Reply:
                if len(self.client.requests) == 2:
                    asked.set()
                    await asyncio.Event().wait()
                return await answer(request, tell)

            self.client.chat = chat  # type: ignore[method-assign]

    stage = Hanging()
    run = asyncio.create_task(stage.run())
    await asked.wait()
    stage.control.stop()
    await asyncio.wait_for(run, 5)
    assert reason(stage) == "stopped_by_user"
    assert len(stage.session.record.iterations[0].runs) == 2


async def test_stop_while_a_suggestion_waits_records_that_nobody_decided() -> None:
    stage = Stage(prompts=(ONE,), settings=LoopSettings(mode="manual"))
    await stage.run(on_proposal(lambda _: stage.control.stop()))
    decision = stage.session.record.interviews[0].decision
    assert decision is not None
    assert decision.action == "none"
    assert reason(stage) == "stopped_by_user"


async def test_pause_holds_before_the_next_call_and_go_on_releases() -> None:
    stage = Stage(settings=replace(AUTO, max_iterations=1))

    def react(event: Event | Signal) -> None:
        if isinstance(event, RunFinished) and event.run.example_id == "t0":
            stage.control.pause()
        if isinstance(event, SessionPaused):
            assert len(stage.client.requests) == 1
            stage.control.go_on()

    events = await stage.run(react)
    paused = [type(e) for e in events if isinstance(e, SessionPaused | SessionResumed)]
    assert paused == [SessionPaused, SessionResumed]
    assert len(stage.client.requests) == 3 + 2


async def test_a_lost_server_pauses_the_session_and_burns_nothing() -> None:
    failures = iter([ServerGone("gone"), ServerGone("gone")])

    def answer(request: ChatRequest) -> str | ModelError:
        return next(failures, None) or echo(request)

    stage = Stage(answer=answer, settings=replace(AUTO, max_iterations=1))
    events = await stage.run()
    assert [e.reason for e in events if isinstance(e, SessionPaused)] == ["gone", "gone"]
    assert stage.clock.slept == [5.0, 10.0]
    assert len(stage.session.record.iterations[0].runs) == 3 + 2
    assert all(run.success for run in stage.session.record.iterations[0].runs)


async def test_a_server_that_stays_away_fails_the_session_after_its_time() -> None:
    stage = Stage(
        answer=lambda _: ServerGone("gone for good"), settings=replace(AUTO, server_wait=30.0)
    )
    await stage.run()
    finished = stage.session.record.finished
    assert finished is not None
    assert (finished.stop_reason, finished.error_message) == ("failed", "gone for good")
    assert sum(stage.clock.slept) == pytest.approx(35.0)


async def test_a_failure_of_the_model_is_a_run_that_scores_nothing() -> None:
    def answer(request: ChatRequest) -> str | ModelError:
        if "number 1" in request.messages[-1].content:
            return ModelFailed("talked without end")
        return "alpha beta gamma delta"

    stage = Stage(answer=answer, settings=replace(AUTO, max_iterations=1))
    await stage.run()
    runs = stage.session.record.iterations[0].train_runs
    assert [run.success for run in runs] == [True, False, True]
    assert runs[1].error_message == "talked without end"
    assert stage.session.record.baseline_score == pytest.approx(2 / 3)


async def test_a_wrong_request_fails_the_session_at_once() -> None:
    stage = Stage(answer=lambda _: Refused("no such option"))
    events = await stage.run()
    assert reason(stage) == "failed"
    assert isinstance(events[-1], SessionFinished)
    assert events[-1].error_message == "no such option"


async def test_a_session_goes_on_from_any_prefix_of_its_events_to_the_same_end() -> None:
    prompts = (ONE, TWO, ALL)
    whole = facts(await Stage(prompts=prompts).run())
    end = [(i.prompt, i.score) for i in Stage(past=tuple(whole)).session.record.iterations]
    for cut in range(len(whole)):
        past = tuple(whole[:cut])
        asked = sum(isinstance(e, InterviewFinished) for e in past)
        done = sum(isinstance(e, RunFinished) for e in past)
        stage = Stage(prompts=prompts[asked:], past=past)
        await stage.run()
        record = stage.session.record
        assert [(i.prompt, i.score) for i in record.iterations] == end, cut
        assert record.finished is not None
        assert record.finished.stop_reason == "target_reached"
        assert len(stage.client.requests) + done == 12 + 4


async def test_auto_mode_decides_without_anyone() -> None:
    events = await Stage(prompts=(ONE, None)).run()
    decided = [e.decision for e in events if isinstance(e, SuggestionDecided)]
    assert [(d.action, d.by) for d in decided] == [("accepted", "auto")]


async def test_nothing_is_lost_between_placeholders_and_inputs() -> None:
    case = make_case(prompt='{"shape": {"a": 1}} {{text}} {not one}')
    stage = Stage(case=case, settings=replace(AUTO, max_iterations=1))
    await stage.run()
    sent = stage.client.requests[0].messages[-1].content
    assert sent == '{"shape": {"a": 1}} posting number 0 from Nordwind Logistik {not one}'


async def test_an_example_that_is_too_long_is_a_failed_run_and_the_session_goes_on() -> None:
    class TooLong(ModelError):
        blame = "request"
        of_one_request = True

    def answer(request: ChatRequest) -> str | ModelError:
        if "number 1" in request.messages[-1].content:
            return TooLong("The prompt has 9,000 tokens, the window 8,192")
        return echo(request)

    stage = Stage(answer=answer, prompts=(ALL,))
    await stage.run()
    runs = stage.session.record.iterations[0].train_runs
    assert [(run.example_id, run.success) for run in runs] == [
        ("t0", True),
        ("t1", False),
        ("t2", True),
    ]
    assert runs[1].error_message == "The prompt has 9,000 tokens, the window 8,192"
    assert reason(stage) != "failed"


async def test_an_iteration_whose_every_call_failed_is_no_score_and_can_be_resumed() -> None:
    broken = Stage(answer=lambda _: ModelFailed("out of memory"), prompts=(ALL,))
    past = facts(await broken.run())
    record = broken.session.record
    assert reason(broken) == "failed"
    assert record.best is None
    assert record.finished is not None
    assert record.finished.error_message == (
        "none of the 3 answers of iteration 1 came: out of memory"
    )
    well = Stage(past=tuple(past), prompts=(ALL,))
    await well.run()
    assert reason(well) == "target_reached"
    assert len(well.session.record.iterations[0].train_runs) == 3
    assert all(run.success for run in well.session.record.iterations[0].runs)
