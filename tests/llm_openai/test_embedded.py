"""The embedded engine end to end: the real engine and a real model, through the real fetch."""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llmopt_tui.core.ports import ChatRequest, Message, ModelError, Piece, Reply
from llmopt_tui.llm import embedded
from llmopt_tui.llm.embedded import EmbeddedClient, EmbeddedEngine, shared_out
from llmopt_tui.llm.errors import LoadFailed, ModelMissing, RunnerCrashed, ServerUnreachable
from llmopt_tui.llm.fetch_progress import FetchProgress
from llmopt_tui.llm.model_file import STARTER, cache_folder, starter_model_file
from llmopt_tui.llm.pip_download import ModelFileError
from tests.fakes.hearing import silent

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "maxLength": 20},
        "large": {"type": "boolean"},
    },
    "required": ["city", "large"],
    "additionalProperties": False,
}


def own_model() -> Path | None:
    named = os.environ.get("LLMOPT_TEST_GGUF")
    return Path(named) if named else None


def ask(client: EmbeddedClient, text: str, **fields: Any) -> ChatRequest:
    options = {"temperature": 0, "seed": 1, "num_predict": 40} | fields.pop("options", {})
    return ChatRequest(client.model.name, (Message("user", text),), options, **fields)


async def answer(client: EmbeddedClient, request: ChatRequest) -> Reply:
    return await client.chat(request, silent)


@pytest.fixture
async def engine() -> AsyncIterator[EmbeddedEngine]:
    made = EmbeddedEngine(own_model())
    yield made
    await made.stop()


@pytest.fixture
async def client(engine: EmbeddedEngine) -> EmbeddedClient:
    return await engine.start()


async def test_a_file_that_is_no_model_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "notes.gguf").write_text("hello")
    for name in ("notes.gguf", "missing.gguf", "."):
        engine = EmbeddedEngine(tmp_path / name, cache_dir=tmp_path / "cache")
        with pytest.raises(ModelFileError, match="cannot be used"):
            await engine.start()
        assert engine.process is None
    assert not (tmp_path / "cache" / "logs").exists()


async def test_an_engine_that_was_never_started_is_unreachable(tmp_path: Path) -> None:
    client = EmbeddedClient(EmbeddedEngine(tmp_path / "m.gguf"))
    with pytest.raises(ServerUnreachable, match="not running"):
        await answer(client, ask(client, "x"))
    [model] = await client.models()
    assert model.loaded is False


@pytest.mark.embedded
async def test_the_same_question_gets_the_same_answer_also_after_a_restart(
    engine: EmbeddedEngine,
) -> None:
    texts = []
    for _ in range(2):
        client = await engine.start()
        for _ in range(2):
            texts.append((await answer(client, ask(client, "Tell me about the sea."))).text)
        await engine.stop()
    assert len(texts[0]) > 20
    assert set(texts) == {texts[0]}


@pytest.mark.parametrize(
    ("cores", "megabytes", "shared"),
    [
        (1, 98, (1, 1)),
        (2, 98, (2, 1)),
        (4, 98, (4, 1)),
        (16, 98, (4, 4)),
        (2, 491, (1, 1)),
        (8, 4700, (1, 7)),
    ],
)
def test_small_models_share_the_cores_and_large_ones_leave_one(
    cores: int, megabytes: int, shared: tuple[int, int]
) -> None:
    assert shared_out(cores, megabytes * 1_000_000) == shared


@pytest.mark.embedded
async def test_calls_side_by_side_get_a_child_each_and_the_same_answer(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "usable_cores", lambda: 2)
    monkeypatch.setattr(embedded, "SMALL_BYTES", 10**12)
    client = await engine.start()
    assert await client.slots() == client.parallel == 2
    request = ask(client, "Tell me about the sea.")

    alone = await answer(client, request)
    assert [worker.process is not None for worker in engine.workers] == [True, False]
    both = await asyncio.gather(answer(client, request), answer(client, request))

    assert [reply.text for reply in both] == [alone.text, alone.text]
    pids = {worker.process.pid for worker in engine.workers if worker.process}
    assert len(pids) == 2
    await engine.stop()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.embedded
async def test_a_child_that_is_starting_when_the_engine_stops_is_ended(
    engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "usable_cores", lambda: 2)
    monkeypatch.setattr(embedded, "SMALL_BYTES", 10**12)
    await engine.start()
    second = engine.workers[1]
    starting = asyncio.create_task(second.running())
    await asyncio.sleep(0)  # the start has begun
    await engine.stop()

    process = await starting
    assert not process.alive
    with pytest.raises(ServerUnreachable):
        await second.running()


@pytest.mark.embedded
async def test_a_schema_holds(client: EmbeddedClient) -> None:
    request = ask(
        client, "Name a city and say whether it is large.", format=SCHEMA,
        options={"num_predict": 80},
    )  # fmt: skip
    value = json.loads((await answer(client, request)).text)
    assert value.keys() == {"city", "large"}
    assert isinstance(value["large"], bool)


@pytest.mark.embedded
@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d{4}$",
        r"^\$\d+(?:\.\d\d)?$",
        r"^yes$|^no$",
        r"^[^\]\\]{1,4}$",
        r"^\D\W$",
        r"^[\s\S]{3}$",
    ],
)
async def test_a_pattern_holds(client: EmbeddedClient, pattern: str) -> None:
    schema = {
        "type": "object",
        "properties": {"v": {"type": "string", "pattern": pattern}},
        "required": ["v"],
        "additionalProperties": False,
    }
    reply = await answer(client, ask(client, "Give a value.", format=schema))
    assert re.search(pattern, json.loads(reply.text)["v"])


