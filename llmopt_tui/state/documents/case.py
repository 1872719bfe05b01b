"""RecordedCase: a case as a session recorded it, which may be of another version of the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from llmopt_tui.state.documents.base import Count, Document


class RecordedOutput(Document):
    """What the answers had to be like. `schema` is a JSON Schema where one was given."""

    format: str = ""
    max_tokens: Count | None = None
    output_schema: Mapping[str, Any] | None = Field(default=None, alias="schema")

    @property
    def constraint(self) -> Literal["json"] | Mapping[str, Any] | None:
        """What the model's output was held to: a schema, any JSON, or nothing."""
        if self.output_schema is not None:
            return self.output_schema
        return "json" if self.format == "json" else None


class RecordedExample(Document):
    """One example: what goes into the prompt, and what is expected of the answer."""

    id: str = ""
    split: str = "train"
    inputs: Mapping[str, Any] = {}
    expected: Mapping[str, Any] = {}

    @property
    def held_out(self) -> bool:
        """Whether no interviewer saw it."""
        return self.split == "validation"


class RecordedCase(Document):
    """The case of a session. Criteria are tables, as their parameters depend on their kind."""

    id: str = ""
    title: str = ""
    description: str = ""
    output: RecordedOutput = RecordedOutput()
    criteria: tuple[Mapping[str, Any], ...] = ()
    examples: tuple[RecordedExample, ...] = ()


class RecordedPrompt(Document):
    """The prompt that a session began with."""

    name: str = ""
    text: str = ""
    description: str = ""
    system: str = ""
