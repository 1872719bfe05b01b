import asyncio
import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.ports import ChatRequest, Delta, Message, Piece, Reply
from llmopt_tui.core.schema_patterns import safe_pattern
from llmopt_tui.llm import errors
from llmopt_tui.llm.deadlines import Deadlines
from llmopt_tui.llm.ollama import OllamaClient
from tests.fakes.hearing import heard, silent
from tests.fakes.ollama import LOAD_COLD, LOAD_WARM, FakeOllama, Quirks, SimulatedModel
from tests.fakes.simulated import Chat, Thought
from tests.fakes.wire import drop, json_line, reply, stream

ANSWER = "Grüße aus \u0085 Köln, 😀 done"
OPTIONS = {"temperature": 0.0, "seed": 1, "num_ctx": 64, "num_predict": 32}
REQUEST = ChatRequest("plain", (Message("user", "Say hello."),), OPTIONS)

PLAIN = SimulatedModel("plain:latest", lambda chat: ANSWER)
DEEP = SimulatedModel(
    "deep:latest", lambda chat: Thought("let me see", ANSWER), ("completion", "thinking")
)
NO_CHAT = SimulatedModel("embedder:latest", lambda chat: "", ("embedding",))
MODELS = [PLAIN, DEEP, NO_CHAT]


def chunk(content: str = "", **more: object) -> dict[str, object]:
    return {"model": "plain", "message": {"role": "assistant", "content": content}, **more}


DONE = chunk(done=True, done_reason="stop")


async def answered(server: FakeOllama, request: ChatRequest = REQUEST, **how: Any) -> list:
    client = OllamaClient(server.url, **how)
    try:
        pieces, whole = await heard(client, request)
        return [*pieces, whole]
    finally:
        await client.aclose()


async def failed(server: FakeOllama, request: ChatRequest = REQUEST, **how: object):
    with pytest.raises(errors.LlmError) as caught:
        await answered(server, request, **how)
    return caught.value


def text_of(pieces: list) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta))


def thinking_of(pieces: list) -> str:
    return "".join(piece.thinking for piece in pieces if isinstance(piece, Delta))


# How bytes travel


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(cut=lambda data: [data[i : i + 1] for i in range(len(data))]),
        Quirks(cut=lambda data: [data[i : i + 7] for i in range(0, len(data), 7)], together=True),
        Quirks(together=True),
        Quirks(sse_prefix=True),
        Quirks(ignores_stream=True),
        Quirks(content_in_done=True),
    ],
    ids=["events", "bytes", "sevens", "one write", "data prefix", "whole object", "in done"],
)
async def test_the_answer_does_not_depend_on_how_its_bytes_travel(quirks):
    async with FakeOllama(MODELS, quirks=quirks) as server:
        *deltas, whole = await answered(server)
    assert whole.text == ANSWER
    assert text_of(deltas) == ANSWER
    assert whole.metrics.done_reason == "stop"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 2000), max_size=12), st.text(max_size=40))
async def test_any_text_survives_any_chunking(cuts, text):
    def cut(data: bytes) -> list[bytes]:
        places = sorted({place % len(data) for place in cuts} | {0, len(data)})
        return [data[a:b] for a, b in pairwise(places)]

    model = SimulatedModel("plain:latest", lambda chat: f"x{text}")
    async with FakeOllama([model], quirks=Quirks(cut=cut, together=True)) as server:
        request = replace(REQUEST, options={"num_ctx": 4096, "num_predict": 999})
        assert (await answered(server, request))[-1].text == f"x{text}"


async def test_a_whole_object_over_several_lines_is_a_reply():
    body = json.dumps(chunk("hello", done=True), indent=2)
    async with FakeOllama() as server:
        server.script("/api/chat", reply(200, body, "application/json"))
        assert (await answered(server))[-1].text == "hello"


