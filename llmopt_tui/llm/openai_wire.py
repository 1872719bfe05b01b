"""Replies in the OpenAI-compatible protocol, as values: chunks of an answer and what it cost.

Pure. Dialects that it knows: llama.cpp's server (`timings`), vLLM, LiteLLM, Ollama's /v1, LM
Studio, and Mistral's content in parts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeGuard

from llmopt_tui.core.ports import Metrics
from llmopt_tui.llm.content import clean_text, parts_of
from llmopt_tui.llm.errors import BadReply, TruncatedStream, error_for_text, error_text

DONE = b"[DONE]"
_MOST_OF_A_NAME = 100
SHORTEST_STREAM = 0.05
"""Seconds; what comes within less was written before it was sent."""


def payload(line: bytes) -> bytes | None:
    """What a line of an event stream carries; None for comments, event names and the like.

    Older llama.cpp servers send failures as a field of their own, `error:`.
    """
    name, colon, value = line.partition(b":")
    return value.strip() if colon and name in (b"data", b"error") else None


def decoded(document: bytes) -> Mapping[str, Any]:
    """A JSON object that the server sent as its answer or a part of it; see `checked`."""
    try:
        value = json.loads(document.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        # An object that is cut off is what a broken connection leaves behind.
        if document.startswith(b"{"):
            raise TruncatedStream() from error
        raise BadReply.quoting(document[:80].decode("utf-8", "replace")) from error
    return checked(value)


def checked(reply: object) -> Mapping[str, Any]:
    """The reply, if it is an object and no error: errors come under status 200 too.

    Raises BadReply for anything else, and what the error means.
    """
    if not isinstance(reply, dict):
        raise BadReply()
    if complaint := error_text(reply):
        raise error_for_text(complaint)
    return reply


class Transcript:
    """An answer as it adds up, chunk by chunk: why it ended and what it cost."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.finish_reason: str | None = None
        self._now = now
        self._times: list[float] = []  # of the first piece and the last
        self._fingerprint = ""
        self._usage: Mapping[str, Any] = {}
        self._timings: Mapping[str, Any] = {}

    def read(self, chunk: Mapping[str, Any]) -> tuple[str, str]:
        """The text and the thoughts that a chunk, or a whole reply, brings. Both may be empty."""
        fingerprint = chunk.get("system_fingerprint")
        if isinstance(fingerprint, str) and fingerprint:
            self._fingerprint = clean_text(fingerprint[:_MOST_OF_A_NAME])
        self._usage = mapping_of(chunk.get("usage")) or self._usage
        self._timings = mapping_of(chunk.get("timings")) or self._timings
        text = thinking = ""
        for choice in _choices(chunk):
            reason = choice.get("finish_reason")
            if isinstance(reason, str) and reason:
                self.finish_reason = reason
            piece = mapping_of(choice.get("delta")) or mapping_of(choice.get("message"))
            content, thoughts = parts_of(piece.get("content"))
            text += content
            # Some gateways send the same thoughts under both names.
            named = (piece.get("reasoning_content"), piece.get("reasoning"))
            thinking += next(filter(None, map(clean_text, named)), "") + thoughts
        if text or thinking:
            self._times.append(self._now())
            del self._times[1:-1]
        return text, thinking

    def _streamed_seconds(self) -> float | None:
        """How long pieces came; None where they came as good as at once, so it measures nothing."""
        if len(self._times) < 2:
            return None
        seconds = self._times[1] - self._times[0]
        return seconds if seconds >= SHORTEST_STREAM else None

    def _reused_tokens(self) -> int | None:
        """Tokens from the prefix cache, in llama.cpp's words or else in OpenAI's."""
        details = mapping_of(self._usage.get("prompt_tokens_details"))
        told = count_of(self._timings.get("cache_n"))
        return told if told is not None else count_of(details.get("cached_tokens"))

    def metrics(self) -> Metrics:
        """The cost of the call: llama.cpp's own measurements where given, else token counts and
        the time between the first piece and the last.
        """
        prompt_tokens = count_of(self._usage.get("prompt_tokens"))
        if prompt_tokens is None and (read := count_of(self._timings.get("prompt_n"))) is not None:
            prompt_tokens = read + (count_of(self._timings.get("cache_n")) or 0)
        output_tokens = count_of(self._usage.get("completion_tokens"))
        if output_tokens is None:
            output_tokens = count_of(self._timings.get("predicted_n"))
        output_seconds = _seconds(self._timings.get("predicted_ms"))
        speed = output_tokens / output_seconds if output_tokens and output_seconds else None
        if output_seconds is None and output_tokens and (streamed := self._streamed_seconds()):
            output_seconds = streamed
            # The first token was there when the time began.
            speed = (output_tokens - 1) / streamed
        return Metrics(
            prompt_tokens=prompt_tokens,
            reused_tokens=self._reused_tokens(),
            prompt_seconds=_seconds(self._timings.get("prompt_ms")),
            output_tokens=output_tokens,
            output_seconds=output_seconds,
            tokens_per_second=speed,
            done_reason=self.finish_reason,
            truncated=self.finish_reason == "length",
            system_fingerprint=self._fingerprint,
        )


def _choices(chunk: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    choices = chunk.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and choice.get("index", 0) == 0:
            yield choice


def mapping_of(value: object) -> Mapping[str, Any]:
    """An object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def count_of(value: object) -> int | None:
    """A number that counts something; None for anything else."""
    return int(value) if _is_measure(value) else None


def _seconds(milliseconds: object) -> float | None:
    return milliseconds / 1000 if _is_measure(milliseconds) else None


def _is_measure(value: object) -> TypeGuard[int | float]:
    """Whether a value can be an amount of something: no boolean, not negative, not endless."""
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value < 2**63
