"""Thoughts that a server left in the answer's text, told apart from the answer.

Servers before 0.9, models whose template the server does not know, and raw mode leave
`<think>...</think>`, or what another family of models writes, at the start of the content. Only
that start is touched: tags further on may be part of the answer.
"""

from __future__ import annotations

import re
from typing import Literal

from llmopt_tui.core.ports import Reply
from llmopt_tui.llm.errors import ThoughtsOnly

TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "[think]": "[/think]",
}
"""Opening and closing tags, in lower case: the case that a model writes does not matter."""

_QUOTES = ("`", "'", '"')
_CLOSES = re.compile("|".join(map(re.escape, TAGS.values())), re.IGNORECASE)
_OPENS = {close: opening for opening, close in TAGS.items()}


def separate(content: str) -> tuple[str, str]:
    """Answer and thoughts of a complete content.

    Three shapes hold thoughts: `<think>...</think>` after nothing but white space; an opening tag
    that is never closed (cut off: there is no answer); and a closing tag alone (the template had
    opened it: everything before is thought), unless it is in quotes. White space around the tags
    goes. Content of any other shape is returned as it is.
    """
    head = content.lstrip()
    if opening := _opening(head):
        head = head[len(opening) :]
        closed = _closing(TAGS[opening]).search(head)
        if closed is None:
            return "", head.strip()
        return head[closed.end() :].lstrip(), head[: closed.start()].strip()
    closed = _CLOSES.search(content)
    if closed is not None:
        before = content[: closed.start()]
        if _OPENS[closed[0].lower()] not in before.lower() and not before.endswith(_QUOTES):
            return content[closed.end() :].lstrip(), before.strip()
    return content, ""


def with_answer(reply: Reply) -> Reply:
    """The reply, unless thoughts used up all the tokens that it had. Raises ThoughtsOnly."""
    if reply.metrics.done_reason == "length" and reply.thinking and not reply.text.strip():
        error = ThoughtsOnly(reply.metrics.output_tokens)
        error.partial = reply
        raise error
    return reply


class ThinkSplitter:
    """The same, while the content still comes in: pieces are told apart as early as possible.

    Joined, the pieces are what `separate` returns, however they were cut, except for a closing tag
    alone: until it comes nothing tells that the text is thought, so it was given out as answer.
    """

    def __init__(self) -> None:
        self._held = ""
        self._thought = False
        self._close = ""
        self._state: Literal["start", "thinking", "gap", "answer"] = "start"

    def feed(self, chunk: str) -> tuple[str, str]:
        """The answer's and the thoughts' next piece; either may be empty."""
        self._held += chunk
        thinking = ""
        if self._state == "start":
            self._start()
        if self._state == "thinking":
            thinking = self._think()
        if self._state == "gap":
            self._held = self._held.lstrip()
            if self._held:
                self._state = "answer"
        if self._state == "answer":
            return self._take(len(self._held)), thinking
        return "", thinking

    def finish(self) -> tuple[str, str]:
        """The piece that was held back because a tag might have begun there."""
        if self._state == "thinking":
            return "", self._take(len(self._held)).rstrip()
        return self._take(len(self._held)), ""

    def _start(self) -> None:
        head = self._held.lstrip()
        if opening := _opening(head):
            self._state = "thinking"
            self._close = TAGS[opening]
            self._held = head[len(opening) :]
        elif not any(tag.startswith(head.lower()) for tag in TAGS):
            self._state = "answer"

    def _think(self) -> str:
        if not self._thought:
            self._held = self._held.lstrip()
        closed = _closing(self._close).search(self._held)
        if closed is None:
            piece = self._take(_settled(self._held, self._close))
        else:
            piece = self._take(closed.start()).rstrip()
            self._take(len(self._close))
            self._state = "gap"
        self._thought = self._thought or bool(piece)
        return piece

    def _take(self, count: int) -> str:
        taken, self._held = self._held[:count], self._held[count:]
        return taken


def _opening(head: str) -> str:
    """The tag that a text begins with; empty where it begins with none."""
    start = head[: max(map(len, TAGS))].lower()
    return next((tag for tag in TAGS if start.startswith(tag)), "")


def _closing(close: str) -> re.Pattern[str]:
    return re.compile(re.escape(close), re.IGNORECASE)


def _settled(text: str, close: str) -> int:
    """The length of a thought without white space and without what may begin a tag at its end."""
    for size in range(len(close) - 1, 0, -1):
        if text[-size:].lower() == close[:size]:
            text = text[:-size]
            break
    return len(text.rstrip())
