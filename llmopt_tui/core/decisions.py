"""PendingDecision: a suggestion that waits to be accepted, edited or rejected, once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

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


class PendingDecision:
    """A one-shot question. The first answer counts; later ones are ignored.

    Every answering method returns whether it was the one that counted.
    """

    def __init__(self, suggested: str) -> None:
        self.suggested = suggested
        self._answer: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()

    @property
    def resolved(self) -> bool:
        """Whether an answer has been given."""
        return self._answer.done()

    async def wait(self) -> Decision:
        """Wait for the answer. Cancelling the waiter leaves the question open."""
        return await asyncio.shield(self._answer)

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

    def _resolve(self, decision: Decision) -> bool:
        if self._answer.done():
            return False
        self._answer.set_result(decision)
        return True
