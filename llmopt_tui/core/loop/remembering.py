"""RememberingClient: model calls of an interview that are never made twice.

An interview is several calls. Each is a fact once it has ended, so an interview that breaks off
goes on with the call that was under way, and whoever asks need not know.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from hashlib import sha256

from llmopt_tui.core.events import InterviewAnswered
from llmopt_tui.core.ports import (
    Answered,
    ChatRequest,
    Clock,
    Delta,
    ModelClient,
    ModelError,
    Piece,
    Reply,
)
from llmopt_tui.core.wrapped_client import WrappedClient


class RememberedError(ModelError):
    """A model's failure as it was recorded."""

    blame = "model"


class RememberingClient(WrappedClient):
    """A ModelClient that answers from `answers` what they hold, each of them once.

    What it has to ask is announced by an `Answered` before the reply is given, or before the
    model's failure is raised. See `ModelClient` for the methods.
    """

    def __init__(
        self, client: ModelClient, clock: Clock, answers: Iterable[InterviewAnswered] = ()
    ) -> None:
        super().__init__(client)
        self._clock = clock
        self._answers = list(answers)

    async def chat(self, request: ChatRequest) -> AsyncIterator[Piece | Reply]:
        """Stream one answer, or give the recorded one. Raises as the wrapped client does."""
        digest = request_sha256(request)
        if known := self._recall(digest):
            if known.error:
                raise RememberedError(known.error, partial=known.reply)
            yield Delta(known.reply.text, known.reply.thinking)
            yield known.reply
            return
        began = self._clock.monotonic()
        try:
            async for piece in self.inner.chat(request):
                if isinstance(piece, Reply):
                    yield Answered(digest, piece, self._clock.monotonic() - began)
                elif not isinstance(piece, Delta):
                    began = self._clock.monotonic()
                yield piece
        except ModelError as error:
            if error.blame == "model":
                seconds = self._clock.monotonic() - began
                yield Answered(digest, error.partial or Reply(""), seconds, str(error))
            raise

    def _recall(self, digest: str) -> InterviewAnswered | None:
        known = next((a for a in self._answers if a.request_sha256 == digest), None)
        if known:
            self._answers.remove(known)
        return known


def request_sha256(request: ChatRequest) -> str:
    """What a request asks, as a digest: the same question has the same one."""
    asked = {
        "model": request.model,
        "messages": [[message.role, message.content] for message in request.messages],
        "options": dict(request.options),
        "format": request.format if isinstance(request.format, str) else dict(request.format or {}),
        "think": request.think,
    }
    return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
