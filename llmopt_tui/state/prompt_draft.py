"""PromptDraft: a prompt while a person writes it, and what is wrong with it at every moment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from llmopt_tui.core.case_checks import prompt_faults
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.text.near import nearest


@dataclass(slots=True)
class PromptDraft:
    """The prompt that was opened (`base`), with the text and system message as they are typed.

    `locked` parts that are no longer in the text are let go. `kept` is the draft that was last
    saved as a file, None before.
    """

    base: Prompt
    text: str = ""
    system: str = ""
    kept: Prompt | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Begin with the texts of the opened prompt."""
        self.text, self.system = self.base.text, self.base.system

    @property
    def prompt(self) -> Prompt:
        """The prompt as it is now."""
        locked = tuple(part for part in self.base.locked if part in self.text)
        return replace(self.base, text=self.text, system=self.system, locked=locked)

    @property
    def changed(self) -> bool:
        """Whether it is neither the prompt that was opened nor one that was saved since."""
        variant = self.prompt.variant
        return variant != self.base.variant and (self.kept is None or variant != self.kept.variant)

    def save(self, name: str) -> None:
        """Note that it is kept as a file of this name, which is its name from now on."""
        self.base = replace(self.base, name=name)
        self.kept = self.prompt


@dataclass(frozen=True, slots=True)
class PromptCheck:
    """What is wrong with a prompt: `errors` keep it from being sent, `losses` do not.

    `placeholders` are those of the prompt, in their order.
    """

    placeholders: tuple[str, ...]
    errors: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()


def check_prompt(
    prompt: Prompt, inputs: Collection[str] | None, wanted: Collection[str] = ()
) -> PromptCheck:
    """A prompt held against the inputs that there are.

    `inputs` are the names of an example's inputs; None where every placeholder is an input of its
    own. `wanted` are the placeholders that the prompt had when it was opened.
    """
    found = tuple(prompt.placeholders)
    errors = [] if prompt.text.strip() else ["the prompt is empty"]
    known = found if inputs is None else tuple(inputs)
    for name in found:
        if name not in known:
            errors.append(f"{{{{{name}}}}} has no input{_hint(name, found, known)}")
    errors += [f"{fault.where} {fault.message}" for fault in prompt_faults(prompt)]
    needed = dict.fromkeys((*(inputs or ()), *wanted))
    lost = [name for name in needed if name not in found]
    losses = [f"{{{{{name}}}}} is missing: the model is not shown it" for name in lost]
    return PromptCheck(found, tuple(errors), tuple(losses))


def _hint(name: str, found: Collection[str], known: Collection[str]) -> str:
    """What an unknown placeholder was probably meant to be, else which inputs there are."""
    if near := nearest(name, [each for each in known if each not in found]):
        return f"; did you mean {{{{{near}}}}}?"
    return f"; there is {', '.join(f'{{{{{each}}}}}' for each in known)}" if known else ""
