"""Thoughts that a server left in the answer's text, told apart from the answer.

Servers before 0.9, models whose template the server does not know, and raw mode leave
`<think>...</think>` at the start of the content. Only that start is touched: tags further on may
be part of the answer.
"""

from __future__ import annotations

from typing import Literal

OPEN = "<think>"
CLOSE = "</think>"
_QUOTES = ("`", "'", '"')


def separate(content: str) -> tuple[str, str]:
    """Answer and thoughts of a complete content.

    Three shapes hold thoughts: `<think>...</think>` after nothing but white space; an opening tag
    that is never closed (cut off: there is no answer); and a closing tag alone (the template had
    opened it: everything before is thought), unless it stands in quotes. White space around the
    tags goes. Content of any other shape is returned as it is.
    """
    head = content.lstrip()
    if head.startswith(OPEN):
        thinking, closed, answer = head[len(OPEN) :].partition(CLOSE)
        return (answer.lstrip() if closed else ""), thinking.strip()
    before, closed, answer = content.partition(CLOSE)
    if closed and OPEN not in before and not before.endswith(_QUOTES):
        return answer.lstrip(), before.strip()
    return content, ""


class ThinkSplitter:
    """The same, while the content still comes in: pieces are told apart as early as possible.

    Joined, the pieces are what `separate` returns, whatever the chunks, but for a closing tag
    alone: until it comes nothing tells that the text is thought, so it was given out as answer.
    """

    def __init__(self) -> None:
        self._held = ""
        self._thought = False
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
        """What was held back for the sake of a tag that did not come."""
        if self._state == "thinking":
            return "", self._take(len(self._held)).rstrip()
        return self._take(len(self._held)), ""

    def _start(self) -> None:
        head = self._held.lstrip()
        if head.startswith(OPEN):
            self._state = "thinking"
            self._held = head[len(OPEN) :]
        elif not OPEN.startswith(head):
            self._state = "answer"

    def _think(self) -> str:
        if not self._thought:
            self._held = self._held.lstrip()
        end = self._held.find(CLOSE)
        if end < 0:
            piece = self._take(_settled(self._held))
        else:
            piece = self._take(end).rstrip()
            self._take(len(CLOSE))
            self._state = "gap"
        self._thought = self._thought or bool(piece)
        return piece

    def _take(self, count: int) -> str:
        taken, self._held = self._held[:count], self._held[count:]
        return taken


def _settled(text: str) -> int:
    """How much of a thought stays thought whatever comes: no white space or tag at its end."""
    for size in range(len(CLOSE) - 1, 0, -1):
        if text.endswith(CLOSE[:size]):
            text = text[:-size]
            break
    return len(text.rstrip())