async def test_eight_megabytes_fit_into_a_line_and_endless_ones_do_not():
    big = "x" * (8 * 1024 * 1024)
    unlimited = replace(REQUEST, options={"num_predict": 80_000})
    async with FakeOllama() as server:
        server.script("/api/chat", stream(chunk(big), DONE))
        assert len((await answered(server, unlimited))[-1].text) == len(big)
        server.script("/api/chat", stream(b'{"', *[b"x" * 2**20] * 17))
        assert isinstance(await failed(server), errors.BadReply)


async def test_halves_of_a_character_never_reach_the_reply():
    broken = json_line(chunk("a")).replace(b'"a"', b'"a\\ud83d"')
    async with FakeOllama() as server:
        server.script("/api/chat", stream(broken, DONE))
        whole = (await answered(server))[-1]
    assert whole.text == "a\ufffd"
    whole.text.encode()


# Waiting


async def test_headers_may_take_longer_than_any_gap():
    hold = asyncio.Event()
    async with FakeOllama(MODELS, quirks=Quirks(hold_headers=hold)) as server:
        waiting = asyncio.create_task(
            answered(server, deadlines=Deadlines(first_event=600, gap=0.001))
        )
        await server.until(lambda: bool(server.requests))
        await asyncio.wait({waiting}, timeout=0.02)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait({waiting})


async def test_a_long_silence_before_the_first_event_ends_well_when_the_load_does():
    hold = asyncio.Event()
    async with FakeOllama(MODELS, quirks=Quirks(hold_load=hold)) as server:
        waiting = asyncio.create_task(answered(server))
        await server.until(lambda: bool(server.loads))
        hold.set()
        assert (await waiting)[-1].text == ANSWER


async def test_the_first_event_has_a_deadline_and_giving_up_aborts_the_load():
    async with FakeOllama(MODELS, quirks=Quirks(hold_load=asyncio.Event())) as server:
        error = await failed(server, deadlines=Deadlines(load=0.05))
        assert isinstance(error, errors.TimedOut)
        assert (error.stage, error.retryable) == ("load", False)
        await server.until(lambda: server.aborted_loads == 1)
        assert server.runners == []


async def test_headers_without_an_event_count_as_silence():
    async with FakeOllama() as server:
        server.script("/api/chat", stream(asyncio.Event()))
        error = await failed(server, deadlines=Deadlines(load=0.05, gap=60))
    assert isinstance(error, errors.TimedOut)
    assert error.stage == "load"


async def test_a_loaded_model_has_the_first_events_deadline_from_then_on():
    async with FakeOllama(MODELS) as server:
        await answered(server)
        server.script("/api/chat", stream(asyncio.Event()))
        how = Deadlines(load=600, look=0.01, first_event=0.05)
        error = await failed(server, deadlines=how)
    assert isinstance(error, errors.TimedOut)
    assert (error.stage, error.seconds, error.retryable) == ("first event", 0.05, False)


async def test_a_load_and_the_first_event_after_it_do_not_share_their_time():
    hold, began = asyncio.Event(), asyncio.Event()
    quirks = Quirks(hold_load=hold, hold_answer=began)
    async with FakeOllama(MODELS, quirks=quirks) as server:
        how = Deadlines(load=600, look=0.01, first_event=0.2)
        waiting = asyncio.create_task(answered(server, deadlines=how))
        await server.until(lambda: bool(server.loads))
        # Longer than the first event may take: the model is not loaded yet.
        await asyncio.wait({waiting}, timeout=0.3)
        assert not waiting.done()
        hold.set()
        began.set()
        assert (await waiting)[-1].text == ANSWER


async def test_where_a_server_cannot_tell_what_is_loaded_a_silence_may_last_for_both():
    async with FakeOllama(MODELS, quirks=Quirks(missing=frozenset({"/api/ps"}))) as server:
        server.script("/api/chat", stream(asyncio.Event()))
        how = Deadlines(load=0.5, look=0.01, first_event=0.1)
        error = await failed(server, deadlines=how)
    assert isinstance(error, errors.TimedOut)
    assert (error.stage, round(error.seconds, 2)) == ("first event", 0.6)


