"""Doubt: two labels that answers confuse, where only a person can say what tells them apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubt:
    """Answers say `other` where `label` is expected. `examples` are the ids of such train examples.

    `cause` is the failure as the criteria name it.
    """

    label: str
    other: str
    examples: tuple[str, ...]
    cause: str

    @property
    def question(self) -> str:
        """What the person is asked."""
        return f'What makes an input "{self.label}" and not "{self.other}"?'
