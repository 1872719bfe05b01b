"""Prompt: a named text with {{placeholders}}, and the one way to fill it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from llmopt_tui.core.ports import Message

PLACEHOLDER = re.compile(r"\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}")


def placeholders_in(text: str) -> Counter[str]:
    """How often each placeholder stands in a text."""
    return Counter(PLACEHOLDER.findall(text))


def fill(text: str, inputs: Mapping[str, str]) -> str:
    """Put inputs in place of placeholders, in one literal pass.

    Braces of any other kind stay; what an input brings in is never filled again. A placeholder
    without an input raises KeyError: cases are checked when they are loaded.
    """
    return PLACEHOLDER.sub(lambda match: inputs[match.group(1)], text)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as a person keeps it: the text to fill, and an optional system message."""

    name: str
    text: str
    description: str = ""
    system: str = ""

    @property
    def placeholders(self) -> Counter[str]:
        """How often each placeholder stands in the system message and the text."""
        return placeholders_in(self.system) + placeholders_in(self.text)

    @property
    def sha256(self) -> str:
        """Identity of the words that reach the model, in hex."""
        return hashlib.sha256(f"{self.system}\x00{self.text}".encode()).hexdigest()

    def with_text(self, text: str) -> Prompt:
        """The same prompt with other words."""
        return replace(self, text=text)

    def messages(self, inputs: Mapping[str, str]) -> tuple[Message, ...]:
        """The chat that asks a candidate for one answer."""
        user = Message("user", fill(self.text, inputs))
        if not self.system:
            return (user,)
        return (Message("system", fill(self.system, inputs)), user)