async def test_answers_that_come_soon_are_not_asked_about():
    async with FakeOllama(MODELS) as server:
        await answered(server)
    assert [received.path for received in server.requests] == ["/api/chat"]


async def test_a_gap_has_its_own_deadline_and_keeps_what_came():
    async with FakeOllama(MODELS, quirks=Quirks(hold_answer=asyncio.Event())) as server:
        error = await failed(server, deadlines=Deadlines(gap=0.05))
    assert isinstance(error, errors.TimedOut)
    assert error.stage == "gap"
    assert error.partial is not None
    assert error.partial.text == "Grüße"


async def test_a_silence_shorter_than_the_deadline_is_waited_out():
    hold = asyncio.Event()
    async with FakeOllama(MODELS, quirks=Quirks(hold_answer=hold)) as server:
        client = OllamaClient(server.url)
        pieces = []

        def tell(piece: Piece) -> None:
            pieces.append(piece)
            hold.set()

        whole = await client.chat(REQUEST, tell)
        await client.aclose()
    assert pieces[0] == Delta("Grüße")
    assert whole.text == ANSWER


async def test_cancelling_closes_the_connection_and_stops_the_work():
    hold, begun = asyncio.Event(), asyncio.Event()
    async with FakeOllama(MODELS, quirks=Quirks(hold_answer=hold)) as server:
        client = OllamaClient(server.url)
        chat = asyncio.create_task(client.chat(REQUEST, lambda piece: begun.set()))
        await begun.wait()
        assert server.runners[0].busy == 1
        chat.cancel()
        with pytest.raises(asyncio.CancelledError):
            await chat
        await server.until(lambda: server.runners[0].busy == 0)
        await client.aclose()


async def test_cancelling_while_the_model_loads_aborts_the_load():
    async with FakeOllama(MODELS, quirks=Quirks(hold_load=asyncio.Event())) as server:
        waiting = asyncio.create_task(answered(server))
        await server.until(lambda: bool(server.loads))
        waiting.cancel()
        await server.until(lambda: server.aborted_loads == 1)
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_an_answer_is_over_when_it_is_done_even_if_the_connection_stays_open():
    async with FakeOllama() as server:
        server.script("/api/chat", stream(chunk("x"), DONE, asyncio.Event()))
        assert (await answered(server, deadlines=Deadlines(gap=5)))[-1].text == "x"


# What an answer holds


async def test_thoughts_come_apart_and_before_the_answer():
    async with FakeOllama(MODELS) as server:
        *deltas, whole = await answered(server, replace(REQUEST, model="deep"))
    assert (whole.text, whole.thinking) == (ANSWER, "let me see")
    assert (text_of(deltas), thinking_of(deltas)) == (ANSWER, "let me see")
    kinds = [bool(delta.thinking) for delta in deltas]
    assert kinds == sorted(kinds, reverse=True)


async def test_raw_thoughts_in_the_content_are_told_apart():
    async with FakeOllama(MODELS, quirks=Quirks(raw_thinking=True)) as server:
        *deltas, whole = await answered(server, replace(REQUEST, model="deep"))
    assert (whole.text, whole.thinking) == (ANSWER, "let me see")
    assert (text_of(deltas), thinking_of(deltas)) == (ANSWER, "let me see")


async def test_tags_in_the_content_stay_where_the_server_tells_thoughts_itself():
    async with FakeOllama() as server:
        thought = chunk()
        thought["message"] = {"role": "assistant", "content": "", "thinking": "hm"}
        server.script("/api/chat", stream(thought, chunk("<think>x</think>y"), DONE))
        whole = (await answered(server))[-1]
    assert (whole.text, whole.thinking) == ("<think>x</think>y", "hm")


