"""A tried prompt is asked and scored as a session does it, beside a session's calls."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.trying import attempt_on_example, attempt_on_inputs, carry_out
from llmopt_tui.config.settings import Endpoint, Settings
from llmopt_tui.core.case import OutputSpec
from llmopt_tui.core.ports import ChatRequest, Metrics, Reply
from llmopt_tui.core.prompt import Demonstration, Prompt
from llmopt_tui.core.scoring.judge import Judge
from tests.fakes.ollama import FakeOllama
from tests.fakes.simulated import SimulatedModel, candidate
from tests.tui.harness import FakeEndpoints, ScriptedClient, StillClock, make_case


def endpoints(tmp_path, answer=lambda request: "An answer"):
    return FakeEndpoints(tmp_path, ScriptedClient(answer), StillClock())


async def test_an_answer_in_words_is_asked_for_again_in_the_format(tmp_path):
    def answer(request: ChatRequest) -> Reply:
        metrics = Metrics(output_tokens=3)
        return Reply('{"a": 1}' if request.format else "a is 1", "thought", metrics)

    case = replace(make_case(), output=OutputSpec("json", max_tokens=50))
    prompt = replace(case.prompt, constrain="late")
    place, begun = endpoints(tmp_path, answer), []
    attempt = attempt_on_example(case, "cd-002", prompt)
    tried = await carry_out(
        place, "gemma3n:latest", attempt, lambda _: None, lambda: begun.append(1)
    )
    assert [request.format for request in place.client.requests] == [None, "json"]
    assert (tried.reply.text, tried.reply.metrics.output_tokens) == ('{"a": 1}', 6)
    assert tried.request is place.client.requests[0]
    assert len(begun) == 2


async def test_an_example_never_sees_its_own_answer(tmp_path):
    case = make_case()
    shown = Demonstration(case.examples[0].inputs, "Ideal.", case.examples[0].id)
    prompt = replace(case.prompt, demonstrations=(shown,))
    place = endpoints(tmp_path)
    for example in case.examples[:2]:
        attempt = attempt_on_example(case, example.id, prompt)
        await carry_out(place, "gemma3n:latest", attempt, lambda _: None)
    assert [len(request.messages) for request in place.client.requests] == [1, 3]


async def test_an_answer_is_shown_though_its_judge_cannot_judge(tmp_path):
    case = replace(make_case(), criteria=(Judge(rubric="It is good.", model="nobody"),))
    place = endpoints(tmp_path)
    attempt = attempt_on_example(case)
    tried = await carry_out(place, "gemma3n:latest", attempt, lambda _: None)
    assert (tried.reply.text, tried.error, tried.score) == ("An answer", "", None)
    assert "nobody" in tried.unscored


async def test_a_call_waits_for_a_slot_of_the_endpoint_that_a_run_uses():
    done, freed = asyncio.Event(), []
    async with FakeOllama([SimulatedModel("m:latest", candidate())]) as server:
        place = Endpoints(Settings(endpoints=(Endpoint("ollama", server.url, parallel=1),)))
        try:
            slots, _ = await place.slots(), await place.survey()

            async def run() -> None:
                async with slots.hold("ollama", "m:latest"):
                    await done.wait()

            running = asyncio.create_task(run())
            attempt = attempt_on_inputs(Prompt("p", "Greet {{name}}."), {"name": "Ada"})
            trying = asyncio.create_task(
                carry_out(place, "m", attempt, lambda _: None, lambda: freed.append(done.is_set()))
            )
            await place.survey()  # by the time this is answered, the call could have been made
            assert (freed, server.bodies("/api/chat")) == ([], [])
            done.set()
            assert (await trying).reply.text
            assert freed == [True]
            await running
        finally:
            await place.aclose()
