"""Ollama's replies, as values: events of a stream, the answer they make up, what it cost.

Tolerant of what imitates Ollama: objects behind `data: `, one object where a stream was asked for,
missing counts, constants in place of times.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from llmopt_tui.core.ports import ChatRequest, Delta, Metrics, Reply
from llmopt_tui.llm.content import clean_text, parts_of
from llmopt_tui.llm.errors import (
    BadReply,
    EndedEarly,
    LlmError,
    NotOllama,
    OtherProtocol,
    RunawayRepetition,
    TruncatedStream,
    error_for_text,
    error_text,
    is_page,
)
from llmopt_tui.llm.lines import MAX_LINE_BYTES
from llmopt_tui.llm.thinking import ThinkSplitter, with_answer
from llmopt_tui.llm.written import Written

_NANOSECONDS = 1e9
# Ollama's guard stops at the 31st equal token; fewer repeats at the end show the same.
_REPEATS = 25
_LONGEST_REPEATED = 64


class Answer:
    """What has come of one answer, and what it amounts to."""

    def __init__(self, request: ChatRequest) -> None:
        self._request = request
        self._written = Written(request)
        self._splitter = ThinkSplitter()
        self._last: Mapping[str, Any] | None = None
        self.done = False

    def take(self, event: Mapping[str, Any]) -> Delta | None:
        """Add one event; what of it to tell, if anything.

        Raises EndlessReply, OtherProtocol, BadReply.
        """
        if "choices" in event:
            raise OtherProtocol()
        message = event.get("message")
        if message is not None and not isinstance(message, Mapping):
            raise BadReply()
        content, thoughts = parts_of((message or {}).get("content"))
        thinking = text_of(message or {}, "thinking") + thoughts
        self._last = event
        text = ""
        if thinking:
            # The server tells thoughts apart itself, so tags in the content are content.
            text, _ = self._splitter.finish()
        self._written.add(content, thinking)
        if content:
            if self._written.thinks:
                text += content
            else:
                text, thinking = self._splitter.feed(content)
        self.done = event.get("done") is True
        return Delta(text, thinking) if text or thinking else None

    def rest(self) -> Delta | None:
        """The piece that was held back, once nothing more comes; None where there is none."""
        text, thinking = ("", "") if self._written.thinks else self._splitter.finish()
        return Delta(text, thinking) if text or thinking else None

    def reply(self) -> Reply:
        """The whole answer.

        Raises EndedEarly or RunawayRepetition if it is not whole, ThoughtsOnly if it is but
        thoughts, BadReply if nothing came at all.
        """
        if self._last is None:
            raise BadReply("The server's reply is empty")
        if not self.done:
            text, thinking = self._written.parts()
            raise RunawayRepetition() if _repeats(text or thinking) else EndedEarly()
        metrics = _metrics(self._last, self._request, thinks=self._written.thinks)
        return with_answer(self._reply(metrics))

    def partial(self) -> Reply | None:
        """What came before a failure; None where nothing did."""
        return self._reply(Metrics(truncated=self._written.cut_off)) if self._written else None

    def _reply(self, metrics: Metrics) -> Reply:
        return Reply(*self._written.parts(), metrics=metrics)


async def events(
    lines: AsyncGenerator[bytes, None],
) -> AsyncGenerator[Mapping[str, Any], None]:
    """The objects of a stream: one a line, or a single one over all lines.

    An object that reports an error is raised as that error. Raises TruncatedStream where the last
    line is cut off, NotOllama where the stream holds no objects at all, BadReply for garbage.
    """
    first = True
    async with aclosing(lines):
        async for line in lines:
            if not (payload := _payload(line)):
                continue
            event = _decoded(payload)
            if event is None:
                rest = await _rest(lines)
                event = _decoded(payload + b"\n" + rest) if first else None
                if event is None:
                    raise _unreadable(payload, first=first, last=not rest)
            yield checked(event)
            first = False


async def _rest(lines: AsyncGenerator[bytes, None]) -> bytes:
    rest = bytearray()
    async for line in lines:
        rest += line + b"\n"
        if len(rest) > MAX_LINE_BYTES:
            raise BadReply()
    return bytes(rest)


def _unreadable(payload: bytes, *, first: bool, last: bool) -> LlmError:
    if last and payload.startswith(b"{"):
        return TruncatedStream()
    if first and is_page(payload):
        return NotOllama.page()
    return (NotOllama if first else BadReply).quoting(payload[:80].decode("utf-8", "replace"))


def _payload(line: bytes) -> bytes:
    line = line.strip()
    if line.startswith(b"data:"):
        line = line[5:].strip()
        return b"" if line in (b"[DONE]", b"null") else line
    return b"" if line.startswith(b":") else line


def _decoded(payload: bytes) -> Any:
    """The decoded JSON; None for what is none (a lone `null` says as little)."""
    try:
        return json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def checked(reply: Any) -> Mapping[str, Any]:
    """The reply, if it is an object and no error. Errors come under status 200 too."""
    if not isinstance(reply, Mapping):
        raise NotOllama()
    if complaint := error_text(reply):
        raise error_for_text(complaint)
    return reply


def _metrics(last: Mapping[str, Any], request: ChatRequest, *, thinks: bool) -> Metrics:
    prompt_tokens = count_of(last, "prompt_eval_count")
    output_tokens = count_of(last, "eval_count")
    output_seconds = _seconds(last, "eval_duration")
    done_reason = text_of(last, "done_reason") or None
    return Metrics(
        load_seconds=_seconds(last, "load_duration"),
        # A constrained answer after thoughts is written in two passes, of which one is counted.
        queued_seconds=None if thinks and request.format else _queued_seconds(last),
        prompt_tokens=prompt_tokens,
        prompt_seconds=_seconds(last, "prompt_eval_duration"),
        output_tokens=output_tokens,
        output_seconds=output_seconds,
        tokens_per_second=output_tokens / output_seconds
        if output_tokens is not None and output_seconds
        else None,
        done_reason=done_reason,
        truncated=done_reason == "length" or _prompt_was_cut(prompt_tokens, request),
    )


def _queued_seconds(last: Mapping[str, Any]) -> float | None:
    """How long a request waited for its turn: the part of all its time that nothing else took."""
    total, output = _seconds(last, "total_duration"), _seconds(last, "eval_duration")
    if total is None or not output:
        return None
    parts = (_seconds(last, f"{name}_duration") for name in ("load", "prompt_eval"))
    return max(0.0, total - output - sum(part or 0.0 for part in parts))


def _prompt_was_cut(prompt_tokens: int | None, request: ChatRequest) -> bool:
    """Whether the server shortened the prompt in silence, as far as its count betrays it.

    Servers that ignore `truncate` cut to half the window and a few tokens, older ones to the whole
    window. A prompt may have half the window's tokens by itself: it was cut only if it has more
    text than so few tokens hold.
    """
    window = request.options.get("num_ctx")
    if prompt_tokens is None or not isinstance(window, int) or window < 16:
        return False
    if prompt_tokens >= window:
        return True
    size = sum(len(message.content.encode("utf-8", "replace")) for message in request.messages)
    return 0 <= prompt_tokens - window // 2 <= 8 and size > 2 * window


def _repeats(text: str) -> bool:
    """Whether the text ends in one short piece, or in white space, over and over."""
    if len(text) - len(text.rstrip()) >= _REPEATS:
        return True
    tail = text.rstrip()[-_REPEATS * _LONGEST_REPEATED :]
    for size in range(1, len(tail) // _REPEATS + 1):
        end = tail[-size * _REPEATS :]
        if end == end[:size] * _REPEATS:
            return True
    return False


def objects(reply: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The objects of a list field; none where there is no list."""
    found = reply.get(key)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def object_of(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object field, empty where there is none."""
    found = entry.get(key)
    return found if isinstance(found, Mapping) else {}


def text_of(entry: Mapping[str, Any], key: str) -> str:
    """A string field, "" where there is none."""
    return clean_text(entry.get(key))


def count_of(entry: Mapping[str, Any], key: str) -> int | None:
    """A number field that counts something; None where there is no such number."""
    found = entry.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < 2**63:
        return None
    return int(found)


def _seconds(entry: Mapping[str, Any], key: str) -> float | None:
    """Nanoseconds as seconds. A single one is what some imitations send instead of a time."""
    nanoseconds = count_of(entry, key)
    return None if nanoseconds is None or nanoseconds == 1 else nanoseconds / _NANOSECONDS
