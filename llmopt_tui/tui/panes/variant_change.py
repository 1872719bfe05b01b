"""What an idea changes about a variant: its text, its demonstrations, its output constraint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.variant_words import (
    INSTRUCTIONS,
    constraint_words,
    demonstration_lines,
)
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.word_diff import WordDiff

if TYPE_CHECKING:
    from llmopt_tui.core.variant import Variant


def variant_change(
    parent: Variant, variant: Variant, *, by_words: bool = False
) -> Iterator[Plain | DiffView]:
    """Widgets that show what differs from `parent`; nothing where the two are the same.

    The texts are compared line by line, or word by word.
    """
    if variant.text != parent.text:
        texts = parent.text, variant.text
        yield WordDiff(*texts) if by_words else DiffView(*texts)
    if variant.demonstrations != parent.demonstrations:
        yield Plain(_demonstrations_title(parent, variant), "$foreground-muted", classes="section")
        yield DiffView(demonstration_lines(parent), demonstration_lines(variant))
    elif variant.instructions != parent.instructions:
        yield Plain(f"Now {INSTRUCTIONS[variant.instructions]}.", classes="section")
    if variant.constrain != parent.constrain:
        yield Plain(constraint_words(variant), classes="section")


def _demonstrations_title(parent: Variant, variant: Variant) -> str:
    """How many demonstrations are shown in place of how many, and where the instructions are."""
    count = fmt.plural(len(variant.demonstrations), "demonstration")
    if not variant.demonstrations:
        return "No demonstrations any more"
    before = len(parent.demonstrations) or "none"
    return f"{count} instead of {before}, {INSTRUCTIONS[variant.instructions]}"