@pytest.mark.parametrize("raw", [False, True], ids=["told apart", "in tags"])
async def test_thoughts_that_use_up_the_whole_budget_are_named_as_that(raw):
    options = {**OPTIONS, "num_predict": 3}
    async with FakeOllama(MODELS, quirks=Quirks(raw_thinking=raw)) as server:
        error = await failed(server, replace(REQUEST, model="deep", options=options))
    assert isinstance(error, errors.ThoughtsOnly)
    assert str(error).startswith("The thoughts used up all 3 tokens. Raise think_tokens")
    assert (error.blame, error.retryable) == ("model", False)
    assert error.partial is not None
    assert error.partial.text == ""
    assert error.partial.thinking.startswith("let me")
    assert error.partial.metrics.truncated


async def test_content_in_parts_is_put_together():
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"text": "yes"}]
    message = {"model": "plain", "message": {"role": "assistant", "content": parts}}
    async with FakeOllama() as server:
        server.script("/api/chat", stream(message, DONE))
        whole = (await answered(server))[-1]
    assert (whole.text, whole.thinking) == ("yes", "hm")


async def test_metrics_are_in_seconds_and_tell_cold_from_warm():
    async with FakeOllama(MODELS) as server:
        cold = (await answered(server))[-1].metrics
        warm = (await answered(server))[-1].metrics
    assert cold.load_seconds == pytest.approx(LOAD_COLD / 1e9)
    assert warm.load_seconds == pytest.approx(LOAD_WARM / 1e9)
    assert cold.output_tokens == len(ANSWER.split())
    assert cold.output_seconds == pytest.approx(cold.output_tokens * 0.02)
    assert cold.tokens_per_second == pytest.approx(50.0)
    assert cold.prompt_seconds == pytest.approx(cold.prompt_tokens / 1000)
    assert not cold.truncated


async def test_the_wait_for_a_slot_is_told_apart_from_the_work():
    async with FakeOllama(MODELS, slots=1) as server:
        one, two = await asyncio.gather(answered(server), answered(server))
        alone = (await answered(server))[-1].metrics
    waited = max(m.queued_seconds for m in (one[-1].metrics, two[-1].metrics))
    assert alone.queued_seconds < waited / 2
    assert waited > alone.output_seconds / 2


async def test_two_passes_that_the_server_counts_as_one_are_no_queue():
    async with FakeOllama(MODELS) as server:
        request = replace(REQUEST, model="deep", format="json")
        assert (await answered(server, request))[-1].metrics.queued_seconds is None


async def test_metrics_that_do_not_come_are_unknown_not_zero():
    async with FakeOllama(MODELS, quirks=Quirks(omits_metrics=True)) as server:
        metrics = (await answered(server))[-1].metrics
    assert metrics.load_seconds is None
    assert metrics.prompt_tokens is None
    assert metrics.output_tokens is None
    assert metrics.tokens_per_second is None


async def test_constant_times_of_an_imitation_are_unknown():
    async with FakeOllama(MODELS, quirks=Quirks(constant_times=True)) as server:
        metrics = (await answered(server))[-1].metrics
    assert metrics.output_tokens == len(ANSWER.split())
    assert metrics.output_seconds is None
    assert metrics.load_seconds is None
    assert metrics.tokens_per_second is None


async def test_odd_metrics_are_unknown():
    odd = {"eval_count": "7", "eval_duration": -5, "prompt_eval_count": True, "load_duration": 1e99}
    async with FakeOllama() as server:
        server.script("/api/chat", stream(chunk("x"), {**DONE, **odd}))
        metrics = (await answered(server))[-1].metrics
    assert metrics.output_tokens is None
    assert metrics.output_seconds is None
    assert metrics.prompt_tokens is None
    assert metrics.load_seconds is None


async def test_an_empty_done_chunk_is_an_empty_answer():
    async with FakeOllama() as server:
        server.script("/api/chat", stream({"model": "m", "done": True}))
        assert await answered(server) == [Reply("")]


async def test_a_prompt_cut_in_silence_is_noticed():
    long = replace(REQUEST, messages=(Message("user", "many words " * 60),))
    async with FakeOllama(MODELS, quirks=Quirks(shortens_prompts=True)) as server:
        metrics = (await answered(server, long))[-1].metrics
    assert metrics.prompt_tokens == OPTIONS["num_ctx"] // 2 + 2
    assert metrics.done_reason == "stop"
    assert metrics.truncated


