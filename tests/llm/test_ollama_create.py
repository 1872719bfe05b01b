from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from llmopt_tui.core.ports import Message, ModelError
from llmopt_tui.llm import errors
from llmopt_tui.llm.ollama import OllamaClient
from tests.fakes.ollama import FakeOllama, SimulatedModel
from tests.fakes.wire import stream

PLAIN = SimulatedModel("plain:latest", lambda chat: "hello")


@pytest.fixture
async def server() -> AsyncIterator[FakeOllama]:
    async with FakeOllama([PLAIN]) as server:
        yield server


async def create(server: FakeOllama, name: str = "mine", base: str = "plain", **more) -> list[str]:
    client = OllamaClient(server.url)
    try:
        given = {"system": "Be brief.", "parameters": {"num_ctx": 256, "stop": ["x"]}} | more
        return [status async for status in client.create(name, base=base, **given)]
    finally:
        await client.aclose()


async def test_a_model_is_made_of_another(server):
    statuses = await create(server)
    assert statuses[-1] == "success"
    assert server.bodies("/api/create") == [
        {
            "model": "mine",
            "from": "plain:latest",
            "system": "Be brief.",
            "parameters": {"num_ctx": 256, "stop": ["x"]},
            "stream": True,
        }
    ]
    assert [model.name for model in server.models] == ["plain:latest", "mine:latest"]


async def test_demonstrations_are_turns_that_every_chat_begins_with(server):
    await create(server, messages=(Message("user", "2 + 2?"), Message("assistant", "4")))
    assert server.bodies("/api/create")[0]["messages"] == [
        {"role": "user", "content": "2 + 2?"},
        {"role": "assistant", "content": "4"},
    ]


async def test_no_system_text_leaves_the_one_of_the_base(server):
    await create(server, system="")
    assert "system" not in server.bodies("/api/create")[0]


@pytest.mark.parametrize("name", ["plain", "plain:latest", "PLAIN", "library/plain"])
async def test_what_is_there_is_never_overwritten(server, name):
    with pytest.raises(errors.BadRequest, match="already"):
        await create(server, name)
    assert server.bodies("/api/create") == []
    assert server.models == [PLAIN]


async def test_errors_come_in_the_stream_too(server):
    with pytest.raises(errors.ModelMissing):
        await create(server, base="absent")
    assert len(server.models) == 1


async def test_names_and_parameters_that_the_server_refuses(server):
    with pytest.raises(errors.BadRequest, match="invalid model name"):
        await create(server, "a b")
    with pytest.raises(ModelError, match="unknown parameter"):
        await create(server, parameters={"made_up": 1})


@pytest.mark.parametrize("ending", ["end", "cut", "reset"])
async def test_only_success_means_that_it_was_made(server, ending):
    server.script("/api/create", stream({"status": "writing manifest"}, ending=ending))
    with pytest.raises(errors.TruncatedStream):
        await create(server)
