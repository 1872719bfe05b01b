"""Decisions of the person: questions that wait for them, each answered once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.prompt import placeholders_in

Action = Literal["accepted", "edited", "rejected", "none"]
Decider = Literal["person", "auto"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided. `prompt` is the text to test next, None where there is none.

    `left_out` are the numbers, from 1, of the suggestion's changes that the person left out.
    """

    action: Action
    by: Decider
    prompt: str | None = None
    note: str = ""
    left_out: tuple[int, ...] = ()


T = TypeVar("T")


class OneShot(Generic[T]):
    """A question that is answered once. The first answer counts; later ones are ignored.

    Every answering method returns whether it was the one that counted.
    """

    def __init__(self) -> None:
        self._answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    @property
    def resolved(self) -> bool:
        """Whether an answer has been given."""
        return self._answer.done()

    async def wait(self) -> T:
        """Wait for the answer. Cancelling the waiter leaves the question open."""
        return await asyncio.shield(self._answer)

    def by_rule(self) -> bool:
        """Answer as auto mode does."""
        raise NotImplementedError

    def give_up(self, why: str = "") -> bool:
        """Close the question without an answer of the person: the session stops, for instance."""
        raise NotImplementedError

    def _resolve(self, answer: T) -> bool:
        if self._answer.done():
            return False
        self._answer.set_result(answer)
        return True


class PendingDecision(OneShot[Decision]):
    """A suggestion that waits to be accepted, edited or rejected.

    `turned_to` is the number of another suggestion of the round that the person wants to decide
    first, 0 where there is none.
    """

    def __init__(self, suggested: str) -> None:
        super().__init__()
        self.suggested = suggested
        self.turned_to = 0

    def accept(
        self,
        by: Decider = "person",
        *,
        prompt: str | None = None,
        left_out: tuple[int, ...] = (),
    ) -> bool:
        """Accept the suggestion, or what `prompt` is left of it without the changes `left_out`."""
        text = self.suggested if prompt is None else prompt
        return self._resolve(Decision("accepted", by, text, left_out=left_out))

    def edit(self, text: str, *, left_out: tuple[int, ...] = ()) -> bool:
        """Accept the suggestion in the person's own wording; unchanged wording counts as `accept`.

        Raises ValueError where the wording loses or adds a placeholder.
        """
        if placeholders_in(text) != placeholders_in(self.suggested):
            raise ValueError("the placeholders must stay as they are")
        if text == self.suggested:
            return self.accept()
        return self._resolve(Decision("edited", "person", text, left_out=left_out))

    def reject(self, note: str = "") -> bool:
        """Reject the suggestion, with a reason that the interviewer reads."""
        return self._resolve(Decision("rejected", "person", note=note))

    def turn_to(self, proposal: int) -> bool:
        """Put the question aside for another suggestion of the round."""
        if self.resolved:
            return False
        self.turned_to = proposal
        return self.give_up("another one is decided first")

    def by_rule(self) -> bool:
        """Accept the suggestion: it is usable."""
        return self.accept(by="auto")

    def give_up(self, why: str = "") -> bool:
        """Withdraw the question: a newer suggestion came, or the program quits."""
        return self._resolve(Decision("none", "auto", note=why))


Next = Literal["again", "playbook", "finish", "written"]
"""What follows where a session would end: another round, one of the playbook alone, the end, or
the person's own text."""


@dataclass(frozen=True, slots=True)
class Following:
    """What follows, and the person's own text where they wrote one, perhaps out of a `draft`.

    `next` is None where the question was closed without an answer.
    """

    next: Next | None
    text: str = ""
    draft: RefusedDraft | None = None


class PendingNext(OneShot[Following]):
    """The question what to do before a session ends. `text` is the best prompt so far."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def again(self) -> bool:
        """Ask the sources once more."""
        return self._resolve(Following("again"))

    def playbook(self) -> bool:
        """Take the playbook's next idea."""
        return self._resolve(Following("playbook"))

    def finish(self) -> bool:
        """End the session with what it has."""
        return self._resolve(Following("finish"))

    def write(self, text: str, draft: RefusedDraft | None = None) -> bool:
        """Test the person's own text. Raises ValueError as `PendingDecision.edit` does."""
        if placeholders_in(text) != placeholders_in(self.text):
            raise ValueError("the placeholders must stay as they are")
        return self._resolve(Following("written", text, draft))

    def by_rule(self) -> bool:
        """End the session: there is nobody to ask."""
        return self.finish()

    def give_up(self, why: str = "") -> bool:
        """Close the question: the session stops, or a suggestion came out of the talk."""
        return self._resolve(Following(None))


class PendingConvention(OneShot[str]):
    """A question about what the labels mean. The answer is the person's words, "" for none."""

    def answer(self, text: str) -> bool:
        """Say what makes the difference; a text without words counts as `skip`."""
        return self._resolve(" ".join(text.split()))

    def skip(self) -> bool:
        """Say nothing about it."""
        return self._resolve("")

    def by_rule(self) -> bool:
        """Skip it: there is nobody to ask."""
        return self.skip()

    def give_up(self, why: str = "") -> bool:
        """Close the question, as the session stops."""
        return self.skip()
