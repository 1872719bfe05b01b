"""Rules for prompts that criteria bring along: a sentence that helps answers meet a demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from llmopt_tui.core.scoring import modes

Expectations = Sequence[Mapping[str, Any]]
"""What the train examples expect, without those that the criterion cannot judge."""


@dataclass(frozen=True, slots=True)
class PromptRule:
    """One sentence that a prompt may be given, and its purpose.

    `name` is the name of this edit everywhere. `against` are the failure modes that it helps
    against, `reasoning` says why it helps. `text` makes the sentence from a criterion and what is
    expected, or returns None where it has nothing to say; it may say only what many expected
    answers share. With `last`, the sentence goes after the inputs.
    """

    name: str
    against: Set[str]
    reasoning: str
    text: Callable[[Any, Expectations], str | None]
    last: bool = False


UNREADABLE = frozenset({modes.INVALID_JSON, modes.CODE_FENCE, modes.EXTRA_TEXT, modes.WRONG_SHAPE})
"""The failure modes of an answer that should be JSON of a certain shape."""


def exact_shape(shape: Callable[[Any], str | None]) -> PromptRule:
    """The rule that shows the required JSON, without its content."""
    return PromptRule(
        "exact shape",
        UNREADABLE,
        "A model that sees the exact shape of the JSON copies it. Format first: nothing counts "
        "while answers cannot be read.",
        lambda criterion, _: json_sentence(shape(criterion)),
    )


def json_sentence(shape: str | None) -> str | None:
    """The sentence that asks for JSON of a shape; None without a shape."""
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
