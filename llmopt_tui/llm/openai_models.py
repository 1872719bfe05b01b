"""What OpenAI-compatible servers tell of their models: llama.cpp, vLLM, LiteLLM, Ray. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from llmopt_tui.core.ports import ModelInfo
from llmopt_tui.llm.content import clean_text
from llmopt_tui.llm.errors import BadReply
from llmopt_tui.llm.openai_wire import checked, count_of, mapping_of

CHATS = ("completion",)
THINKS = ("completion", "thinking")


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
    meta = mapping_of(entry.get("meta"))
    parameters = count_of(meta.get("n_params"))
    context = (
        count_of(entry.get("max_model_len"))  # vLLM
        or count_of(meta.get("n_ctx"))  # llama.cpp
        or count_of(meta.get("n_ctx_train"))
        or count_of(entry.get("max_input_tokens"))  # LiteLLM
        or count_of(mapping_of(entry.get("metadata")).get("max_request_context_length"))  # Ray
    )
    return ModelInfo(
        name=entry["id"],
        endpoint=endpoint,
        size=count_of(meta.get("size")),
        parameter_size=parameter_size(parameters) if parameters else "",
        quantization=_quantization(clean_text(meta.get("ftype"))),
        context_length=context,
    )


def _quantization(ftype: str) -> str:
    """llama.cpp's "Q4_K - Medium" as everyone writes it, "Q4_K_M"."""
    base, _, variant = ftype.partition(" - ")
    suffix = {"Small": "_S", "Medium": "_M", "Large": "_L"}.get(variant, "")
    return base.removeprefix("mostly ") + suffix


def with_gateway_details(models: Iterable[ModelInfo], told: object) -> tuple[ModelInfo, ...]:
    """The models with what LiteLLM's /model/info tells of them: their windows, and who thinks."""
    data = mapping_of(told).get("data")
    by_name = {
        entry.get("model_name"): mapping_of(entry.get("model_info"))
        for entry in (data if isinstance(data, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get("model_name"), str)
    }
    return tuple(
        replace(
            model,
            context_length=model.context_length
            or count_of(by_name.get(model.name, {}).get("max_input_tokens")),
            capabilities=THINKS
            if by_name.get(model.name, {}).get("supports_reasoning") is True
            else model.capabilities,
        )
        for model in models
    )


def with_template(models: Iterable[ModelInfo], properties: object) -> tuple[ModelInfo, ...]:
    """llama.cpp's models; its template tells whether they think."""
    template = clean_text(mapping_of(properties).get("chat_template"))
    if not template:
        return tuple(models)
    thinks = any(sign in template for sign in ("<think>", "[THINK]", "enable_thinking"))
    return tuple(replace(model, capabilities=THINKS if thinks else CHATS) for model in models)


def with_thinkers(models: Iterable[ModelInfo], named: Iterable[str]) -> tuple[ModelInfo, ...]:
    """The models, of which those that a person named think. Names may hold `*`."""
    patterns = tuple(name.casefold() for name in named)
    return tuple(
        replace(model, capabilities=THINKS)
        if any(fnmatchcase(model.name.casefold(), pattern) for pattern in patterns)
        else model
        for model in models
    )
