"""A case begun from scratch: id, first prompt, criterion and first example become files."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmopt_tui.app.case_editing import toml_examples
from llmopt_tui.app.case_editing.toml_values import literal
from llmopt_tui.app.workspace import Workspace
from llmopt_tui.core.case import Example
from llmopt_tui.core.filling import placeholders_in
from llmopt_tui.core.text.names import folder_slug
from llmopt_tui.core.text.near import listed

Shape = str
"""How a value of `expected` is written in a form: "text", "list" (an entry a line) or "none"."""


@dataclass(frozen=True, slots=True)
class Start:
    """A criterion that a case may begin with: `key` is what it compares with under `expected`."""

    kind: str
    words: str
    key: str = ""
    shape: Shape = "none"


STARTS: tuple[Start, ...] = (
    Start("choice", "one of a few labels", "answer", "text"),
    Start("equals", "this text and nothing else", "answer", "text"),
    Start("number", "this number", "answer", "text"),
    Start("contains", "these words are in it", "contains", "list"),
    Start("skills", "this list, as JSON", "skills", "list"),
    Start("coverage", "what this reference says", "reference", "text"),
    Start("structure", "plain sentences, nothing else"),
    Start("json_valid", "valid JSON"),
)
"""The criteria that need no parameter, or one that follows from the first example."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a person filled in. `labels` are those of `choice`, `expected` as `Start.shape` says."""

    id: str
    prompt: str
    start: Start
    inputs: Mapping[str, str]
    expected: str = ""
    labels: tuple[str, ...] = ()


def problem_with_id(name: str, taken: Collection[str]) -> str:
    """Why a case cannot be called so; "" if it can."""
    if not name.strip():
        return "the id is missing"
    if name != folder_slug(name) or name.startswith(".") or name.lower() != name:
        return 'the id may have small letters, digits, ".", "_" and "-"'
    return f"there is a case or prompt {name} already" if name in taken else ""


def problem_with(beginning: Beginning) -> str:
    """What is missing before files can be made; "" if nothing is."""
    if not beginning.prompt.strip():
        return "the prompt is empty"
    names = placeholders_in(beginning.prompt)
    if not names:
        return "the prompt has no placeholder: write {{text}} where the input is to be"
    if empty := [name for name in names if not beginning.inputs.get(name, "").strip()]:
        return f"the first example has nothing for {listed(empty)}"
    if beginning.start.shape != "none" and not beginning.expected.strip():
        return "what is expected of the first example is missing"
    if beginning.start.kind == "choice":
        if len(beginning.labels) < 2:
            return "a choice needs two labels or more, with commas between them"
        if beginning.expected.strip() not in beginning.labels:
            return f"what is expected is none of the labels {listed(beginning.labels)}"
    return ""


def beginning_files(beginning: Beginning, workspace: Workspace) -> dict[Path, bytes]:
    """The prompt's and the case's file, by their paths, as a person would have written them."""
    name = beginning.id
    start = beginning.start
    example = Example(
        f"{name}-1",
        {key: beginning.inputs[key] for key in placeholders_in(beginning.prompt)},
        "train",
        {start.key: entered(beginning.expected, start.shape)} if start.key else {},
    )
    prompt = [
        "schema_version = 1",
        f"name = {literal(name)}",
        f"text = {literal(beginning.prompt.strip() + chr(10))}",
        "",
    ]
    title = re.sub(r"[_-]+", " ", name).strip().capitalize() or name
    case = [
        "schema_version = 1",
        f"id = {literal(name)}",
        f"title = {literal(title)}",
        f"prompt = {literal(name)}",
        "",
        "[[criteria]]",
        f"kind = {literal(start.kind)}",
        *([f"labels = {literal(list(beginning.labels))}"] if start.kind == "choice" else []),
        *(['path = "skills"'] if start.kind == "skills" else []),
        "",
        toml_examples.written(example),
    ]
    return {
        workspace.prompts / f"{name}.toml": "\n".join(prompt).encode("utf-8", "replace"),
        workspace.cases / f"{name}.toml": "\n".join(case).encode("utf-8", "replace"),
    }


def entered(text: str, shape: Shape) -> Any:
    """What a person typed as a value of `expected`."""
    if shape == "list":
        return [line.strip() for line in text.splitlines() if line.strip()]
    return text.strip()
