"""Prompt files: prompts/NAME.toml, read strictly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from llmopt_tui.config.strict import UnreadableError, parse_toml, stem_fault, version_fault
from llmopt_tui.core.case_checks import prompt_faults
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.tables import Fault, read_record
from llmopt_tui.core.variant import Constrain, Demonstration, Instructions


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A prompt file as it was found: its bytes, and what they say or what is wrong with them."""

    content: bytes
    prompt: Prompt | None
    faults: tuple[Fault, ...] = ()

    @property
    def summary(self) -> str:
        """The first of the faults, for a sentence."""
        fault = self.faults[0]
        return f"{fault.where} {fault.message}".strip()


@dataclass(frozen=True, slots=True)
class _Section:
    text: str
    name: str = ""
    locked: bool = False

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class _Demonstration:
    inputs: Mapping[str, str]
    answer: str
    example_id: str = ""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class _Document:
    name: str
    text: str = ""
    description: str = ""
    system: str = ""
    sections: tuple[_Section, ...] = ()
    locked: tuple[str, ...] = ()
    demonstrations: tuple[_Demonstration, ...] = ()
    instructions: Instructions = "once"
    constrain: Constrain | None = None
    schema_version: int = 1
    # Where a prompt came from is for people; the program that wrote it may have said anything.
    provenance: Mapping[str, Any] = field(default_factory=dict)

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    @property
    def prompt(self) -> Prompt:
        """The prompt that the file describes: sections are joined by blank lines."""
        parts = [section.text.strip("\n") for section in self.sections]
        locked = [p for s, p in zip(self.sections, parts, strict=True) if s.locked]
        return Prompt(
            name=self.name,
            text="\n\n".join(parts) + "\n" if parts else self.text,
            description=self.description,
            system=self.system,
            demonstrations=tuple(
                Demonstration(d.inputs, d.answer, d.example_id) for d in self.demonstrations
            ),
            instructions=self.instructions,
            constrain=self.constrain,
            locked=(*self.locked, *locked),
        )


def read_prompt_file(content: bytes, stem: str) -> PromptFile:
    """The prompt in a file called `stem`.toml. Never raises."""
    try:
        data = parse_toml(content)
    except UnreadableError as error:
        return PromptFile(content, None, (Fault("", str(error)),))
    if fault := version_fault(data):
        return PromptFile(content, None, (fault,))
    document, faults = read_record(_Document, data)
    faults = [*_text_faults(data), *faults, *stem_fault("name", data, stem)]
    if document is None or faults:
        return PromptFile(content, None, tuple(faults))
    faults += _section_faults(document.sections)
    faults += _locked_faults(document.prompt)
    faults += prompt_faults(document.prompt)
    return PromptFile(content, None if faults else document.prompt, tuple(faults))


def _text_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with where the text of a document is: in `text` or in `sections`."""
    if "text" in data and "sections" in data:
        yield Fault("sections", "cannot be there together with text: write one of the two")
    elif "sections" in data:
        if data["sections"] == []:
            yield Fault("sections", "there is none: add a [[sections]] table, or write text")
    elif "text" not in data:
        yield Fault("text", "is missing")
    elif isinstance(text := data["text"], str) and not text.strip():
        yield Fault("text", "is empty")


def _locked_faults(prompt: Prompt) -> Iterator[Fault]:
    for n, part in enumerate(prompt.locked, start=1):
        if not part.strip():
            yield Fault(f"locked {n}", "is empty")
        elif part not in prompt.text:
            yield Fault(f"locked {n}", "is no part of the text")


def _section_faults(sections: Sequence[_Section]) -> Iterator[Fault]:
    seen: set[str] = set()
    for n, section in enumerate(sections, start=1):
        if not section.text.strip():
            yield Fault(f"sections {n}, text", "is empty")
        if section.name and section.name in seen:
            yield Fault(f"sections {n}, name", f'another section is called "{section.name}"')
        seen.add(section.name)
