"""RecordedCase: a case as a session recorded it, perhaps with another version of the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from llmopt_tui.state.documents.base import Count, Document, Flag


class RecordedOutput(Document):
    """The required form of answers. `schema` is a JSON Schema, or None where none was given."""

    format: str = ""
    max_tokens: Count | None = None
    constrain: str = "format"
    output_schema: Mapping[str, Any] | None = Field(default=None, alias="schema")

    @property
    def constraint(self) -> Literal["json"] | Mapping[str, Any] | None:
        """The constraint on the model's output: a JSON Schema, "json" for any JSON, or None."""
        if self.output_schema is not None:
            return self.output_schema
        return "json" if self.format == "json" else None


class RecordedExample(Document):
    """One example: the inputs for the prompt, and what is expected of the answer."""

    id: str = ""
    split: str = "train"
    inputs: Mapping[str, Any] = {}
    expected: Mapping[str, Any] = {}
    answer: str = ""
    pinned: Flag = False

    @property
    def held_out(self) -> bool:
        """Whether the example is held out, so that no interviewer saw it."""
        return self.split == "validation"


class RecordedCase(Document):
    """The case of a session. Criteria are tables, because their parameters depend on their kind."""

    id: str = ""
    title: str = ""
    description: str = ""
    output: RecordedOutput = RecordedOutput()
    criteria: tuple[Mapping[str, Any], ...] = ()
    examples: tuple[RecordedExample, ...] = ()


class RecordedProvenance(Document):
    """The iteration of an earlier session that a prompt was taken from; no id where from none."""

    session_id: str = ""
    iteration: Count = 0


class RecordedPrompt(Document):
    """The prompt that a session began with."""

    name: str = ""
    text: str = ""
    description: str = ""
    system: str = ""
    locked: tuple[str, ...] = ()
    provenance: RecordedProvenance = RecordedProvenance()

    @property
    def branched_from(self) -> str:
        """The words for where the prompt was taken from; "" where it is a file's."""
        source = self.provenance
        if not source.session_id:
            return ""
        return f"branched from session {source.session_id}, iteration {source.iteration}"
