"""LlmError: a failed call, as every adapter raises it."""

from __future__ import annotations

from typing import ClassVar, Self

from llmopt_tui.core.ports import ModelError, Reply
from llmopt_tui.core.text.plain import one_line

QUOTED_CHARS = 200


def quoted(text: str) -> str:
    """Text from outside fit for a message: one line, nothing invisible, not too long."""
    return one_line(text, QUOTED_CHARS)


class LlmError(ModelError):
    """A failed call, as every adapter raises it.

    `summary` and `advice` are the kind's own sentence and hint, used where a raiser has nothing
    more exact to say. `retry_once`: a second attempt is worth making, a third is not.
    `retry_after`: seconds the server asks to be left alone, where it says so. `where`: the
    server's address, once it is known; said of all that is not the model's own fault.
    """

    summary: ClassVar[str] = "The call failed"
    advice: ClassVar[str] = ""
    retry_once: bool = False

    def __init__(
        self,
        message: str = "",
        *,
        hint: str | None = None,
        partial: Reply | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message or self.summary, hint=self.advice if hint is None else hint, partial=partial
        )
        self.retry_after = retry_after
        self.where = ""

    @property
    def brief(self) -> str:
        """What happened and where, in few words."""
        return f"{self.summary} ({self.where})" if self.where else self.summary

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where and self.blame != "model" else ""
        return f"{self.message}{place}. {self.hint}".removesuffix(". ")

    @classmethod
    def quoting(cls, text: str) -> Self:
        """The error with what the server said, cut to a readable length."""
        said = quoted(text.rstrip(". \n"))
        return cls(f"{cls.summary}: {said}" if said else "")
