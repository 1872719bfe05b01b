"""promptfoo configurations: prompts, the vars of tests, and those assertions that exist here.

Nothing that a configuration refers to is opened or run: files, packages and code are only named.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from llmopt_tui.app.importing.chat import turns_of
from llmopt_tui.app.importing.material import (
    MOST_ROWS,
    ImportRefused,
    Material,
    Note,
    PromptText,
    Roles,
    Row,
    columns_of,
)
from llmopt_tui.app.importing.promptfoo_demands import Demand, common_criteria, demand_of, scored
from llmopt_tui.app.importing.structured import Structure
from llmopt_tui.core.prompt import placeholders_in

_REFERENCES = ("file://", "package:", "http://", "https://", "python:", "exec:", "huggingface://")
_VARIABLE = re.compile(r"\{\{-?\s*([A-Za-z_][A-Za-z0-9_]*)\s*-?\}\}")
_LITERAL = re.compile(r'\{\{\s*"([^"\\{}]{0,3}|[{}#%]{1,3})"\s*\}\}')
_ACTIVE = re.compile(r"\{\{|\{%|\{#")
_FILE_NAME = re.compile(r"[^\s{}]+\.(?:txt|md|json|jsonl|ya?ml|csv|py|js|ts|mjs|cjs|j2)(?::\w+)?")
_READ = frozenset({"prompts", "tests", "defaultTest", "description"})
_READ_OF_TEST = frozenset({"vars", "assert", "description"})


def is_promptfoo(structure: Structure) -> bool:
    """Whether a document is a configuration: prompts or tests, and what else belongs to one."""
    keys = (structure.document or {}).keys()
    return len(keys & {"prompts", "tests", "providers", "targets", "defaultTest", "scenarios"}) > 1


def read_promptfoo(structure: Structure) -> Material:
    """The tests as rows, the first prompt as the case's, the others as further prompts."""
    document = structure.document
    assert document is not None
    notes = [Note("left", "", f'"{key}" is not taken over') for key in document if key not in _READ]
    prompts = list(_prompts(document.get("prompts"), notes))
    default = document.get("defaultTest")
    default = default if isinstance(default, Mapping) else {}
    notes += _left_of_test("defaultTest", default)
    tests = list(_tests(document.get("tests"), notes))
    rows: list[Row] = []
    demands: list[list[Demand]] = []
    for place, test in tests:
        asserts = [*_list(default.get("assert")), *_list(test.get("assert"))]
        notes += _left_of_test(place, test)
        for values in _combined(place, _merged_vars(default, test), notes):
            rows.append(Row(place, values))
            demands.append(list(_demands(place, asserts, values, notes)))
        if len(rows) > MOST_ROWS:
            raise ImportRefused(f"its vars combine to more than {MOST_ROWS:,} tests")
    if not rows:
        raise ImportRefused(
            "holds no test that can be taken over",
            *(f"{note.where}: {note.message}" for note in notes[:3] if note.where),
            "expected tests written in the file itself, each with vars",
        )
    criteria, kept = common_criteria([row.place for row in rows], demands, notes)
    columns = columns_of(rows)
    roles = Roles()
    if prompts:
        wanted = placeholders_in(prompts[0].system) + placeholders_in(prompts[0].text)
        roles = Roles(tuple(name for name in columns if name in wanted))
    if criteria:
        rows = [
            Row(row.place, row.values, scored(found)) for row, found in zip(rows, kept, strict=True)
        ]
    return Material(
        "a promptfoo configuration",
        columns,
        tuple(rows),
        roles,
        prompts=tuple(prompts),
        criteria=tuple(criteria),
        notes=tuple(notes),
    )


