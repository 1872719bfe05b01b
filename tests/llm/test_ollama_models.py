import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import httpx
import jsonschema
import pytest

from llmopt_tui.core.ports import ChatRequest, Message
from llmopt_tui.llm import errors
from llmopt_tui.llm.deadlines import Deadlines
from llmopt_tui.llm.ollama import OllamaClient
from llmopt_tui.llm.ollama_making import PullProgress
from tests.fakes.hearing import silent
from tests.fakes.ollama import FakeOllama, Quirks, SimulatedModel, default_models
from tests.fakes.wire import reply, stream

PLAIN = SimulatedModel("plain:latest", lambda chat: "hello", size=4_000_000_000)
DEEP = SimulatedModel("deep:8b", lambda chat: "hello", ("completion", "thinking"))
TWIN = SimulatedModel("twin:latest", lambda chat: "hello", weights="plain:latest")
CLOUD = SimulatedModel("big:120b-cloud", lambda chat: "hello", remote_host="https://ollama.com")
MODELS = [PLAIN, DEEP, TWIN, CLOUD]
REQUEST = ChatRequest("plain", (Message("user", "hi"),), {"num_ctx": 256, "num_predict": 16})


async def chatted(client: OllamaClient, model: str = "plain") -> None:
    await client.chat(replace(REQUEST, model=model), silent)


async def test_models_are_listed_with_what_the_server_tells():
    async with FakeOllama(MODELS) as server:
        client = OllamaClient(server.url, name="workstation")
        plain, deep, _, cloud = await client.models()
        await client.aclose()
        asked = [received.path for received in server.requests]
    assert plain.name == "plain:latest"
    assert plain.endpoint == "workstation"
    assert plain.digest == PLAIN.digest
    assert plain.size == 4_000_000_000
    assert (plain.family, plain.parameter_size, plain.quantization) == (
        "simulated",
        "1.0B",
        "Q4_K_M",
    )
    assert plain.context_length == 131_072
    assert plain.loaded is False
    assert not plain.thinks
    assert deep.thinks
    assert cloud.remote
    assert not plain.remote
    assert asked == ["/api/tags", "/api/ps"]


async def test_a_loaded_model_is_marked_whatever_name_it_was_loaded_by():
    async with FakeOllama(MODELS) as server:
        client = OllamaClient(server.url)
        await chatted(client)
        loaded = {model.name: model.loaded for model in await client.models()}
        running = await client.running()
        await chatted(client, "twin")
        names = [model.name for model in await client.running() or ()]
        await client.aclose()
        assert sum(server.loads.values()) == 1
    assert loaded["plain:latest"] is True
    assert loaded["deep:8b"] is False
    assert running is not None
    assert running[0].context_length == 256
    assert running[0].size_vram == 4_000_000_000
    assert names == ["plain:latest"]


async def test_older_servers_are_asked_model_by_model_and_once_only():
    async with FakeOllama([PLAIN, DEEP], quirks=Quirks(old=True)) as server:
        client = OllamaClient(server.url)
        plain, deep = await client.models()
        again = await client.models()
        await client.aclose()
        shown = [body["model"] for body in server.bodies("/api/show")]
    assert shown == ["plain:latest", "deep:8b"]
    assert plain.capabilities == ("completion",)
    assert deep.thinks
    assert deep.context_length == 131_072
    assert again == [plain, deep]


async def test_a_model_without_details_does_not_hide_the_others():
    async with FakeOllama([PLAIN, DEEP], quirks=Quirks(old=True)) as server:
        server.script("/api/show", reply(500, {"error": "broken manifest"}))
        client = OllamaClient(server.url)
        plain, deep = await client.models()
        await client.aclose()
    assert plain.capabilities is None
    assert not plain.thinks
    assert deep.thinks


async def test_missing_features_are_off_not_failures():
    missing = frozenset({"/api/ps", "/api/show", "/api/version"})
    async with FakeOllama([PLAIN], quirks=Quirks(old=True, missing=missing)) as server:
        client = OllamaClient(server.url)
        (model,) = await client.models()
        assert await client.version() == ""
        assert await client.running() is None
        await client.aclose()
    assert model.loaded is None
    assert model.capabilities is None


async def test_missing_features_may_hide_behind_status_200():
    quirks = Quirks(missing=frozenset({"/api/ps", "/api/version"}), unexpected_endpoint=True)
    async with FakeOllama([PLAIN], quirks=quirks) as server:
        client = OllamaClient(server.url)
        assert await client.version() == ""
        (model,) = await client.models()
        await client.aclose()
    assert model.loaded is None


async def test_a_server_too_busy_to_say_what_is_loaded_still_lists_its_models():
    async with FakeOllama([PLAIN]) as server:
        server.script("/api/ps", stream(asyncio.Event()))
        client = OllamaClient(server.url, deadlines=Deadlines(probe=0.05))
        (model,) = await client.models()
        await client.aclose()
    assert model.loaded is None


async def test_no_models_is_an_empty_list_not_an_error():
    async with FakeOllama() as server:
        client = OllamaClient(server.url)
        assert await client.models() == []
        assert await client.version() == "0.32.15"
        await client.aclose()


