"""Sections: the paragraphs of a prompt's text, those that hold the inputs apart from the others."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmopt_tui.core.filling import PLACEHOLDER

_LABEL = re.compile(r"[^\n.]{1,60}:")


@dataclass(slots=True)
class Sections:
    """A text's paragraphs: those before the inputs, the inputs, and those after them."""

    before: list[str]
    inputs: list[str]
    after: list[str]

    @property
    def text(self) -> str:
        """The paragraphs put together again, with one blank line between any two."""
        return "\n\n".join([*self.before, *self.inputs, *self.after]) + "\n"

    @property
    def instructions(self) -> str:
        """The paragraphs that hold no input; "" where every one does."""
        return "\n\n".join([*self.before, *self.after])

    @property
    def input(self) -> str:
        """The paragraphs that hold the inputs, with their labels; "" where none does."""
        return "\n\n".join(self.inputs)

    def with_rule(self, rule: str, *, last: bool) -> str | None:
        """The text with the rule at the end of its instructions; None where it has the rule.

        With `last`, the rule goes after the inputs, even where all instructions are before them.
        """
        place = self.after if last else self.after or self.before
        if any(rule in paragraph for paragraph in [*self.before, *self.after]):
            return None
        if place:
            place[-1] = f"{place[-1]} {rule}"
        else:
            self.after.append(rule)
        return self.text


def read_sections(text: str) -> Sections:
    """The sections of a text. A text without placeholders is all instructions."""
    paragraphs = [p.strip("\n") for p in re.split(r"\n[ \t]*\n", text.strip()) if p.strip()]
    holding = [i for i, paragraph in enumerate(paragraphs) if PLACEHOLDER.search(paragraph)]
    if not holding:
        return Sections(paragraphs, [], [])
    first, last = holding[0], holding[-1]
    # A label on a line of its own ("Posting:") belongs to what it labels.
    if first and _LABEL.fullmatch(paragraphs[first - 1]):
        first -= 1
    return Sections(paragraphs[:first], paragraphs[first : last + 1], paragraphs[last + 1 :])
