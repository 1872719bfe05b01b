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