def _prompts(given: Any, notes: list[Note]) -> Iterator[PromptText]:
    for number, entry in enumerate(_list(given), start=1):
        place = f"prompt {number}"
        text, label = entry, ""
        if isinstance(entry, Mapping):
            text = entry.get("raw", entry.get("id"))
            label = str(entry.get("label") or entry.get("id") or "")
        if not isinstance(text, str) or not text.strip():
            notes.append(Note("left", place, "is no text"))
            continue
        if _is_file(text):
            notes.append(Note("left", place, "is a file; write its text into the configuration"))
            continue
        prompt = _chat_prompt(text, label) or PromptText(_plain(text), "", label)
        if _ACTIVE.search(re.sub(r"\{\{\w+\}\}", "", prompt.system + prompt.text)):
            message = "holds more of a template than variables, which stays as it is"
            notes.append(Note("warning", place, message))
        yield prompt


def _chat_prompt(text: str, label: str) -> PromptText | None:
    """A prompt that is a chat in JSON: one system message at most, then one of the user."""
    try:
        messages = json.loads(text)
    except (ValueError, RecursionError):
        return None
    turns = turns_of(messages)
    if isinstance(turns, str):
        return None
    match [role for role, _ in turns]:
        case ["user"]:
            return PromptText(_plain(turns[0][1]), "", label)
        case ["system", "user"]:
            return PromptText(_plain(turns[1][1]), _plain(turns[0][1]), label)
    return None


def _plain(template: str) -> str:
    """A template with its variables as placeholders, and what it quotes as it is."""
    parts = _LITERAL.split(template)  # every second one is what a literal says
    return "".join(
        part if odd else _VARIABLE.sub(r"{{\1}}", part)
        for part, odd in zip(parts, itertools.cycle((False, True)), strict=False)
    )


def _tests(given: Any, notes: list[Note]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, test in enumerate(_list(given), start=1):
        place = f"test {number}"
        if isinstance(test, str):
            message = "refers to other files; import those by themselves"
            notes.append(Note("left", place, message))
        elif not isinstance(test, Mapping):
            notes.append(Note("left", place, "is no object with vars"))
        else:
            yield place, test


def _left_of_test(place: str, test: Mapping[str, Any]) -> list[Note]:
    return [
        Note("left", place, f'"{key}" is not taken over')
        for key in test
        if key not in _READ_OF_TEST
    ]


def _merged_vars(default: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for given in (default.get("vars"), test.get("vars")):
        if isinstance(given, Mapping):
            found |= {str(key): value for key, value in given.items()}
    return found


def _combined(place: str, given: dict[str, Any], notes: list[Note]) -> Iterator[dict[str, Any]]:
    """The vars of a test: where some hold lists, each combination of them is a test."""
    if not given:
        notes.append(Note("left", place, "has no vars"))
        return
    if any(isinstance(value, str) and _is_reference(value) for value in given.values()):
        notes.append(Note("left", place, "has a var that is a file or an address"))
        return
    choices = [value if isinstance(value, list) else [value] for value in given.values()]
    for number, values in enumerate(itertools.product(*choices)):
        if number > MOST_ROWS:
            return
        yield dict(zip(given, values, strict=True))


def _demands(
    place: str, asserts: list[Any], values: Mapping[str, Any], notes: list[Note]
) -> Iterator[Demand]:
    for assertion in asserts:
        found = demand_of(assertion, lambda text: _filled(text, values))
        if isinstance(found, str):
            notes.append(Note("left", place, found))
        else:
            yield found


def _filled(text: str, values: Mapping[str, Any]) -> str:
    """An assertion's text with the test's vars in it, in one pass."""

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        return str(values[name]) if name in values else match.group()

    return _LITERAL.sub(r"\1", _VARIABLE.sub(value_of, text))


def _is_reference(text: str) -> bool:
    return text.strip().startswith(_REFERENCES)


def _is_file(prompt: str) -> bool:
    """Whether a prompt names a file, as promptfoo takes one of a single word with an ending."""
    name = prompt.strip()
    return _is_reference(name) or _FILE_NAME.fullmatch(name) is not None


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [] if given is None else [given]
