"""The OpenAI-compatible wire format: our requests into its words, its words into our replies.

Pure: nothing here touches a connection. Dialects that it knows: llama.cpp's server (`timings`,
`meta`), vLLM, LiteLLM, Ollama's /v1, LM Studio.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from llmopt_tui.core.ports import ChatRequest, Metrics, ModelInfo
from llmopt_tui.llm.errors import BadReply, TruncatedStream, error_for_text, error_text

DONE = b"[DONE]"

# What Ollama's options are called here. num_ctx and the like have no equivalent: the window is
# chosen where the server is started. Where dialects differ, each server ignores the other's name.
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "temperature": ("temperature",),
    "top_p": ("top_p",),
    "top_k": ("top_k",),
    "min_p": ("min_p",),
    "seed": ("seed",),
    "stop": ("stop",),
    "presence_penalty": ("presence_penalty",),
    "frequency_penalty": ("frequency_penalty",),
    "repeat_penalty": ("repeat_penalty", "repetition_penalty"),  # llama.cpp; vLLM, SGLang
}


def request_body(request: ChatRequest, extras: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON body of a streamed chat completion. `extras` are fields only this server knows."""
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    for ours, theirs in _OPTIONS.items():
        if ours in request.options:
            body |= dict.fromkeys(theirs, request.options[ours])
    if isinstance(body.get("stop"), str):
        body["stop"] = [body["stop"]]
    limit = request.options.get("num_predict")
    if isinstance(limit, int | float) and limit > 0:  # Ollama's -1 and -2 mean "no limit"
        body["max_tokens"] = int(limit)
    if request.format == "json":
        body["response_format"] = {"type": "json_object"}
    elif request.format is not None:
        schema = {"name": "answer", "schema": dict(request.format)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.think != "auto":
        # vLLM, SGLang and llama.cpp hand this to the model's chat template; others ignore it.
        body["chat_template_kwargs"] = {"enable_thinking": request.think == "on"}
    return body | dict(extras)


def payload(line: bytes) -> bytes | None:
    """What a line of an event stream carries; None for comments, event names and the like.

    Older llama.cpp servers send failures as a field of their own, `error:`.
    """
    name, colon, value = line.partition(b":")
    return value.strip() if colon and name in (b"data", b"error") else None


def decoded(document: bytes) -> Mapping[str, Any]:
    """A JSON object that the server sent as its answer or a part of it; see `checked`."""
    try:
        value = json.loads(document.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        # An object that breaks off is what a broken connection leaves behind.
        if document.startswith(b"{"):
            raise TruncatedStream() from error
        raise BadReply.quoting(document[:80].decode("utf-8", "replace")) from error
    return checked(value)


def checked(reply: object) -> Mapping[str, Any]:
    """The reply, if it is an object and no error: errors come under status 200 too.

    Raises BadReply for anything else, and what the error stands for.
    """
    if not isinstance(reply, dict):
        raise BadReply()
    if complaint := error_text(reply):
        raise error_for_text(complaint)
    return reply


class Transcript:
    """An answer as it adds up, chunk by chunk: why it ended and what it cost."""

    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self._usage: Mapping[str, Any] = {}
        self._timings: Mapping[str, Any] = {}

    def read(self, chunk: Mapping[str, Any]) -> tuple[str, str]:
        """The text and the thoughts that a chunk, or a whole reply, brings. Both may be empty."""
        self._usage = _mapping(chunk.get("usage")) or self._usage
        self._timings = _mapping(chunk.get("timings")) or self._timings
        text = thinking = ""
        for choice in _choices(chunk):
            reason = choice.get("finish_reason")
            if isinstance(reason, str) and reason:
                self.finish_reason = reason
            piece = _mapping(choice.get("delta")) or _mapping(choice.get("message"))
            text += _text(piece.get("content"))
            # Some gateways send the same thoughts under both names.
            thinking += _text(piece.get("reasoning_content")) or _text(piece.get("reasoning"))
        return text, thinking

    def metrics(self) -> Metrics:
        """The cost of the call: llama.cpp's own measurements where given, else token counts."""
        prompt_tokens = _count(self._usage.get("prompt_tokens"))
        if prompt_tokens is None and (read := _count(self._timings.get("prompt_n"))) is not None:
            prompt_tokens = read + (_count(self._timings.get("cache_n")) or 0)
        output_tokens = _count(self._usage.get("completion_tokens"))
        if output_tokens is None:
            output_tokens = _count(self._timings.get("predicted_n"))
        output_seconds = _seconds(self._timings.get("predicted_ms"))
        speed = output_tokens / output_seconds if output_tokens and output_seconds else None
        return Metrics(
            prompt_tokens=prompt_tokens,
            prompt_seconds=_seconds(self._timings.get("prompt_ms")),
            output_tokens=output_tokens,
            output_seconds=output_seconds,
            tokens_per_second=speed,
            done_reason=self.finish_reason,
            truncated=self.finish_reason == "length",
        )


def model_infos(listing: object, endpoint: str) -> tuple[ModelInfo, ...]:
    """The models of a /v1/models answer; `data` may be null, entries without an id are dropped.

    Raises ModelError where it is no such answer.
    """
    data = checked(listing).get("data", ...)
    if data is not None and not isinstance(data, list):
        raise BadReply("The server's list of models cannot be read")
    entries: list[object] = data or []
    return tuple(
        _model_info(entry, endpoint)
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and entry["id"]
    )


def parameter_size(count: int) -> str:
    """A number of parameters as model names give it: 134515008 is "135M", 1543714304 "1.5B"."""
    if count >= 999_500_000:
        return f"{count / 1_000_000_000:.1f}".removesuffix(".0") + "B"
    return f"{count / 1_000_000:.0f}M"


def _model_info(entry: Mapping[str, Any], endpoint: str) -> ModelInfo:
    meta = _mapping(entry.get("meta"))
    parameters = _count(meta.get("n_params"))
    context = (
        _count(entry.get("max_model_len"))  # vLLM
        or _count(meta.get("n_ctx"))
        or _count(meta.get("n_ctx_train"))
    )
    return ModelInfo(
        name=entry["id"],
        endpoint=endpoint,
        size=_count(meta.get("size")),
        parameter_size=parameter_size(parameters) if parameters else "",
        quantization=_quantization(_text(meta.get("ftype"))),
        context_length=context,
    )


def _quantization(ftype: str) -> str:
    """llama.cpp's "Q4_K - Medium" as everyone writes it, "Q4_K_M"."""
    base, _, variant = ftype.partition(" - ")
    suffix = {"Small": "_S", "Medium": "_M", "Large": "_L"}.get(variant, "")
    return base.removeprefix("mostly ") + suffix


def _choices(chunk: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    choices = chunk.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and choice.get("index", 0) == 0:
            yield choice


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """A string, "" for anything else. Lone surrogates, which no file can hold, go."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _count(value: object) -> int | None:
    return int(value) if _is_measure(value) else None


def _seconds(milliseconds: object) -> float | None:
    return milliseconds / 1000 if _is_measure(milliseconds) else None


def _is_measure(value: object) -> TypeGuard[int | float]:
    """Whether a value can be an amount of something: no boolean, not negative, not endless."""
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value < 2**63
