"""Rules of prompts that criteria bring along: the sentence that makes answers meet a demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from llmopt_tui.core.scoring import modes

Expectations = Sequence[Mapping[str, Any]]
"""What the train examples expect, those alone that the criterion can judge."""


@dataclass(frozen=True, slots=True)
class PromptRule:
    """One sentence that a prompt may be given, and what for.

    `name` is what such an edit is called everywhere. `against` are the failure modes that it
    helps against, `reasoning` says why it does. `text` makes the sentence of a criterion and what
    is expected, or None where it has nothing to say; what it says of the expected answers must be
    what many of them share. With `last`, the sentence goes behind the inputs.
    """

    name: str
    against: Set[str]
    reasoning: str
    text: Callable[[Any, Expectations], str | None]
    last: bool = False


UNREADABLE = frozenset({modes.INVALID_JSON, modes.CODE_FENCE, modes.EXTRA_TEXT, modes.WRONG_SHAPE})
"""The failures of an answer that was to be JSON of a certain shape."""


def exact_shape(shape: Callable[[Any], str | None]) -> PromptRule:
    """The rule that shows the JSON that is asked for, without its content."""
    return PromptRule(
        "exact shape",
        UNREADABLE,
        "A model that sees the exact shape of the JSON copies it. Format first: nothing counts "
        "while answers cannot be read.",
        lambda criterion, _: json_sentence(shape(criterion)),
    )


def json_sentence(shape: str | None) -> str | None:
    """The sentence that asks for JSON of a shape; None without one."""
    return f"Answer with one JSON object of the form {shape} and nothing else." if shape else None


def one_of_the_labels(labels: Callable[[Any, Expectations], Sequence[str]]) -> PromptRule:
    """The rule that names every label; without labels it has nothing to say."""

    def text(criterion: Any, expected: Expectations) -> str | None:
        found = ", ".join(labels(criterion, expected))
        return f"Answer with exactly one of these and nothing else: {found}." if found else None

    return PromptRule(
        "one of the labels",
        frozenset({modes.WRONG_ANSWER}),
        "A model that is told every label gives one of them and no sentence around it, best where "
        "it reads them last.",
        text,
        last=True,
    )
