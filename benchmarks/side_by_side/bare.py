"""A run's calls noted, and made again by a bare loop with as many in flight."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.core.ports import ChatRequest, ModelClient, Reply, Tell
from llmopt_tui.core.wrapped_client import WrappedClient
from llmopt_tui.llm.ollama_request import chat_body
from llmopt_tui.llm.openai_request import request_body


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a run: what was asked, when it was made and when it was answered, in seconds."""

    request: ChatRequest
    began: float
    ended: float


class Noting(WrappedClient):
    """A client that notes its calls."""

    def __init__(self, inner: ModelClient, calls: list[Call]) -> None:
        super().__init__(inner)
        self._calls = calls

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat."""
        began = time.perf_counter()
        try:
            return await self.inner.chat(request, tell)
        finally:
            self._calls.append(Call(request, began, time.perf_counter()))


class NotedEndpoints(Endpoints):
    """Endpoints whose calls are noted in `calls`."""

    calls: list[Call]

    def _endpoint(self, name: str, url: str, client: ModelClient) -> Any:
        return super()._endpoint(name, url, Noting(client, self.calls))


@dataclass(frozen=True, slots=True)
class Wave:
    """Calls that follow one another without a pause, of which at most `at_once` were in flight."""

    requests: tuple[ChatRequest, ...]
    at_once: int


def waves(calls: Sequence[Call]) -> list[Wave]:
    """The calls of a run, cut where none was in flight: what comes after may need what was before.

    A loop that makes them again may not begin a wave before the previous one is answered.
    """
    found: list[list[Call]] = []
    until = float("-inf")
    for call in sorted(calls, key=lambda call: call.began):
        if call.began >= until:
            found.append([])
        found[-1].append(call)
        until = max(until, call.ended)
    return [Wave(tuple(call.request for call in wave), _at_once(wave)) for wave in found]


def _at_once(calls: Sequence[Call]) -> int:
    """The most calls that were in flight together."""
    changes = sorted([(call.ended, -1) for call in calls] + [(call.began, 1) for call in calls])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


async def replay(url: str, kind: str, made: Sequence[Wave]) -> float:
    """Make the calls again as a script would, and return the seconds that they take."""
    path = "/api/chat" if kind == "ollama" else "/v1/chat/completions"
    prepared = [(wave.at_once, [_body(kind, each) for each in wave.requests]) for wave in made]
    async with _client(url) as http:
        began = time.perf_counter()
        for at_once, bodies in prepared:
            waiting = iter(bodies)
            await asyncio.gather(*(_work(http, path, waiting) for _ in range(at_once)))
        return time.perf_counter() - began


def _body(kind: str, request: ChatRequest) -> dict[str, Any]:
    return (
        chat_body(request, request.model, None) if kind == "ollama" else request_body(request, {})
    )


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=None, limits=limits) as http:
        yield http


async def _work(http: httpx.AsyncClient, path: str, waiting: Any) -> None:
    """Make one call after another, of those that wait, and read each answer to its end."""
    for body in waiting:
        async with http.stream("POST", path, json=body) as answer:
            answer.raise_for_status()
            async for _ in answer.aiter_bytes():
                pass
