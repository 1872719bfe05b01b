"""OpenAIClient against a scripted server: what is sent, what is read, what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from llmopt_tui.core.ports import (
    ChatRequest,
    Delta,
    Message,
    ModelClient,
    ModelError,
    Piece,
    Reply,
)
from llmopt_tui.llm import errors
from llmopt_tui.llm.deadlines import Deadlines
from llmopt_tui.llm.openai import OpenAIClient
from tests.fakes import openai as fake
from tests.fakes.hearing import heard, silent
from tests.fakes.wire import Script, WireServer, drop, reply, stream

REQUEST = ChatRequest("m", (Message("system", "Be brief."), Message("user", "Hello")))


@pytest.fixture
async def server() -> AsyncIterator[WireServer]:
    async with WireServer() as running:
        yield running


@pytest.fixture
async def client(server: WireServer) -> AsyncIterator[OpenAIClient]:
    made = OpenAIClient(server.url, name="lab")
    yield made
    await made.aclose()


async def collect(client: ModelClient, request: ChatRequest = REQUEST) -> tuple[list[Delta], Reply]:
    pieces, last = await heard(client, request)
    assert all(isinstance(piece, Delta) for piece in pieces)
    return pieces, last  # type: ignore[return-value]


async def failure(client: ModelClient, request: ChatRequest = REQUEST) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await client.chat(request, silent)
    return caught.value


async def test_an_answer_streams_and_ends_in_a_reply(
    server: WireServer, client: OpenAIClient
) -> None:
    server.script(fake.CHAT, fake.answer("One two three"))
    pieces, last = await collect(client)
    assert [piece.text for piece in pieces] == ["One ", "two ", "three"]
    assert last.text == "One two three"
    assert last.thinking == ""
    assert last.metrics.prompt_tokens == 7
    assert last.metrics.output_tokens == 3
    assert last.metrics.output_seconds is None
    assert last.metrics.done_reason == "stop"
    assert not last.metrics.truncated


async def test_pieces_arrive_before_the_answer_is_complete(
    server: WireServer, client: OpenAIClient
) -> None:
    go_on = asyncio.Event()
    server.script(fake.CHAT, fake.sse(fake.delta("first"), go_on, fake.finish(), fake.DONE))
    told: list[Piece] = []

    def tell(piece: Piece) -> None:
        told.append(piece)
        go_on.set()

    assert (await client.chat(REQUEST, tell)).text == "first"
    assert told == [Delta("first")]


async def test_measurements_of_llama_cpp_fill_the_metrics(
    server: WireServer, client: OpenAIClient
) -> None:
    cost = fake.usage(
        40, 8, cache_n=30, prompt_n=10, prompt_ms=500.0, predicted_n=8, predicted_ms=2000.0
    )
    server.script(fake.CHAT, fake.sse(fake.delta("x"), fake.finish("length"), cost, fake.DONE))
    _, last = await collect(client)
    assert last.metrics.prompt_tokens == 40
    assert last.metrics.prompt_seconds == 0.5
    assert last.metrics.output_seconds == 2.0
    assert last.metrics.tokens_per_second == 4.0
    assert last.metrics.done_reason == "length"
    assert last.metrics.truncated


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_thoughts_are_kept_apart(
    server: WireServer, client: OpenAIClient, field: str
) -> None:
    server.script(
        fake.CHAT,
        fake.sse(
            fake.delta(**{field: "hm "}),
            fake.delta(**{field: "well"}),
            fake.delta("Yes <think>"),
            fake.finish(),
            fake.DONE,
        ),
    )
    pieces, last = await collect(client)
    assert pieces == [Delta(thinking="hm "), Delta(thinking="well"), Delta("Yes <think>")]
    assert (last.text, last.thinking) == ("Yes <think>", "hm well")


async def test_thoughts_sent_under_both_names_count_once(
    server: WireServer, client: OpenAIClient
) -> None:
    twice = fake.delta(reasoning="hm", reasoning_content="hm")
    server.script(fake.CHAT, fake.sse(twice, fake.delta("x"), fake.finish(), fake.DONE))
    _, last = await collect(client)
    assert last.thinking == "hm"


async def test_raw_tags_are_a_fallback(server: WireServer, client: OpenAIClient) -> None:
    server.script(
        fake.CHAT,
        fake.sse(fake.delta("<thi"), fake.delta("nk>a</think>b"), fake.finish(), fake.DONE),
    )
    pieces, last = await collect(client)
    assert (last.text, last.thinking) == ("b", "a")
    assert "".join(piece.text for piece in pieces) == "b"
    assert "".join(piece.thinking for piece in pieces) == "a"


async def test_what_was_held_for_a_tag_comes_out_in_order(
    server: WireServer, client: OpenAIClient
) -> None:
    server.script(
        fake.CHAT,
        fake.sse(fake.delta("<th"), fake.delta(reasoning="r"), fake.finish(), fake.DONE),
    )
    pieces, last = await collect(client)
    assert "".join(piece.text for piece in pieces) == last.text == "<th"


async def test_comments_event_names_and_crlf_are_tolerated(
    server: WireServer, client: OpenAIClient
) -> None:
    crlf = fake.delta("x").replace(b"\n", b"\r\n")
    server.script(
        fake.CHAT,
        fake.sse(b": ping\n\n", b"event: message\nid: 1\n", crlf, fake.finish(), fake.DONE),
    )
    _, last = await collect(client)
    assert last.text == "x"


async def test_unicode_line_ends_and_split_bytes_stay_in_the_text(
    server: WireServer, client: OpenAIClient
) -> None:
    text = "a\u0085b\u2028c\U0001f600"
    raw = fake.delta(text)
    pieces = [raw[at : at + 1] for at in range(len(raw))]
    server.script(fake.CHAT, fake.sse(*pieces, fake.finish(), fake.DONE))
    _, last = await collect(client)
    assert last.text == text


async def test_a_server_that_does_not_stream_is_read_too(
    server: WireServer, client: OpenAIClient
) -> None:
    message = {"role": "assistant", "content": "All at once", "reasoning_content": "hm"}
    whole = {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }
    server.script(fake.CHAT, reply(200, whole))
    _, last = await collect(client)
    assert (last.text, last.thinking) == ("All at once", "hm")
    assert last.metrics.output_tokens == 4


@pytest.mark.parametrize(
    "pieces",
    [
        [fake.delta("part"), fake.finish()],
        [fake.delta("part"), fake.DONE],
        [fake.delta("part")],
        [fake.delta("part"), fake.finish()[:20]],
    ],
    ids=["no [DONE]", "no finish reason", "neither", "broken off"],
)
async def test_an_answer_without_its_end_is_truncated_and_kept(
    server: WireServer, client: OpenAIClient, pieces: list[bytes]
) -> None:
    server.script(fake.CHAT, fake.sse(*pieces))
    error = await failure(client)
    assert isinstance(error, errors.TruncatedStream)
    assert error.retryable
    assert error.partial is not None
    assert error.partial.text == "part"


@pytest.mark.parametrize("ending", ["cut", "reset"])
async def test_a_broken_connection_is_a_truncated_answer(
    server: WireServer, client: OpenAIClient, ending: Any
) -> None:
    seen = asyncio.Event()
    server.script(fake.CHAT, fake.sse(fake.delta("part"), seen, ending=ending))
    with pytest.raises(errors.TruncatedStream) as caught:
        await client.chat(REQUEST, lambda piece: seen.set())
    assert caught.value.partial == Reply("part")


async def test_an_empty_stream_is_no_answer(server: WireServer, client: OpenAIClient) -> None:
    server.script(fake.CHAT, fake.sse())
    error = await failure(client)
    assert (type(error), error.blame) == (errors.BadReply, "server")
    assert error.partial is None


@pytest.mark.parametrize(
    "line",
    [
        fake.event({"error": {"message": "model runner has unexpectedly stopped"}}),
        b'error: {"error": {"message": "model runner has unexpectedly stopped"}}\n\n',
        b'error: {"code": 500, "error": "model runner has unexpectedly stopped"}\n\n',
    ],
)
async def test_an_error_inside_the_stream_is_raised_with_what_came(
    server: WireServer, client: OpenAIClient, line: bytes
) -> None:
    server.script(fake.CHAT, fake.sse(fake.delta("part"), line, fake.DONE))
    error = await failure(client)
    assert isinstance(error, errors.RunnerCrashed)
    assert error.partial == Reply("part")


OVERFLOW = {
    "error": {
        "code": 400,
        "message": "request (12031 tokens) exceeds the available context size (4096 tokens)",
        "type": "exceed_context_size_error",
    }
}


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (reply(400, OVERFLOW), errors.ContextOverflow),
        (reply(401, {"error": {"message": "Invalid API Key"}}), errors.Unauthorized),
        (reply(404, {"error": {"message": "The model `m` does not exist."}}), errors.ModelMissing),
        (reply(404, {"detail": "Not Found"}), errors.EndpointMissing),
        (reply(200, {"error": "Unexpected endpoint or method."}), errors.EndpointMissing),
        (reply(429, {"error": {"message": "slow down"}}), errors.RateLimited),
        (reply(500, b""), errors.ServerFailed),
        (reply(502, "<html>", "text/html"), errors.GatewayFailed),
        (reply(503, {"error": {"message": "Loading model"}}), errors.ServerBusy),
        (reply(200, "<html>hello</html>", "text/html"), errors.NotOllama),
        (reply(200, {"choices": "what"}), errors.EndedEarly),
        (reply(200, "[1]", "application/json"), errors.BadReply),
        (drop(), errors.ServerUnreachable),
        (fake.sse(b"data: nonsense\n\n"), errors.BadReply),
        (fake.sse(b"data: []\n\n"), errors.BadReply),
    ],
)
async def test_failures_have_their_types(
    server: WireServer, client: OpenAIClient, script: Script, kind: type[ModelError]
) -> None:
    server.script(fake.CHAT, script)
    assert type(await failure(client)) is kind


async def test_an_unknown_path_does_not_advise_the_kind_that_it_is(
    server: WireServer, client: OpenAIClient
) -> None:
    error = await failure(client)
    assert isinstance(error, errors.EndpointMissing)
    assert 'kind = "ollama"' in str(error)
    assert 'kind = "openai"' not in str(error)


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": None},
        {"choices": [None, 3, {"delta": None}]},
        {"choices": [{"delta": {"content": 5, "reasoning": []}}]},
        {"choices": [{"index": 1, "delta": {"content": "another choice"}}]},
        {"usage": "none", "timings": [1]},
        {"choices": [], "usage": {"prompt_tokens": "x", "completion_tokens": -1}},
        {"choices": [], "timings": {"predicted_n": 1, "predicted_ms": 0, "prompt_ms": "?"}},
        {},
    ],
)
async def test_oddly_shaped_chunks_do_no_harm(
    server: WireServer, client: OpenAIClient, chunk: dict[str, Any]
) -> None:
    server.script(fake.CHAT, fake.sse(fake.event(chunk), fake.delta("x"), fake.finish(), fake.DONE))
    _, last = await collect(client)
    assert last.text == "x"


async def test_an_answer_without_end_is_stopped(
    server: WireServer, client: OpenAIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmopt_tui.llm.written.LEAST_CHARS", 100)
    monkeypatch.setattr("llmopt_tui.llm.written.CHARS_WITHOUT_LIMIT", 100)
    server.script(fake.CHAT, fake.sse(*[fake.delta("x" * 40)] * 5, fake.finish(), fake.DONE))
    error = await failure(client)
    assert isinstance(error, errors.EndlessReply)
    assert error.blame == "model"
    assert error.partial is not None
    assert (error.partial.text, error.partial.metrics.truncated) == ("x" * 100, True)


async def test_cancelling_an_answer_closes_the_connection(
    server: WireServer, client: OpenAIClient
) -> None:
    begun, left = asyncio.Event(), asyncio.Event()

    async def endless(exchange: Any) -> None:
        await exchange.head(200, "text/event-stream")
        await exchange.send(fake.delta("x"))
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    server.script(fake.CHAT, endless)
    chat = asyncio.create_task(client.chat(REQUEST, lambda piece: begun.set()))
    await begun.wait()
    chat.cancel()
    with pytest.raises(asyncio.CancelledError):
        await chat
    await asyncio.wait_for(left.wait(), 10)


async def test_cancelling_a_chat_closes_the_connection_and_the_next_works(
    server: WireServer, client: OpenAIClient
) -> None:
    begun, left = asyncio.Event(), asyncio.Event()

    async def endless(exchange: Any) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    server.script(fake.CHAT, endless, fake.answer("fine"))
    task = asyncio.create_task(collect(client))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(left.wait(), 10)
    assert (await collect(client))[1].text == "fine"


async def test_a_silent_server_times_out(server: WireServer) -> None:
    client = OpenAIClient(server.url, deadlines=Deadlines(load=0, first_event=0.05))
    server.script(fake.CHAT, stream(asyncio.Event(), content_type="text/event-stream"))
    error = await failure(client)
    assert isinstance(error, errors.TimedOut)
    await client.aclose()


async def test_models_are_listed_with_what_the_server_knows(
    server: WireServer, client: OpenAIClient
) -> None:
    meta = {"n_params": 134515008, "size": 96, "n_ctx": 4096, "ftype": "Q4_K - Medium"}
    listing = {
        "data": [{"id": "a", "meta": meta}, {"id": "b", "max_model_len": 8192}, {"id": 3}, 4]
    }
    server.script(fake.MODELS, reply(200, listing))
    first, second = await client.models()
    assert (first.name, first.endpoint, first.parameter_size) == ("a", "lab", "135M")
    assert (first.quantization, first.size, first.context_length) == ("Q4_K_M", 96, 4096)
    assert (second.name, second.context_length, second.capabilities) == ("b", 8192, None)


async def test_no_models_may_be_null(server: WireServer, client: OpenAIClient) -> None:
    server.script(fake.MODELS, reply(200, {"object": "list", "data": None}))
    assert list(await client.models()) == []


@pytest.mark.parametrize("body", [{"object": "list"}, {"data": 5}, {"data": {}}])
async def test_a_listing_that_is_none_is_an_error(
    server: WireServer, client: OpenAIClient, body: dict[str, Any]
) -> None:
    server.script(fake.MODELS, reply(200, body))
    with pytest.raises(errors.BadReply):
        await client.models()


async def test_an_error_under_status_200_is_an_error_of_the_listing(
    server: WireServer, client: OpenAIClient
) -> None:
    server.script(fake.MODELS, reply(200, {"error": "Unexpected endpoint or method."}))
    with pytest.raises(errors.EndpointMissing):
        await client.models()


@pytest.mark.parametrize(
    ("scripts", "version"),
    [
        ({"/version": reply(200, {"version": "0.11.2"})}, "0.11.2"),
        ({"/props": reply(200, {"build_info": "b10488"})}, "b10488"),
        ({"/version": reply(200, "hello"), "/props": reply(401, {})}, ""),
        ({}, ""),
    ],
)
async def test_the_version_is_looked_for_where_servers_keep_it(
    server: WireServer, client: OpenAIClient, scripts: dict[str, Script], version: str
) -> None:
    for path, script in scripts.items():
        server.script(path, script)
    assert await client.version() == version


async def test_nobody_there_is_unreachable() -> None:
    async with WireServer() as gone:
        pass
    client = OpenAIClient(gone.url)
    for call in (client.models(), client.version(), collect(client)):
        with pytest.raises(errors.ServerUnreachable):
            await call
    await client.aclose()


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
async def test_an_address_works_with_or_without_its_v1(server: WireServer, suffix: str) -> None:
    client = OpenAIClient(server.url + suffix)
    server.script(fake.CHAT, fake.answer("x"))
    assert (await collect(client))[1].text == "x"
    await client.aclose()


async def test_the_key_comes_from_the_named_variable(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_KEY", " secret\n")
    client = OpenAIClient(server.url, api_key_env="LAB_KEY")
    server.script(fake.CHAT, fake.answer("x"))
    await collect(client)
    assert server.requests[0].headers["authorization"] == "Bearer secret"
    await client.aclose()


async def test_a_key_goes_to_another_machine_over_http_only_where_people_allow_it(
    server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_KEY", "sk-0123456789")
    # As if the server were another machine.
    monkeypatch.setattr("llmopt_tui.llm.keys.is_loopback", lambda url: False)
    server.script(fake.CHAT, fake.refused(401, "Invalid API Key"), fake.answer("x"))
    withheld = OpenAIClient(server.url, api_key_env="LAB_KEY")
    error = await failure(withheld)
    allowed = OpenAIClient(server.url, api_key_env="LAB_KEY", key_over_http=True)
    await collect(allowed)
    assert "withheld" in error.hint
    assert "key_over_http = true" in error.hint
    assert "refuses the key" not in error.message
    first, second = server.requests
    assert "authorization" not in first.headers
    assert second.headers["authorization"] == "Bearer sk-0123456789"
    await withheld.aclose()
    await allowed.aclose()


async def test_without_a_key_no_header_is_sent(server: WireServer, client: OpenAIClient) -> None:
    server.script(fake.CHAT, fake.answer("x"))
    await collect(client)
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("value", [None, "", "two\nlines", "schlüssel"])
async def test_a_missing_or_odd_key_names_the_variable_and_not_the_value(
    server: WireServer, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("LAB_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("LAB_KEY", value)
    client = OpenAIClient(server.url, name="lab", api_key_env="LAB_KEY")
    with pytest.raises(errors.Unauthorized, match="LAB_KEY") as caught:
        await client.models()
    assert not value or value not in str(caught.value)
    assert server.requests == []


async def test_calls_go_on_after_the_connections_were_let_go(
    server: WireServer, client: OpenAIClient
) -> None:
    await client.aclose()
    server.script(fake.CHAT, fake.answer("x"))
    assert (await collect(client))[1].text == "x"


@pytest.mark.parametrize(
    ("script", "slots"),
    [
        (reply(200, {"total_slots": 4}), 4),
        (reply(200, {"total_slots": "4"}), None),
        (reply(200, {"total_slots": 0}), None),
        (reply(200, "[]"), None),
        (reply(404, {}), None),
        (reply(200, "<html>"), None),
    ],
)
async def test_slots_are_what_the_server_says(
    server: WireServer, client: OpenAIClient, script: Script, slots: int | None
) -> None:
    server.script("/props", script)
    assert await client.slots() == slots


def play(server: WireServer, scripts: dict[str, Script]) -> None:
    for path, script in scripts.items():
        server.script(path, script)


@pytest.mark.parametrize(
    ("scripts", "window"),
    [
        (fake.lite_llm(m={"max_input_tokens": 32768}), 32768),
        (fake.ray_serve("m", 4096), 4096),
        (fake.llama_cpp("m"), 8192),
        (fake.lite_llm(m={}), None),
        ({fake.MODELS: fake.models("m")}, None),
        ({fake.MODELS: fake.models("m"), "/model/info": reply(200, {"data": "none"})}, None),
        ({fake.MODELS: fake.models("m"), "/model/info": reply(200, {"data": [{}, 3]})}, None),
    ],
)
async def test_the_window_is_read_where_each_server_keeps_it(
    server: WireServer, client: OpenAIClient, scripts: dict[str, Script], window: int | None
) -> None:
    play(server, scripts)
    [model] = await client.models()
    assert model.context_length == window


@pytest.mark.parametrize(
    ("scripts", "thinks"),
    [
        (fake.llama_cpp("m", "{% if enable_thinking %}<think>{% endif %}"), True),
        (fake.llama_cpp("m", "{{ messages }}"), False),
        (fake.llama_cpp("m"), False),
        (fake.lite_llm(m={"supports_reasoning": True}), True),
        (fake.lite_llm(m={"supports_reasoning": None}), False),
    ],
)
async def test_servers_that_tell_who_thinks_are_heard(
    server: WireServer, client: OpenAIClient, scripts: dict[str, Script], thinks: bool
) -> None:
    play(server, scripts)
    [model] = await client.models()
    assert model.thinks is thinks


async def test_a_person_says_who_thinks_where_the_server_does_not(server: WireServer) -> None:
    client = OpenAIClient(server.url, thinks=("QwQ-*", "deep"))
    server.script(fake.MODELS, fake.models("qwq-32b", "deep", "deeper", "plain"))
    assert [model.thinks for model in await client.models()] == [True, True, False, False]
    await client.aclose()


async def test_thoughts_that_use_up_the_whole_budget_are_named_as_that(
    server: WireServer, client: OpenAIClient
) -> None:
    thoughts = fake.delta(reasoning_content="on and on")
    server.script(
        fake.CHAT, fake.sse(thoughts, fake.finish("length"), fake.usage(7, 512), fake.DONE)
    )
    error = await failure(client)
    assert isinstance(error, errors.ThoughtsOnly)
    assert error.message == "The thoughts used up all 512 tokens"
    assert "thinks" in error.hint
    assert error.partial is not None
    assert (error.partial.thinking, error.partial.metrics.output_tokens) == ("on and on", 512)


async def test_a_stream_is_timed_where_the_server_measures_nothing(
    server: WireServer, client: OpenAIClient
) -> None:
    heard_one = asyncio.Event()
    server.script(
        fake.CHAT,
        fake.sse(fake.delta("a"), heard_one, fake.delta("b"), fake.finish(), fake.usage(3, 2),
                 fake.DONE),
    )  # fmt: skip

    def tell(piece: Piece) -> None:
        asyncio.get_running_loop().call_later(0.1, heard_one.set)

    metrics = (await client.chat(REQUEST, tell)).metrics
    assert metrics.output_seconds is not None
    assert metrics.output_seconds >= 0.1
    assert metrics.tokens_per_second == pytest.approx(1 / metrics.output_seconds)


@pytest.mark.parametrize(
    "script",
    [
        fake.refused(400, "No connected db.", "no_db_connection", "400"),
        fake.refused(401, "Authentication Error, Invalid proxy server token passed."),
        fake.refused(401, "Invalid API Key", "authentication_error"),
    ],
    ids=["LiteLLM without a database", "LiteLLM", "llama.cpp"],
)
async def test_a_wrong_key_is_named_as_that(
    server: WireServer, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_KEY", "sk-0123456789")
    client = OpenAIClient(server.url, api_key_env="LAB_KEY")
    server.script(fake.CHAT, script)
    server.script(fake.MODELS, script)
    for error in (await failure(client), await listing_failure(client)):
        assert isinstance(error, errors.Unauthorized)
        assert error.message.startswith("The server refuses the key in LAB_KEY")
        assert "ollama" not in str(error)
        assert "Start" not in str(error)
    await client.aclose()


async def test_a_missing_key_is_named_as_that(server: WireServer, client: OpenAIClient) -> None:
    server.script(fake.CHAT, fake.refused(500, "Authentication Error, No api key passed in."))
    error = await failure(client)
    assert isinstance(error, errors.Unauthorized)
    assert "api_key_env" in error.hint


async def listing_failure(client: OpenAIClient) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await client.models()
    return caught.value


async def test_an_overflow_advises_what_helps_here(
    server: WireServer, client: OpenAIClient
) -> None:
    server.script(fake.CHAT, reply(400, OVERFLOW))
    error = await failure(client)
    assert isinstance(error, errors.ContextOverflow)
    assert "12031" in error.message
    assert "num_ctx" not in str(error)


def test_dropped_options_are_named() -> None:
    client = OpenAIClient("http://127.0.0.1:1")
    assert client.dropped({"num_ctx": 4096, "seed": 1}) == ("num_ctx",)
