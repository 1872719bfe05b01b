"""A model client that asks again where that can help, and says so while it waits."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
)

from llmopt_tui.core.ports import (
    ChatRequest,
    Clock,
    ModelClient,
    ModelError,
    Piece,
    Reply,
    Retrying,
)
from llmopt_tui.core.wrapped_client import WrappedClient
from llmopt_tui.llm.errors import LlmError

if TYPE_CHECKING:
    from tenacity.stop import StopBaseT


class RetryingClient(WrappedClient):
    """Wraps a `ModelClient`: a chat that failed for a passing reason is made again from the start.

    Up to `attempts` calls, with 1, 2, 4, ... up to 30 seconds between them, or as long as the
    server asks; kinds of failure that a third call cannot mend get two. Never resumes a stream.
    Listing models and asking for the version fail at once: people wait for those.
    """

    def __init__(self, inner: ModelClient, clock: Clock, *, attempts: int = 4) -> None:
        super().__init__(inner)
        self._clock = clock
        self._attempts = attempts

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Piece | Reply, None]:
        """Stream one answer; a `Retrying` voids the pieces before it. Raises the last failure.

        Each new attempt is announced twice: with the wait before it, and, as it is made, with none.
        """
        wait = 0.0

        async def note_wait(seconds: float) -> None:
            # tenacity waits where nothing can be yielded: the next turn announces, then waits.
            nonlocal wait
            wait = seconds

        failure: ModelError | None = None
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(
                lambda error: isinstance(error, ModelError) and error.retryable
            ),
            stop=self._stop(),
            wait=_wait,
            sleep=note_wait,
            reraise=True,
        ):
            if failure is not None:
                number = attempt.retry_state.attempt_number
                yield Retrying(attempt=number, wait_seconds=wait, reason=str(failure))
                await self._clock.sleep(wait)
                yield Retrying(attempt=number, wait_seconds=0.0, reason=str(failure))
            # Every adapter's chat is a generator: closing it is what cancels the call.
            stream = cast("AsyncGenerator[Piece | Reply, None]", self.inner.chat(request))
            try:
                async with aclosing(stream) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except ModelError as error:
                failure = error
            with attempt:
                raise failure

    def _stop(self) -> StopBaseT:
        by_count = stop_after_attempt(self._attempts)

        def stop(state: RetryCallState) -> bool:
            error = _failure(state)
            once = isinstance(error, LlmError) and error.retry_once
            return by_count(state) or (once and state.attempt_number >= 2)

        return stop


_BACK_OFF = wait_exponential(multiplier=1, max=30)


def _wait(state: RetryCallState) -> float:
    error = _failure(state)
    asked = error.retry_after if isinstance(error, LlmError) else None
    return max(_BACK_OFF(state), min(asked or 0.0, 300.0))


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