async def test_a_short_prompt_of_half_the_window_is_not_called_cut():
    async with FakeOllama() as server:
        done = {**DONE, "prompt_eval_count": OPTIONS["num_ctx"] // 2 + 2}
        server.script("/api/chat", stream(chunk("x"), done))
        assert not (await answered(server))[-1].metrics.truncated


async def test_a_prompt_of_the_whole_window_was_cut():
    async with FakeOllama() as server:
        server.script("/api/chat", stream({**DONE, "prompt_eval_count": OPTIONS["num_ctx"]}))
        assert (await answered(server))[-1].metrics.truncated


async def test_an_answer_far_beyond_its_limit_is_stopped():
    async with FakeOllama() as server:
        server.script("/api/chat", stream(*[chunk("x" * 1000)] * 100, asyncio.Event()))
        error = await failed(server)
    assert isinstance(error, errors.EndlessReply)
    assert error.blame == "model"
    assert error.partial is not None


# Failures


async def test_an_error_as_the_first_event_has_its_status():
    crash = "model runner has unexpectedly stopped, this may be due to resource limitations"
    async with FakeOllama(MODELS, quirks=Quirks(error_after=(0, crash))) as server:
        error = await failed(server)
    assert isinstance(error, errors.RunnerCrashed)
    assert error.partial is None


async def test_an_error_line_of_old_servers_under_status_200_is_an_error():
    async with FakeOllama() as server:
        server.script("/api/chat", stream({"error": "no slots available after 10 retries"}))
        assert isinstance(await failed(server), errors.ServerBusy)


async def test_an_error_in_the_middle_keeps_what_came():
    crash = "an error was encountered while running the model: unexpected EOF"
    async with FakeOllama(MODELS, quirks=Quirks(error_after=(3, crash))) as server:
        error = await failed(server)
    assert isinstance(error, errors.RunnerCrashed)
    assert error.partial is not None
    assert error.partial.text == "Grüße aus \u0085 Köln,"


async def test_an_error_may_be_an_object():
    async with FakeOllama() as server:
        server.script("/api/chat", stream(chunk("x"), {"error": {"message": "server busy"}}))
        assert isinstance(await failed(server), errors.ServerBusy)


async def test_a_stream_that_ends_in_good_order_but_unfinished_is_the_models_fault():
    async with FakeOllama(MODELS, quirks=Quirks(stop_after=2)) as server:
        error = await failed(server)
    assert type(error) is errors.EndedEarly
    assert error.blame == "model"
    assert error.partial == Reply("Grüße aus")


@pytest.mark.parametrize("stop", ["cut", "reset"])
async def test_a_broken_connection_is_the_servers_fault(stop):
    async with FakeOllama(MODELS, quirks=Quirks(stop_after=2, stop=stop)) as server:
        error = await failed(server)
    assert type(error) is errors.TruncatedStream
    assert (error.blame, error.retryable) == ("server", True)
    # A reset may overtake what was sent before it.
    assert error.partial is None or ANSWER.startswith(error.partial.text)


async def test_an_end_in_the_middle_of_a_line_is_a_broken_answer():
    async with FakeOllama() as server:
        server.script("/api/chat", stream(chunk("x"), b'{"model":"m","mess'))
        error = await failed(server)
    assert type(error) is errors.TruncatedStream
    assert error.partial == Reply("x")


async def test_a_whole_reply_that_is_not_done_is_unfinished():
    quirks = Quirks(ignores_stream=True, stop_after=2)
    async with FakeOllama(MODELS, quirks=quirks) as server:
        error = await failed(server)
    assert isinstance(error, errors.EndedEarly)
    assert error.partial == Reply("Grüße aus")


@pytest.mark.parametrize("tail", [" the" * 31, "\n" * 40, "ab" * 31, "Well: " + "!" * 31])
async def test_an_end_in_repetition_is_not_tried_again(tail):
    async with FakeOllama() as server:
        server.script("/api/chat", stream(chunk("It is"), chunk(tail)))
        error = await failed(server)
    assert isinstance(error, errors.RunawayRepetition)
    assert (error.blame, error.retryable) == ("model", False)


async def test_a_connection_dropped_before_any_answer_can_be_tried_again():
    async with FakeOllama() as server:
        server.script("/api/chat", drop())
        error = await failed(server)
    assert isinstance(error, errors.ServerUnreachable)
    assert error.retryable


async def test_nobody_listening_is_said_so():
    async with FakeOllama() as server:
        pass
    error = await failed(server)
    assert isinstance(error, errors.ServerUnreachable)


async def test_garbage_between_events_is_a_bad_reply():
    async with FakeOllama() as server:
        server.script("/api/chat", stream(chunk("x"), b"what?\n", DONE))
        error = await failed(server)
    assert isinstance(error, errors.BadReply)
    assert error.partial == Reply("x")


@pytest.mark.parametrize(
    "script",
    [
        reply(200, "<html>Welcome</html>", "text/html"),
        reply(200, "Hello", "text/plain"),
        reply(200, "[1, 2]", "application/json"),
        reply(200, b"\xff\xfe\x00garbage"),
        stream(b"{" * 100_000 + b"\n", b"{}\n"),
    ],
)
async def test_what_is_no_model_server_is_called_so(script):
    async with FakeOllama() as server:
        server.script("/api/chat", script)
        assert type(await failed(server)) is errors.NotOllama


async def test_a_message_of_another_shape_is_a_bad_reply():
    async with FakeOllama() as server:
        server.script("/api/chat", stream({"message": "hello", "done": True}))
        assert isinstance(await failed(server), errors.BadReply)


async def test_an_answer_in_openais_format_says_what_to_set():
    async with FakeOllama(MODELS, quirks=Quirks(openai_shape=True)) as server:
        error = await failed(server)
    assert isinstance(error, errors.OtherProtocol)
    assert 'kind = "openai"' in error.hint


async def test_an_unknown_path_under_status_200_is_recognised():
    quirks = Quirks(missing=frozenset({"/api/chat"}), unexpected_endpoint=True)
    async with FakeOllama(MODELS, quirks=quirks) as server:
        assert isinstance(await failed(server), errors.EndpointMissing)


async def test_a_server_without_chats_is_recognised():
    async with FakeOllama(MODELS, quirks=Quirks(missing=frozenset({"/api/chat"}))) as server:
        assert isinstance(await failed(server), errors.EndpointMissing)


async def test_a_redirect_is_reported_not_followed():
    async with FakeOllama(MODELS) as server:
        server.script("/api/chat", reply(301, Location=f"{server.url}/elsewhere"))
        error = await failed(server)
        assert [received.path for received in server.requests] == ["/api/chat"]
    assert isinstance(error, errors.Redirected)
    assert error.target.endswith("/elsewhere")


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (replace(REQUEST, model="nobody"), errors.ModelMissing),
        (replace(REQUEST, model="embedder"), errors.ModelIncompatible),
        (replace(REQUEST, model=""), errors.BadRequest),
        (replace(REQUEST, think="on"), errors.ThinkingUnsupported),
        (replace(REQUEST, options={"temperature": "hot"}), errors.BadRequest),
        (replace(REQUEST, options={"stop": "x"}), errors.BadRequest),
        (replace(REQUEST, format="xml"), errors.BadRequest),  # type: ignore[arg-type]
        (replace(REQUEST, keep_alive="ten minutes"), errors.BadRequest),
        (replace(REQUEST, messages=(Message("user", "word " * 100),)), errors.ContextOverflow),
    ],
)
async def test_what_the_server_refuses_is_the_requests_fault(request_, kind):
    async with FakeOllama(MODELS) as server:
        error = await failed(server, request_)
    assert type(error) is kind
    assert (error.blame, error.retryable) == ("request", False)


