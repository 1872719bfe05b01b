"""Case: one task, with examples of it and the criteria that score an output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.scoring.base import Criterion
from llmopt_tui.core.variant import Constrain

Split = Literal["train", "validation"]


@dataclass(frozen=True, slots=True)
class Example:
    """One instance of the task: what is put into the prompt and what is expected of the output.

    `answer` is an ideal answer, for demonstrations; "" where there is none. No prompt may win that
    does worse on a `pinned` one.
    """

    id: str
    inputs: Mapping[str, str]
    split: Split = "train"
    expected: Mapping[str, Any] = field(default_factory=dict)
    answer: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """How an answer is constrained: `schema` (a JSON Schema) or "json" or free text.

    `constrain` says when: see `Constrain`.
    """

    format: Literal["text", "json"] = "text"
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 1024
    constrain: Constrain = "format"

    @property
    def constraint(self) -> Literal["json"] | Mapping[str, Any] | None:
        """What `ChatRequest.format` is to be."""
        return self.schema if self.schema is not None else "json" if self.format == "json" else None


@dataclass(frozen=True, slots=True)
class Case:
    """One task. `sha256` identifies its content together with its prompt's.

    Made by reading a case file, or by `make_case`: both check that it can be run.
    """

    id: str
    title: str
    prompt: Prompt
    criteria: tuple[Criterion, ...]
    examples: tuple[Example, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    output: OutputSpec = field(default_factory=OutputSpec)
    sha256: str = ""

    def split(self, split: Split) -> tuple[Example, ...]:
        """The examples of one split, in the file's order."""
        return tuple(example for example in self.examples if example.split == split)

    def snapshot(self) -> dict[str, Any]:
        """The whole case, without its prompt, in the form of its file: what a record keeps."""
        return {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "prompt": self.prompt.name,
            "tags": list(self.tags),
            "sha256": self.sha256,
            "output": asdict(self.output),
            "criteria": [{"kind": c.kind, **asdict(c)} for c in self.criteria],
            "examples": [
                {
                    "id": e.id,
                    "split": e.split,
                    "inputs": dict(e.inputs),
                    "expected": dict(e.expected),
                    **({"answer": e.answer} if e.answer else {}),
                    **({"pinned": True} if e.pinned else {}),
                }
                for e in self.examples
            ],
        }
