"""A model client that asks no question twice: answers that are known come from a cache."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from llmopt_tui.core.loop.recorded_answers import request_sha256
from llmopt_tui.core.ports import (
    ChatRequest,
    Clock,
    Delta,
    ModelClient,
    ModelInfo,
    Piece,
    Reply,
    Retrying,
    Tell,
)
from llmopt_tui.core.wrapped_client import WrappedClient

_WHOLE = (None, "stop", "length")
"""Why an answer may have ended to be kept: by itself, or at the limit that was asked for."""


class KeptAnswers(Protocol):
    """Where answers are kept. Nothing here raises; `now` is in epoch seconds."""

    def get(self, key: str, now: float) -> Reply | None:
        """The reply that is kept under a key; None where none is."""
        ...

    def keep(self, key: str, reply: Reply, now: float) -> None:
        """Keep a reply under a key."""
        ...


class CachingClient(WrappedClient):
    """Wraps a `ModelClient`: a call that was made before is not made again.

    Two calls are the same where the model (see `identity`) and the whole request are: messages,
    options, format, think. Only what can be repeated is kept: temperature 0 or a fixed seed. A
    reply from the cache is marked so, with the metrics and the seconds of the call that was made.
    A failed call is never kept. Until the models have been listed, nothing is looked up.
    """

    def __init__(self, inner: ModelClient, answers: KeptAnswers, url: str, clock: Clock) -> None:
        super().__init__(inner)
        self._answers = answers
        self._url = url
        self._clock = clock
        self._identities: dict[str, str] = {}

    async def models(self) -> Sequence[ModelInfo]:
        """The models that this endpoint has. Raises `ModelError`."""
        models = await self.inner.models()
        self._identities = {model.name: identity(model, self._url) for model in models}
        return models

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat; what is known is told as one piece. Raises `ModelError`."""
        known_as = self._identities.get(request.model)
        if known_as is None or not repeatable(request):
            return await self.inner.chat(request, tell)
        key = request_sha256(replace(request, model=known_as))
        if kept := await asyncio.to_thread(self._answers.get, key, self._now):
            tell(Delta(kept.text, kept.thinking))
            return replace(kept, metrics=replace(kept.metrics, cached=True))
        began = self._clock.monotonic()

        def hear(piece: Piece) -> None:
            nonlocal began
            if isinstance(piece, Retrying):
                began = self._clock.monotonic()
            tell(piece)

        reply = await self.inner.chat(request, hear)
        if reply.metrics.done_reason in _WHOLE:
            made = replace(reply, seconds=self._clock.monotonic() - began)
            await asyncio.to_thread(self._answers.keep, key, made, self._now)
        return reply

    @property
    def _now(self) -> float:
        return self._clock.now().timestamp()


def identity(model: ModelInfo, url: str) -> str:
    """What a model is known as: its digest, wherever it is.

    Where the server gives none, its name, size and build, on the endpoint with this address alone.
    """
    if model.digest:
        return model.digest
    size = "" if model.size is None else str(model.size)
    return "\n".join((url, model.name, size, model.quantization))


def repeatable(request: ChatRequest) -> bool:
    """Whether the same request is meant to get the same answer again."""
    seed = request.options.get("seed")
    # A negative seed asks for another answer each time.
    fixed = isinstance(seed, int) and seed >= 0
    return request.options.get("temperature") == 0 or fixed


def fresh(client: ModelClient) -> ModelClient:
    """The client without its cache: for a measurement that is to be made again."""
    return client.inner if isinstance(client, CachingClient) else client
