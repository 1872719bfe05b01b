"""Requests in the OpenAI-compatible wire format, and its small parts."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.ports import ChatRequest, Message, Metrics, ModelError
from llmopt_tui.llm.openai_models import model_infos, parameter_size
from llmopt_tui.llm.openai_request import dropped_options, request_body
from llmopt_tui.llm.openai_wire import Transcript, decoded, payload


def request(**fields: Any) -> ChatRequest:
    return ChatRequest("m", (Message("system", "S"), Message("user", "U")), **fields)


def test_a_plain_request_sends_only_what_it_must() -> None:
    assert request_body(request(), {}) == {
        "model": "m",
        "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"temperature": 0}, {"temperature": 0}),
        ({"top_p": 0.9, "top_k": 40, "min_p": 0.1}, {"top_p": 0.9, "top_k": 40, "min_p": 0.1}),
        ({"seed": 42}, {"seed": 42}),
        ({"stop": "END"}, {"stop": ["END"]}),
        ({"stop": ["a", "b"]}, {"stop": ["a", "b"]}),
        ({"num_predict": 100}, {"max_tokens": 100}),
        ({"num_predict": 100.0}, {"max_tokens": 100}),
        ({"num_predict": -1}, {}),
        ({"num_ctx": 8192, "num_gpu": 1, "mirostat": 2}, {}),
        ({"repeat_penalty": 1.1}, {"repeat_penalty": 1.1, "repetition_penalty": 1.1}),
    ],
)
def test_options_are_translated_or_left_out(options: dict[str, Any], sent: dict[str, Any]) -> None:
    body = request_body(request(options=options), {})
    assert {key: body[key] for key in body.keys() - request_body(request(), {}).keys()} == sent


def test_options_that_cannot_be_asked_for_are_named() -> None:
    options = {"temperature": 0, "num_ctx": 8192, "num_predict": 9, "repeat_last_n": 64}
    assert dropped_options(options) == ("num_ctx", "repeat_last_n")


def test_patterns_of_a_schema_are_sent_in_words_that_every_server_knows() -> None:
    sent = request_body(request(format={"type": "string", "pattern": r"^\d$"}), {})
    assert sent["response_format"]["json_schema"]["schema"]["pattern"] == "^[0-9]$"


def test_formats_become_response_formats() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert request_body(request(format="json"), {})["response_format"] == {"type": "json_object"}
    assert request_body(request(format=schema), {})["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": schema},
    }


@pytest.mark.parametrize(("think", "enabled"), [("on", True), ("off", False)])
def test_thinking_is_asked_of_the_template(think: Any, enabled: bool) -> None:
    body = request_body(request(think=think), {})
    assert body["chat_template_kwargs"] == {"enable_thinking": enabled}


def test_extras_are_added_and_kept_apart_from_other_servers() -> None:
    assert request_body(request(), {"cache_prompt": False})["cache_prompt"] is False
    assert "cache_prompt" not in request_body(request(), {})


@pytest.mark.parametrize(
    ("line", "carried"),
    [
        (b'data: {"a":1}', b'{"a":1}'),
        (b'data:{"a":1}', b'{"a":1}'),
        (b"data: [DONE]", b"[DONE]"),
        (b'error: {"a":1}', b'{"a":1}'),
        (b": comment", None),
        (b"event: x", None),
        (b"data", None),
        (b'{"a":1}', None),
    ],
)
def test_only_data_and_errors_carry_anything(line: bytes, carried: bytes | None) -> None:
    assert payload(line) == carried


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (134_515_008, "135M"),
        (1_543_714_304, "1.5B"),
        (7_000_000_000, "7B"),
        (999_700_000, "1B"),
        (70_553_706_496, "70.6B"),
    ],
)
def test_parameter_sizes_read_as_people_write_them(count: int, said: str) -> None:
    assert parameter_size(count) == said


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "delta", "message", "content", "reasoning", "usage", "timings", "index",
             "prompt_tokens", "predicted_ms", "finish_reason", "data", "id", "meta", "error"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_nothing_a_server_sends_raises_anything_but_model_errors(value: Any) -> None:
    for read in (
        lambda: Transcript().read(value) if isinstance(value, dict) else None,
        lambda: model_infos(value, "e"),
    ):
        with suppress(ModelError):
            read()


@given(JSON)
def test_whatever_a_transcript_read_its_metrics_are_sane(value: Any) -> None:
    transcript = Transcript()
    text, thinking = transcript.read(value if isinstance(value, dict) else {})
    (text + thinking).encode()
    metrics = transcript.metrics()
    for number in (metrics.prompt_tokens, metrics.output_tokens, metrics.output_seconds):
        assert number is None or number >= 0


@pytest.mark.parametrize("number", [10**400, float("nan"), float("inf"), -1, True, "8"])
def test_numbers_that_measure_nothing_are_unknown(number: Any) -> None:
    transcript = Transcript()
    timings = {"predicted_n": number, "predicted_ms": number, "prompt_n": number}
    transcript.read({"usage": {"prompt_tokens": number}, "timings": timings})
    assert transcript.metrics() == Metrics()


@given(st.binary())
def test_any_bytes_are_an_object_or_a_model_error(document: bytes) -> None:
    with suppress(ModelError):
        assert isinstance(decoded(document), dict)


def chunk(text: str) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}}]}


@pytest.mark.parametrize(
    ("times", "tokens", "seconds", "speed"),
    [
        ([10.0, 10.5, 12.0], 41, 2.0, 20.0),  # the first token was there when the time began
        ([10.0, 10.001, 10.002], 41, None, None),  # written before it was sent
        ([10.0], 41, None, None),
    ],
)
def test_where_nothing_is_measured_the_stream_is(
    times: list[float], tokens: int, seconds: float | None, speed: float | None
) -> None:
    clock = iter(times)
    transcript = Transcript(lambda: next(clock))
    for _ in times:
        transcript.read(chunk("word "))
    transcript.read({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": tokens}})
    metrics = transcript.metrics()
    assert (metrics.output_seconds, metrics.tokens_per_second) == (seconds, speed)


def test_the_servers_own_measurements_come_first() -> None:
    clock = iter([0.0, 9.0])
    transcript = Transcript(lambda: next(clock))
    transcript.read(chunk("a"))
    transcript.read(chunk("b") | {"timings": {"predicted_n": 8, "predicted_ms": 2000.0}})
    assert transcript.metrics().tokens_per_second == 4.0


def test_content_in_parts_is_put_together() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm "}, "well"]},
        {"type": "text", "text": "yes"},
        "!",
        {"type": "image_url", "image_url": {}},
        7,
    ]
    assert Transcript().read({"choices": [{"delta": {"content": parts}}]}) == ("yes!", "hm well")


@pytest.mark.parametrize(
    ("sent", "kept"), [("fp_44", "fp_44"), (None, ""), (7, ""), ("", ""), ("x" * 500, "x" * 100)]
)
def test_the_backend_that_answered_is_kept(sent: object, kept: str) -> None:
    transcript = Transcript()
    transcript.read({"system_fingerprint": sent, "choices": [{"delta": {"content": "a"}}]})
    transcript.read({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})
    assert transcript.metrics().system_fingerprint == kept


@pytest.mark.parametrize(
    ("told", "reused"),
    [
        ({"timings": {"prompt_n": 10, "cache_n": 30}}, 30),
        ({"timings": {"prompt_n": 40, "cache_n": 0}}, 0),
        ({"usage": {"prompt_tokens": 40, "prompt_tokens_details": {"cached_tokens": 16}}}, 16),
        ({"usage": {"prompt_tokens": 40, "prompt_tokens_details": None}}, None),
        ({"usage": {"prompt_tokens": 40}}, None),
    ],
)
def test_tokens_of_the_prefix_cache_are_read_in_each_servers_words(
    told: dict[str, Any], reused: int | None
) -> None:
    transcript = Transcript()
    transcript.read({"choices": [{"delta": {"content": "a"}}]} | told)

    assert transcript.metrics().reused_tokens == reused
