"""Samples with an input and a target: inspect_ai, langfuse, LangSmith and forms like theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmopt_tui.app.importing.chat import transcript, turns_of
from llmopt_tui.app.importing.material import Material, Note, Roles, Row, columns_of
from llmopt_tui.app.importing.structured import Structure
from llmopt_tui.config.strict import UnreadableError, parse_json_value

EXPECTED, CHOICES = "expected", "choices"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TAKEN = frozenset({"id", "split", CHOICES})


@dataclass(frozen=True, slots=True)
class _Shape:
    format: str
    input: str
    expected: str


_SHAPES = (
    _Shape("inspect_ai samples", "input", "target"),
    _Shape("a langfuse dataset", "input", "expectedOutput"),
    _Shape("a langfuse dataset", "input", "expected_output"),
    _Shape("input and output objects", "inputs", "outputs"),
    _Shape("examples of a case", "inputs", "expected"),
)


def is_samples(structure: Structure) -> bool:
    """Whether the examples have one of the forms that are read here."""
    return _shape(structure) is not None


def read_samples(structure: Structure) -> Material:
    """The keys of an input that is an object become columns of their own."""
    shape = _shape(structure)
    assert shape is not None
    notes = list(structure.notes)
    rows = []
    for item in structure.items:
        sample = {key: _parsed(value) for key, value in item.value.items()}
        if str(sample.get("status", "")).upper() == "ARCHIVED":
            notes.append(Note("left", item.place, "is archived"))
            continue
        for key in sorted(sample):
            taken = key in (shape.input, shape.expected, "status", *_TAKEN)
            if not taken and sample[key] not in (None, "", {}, []):
                notes.append(Note("left", item.place, f'"{key}" is not taken over'))
        values = _inputs(sample.get(shape.input))
        if choices := sample.get(CHOICES):
            values[CHOICES] = _lettered(choices)
        if isinstance(values.get(EXPECTED), str):
            values[f"{EXPECTED}_input"] = values.pop(EXPECTED)
        kept: dict[str, Any] = {key: sample[key] for key in ("id", "split") if key in sample}
        expected = _expected(sample.get(shape.expected))
        rows.append(Row(item.place, {**kept, **values, EXPECTED: expected}))
    columns = columns_of(rows)
    inputs = tuple(name for name in columns if name not in ("id", "split", EXPECTED))
    return Material(shape.format, columns, tuple(rows), Roles(inputs, EXPECTED), notes=tuple(notes))


def _shape(structure: Structure) -> _Shape | None:
    """The first form that any of the examples has: others may lack what they expect."""
    for shape in _SHAPES:
        wanted = {shape.input, shape.expected}
        if any(wanted <= item.value.keys() for item in structure.items):
            return shape
    return None


def _parsed(value: Any) -> Any:
    """A value of an export as a table: cells hold JSON."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[", '"')):
        try:
            return parse_json_value(value)
        except UnreadableError:
            return value
    return value


def _inputs(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping) and "messages" in given and len(given) == 1:
        given = given["messages"]
    if isinstance(given, list):
        turns = turns_of(given)
        if not isinstance(turns, str):
            return {"input": transcript(turns)}
    if isinstance(given, Mapping) and given:
        return {str(key): value for key, value in given.items() if key not in _TAKEN}
    return {"input": given}


def _expected(given: Any) -> Any:
    """What is expected: the one value of an object is meant itself, several texts are equals.

    A tuple holds answers of which any one is right.
    """
    if isinstance(given, Mapping) and len(given) == 1:
        given = next(iter(given.values()))
        return given
    if isinstance(given, list) and all(isinstance(item, str) for item in given):
        return given[0] if len(given) == 1 else tuple(given)
    return given


def _lettered(choices: Any) -> str:
    if not isinstance(choices, list):
        return str(choices)
    lines = [f"{letter}) {choice}" for letter, choice in zip(_LETTERS, choices, strict=False)]
    return "\n".join(lines)
