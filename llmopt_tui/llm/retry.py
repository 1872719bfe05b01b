"""A model client that makes a failed call again where that can help, and says so meanwhile."""

from __future__ import annotations

from dataclasses import replace

from llmopt_tui.core.ports import (
    ChatRequest,
    Clock,
    Message,
    ModelClient,
    ModelError,
    Reply,
    Retrying,
    Tell,
)
from llmopt_tui.core.wrapped_client import WrappedClient
from llmopt_tui.llm.errors import (
    FormatRefused,
    LlmError,
    RateLimited,
    RequestDeadly,
    RunnerCrashed,
    ThoughtsOnly,
)

_HARMLESS = Message("user", "Hello")
LONGEST_WAIT = 30.0
LONGEST_ASKED = 300.0
"""Seconds: the longest wait of our own, and the longest that a server can ask for."""


class RetryingClient(WrappedClient):
    """Wraps a `ModelClient`: a chat that failed for a passing reason is made again from the start.

    Up to `attempts` calls, with 1, 2, 4, ... up to 30 seconds between them, or as long as the
    server asks; kinds of failure that a third call cannot help get two. A server that limits how
    often it is asked is left alone as long as it took last time. Never resumes a stream.
    Listing models and asking for the version fail at once: people wait for those.
    """

    def __init__(self, inner: ModelClient, clock: Clock, *, attempts: int = 4) -> None:
        super().__init__(inner)
        self._clock = clock
        self._attempts = attempts
        # Seconds to wait after the next refusal of a server that counts requests. It halves with
        # each answer: a client that forgets it at each success is refused again and again.
        self._pace = 0.0
        self._died_of: list[ChatRequest] = []

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat. Raises the last failure.

        Each new attempt is told twice: with the wait before it, and, as it is made, with none.
        """
        attempt = 1
        while True:
            try:
                reply = await self.inner.chat(request, tell)
            except ModelError as error:
                if attempt >= self._most_attempts(error):
                    await self._blame_the_request(request, error)
                    raise
                wait, reason = _wait(attempt, error), str(error)
                if isinstance(error, RateLimited):
                    wait, reason = max(wait, self._pace), error.brief
                    self._pace = min(wait * 2, LONGEST_WAIT)
            else:
                self._pace /= 2
                if request in self._died_of:
                    self._died_of.remove(request)
                return reply
            attempt += 1
            tell(Retrying(attempt, wait, reason))
            await self._clock.sleep(wait)
            tell(Retrying(attempt, 0.0, reason))

    async def _blame_the_request(self, request: ChatRequest, error: ModelError) -> None:
        """Raise FormatRefused or RequestDeadly where the model dies of this request alone.

        Some schemas and some texts end the server's process at every call. Waiting for the server
        would then never end, so it is asked for one token of the same answer in free text. Where it
        died of the request before, too, it is asked for one token of an answer to another text.
        """
        if not isinstance(error, RunnerCrashed):
            return
        free = replace(request, format=None, options={**request.options, "num_predict": 1})
        if request.format is not None and await self._lives(free):
            raise FormatRefused(
                "The model's process dies of the format of the answer, and answers without it",
                partial=error.partial,
            ) from error
        if request not in self._died_of:
            self._died_of.append(request)  # a passing weakness of the server looks the same
        elif await self._lives(replace(free, messages=(_HARMLESS,))):
            raise RequestDeadly(partial=error.partial) from error

    async def _lives(self, request: ChatRequest) -> bool:
        try:
            await self.inner.chat(request, lambda piece: None)
        except ThoughtsOnly:
            return True  # the one token was a thought
        except ModelError:
            return False
        return True

    def _most_attempts(self, error: ModelError) -> int:
        if not error.retryable:
            return 1
        once = isinstance(error, LlmError) and error.retry_once
        return min(self._attempts, 2) if once else self._attempts


def _wait(attempt: int, error: ModelError) -> float:
    """Seconds to wait after the failure of this attempt, counted from 1."""
    asked = error.retry_after if isinstance(error, LlmError) else None
    # The exponent is bounded: two to the power of a thousand is no float.
    return max(min(2.0 ** min(attempt - 1, 10), LONGEST_WAIT), min(asked or 0.0, LONGEST_ASKED))
