"""Going on from what is recorded: the same end, and no finished call is made twice."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from llmopt_tui.core.events import (
    Event,
    InterviewAnswered,
    InterviewFinished,
    RunFinished,
    SessionFinished,
    SessionResumed,
)
from llmopt_tui.core.loop.recorded_answers import request_sha256
from llmopt_tui.core.ports import ChatRequest, ModelError, Reply
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.signals import SuggestionProposed
from tests.core.factory import ORIGINAL, Stage, facts

AUTO = LoopSettings(mode="auto")
WORDS = ("alpha", "beta", "gamma", "delta")


class Babbled(ModelError):
    blame = "model"


def talkative(request: ChatRequest) -> str | ModelError:
    """An interviewer of several calls: an analysis, a bad reply, a better one, now and then none.

    What it says depends on the request alone.
    """
    asked = "\n".join(message.content for message in request.messages)
    said = len(re.findall(r"\{\{text\}\}((?: [a-z]+)*)", asked)[0].split())
    if request.format is None:
        return Babbled("talked without end") if said == 1 else f"It never says {WORDS[said % 4]}."
    if len(request.messages) == 4:
        return "no JSON at all"
    prompt = " ".join([ORIGINAL, *WORDS[: min(4, said + 1)]])
    return json.dumps({"improved_prompt": prompt, "reasoning": "it should say more"})


def ends(stage: Stage) -> object:
    """What a session came to, but for the times."""
    record = stage.session.record
    return (
        [(i.prompt, i.score, i.origin, [r.output for r in i.runs]) for i in record.iterations],
        [
            (i.response, i.analysis, i.messages and i.messages[-1].content)
            for i in record.interviews
        ],
        [i.decision for i in record.interviews],
        record.finished and record.finished.stop_reason,
    )


def calls(events: list[Event] | tuple[Event, ...]) -> tuple[int, int]:
    """The finished calls of candidate and interviewer."""
    return (
        sum(isinstance(e, RunFinished) for e in events),
        sum(isinstance(e, InterviewAnswered) for e in events),
    )


async def test_from_every_prefix_the_end_is_the_same_and_no_call_is_made_twice() -> None:
    undisturbed = Stage(settings=AUTO, interviewer_answer=talkative)
    whole = facts(await undisturbed.run())
    assert calls(whole)[1] > len([e for e in whole if isinstance(e, InterviewFinished)])
    assert len(undisturbed.session.record.iterations) > 2
    for cut in range(len(whole)):
        past = tuple(whole[:cut])
        stage = Stage(settings=AUTO, interviewer_answer=talkative, past=past)
        rest = facts(await stage.run())
        assert ends(stage) == ends(undisturbed), cut
        done = calls(past)
        assert len(stage.client.requests) + done[0] == calls(whole)[0], cut
        assert len(stage.interviewer_client.requests) + done[1] == calls(whole)[1], cut
        assert bool(past) == isinstance(rest[0], SessionResumed)


async def test_an_answer_is_a_fact_before_the_interviewer_sees_it() -> None:
    stage = Stage(settings=AUTO, interviewer_answer=talkative)
    events = await stage.run()
    asked = len(stage.interviewer_client.requests)
    assert calls(facts(events))[1] == asked > 0
    first = next(i for i, e in enumerate(events) if isinstance(e, InterviewAnswered))
    assert not any(isinstance(e, InterviewFinished) for e in events[:first])


async def test_the_interviewers_calls_add_up() -> None:
    stage = Stage(settings=AUTO, interviewer_answer=talkative)
    await stage.run()
    totals = stage.session.record.interviewer_totals
    assert totals.calls == len(stage.interviewer_client.requests)
    answered = sum(not a.error for i in stage.session.record.interviews for a in i.answers)
    assert totals.output_tokens == 10 * answered
    assert totals.seconds > 0


async def test_an_answer_to_another_question_is_not_used() -> None:
    whole = facts(await Stage(settings=AUTO, interviewer_answer=talkative).run())
    place = next(i for i, e in enumerate(whole) if isinstance(e, InterviewAnswered))
    answered = whole[place]
    assert isinstance(answered, InterviewAnswered)
    foreign = replace(answered, request_sha256="0" * 64, reply=Reply("something else"))
    stage = Stage(settings=AUTO, interviewer_answer=talkative, past=(*whole[:place], foreign))
    await stage.run()
    assert len(stage.interviewer_client.requests) == calls(whole)[1]
    assert "something else" not in stage.session.record.interviews[0].analysis


@pytest.mark.parametrize("reason", ["failed", "stopped_by_user"])
async def test_what_was_ended_too_early_goes_on(reason: str) -> None:
    undisturbed = Stage(settings=AUTO, interviewer_answer=talkative)
    whole = facts(await undisturbed.run())
    cut = len(whole) // 2
    ended = SessionFinished(at=whole[cut].at, stop_reason=reason)  # type: ignore[arg-type]
    stage = Stage(settings=AUTO, interviewer_answer=talkative, past=(*whole[:cut], ended))
    await stage.run()
    assert ends(stage) == ends(undisturbed)


async def test_a_suggestion_that_a_stop_left_open_is_proposed_again() -> None:
    manual = replace(AUTO, mode="manual")
    first = Stage(settings=manual, interviewer_answer=talkative)
    past = facts(
        await first.run(
            lambda e: first.control.stop() if isinstance(e, SuggestionProposed) else None
        )
    )
    assert first.session.record.interviews[0].decision is not None
    proposed: list[str] = []
    second = Stage(settings=manual, interviewer_answer=talkative, past=tuple(past))

    def stop(event: object) -> None:
        if isinstance(event, SuggestionProposed):
            proposed.append(event.suggestion.prompt)
            second.control.stop()

    await second.run(stop)
    suggestion = first.session.record.interviews[0].suggestion
    assert suggestion is not None
    assert proposed == [suggestion.prompt]
    assert second.interviewer_client.requests == []


def test_the_same_question_has_the_same_digest() -> None:
    request = ChatRequest("m", (), {"seed": 1, "top_k": 4})
    assert request_sha256(request) == request_sha256(
        replace(request, options={"top_k": 4, "seed": 1})
    )
    assert request_sha256(request) != request_sha256(replace(request, format="json"))
    assert request_sha256(request) != request_sha256(replace(request, options={"seed": 2}))