async def test_an_overflow_tells_both_sizes():
    long = replace(REQUEST, messages=(Message("user", "word " * 100),))
    async with FakeOllama(MODELS) as server:
        error = await failed(server, long)
    assert isinstance(error, errors.ContextOverflow)
    assert error.sizes.window == 64
    assert error.sizes.prompt is not None
    assert error.sizes.prompt > 64


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (reply(403), errors.HostRefused),
        (reply(503, {"error": "server busy, please try again."}), errors.ServerBusy),
        (reply(401, {"error": "unauthorized", "signin_url": "https://x"}), errors.Unauthorized),
        (reply(404, "404 page not found"), errors.EndpointMissing),
        (reply(500), errors.ServerFailed),
    ],
)
async def test_statuses_become_errors(script, kind):
    async with FakeOllama() as server:
        server.script("/api/chat", script)
        assert type(await failed(server)) is kind


async def test_a_wish_to_be_left_alone_is_read():
    async with FakeOllama() as server:
        server.script("/api/chat", reply(429, {"error": "slow down"}, Retry_After="17"))
        assert (await failed(server)).retry_after == 17.0


# What is sent


async def test_a_request_says_everything_that_matters():
    request = replace(REQUEST, format="json", keep_alive="10m", think="off")
    async with FakeOllama(MODELS) as server:
        await answered(server, request)
        received = server.requests[0]
    assert received.json == {
        "model": "plain",
        "messages": [{"role": "user", "content": "Say hello."}],
        "stream": True,
        "truncate": False,
        "options": OPTIONS,
        "think": False,
        "format": "json",
        "keep_alive": "10m",
    }
    assert "origin" not in received.headers
    assert "authorization" not in received.headers