async def test_entries_of_odd_shapes_are_read_as_far_as_they_go():
    odd = {"models": [{"model": "a", "details": None, "size": "big"}, "b", {}, {"name": "c:1"}]}
    async with FakeOllama() as server:
        server.script("/api/tags", reply(200, odd))
        client = OllamaClient(server.url)
        models = await client.models()
        await client.aclose()
    assert [(model.name, model.size, model.family) for model in models] == [
        ("a", None, ""),
        ("c:1", None, ""),
    ]


@pytest.mark.parametrize(
    "script",
    [
        reply(200, "Welcome", "text/html"),
        reply(200, {"object": "list", "data": []}),
        reply(200, {"models": None}),
        reply(404, {"detail": "Not Found"}),
    ],
)
async def test_what_lists_no_models_is_not_ollama(script):
    async with FakeOllama() as server:
        server.script("/api/tags", script)
        client = OllamaClient(server.url)
        with pytest.raises((errors.NotOllama, errors.EndpointMissing)):
            await client.models()
        await client.aclose()


async def test_details_come_from_the_models_own_architecture():
    async with FakeOllama(MODELS) as server:
        client = OllamaClient(server.url)
        details = await client.show("deep:8b")
        with pytest.raises(errors.ModelMissing):
            await client.show("nobody")
        await client.aclose()
    assert details.capabilities == ("completion", "thinking")
    assert details.context_length == 131_072


async def test_a_question_has_a_deadline():
    async with FakeOllama() as server:
        server.script("/api/version", stream(asyncio.Event()))
        client = OllamaClient(server.url, deadlines=Deadlines(probe=0.05))
        with pytest.raises(errors.TimedOut):
            await client.version()
        await client.aclose()


async def test_a_pull_reports_every_step_even_those_that_go_back():
    async with FakeOllama(pullable=[PLAIN], quirks=Quirks(pull_goes_back=True)) as server:
        client = OllamaClient(server.url)
        steps = [step async for step in client.pull("plain")]
        assert [model.name for model in await client.models()] == ["plain:latest"]
        await client.aclose()
    assert steps[0] == PullProgress("pulling manifest")
    assert [step.completed for step in steps if step.total] == [0, 400, 300, 1000]
    assert steps[-1].status == "success"


async def test_a_pull_of_what_does_not_exist_fails_in_the_stream():
    async with FakeOllama() as server:
        client = OllamaClient(server.url)
        with pytest.raises(errors.ModelMissing):
            async for _ in client.pull("nobody"):
                pass
        await client.aclose()


async def test_a_pull_that_ends_without_success_is_not_one():
    async with FakeOllama() as server:
        server.script("/api/pull", stream({"status": "pulling manifest"}))
        client = OllamaClient(server.url)
        with pytest.raises(errors.TruncatedStream):
            async for _ in client.pull("plain"):
                pass
        await client.aclose()


async def test_leaving_a_pull_stops_it():
    quirks = Quirks(hold_answer=asyncio.Event())
    async with FakeOllama(pullable=[PLAIN], quirks=quirks) as server:
        client = OllamaClient(server.url)
        async with aclosing(client.pull("plain")) as pull:
            async for _ in pull:
                break
        await client.aclose()
        assert server.models == []


@pytest.mark.parametrize(
    ("host", "sent"),
    [("https://models.example", "Bearer s3cret"), ("http://192.0.2.1:11434", None)],
)
async def test_a_key_goes_to_https_hosts_only(host, sent):
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"version": "1.2.3"})

    client = OllamaClient(host, api_key="s3cret", transport=httpx.MockTransport(answer))
    assert await client.version() == "1.2.3"
    await client.aclose()
    assert seen[0].headers.get("authorization") == sent
    assert "origin" not in seen[0].headers


async def test_an_endpoint_is_called_by_its_name_or_its_address():
    client = OllamaClient("box", parallel=4)
    assert (client.endpoint, client.parallel) == ("http://box:11434", 4)
    await client.aclose()
    named = OllamaClient("box", name="workstation")
    assert named.endpoint == "workstation"
    await named.aclose()


async def test_the_simulated_suite_gets_better_by_its_interviewers_rule():
    """The default models play a whole optimization: lazy prompt, proposal, better answer."""
    async with FakeOllama(default_models()) as server:
        client = OllamaClient(server.url)
        prompt = "Describe this job.\nJob title: Nurse\n- wound care\n- patients"
        schema = {
            "type": "object",
            "properties": {
                "reasoning": {"type": "string", "minLength": 20},
                "improved_prompt": {"type": "string", "minLength": 20},
            },
            "required": ["reasoning", "improved_prompt"],
        }

        async def ask(model: str, text: str, constraint: dict[str, Any] | None = None) -> str:
            request = ChatRequest(model, (Message("user", text),), {"num_ctx": 4096}, constraint)
            return (await client.chat(request, silent)).text

        before = await ask("gemma3n:latest", prompt)
        analysis = await ask("llama3.2:latest", f"Why?\n<prompt>\n{prompt}\n</prompt>")
        proposal = await ask("llama3.2:latest", f"<prompt>\n{prompt}\n</prompt>", schema)

        jsonschema.validate(json.loads(proposal), schema)
        improved = json.loads(proposal)["improved_prompt"]
        after = await ask("gemma3n:latest", improved)
        same = await ask("llama3.2:latest", f"<prompt>{improved}</prompt>", schema)
        await client.aclose()
    assert improved == f"{prompt}\nAnswer in at most two sentences."
    assert json.loads(same)["improved_prompt"] == improved
    assert "{" not in analysis
    assert before.startswith("Here is")
    assert after.count(".") == 2
