"""A file of any known format read into material: the sniffing, and the table of formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from llmopt_tui.app.importing.chat import is_chats, read_chats
from llmopt_tui.app.importing.delimited import read_delimited
from llmopt_tui.app.importing.dspy import is_dspy, read_dspy
from llmopt_tui.app.importing.encodings import decoded
from llmopt_tui.app.importing.material import ImportRefused, Material
from llmopt_tui.app.importing.plain_objects import read_objects
from llmopt_tui.app.importing.promptfoo import is_promptfoo, read_promptfoo
from llmopt_tui.app.importing.samples import is_samples, read_samples
from llmopt_tui.app.importing.structured import (
    Item,
    Structure,
    examples_in,
    read_json_text,
    structure_of,
)
from llmopt_tui.app.importing.yaml_text import read_yaml

MOST_BYTES = 32_000_000
"""A longer file is not read: at its peak an import takes about ten times the file in memory."""

_TABLES = (".csv", ".tsv", ".tab")
_YAML = (".yaml", ".yml")
_LINES = (".jsonl", ".ndjson")
_JSON = (".json", *_LINES)


@dataclass(frozen=True, slots=True)
class Format:
    """A format of structured files: how it is recognized, and how it is read."""

    name: str
    recognizes: Callable[[Structure], bool]
    read: Callable[[Structure], Material]


FORMATS = (
    Format("promptfoo configuration", is_promptfoo, read_promptfoo),
    Format("DSPy", is_dspy, read_dspy),
    Format("chat fine-tuning data", is_chats, read_chats),
    Format("samples of inspect_ai, langfuse and their like", is_samples, read_samples),
    Format("objects", lambda structure: bool(structure.items), read_objects),
)
"""The formats in the order in which they are tried; the last takes any list of objects."""


def read_file(file: Path, encoding: str = "") -> Material:
    """What a file holds. Raises ImportRefused where that cannot be read."""
    try:
        if not file.is_file():
            raise ImportRefused(
                "is a folder"
                if file.is_dir()
                else "is no ordinary file"
                if file.exists()
                else "there is no such file"
            )
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ImportRefused(f"cannot be read: {error.strerror}") from error
    return read_content(content, file.name, encoding)


def read_content(content: bytes, name: str, encoding: str = "") -> Material:
    """As `read_file`, of bytes that are there; the name's ending helps to tell the format."""
    if len(content) > MOST_BYTES:
        raise ImportRefused(f"is larger than {MOST_BYTES / 1e6:.0f} MB; import a part of it")
    text, notes = decoded(content, encoding)
    if not text.strip():
        raise ImportRefused("is empty")
    ending = PurePath(name).suffix.lower()
    if ending in _YAML:
        material = _of_structure(structure_of(read_yaml(text), "YAML"))
    elif ending not in _TABLES and (ending in _JSON or text.lstrip().startswith(("{", "["))):
        material = _of_structure(read_json_text(text, lines_expected=ending in _LINES))
    else:
        material = _of_table(read_delimited(text))
    return replace(material, notes=(*notes, *material.notes))


def _of_structure(structure: Structure) -> Material:
    found = _recognized(structure)
    if found is None:
        assert structure.document is not None
        structure = examples_in(structure.document, structure.format)
        found = _recognized(structure)
    assert found is not None  # the last format takes any list
    return found.read(structure)


def _of_table(table: Material) -> Material:
    """A table, read as samples where its titles are those of an export of them."""
    items = tuple(Item(row.place, row.values) for row in table.rows)
    structure = Structure(table.format, None, items, table.notes)
    return read_samples(structure) if is_samples(structure) else table


def _recognized(structure: Structure) -> Format | None:
    return next((form for form in FORMATS if form.recognizes(structure)), None)