async def test_the_system_message_goes_first():
    messages = (Message("system", "Be brief."), Message("user", "Hello."))
    async with FakeOllama(MODELS) as server:
        await answered(server, replace(REQUEST, messages=messages))
        sent = server.bodies("/api/chat")[0]["messages"]
    assert [message["role"] for message in sent] == ["system", "user"]


@pytest.mark.parametrize(
    ("given", "sent"), [("-1", -1), (-1, -1), ("0", 0), ("300", 300), (2.5, 2.5), ("10m", "10m")]
)
async def test_a_keep_alive_without_a_unit_is_sent_as_a_number(given, sent):
    async with FakeOllama(MODELS) as server:
        await answered(server, replace(REQUEST, keep_alive=given))
        assert server.bodies("/api/chat")[0]["keep_alive"] == sent


async def test_equal_options_load_once_and_others_load_again():
    async with FakeOllama(MODELS) as server:
        for seed in (1, 2, 3):
            await answered(server, replace(REQUEST, options={**OPTIONS, "seed": seed}))
        assert server.loads == {("plain:latest", 64, True): 1}
        await answered(server, replace(REQUEST, options={**OPTIONS, "num_ctx": 128}))
        assert sum(server.loads.values()) == 2


@pytest.mark.parametrize(
    ("think", "knows", "sent"),
    [
        ("auto", True, [True]),
        ("auto", False, [None]),
        ("on", False, [True]),
        ("off", True, [False]),
        ("off", False, [False]),
    ],
)
async def test_thinking_is_asked_for_where_it_is_known_or_wanted(think, knows, sent):
    async with FakeOllama(MODELS) as server:
        client = OllamaClient(server.url)
        if knows:
            await client.models()
        await client.chat(replace(REQUEST, model="deep", think=think), silent)
        await client.aclose()
        assert [body.get("think") for body in server.bodies("/api/chat")] == sent


async def test_auto_leaves_a_model_that_cannot_think_alone():
    async with FakeOllama(MODELS) as server:
        client = OllamaClient(server.url)
        await client.models()
        await client.chat(REQUEST, silent)
        await client.aclose()
        assert "think" not in server.bodies("/api/chat")[0]