@pytest.mark.embedded
async def test_the_engine_measures_what_a_call_costs(client: EmbeddedClient) -> None:
    metrics = (await answer(client, ask(client, "Count.", options={"num_predict": 5}))).metrics
    assert metrics.prompt_tokens is not None
    assert metrics.prompt_tokens > 3
    assert metrics.output_tokens == 5
    assert metrics.prompt_seconds
    assert metrics.output_seconds
    assert metrics.tokens_per_second
    assert metrics.done_reason == "length"
    assert metrics.truncated


@pytest.mark.embedded
async def test_the_model_is_described_in_full(client: EmbeddedClient) -> None:
    [model] = await client.models()
    assert model.endpoint == "embedded"
    assert model.loaded
    assert model.capabilities == ("completion",)
    assert model.context_length == 4096
    assert len(model.digest) == 64
    assert all((model.size, model.family, model.parameter_size, model.quantization))
    if own_model() is None:
        assert (model.name, model.digest) == ("smollm2:135m", STARTER.sha256)
        assert (model.family, model.parameter_size) == ("llama", "135M")
        assert (model.quantization, model.size) == ("Q4_1", STARTER.file_bytes)
    assert (await client.version()).startswith("xllamacpp 20")


@pytest.mark.embedded
async def test_the_fetched_file_is_used_again_without_fetching() -> None:
    await starter_model_file(cache_folder())
    seen: list[FetchProgress] = []

    async def refuse(*_: Any) -> Path:
        raise AssertionError("fetched again")

    await starter_model_file(cache_folder(), seen.append, download=refuse)
    assert {progress.stage for progress in seen} == {"checking"}


@pytest.mark.embedded
async def test_after_a_cancelled_answer_the_next_call_works(client: EmbeddedClient) -> None:
    begun = asyncio.Event()
    story = ask(client, "Tell a story.", options={"num_predict": 3000})
    task = asyncio.create_task(client.chat(story, lambda piece: begun.set()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(30):
        assert (await answer(client, ask(client, "Say hello."))).text


@pytest.mark.embedded
async def test_a_name_that_the_engine_does_not_have_is_missing(client: EmbeddedClient) -> None:
    request = ChatRequest("gpt-9", (Message("user", "x"),))
    with pytest.raises(ModelMissing, match=client.model.name):
        await answer(client, request)


@pytest.mark.embedded
async def test_a_prompt_beyond_the_window_is_refused(client: EmbeddedClient) -> None:
    with pytest.raises(ModelError) as caught:
        await answer(client, ask(client, "word " * 6000))
    assert caught.value.blame == "request"


@pytest.mark.embedded
async def test_the_port_is_closed_to_those_without_the_key(
    engine: EmbeddedEngine, client: EmbeddedClient
) -> None:
    import httpx

    process = engine.process
    assert process is not None
    async with httpx.AsyncClient(base_url=process.url, trust_env=False) as stranger:
        body = {"messages": [{"role": "user", "content": "x"}]}
        assert (await stranger.post("/v1/chat/completions", json=body)).status_code == 401
    assert process.url.startswith("http://127.0.0.1:")
    assert process.api_key not in process.log.read_text()


@pytest.mark.embedded
@pytest.mark.skipif(sys.platform == "win32", reason="uses signals")
async def test_a_crash_is_told_to_the_call_and_the_next_call_starts_anew() -> None:
    told: list[str] = []
    killed = False
    engine = EmbeddedEngine(own_model(), restarted=told.append)
    async with engine as client:
        process = engine.process
        assert process is not None
        pid = process.pid

        def kill(piece: Piece) -> None:
            nonlocal killed
            if not killed:
                os.kill(pid, signal.SIGKILL)
            killed = True

        with pytest.raises(RunnerCrashed, match="SIGKILL") as caught:
            await client.chat(ask(client, "Tell a story.", options={"num_predict": 3000}), kill)
        assert caught.value.partial is not None
        assert (await answer(client, ask(client, "Say hello."))).text
        assert engine.process is not process
        assert ["SIGKILL" in why for why in told] == [True]
        assert await engine.start() is client


@pytest.mark.embedded
async def test_a_damaged_model_is_refused_with_the_reason(tmp_path: Path) -> None:
    model = own_model() or await starter_model_file(cache_folder())
    with model.open("rb") as source:
        (tmp_path / "half.gguf").write_bytes(source.read(20_000_000))
    engine = EmbeddedEngine(tmp_path / "half.gguf", cache_dir=tmp_path)
    async with asyncio.timeout(20):
        with pytest.raises(LoadFailed, match=r"half\.gguf.*log is"):
            await engine.start()
    assert engine.process is None


@pytest.mark.embedded
async def test_the_context_manager_starts_and_stops() -> None:
    engine = EmbeddedEngine(own_model())
    async with engine as client:
        assert (await answer(client, ask(client, "Say hello."))).text
    assert engine.process is None
    with pytest.raises(ServerUnreachable):
        await answer(client, ask(client, "Say hello."))


PARENT = """
import asyncio, sys
from pathlib import Path
from llmopt_tui.llm.embedded import EmbeddedEngine

async def main():
    engine = EmbeddedEngine(Path(sys.argv[1]))
    await engine.start()
    print(engine.process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.embedded
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs pidfds")
async def test_the_child_dies_with_a_parent_that_is_killed() -> None:
    model = own_model() or await starter_model_file(cache_folder())
    root = str(Path(__file__).parents[2])
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(model)),
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": root},
    )
    assert parent.stdout is not None
    async with asyncio.timeout(60):
        child = os.pidfd_open(int(await parent.stdout.readline()))
    parent.kill()
    await parent.wait()
    ended, _, _ = await asyncio.to_thread(select.select, [child], [], [], 10)
    os.close(child)
    assert ended
