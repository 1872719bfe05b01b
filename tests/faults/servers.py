"""How a server goes wrong: scripts for the fake servers, one for each way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from tests.fakes import openai
from tests.fakes.ollama import FakeOllama
from tests.fakes.wire import Exchange, Script, drop, json_line, reply, stream

Fault = Callable[[FakeOllama], Script]
"""Makes the script for one call; the server is there to be looked at and disturbed."""

MB = 1024 * 1024
MILLION = 1_000_000
REPEATED = "the same words and "
NOT_HTTP = b"220 mail.example ESMTP\r\n\r\n"
WEB_PAGE = "<!doctype html><title>Sign in</title><h1>Welcome to the hotel's network</h1>"
OVERFLOW = json.dumps(
    {
        "error": {
            "code": 400,
            "message": "the request exceeds the available context size, try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 7900,
            "n_ctx": 4096,
        }
    }
)


def words(text: str) -> dict[str, Any]:
    """An event with a piece of an answer."""
    return {"model": "m", "message": {"role": "assistant", "content": text}, "done": False}


def done(**more: Any) -> dict[str, Any]:
    """The event that ends an answer."""
    return {**words(""), "done": True, "done_reason": "stop", **more}


def error(text: str) -> dict[str, Any]:
    """A line, or a body, that reports an error."""
    return {"error": text}


def says(*pieces: Any, ending: Literal["end", "cut", "reset"] = "end") -> Fault:
    """Streams these events, bytes as they are, then ends in good order or not."""
    return lambda server: stream(*pieces, ending=ending)


def replies(
    status: int, body: bytes | str | Mapping[str, Any] = b"", media: str = "", **headers: str
) -> Fault:
    """Sends one whole reply."""
    return lambda server: reply(status, body, media, **headers)


def breaks_off(server: FakeOllama) -> Script:
    """Breaks the connection before anything is answered."""
    return drop()


def speaks_another_language(server: FakeOllama) -> Script:
    """Sends bytes that are no HTTP."""

    async def script(exchange: Exchange) -> None:
        await exchange.raw(NOT_HTTP)
        exchange.cut()

    return script


def loads_for_ever(server: FakeOllama) -> Script:
    """The model was dropped from memory, and loading it comes to no end."""

    async def script(exchange: Exchange) -> None:
        server.runners.clear()
        await asyncio.Event().wait()

    return script


def never_begins(server: FakeOllama) -> Script:
    """The model is in memory, and no byte comes."""

    async def script(exchange: Exchange) -> None:
        await server.load(exchange.received.json)
        await asyncio.Event().wait()

    return script


def stops_in_between(server: FakeOllama) -> Script:
    """Some words, and then nothing."""
    return stream(words("Some words"), asyncio.Event())


def never_ends(server: FakeOllama) -> Script:
    """A million tokens, whatever num_predict says."""

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        batch = json_line(words(" word")) * 1000
        for _ in range(MILLION // 1000):
            await exchange.send(batch)
        await exchange.send(json_line(done()))
        await exchange.end()

    return script


def huge_line(size: int) -> Fault:
    """A whole answer of so many bytes in one line."""
    return lambda server: stream(words("x" * size), done(prompt_eval_count=10, eval_count=10))


# The same for OpenAI-compatible servers


def events(*pieces: bytes | asyncio.Event, ending: Literal["end", "cut", "reset"] = "end") -> Fault:
    """Streams these server-sent events."""
    return lambda server: openai.sse(*pieces, ending=ending)


def stops_between_events(server: FakeOllama) -> Script:
    """Some words, and then nothing."""
    return openai.sse(openai.delta("Some words"), asyncio.Event())


def never_ends_events(server: FakeOllama) -> Script:
    """A million tokens, whatever max_tokens says."""

    async def script(exchange: Exchange) -> None:
        await exchange.head(200, "text/event-stream")
        batch = openai.delta(" word") * 1000
        for _ in range(MILLION // 1000):
            await exchange.send(batch)
        await exchange.end()

    return script
