"""Prompt files: prompts/NAME.toml, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from llmopt_tui.config.strict import UnreadableError, parse_toml, stem_fault, version_fault
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.tables import Fault, read_record


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
class _Document:
    name: str
    text: str
    description: str = ""
    system: str = ""
    schema_version: int = 1
    # Where a prompt came from is for people; the program that wrote it may have said anything.
    provenance: Mapping[str, Any] = field(default_factory=dict)

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


def read_prompt_file(content: bytes, stem: str) -> PromptFile:
    """The prompt in a file called `stem`.toml. Never raises."""
    try:
        data = parse_toml(content)
    except UnreadableError as error:
        return PromptFile(content, None, (Fault("", str(error)),))
    if fault := version_fault(data):
        return PromptFile(content, None, (fault,))
    document, faults = read_record(_Document, data)
    faults += stem_fault("name", data, stem)
    if isinstance(text := data.get("text"), str) and not text.strip():
        faults.append(Fault("text", "is empty"))
    if document is None or faults:
        return PromptFile(content, None, tuple(faults))
    prompt = Prompt(document.name, document.text, document.description, document.system)
    return PromptFile(content, prompt)
