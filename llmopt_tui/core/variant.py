"""Variant: everything that is sent to a candidate besides the input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from llmopt_tui.core.filling import fill
from llmopt_tui.core.ports import Message
from llmopt_tui.core.sections import read_sections

Instructions = Literal["once", "each", "system"]
"""Where the instructions go in a chat that has demonstrations: in its first turn alone, in each
turn, or in the system message."""

Constrain = Literal["off", "format", "late"]
"""Whether the model is held to the case's output format: not at all, while it writes, or in a
second answer that says the first one again in the format."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """An example shown to the model as an earlier turn of the chat: its inputs, the right answer.

    `example_id` is the example that it was made of; "" where a person wrote it.
    """

    inputs: Mapping[str, str]
    answer: str
    example_id: str = ""


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat with a place for the input: what a program needs that asks the same again.

    `system` ("": no system message) and `asked`, the last turn, are templates with placeholders;
    `shown` are the turns between them, which no input changes.
    """

    system: str
    shown: tuple[Message, ...]
    asked: str

    def messages(self, inputs: Mapping[str, str]) -> tuple[Message, ...]:
        """The chat with inputs in the place of the placeholders."""
        system = (Message("system", fill(self.system, inputs)),) if self.system else ()
        return (*system, *self.shown, Message("user", fill(self.asked, inputs)))


@dataclass(frozen=True, slots=True)
class Variant:
    """What is sent: system message, text, demonstrations and output constraint.

    `constrain` None means as the case says. `spares` are further demonstrations, one for each of
    `demonstrations`: it takes the place of that one while the example is scored that it was made
    of, so that no example is answered with its own answer in sight.
    """

    text: str
    system: str = ""
    demonstrations: tuple[Demonstration, ...] = ()
    instructions: Instructions = "once"
    constrain: Constrain | None = None
    spares: tuple[Demonstration | None, ...] = ()

    def with_text(self, text: str) -> Variant:
        """The same variant with another text."""
        return replace(self, text=text)

    def with_demonstrations(
        self,
        demonstrations: tuple[Demonstration, ...],
        spares: tuple[Demonstration | None, ...] = (),
        instructions: Instructions = "once",
    ) -> Variant:
        """The same variant with other demonstrations."""
        return replace(
            self, demonstrations=demonstrations, spares=spares, instructions=instructions
        )

    @property
    def length(self) -> int:
        """The number of characters that are sent besides the input."""
        shown = sum(len(d.answer) + sum(map(len, d.inputs.values())) for d in self.demonstrations)
        return len(self.system) + len(self.text) + shown

    def shown_for(self, example_id: str) -> tuple[Demonstration, ...]:
        """The demonstrations that are sent with an example: never the one made of itself."""
        return tuple(self._shown_for(example_id)) if example_id else self.demonstrations

    def _shown_for(self, example_id: str) -> Iterator[Demonstration]:
        for n, demonstration in enumerate(self.demonstrations):
            if demonstration.example_id != example_id:
                yield demonstration
            elif n < len(self.spares) and (spare := self.spares[n]) is not None:
                yield spare

    def chat(self, example_id: str = "") -> Chat:
        """The chat that asks for the answer to an example, before its inputs are filled in."""
        shown = self.shown_for(example_id)
        system, first, later = self.system, self.text, self.text
        if shown and self.instructions != "each" and (asked := read_sections(self.text)).input:
            later = asked.input
            if self.instructions == "system":
                first = asked.input
                system = "\n\n".join(filter(None, (system, asked.instructions)))
        turns = []
        for demonstration in shown:
            turns.append(Message("user", fill(first, demonstration.inputs)))
            turns.append(Message("assistant", demonstration.answer))
            first = later
        return Chat(system, tuple(turns), first)

    def messages(self, inputs: Mapping[str, str], example_id: str = "") -> tuple[Message, ...]:
        """The chat that asks for the answer to one example's inputs."""
        return self.chat(example_id).messages(inputs)
