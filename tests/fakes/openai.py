"""Scripts that answer as OpenAI-compatible servers do, for `WireServer`."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from tests.fakes.wire import Script, reply, stream

CHAT = "/v1/chat/completions"
MODELS = "/v1/models"
DONE = b"data: [DONE]\n\n"


def event(value: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def delta(content: str | None = None, **fields: Any) -> bytes:
    """A chunk with a piece of the answer; other fields of the delta by name."""
    return event(
        {
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": {"content": content} | fields}],
        }
    )


def finish(reason: str = "stop") -> bytes:
    """The chunk that says why the answer ended."""
    return event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})


def usage(prompt: int, completion: int, **timings: float) -> bytes:
    """The chunk with the counts; llama.cpp's `timings` by name."""
    counts = {"prompt_tokens": prompt, "completion_tokens": completion}
    return event({"choices": [], "usage": counts} | ({"timings": timings} if timings else {}))


def sse(*pieces: bytes | asyncio.Event, ending: Literal["end", "cut", "reset"] = "end") -> Script:
    """A script that streams these events and nothing else."""
    return stream(*pieces, ending=ending, content_type="text/event-stream")


def answer(text: str) -> Script:
    """A script that streams a whole, well-formed answer, word by word."""
    words = [delta(word) for word in re.findall(r"\S+\s*", text)]
    return sse(*words, finish(), usage(7, len(words)), DONE)


def models(*ids: str) -> Script:
    """A script that lists models."""
    return reply(200, {"object": "list", "data": [{"id": name} for name in ids]})


def llama_cpp(name: str, template: str = "") -> dict[str, Script]:
    """What llama.cpp's server says of its one model, by path."""
    meta = {"n_params": 134515008, "n_ctx_train": 8192, "size": 96_000_000, "ftype": "Q4_0"}
    return {
        MODELS: reply(200, {"object": "list", "data": [{"id": name, "meta": meta}]}),
        "/props": reply(200, {"total_slots": 1, "chat_template": template}),
    }


def lite_llm(**models: Mapping[str, Any]) -> dict[str, Script]:
    """What a LiteLLM proxy says of its models, by path; `model_info` by name."""
    listed = [{"id": name, "object": "model", "owned_by": "openai"} for name in models]
    info = [
        {
            "model_name": name,
            "litellm_params": {"model": f"openai/{name}"},
            "model_info": dict(told),
        }
        for name, told in models.items()
    ]
    return {
        MODELS: reply(200, {"object": "list", "data": listed}),
        "/model/info": reply(200, {"data": info}),
    }


def ray_serve(name: str, window: int) -> dict[str, Script]:
    """What Ray Serve LLM says of a model, by path."""
    metadata = {"model_id": name, "input_modality": "text", "max_request_context_length": window}
    entry = {"id": name, "object": "model", "permission": [], "metadata": metadata}
    return {MODELS: reply(200, {"object": "list", "data": [entry]})}


def refused(status: int, message: str, kind: str = "", code: object = None) -> Script:
    """A refusal as OpenAI-compatible servers word it."""
    return reply(status, {"error": {"message": message, "type": kind, "code": code or status}})
