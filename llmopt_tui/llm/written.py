"""The part of an answer that has come so far, kept within bounds.

A server is asked to stop at num_predict. This is for those that do not: however many pieces come,
no more is taken than an honest answer could have, in memory that grows with its text alone.
"""

from __future__ import annotations

from io import StringIO

from llmopt_tui.core.ports import ChatRequest
from llmopt_tui.llm.errors import EndlessReply
from llmopt_tui.llm.thinking import separate

# The longest tokens of common vocabularies are runs of 128 blanks; the mean is near four.
MOST_CHARS_PER_TOKEN = 128
MEAN_CHARS_PER_TOKEN = 4
LEAST_CHARS = 65_536
CHARS_WITHOUT_LIMIT = 4_000_000


class Written:
    """Content and thoughts of one answer, as far as they have come.

    `cut_off` says that there was no end to it: then only about as much counts as num_predict asked
    for: the code that reads it afterwards can take that, and not thirty times as much.
    """

    def __init__(self, request: ChatRequest) -> None:
        limit = request.options.get("num_predict")
        self._room = self._asked_for = CHARS_WITHOUT_LIMIT
        if isinstance(limit, int) and limit > 0:
            self._room = max(LEAST_CHARS, limit * MOST_CHARS_PER_TOKEN)
            self._asked_for = limit * MEAN_CHARS_PER_TOKEN
        self._content = StringIO()
        self._thinking = StringIO()
        self.cut_off = False

    def __bool__(self) -> bool:
        return bool(self._content.tell() or self._thinking.tell())

    @property
    def thinks(self) -> bool:
        """Whether the server told thoughts apart: then tags in the content are content."""
        return self._thinking.tell() > 0

    def add(self, content: str, thinking: str) -> None:
        """Keep a piece. Raises EndlessReply, with as much kept as there was room for."""
        for text, kept in ((thinking, self._thinking), (content, self._content)):
            kept.write(text[: self._room])
            self.cut_off = self.cut_off or len(text) > self._room
            self._room -= min(len(text), self._room)
        if self.cut_off:
            raise EndlessReply()

    def parts(self) -> tuple[str, str]:
        """The answer and the thoughts. Raw tags are looked for where the server told none apart."""
        content, thinking = self._content.getvalue(), self._thinking.getvalue()
        if self.cut_off:
            content, thinking = content[: self._asked_for], thinking[: self._asked_for]
        return (content, thinking) if self.thinks else separate(content)
