"""Changes: the small, typed edits of a variant that suggestions are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from llmopt_tui.core.sections import read_sections
from llmopt_tui.core.variant import Constrain, Demonstration, Instructions, Variant

Edit = Literal[
    "add rule",
    "mark input",
    "instructions last",
    "repeat instructions",
    "replace text",
    "demonstrations",
    "constraint",
]
Source = Literal[
    "interviewer", "playbook", "chat", "demonstrations", "constraint", "person", "earlier"
]
"""Who suggests a change; "chat" is the interviewer in talk with the person."""

# An input on lines of its own, with or without a label before it.
_BARE = re.compile(
    r"^(?:[^\n.:{}<>]{1,60}:[ \t]*\n+)?[ \t]*\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}[ \t]*$", re.MULTILINE
)
_MARKED = re.compile(r"^<[a-z_]+>\s*\{\{", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Change:
    """One edit, with where it comes from and why.

    `name` is what people call this kind of change, `cause` the failure that it is meant against.
    What the other fields mean depends on `edit`: a rule or a whole `text`; whether a rule goes
    `last`, after the inputs; demonstrations with their spares and the place of the instructions; or
    the output constraint.
    """

    edit: Edit
    source: Source
    name: str = ""
    cause: str = ""
    reason: str = ""
    text: str = ""
    last: bool = False
    demonstrations: tuple[Demonstration, ...] = ()
    spares: tuple[Demonstration | None, ...] = ()
    instructions: Instructions = "once"
    constrain: Constrain | None = None

    def apply(self, variant: Variant) -> Variant | None:
        """The variant with this change; None where it makes no difference or does not fit."""
        match self.edit:
            case "demonstrations":
                changed = variant.with_demonstrations(
                    self.demonstrations, self.spares, self.instructions
                )
            case "constraint":
                changed = replace(variant, constrain=self.constrain)
            case _:
                text = self._edited(variant.text)
                if text is None:
                    return None
                changed = variant.with_text(text)
        return changed if changed != variant else None

    def _edited(self, text: str) -> str | None:
        match self.edit:
            case "add rule":
                return read_sections(text).with_rule(self.text, last=self.last)
            case "mark input":
                return _mark_inputs(text)
            case "instructions last":
                return _instructions_last(text)
            case "repeat instructions":
                return _repeat_instructions(text)
            case _:
                return self.text

    @property
    def joins(self) -> bool:
        """Whether the change can be applied to other variants than the one it was made for."""
        return self.edit != "replace text"


def apply_all(changes: Iterable[Change], variant: Variant) -> Variant | None:
    """The variant with every change, one after the other; None where one of them has no effect."""
    for change in changes:
        changed = change.apply(variant)
        if changed is None:
            return None
        variant = changed
    return variant


def applied(changes: Iterable[Change], variant: Variant) -> Variant:
    """The variant with every change that has an effect, one after the other."""
    for change in changes:
        variant = change.apply(variant) or variant
    return variant


def _mark_inputs(text: str) -> str | None:
    """Put each input that is on lines of its own between tags, in place of its label."""

    def tagged(match: re.Match[str]) -> str:
        name = match.group(1)
        tag = name.rsplit("_", 1)[-1]
        return f"<{tag}>\n{{{{{name}}}}}\n</{tag}>"

    return None if _MARKED.search(text) else _BARE.sub(tagged, text)


def _instructions_last(text: str) -> str | None:
    """Move the instructions to after the inputs."""
    sections = read_sections(text)
    if sections.after or not sections.before or not sections.inputs:
        return None
    sections.before, sections.after = [], sections.before
    return sections.text


def _repeat_instructions(text: str) -> str | None:
    """Repeat the last paragraph of the instructions after the inputs."""
    sections = read_sections(text)
    if sections.after or not sections.before or not sections.inputs:
        return None
    sections.after = sections.before[-1:]
    return sections.text
