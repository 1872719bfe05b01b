"""A chat as the OpenAI-compatible protocol asks for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmopt_tui.core.ports import ChatRequest, OptionValue
from llmopt_tui.llm.formats import sendable

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


def dropped_options(options: Mapping[str, OptionValue]) -> tuple[str, ...]:
    """The names of the options that cannot be asked for here, and so are not sent."""
    return tuple(name for name in options if name not in _OPTIONS and name != "num_predict")


def request_body(request: ChatRequest, extras: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON body of a streamed chat completion. `extras` are fields only this server knows.

    Raises FormatRefused.
    """
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
        schema = {"name": "answer", "schema": sendable(request.format)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.think != "auto":
        # vLLM, SGLang and llama.cpp hand this to the model's chat template; others ignore it.
        body["chat_template_kwargs"] = {"enable_thinking": request.think == "on"}
    return body | dict(extras)
