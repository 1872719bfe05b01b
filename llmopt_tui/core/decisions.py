"""Decisions of the person: questions that wait for them, each answered once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from llmopt_tui.core.prompt import placeholders_in

Action = Literal["accepted", "edited", "rejected", "none"]
Decider = Literal["person", "auto"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided. `prompt` is the text to test next, None where there is none."""

    action: Action
    by: Decider
    prompt: str | None = None
    note: str = ""


T = TypeVar("T")


class OneShot(Generic[T]):
    """A question that is answered once. The first answer counts; later ones are ignored."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    @property
    def resolved(self) -> bool:
        """Whether an answer has been given."""
        return self._answer.done()

    async def wait(self) -> T:
        """Wait for the answer. Cancelling the waiter leaves the question open."""
        return await asyncio.shield(self._answer)

    def _resolve(self, answer: T) -> bool:
        if self._answer.done():
            return False
        self._answer.set_result(answer)
        return True


class PendingDecision(OneShot[Decision]):
    """A suggestion that waits to be accepted, edited or rejected.

    Every answering method returns whether it was the one that counted.
    """

    def __init__(self, suggested: str) -> None:
        super().__init__()
        self.suggested = suggested

    def accept(self, by: Decider = "person") -> bool:
        """Accept the suggestion unchanged."""
        return self._resolve(Decision("accepted", by, self.suggested))

    def edit(self, text: str) -> bool:
        """Accept the suggestion in the person's own wording; unchanged wording counts as `accept`.

        Raises ValueError where the wording loses or adds a placeholder.
        """
        if placeholders_in(text) != placeholders_in(self.suggested):
            raise ValueError("the placeholders must stay as they are")
        if text == self.suggested:
            return self.accept()
        return self._resolve(Decision("edited", "person", text))

    def reject(self, note: str = "") -> bool:
        """Reject the suggestion, with a reason that the interviewer reads."""
        return self._resolve(Decision("rejected", "person", note=note))

    def withdraw(self, note: str = "") -> bool:
        """Close the question without an answer: a newer suggestion came, or the program quits."""
        return self._resolve(Decision("none", "auto", note=note))


Next = Literal["again", "finish", "written"]
"""What follows a round without a suggestion: another round, the end, or the person's own text."""


class PendingNext(OneShot[tuple[Next, str]]):
    """The question what to do where nobody has a suggestion. Answers as in `PendingDecision`."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def again(self) -> bool:
        """Ask once more, which may bring something where a model is asked."""
        return self._resolve(("again", ""))

    def finish(self) -> bool:
        """End the session with what it has."""
        return self._resolve(("finish", ""))

    def write(self, text: str) -> bool:
        """Go on with the person's own text. Raises ValueError as `PendingDecision.edit` does."""
        if placeholders_in(text) != placeholders_in(self.text):
            raise ValueError("the placeholders must stay as they are")
        return self._resolve(("written", text))
