"""The examples of a JSON Lines file: where each one's line is, and that line changed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmopt_tui.store.values import json_lines

if TYPE_CHECKING:
    from llmopt_tui.app.case_editing.toml_examples import Span
    from llmopt_tui.core.case import Example

_LINE = re.compile(r"[^\n]+")


def example_spans(text: str) -> list[Span]:
    """Where each line that holds something is, without its line end."""
    found = []
    for line in _LINE.finditer(text):
        content = line.group().rstrip("\r")
        if content.strip():
            found.append((line.start(), line.start() + len(content)))
    return found


def written(example: Example) -> str:
    """A new example as an object in one line, without a line end."""
    table: dict[str, Any] = {"id": example.id, "split": example.split}
    table["inputs"], table["expected"] = dict(example.inputs), dict(example.expected)
    if example.answer:
        table["answer"] = example.answer
    if example.pinned:
        table["pinned"] = True
    return _line(table)


def rewritten(line: str, changes: Mapping[str, Any]) -> str:
    """The line with changed fields; None removes one. The order of its keys stays."""
    table = json.loads(line)
    for name, value in changes.items():
        if value is None:
            table.pop(name, None)
        else:
            table[name] = value
    return _line(table)


def _line(table: Mapping[str, Any]) -> str:
    return json_lines([table]).removesuffix("\n")