async def test_a_refused_think_is_left_out_once_and_then_always():
    async with FakeOllama(MODELS, quirks=Quirks(rejects_think=True)) as server:
        client = OllamaClient(server.url)
        request = replace(REQUEST, think="off")
        first, whole = await heard(client, request)
        second, again = await heard(client, request)
        await client.aclose()
        sent = ["think" in body for body in server.bodies("/api/chat")]
    assert first == second
    assert whole.text == again.text == ANSWER
    assert sent == [True, False, False]


async def test_a_model_that_is_refused_thinking_on_demand_is_an_error_not_a_guess():
    async with FakeOllama(MODELS) as server:
        await failed(server, replace(REQUEST, think="on"))
        assert len(server.bodies("/api/chat")) == 1


async def test_names_are_sent_as_the_server_lists_them():
    sensitive = SimulatedModel("Qwen/Qwen2.5:Latest", lambda chat: "ok")
    async with FakeOllama([sensitive]) as server:
        client = OllamaClient(server.url)
        await client.models()
        await client.chat(replace(REQUEST, model="qwen/qwen2.5"), silent)
        await client.aclose()
        assert server.bodies("/api/chat")[0]["model"] == "Qwen/Qwen2.5:Latest"


async def test_a_schema_reaches_the_model():
    seen: list[Chat] = []

    def respond(chat: Chat) -> str:
        seen.append(chat)
        return "{}"

    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    async with FakeOllama([SimulatedModel("plain:latest", respond)]) as server:
        await answered(server, replace(REQUEST, format=schema))
    assert seen[0].format == schema


@pytest.mark.parametrize("pattern", [r"^\d{4}$", r"^(?:\w+\s?)+$", r"\bcat\b"])
async def test_a_pattern_that_would_end_the_servers_process_is_sent_in_other_words(pattern):
    schema: Any = {"type": "object", "properties": {"a": {"type": "string", "pattern": pattern}}}
    async with FakeOllama(MODELS) as server:
        whole = (await answered(server, replace(REQUEST, format=schema)))[-1]
        [sent] = server.bodies("/api/chat")
    assert whole.text == ANSWER
    assert sent["format"]["properties"]["a"]["pattern"] == safe_pattern(pattern)
    assert schema["properties"]["a"]["pattern"] == pattern


async def test_a_pattern_that_no_server_can_follow_is_refused_before_anything_is_sent():
    schema = {"type": "object", "properties": {"a": {"pattern": "^(?=x).*$"}}}
    async with FakeOllama(MODELS) as server:
        error = await failed(server, replace(REQUEST, format=schema))
        assert server.requests == []
    assert isinstance(error, errors.FormatRefused)
    assert "properties.a" in str(error)
    assert "write" in str(error)


@pytest.mark.parametrize(
    ("asked", "sent"),
    [("-1", -1), ("300", 300), (-1, -1), ("1.5", 1.5), ("10m", "10m"), ("inf", -1), (0, 0)],
)
async def test_a_time_in_memory_without_a_unit_is_sent_as_a_number(asked, sent):
    async with FakeOllama(MODELS) as server:
        await answered(server, replace(REQUEST, keep_alive=asked))
        [body] = server.bodies("/api/chat")
    assert (body["keep_alive"], type(body["keep_alive"])) == (sent, type(sent))


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_was_withheld_is_said_where_it_is_asked_for(status, monkeypatch):
    key = "sk-0123456789"
    # As if the server were another machine.
    monkeypatch.setattr("llmopt_tui.llm.keys.is_loopback", lambda url: False)
    async with FakeOllama(MODELS) as server:
        server.script("/api/chat", *[reply(status, {"error": "no key"})] * 2)
        withheld = await failed(server, api_key=key)
        allowed = await failed(server, api_key=key, key_over_http=True)
        first, second = server.requests
    assert "key_over_http = true" in withheld.hint
    assert "authorization" not in first.headers
    assert "withheld" not in allowed.hint
    assert second.headers["authorization"] == f"Bearer {key}"
