"""A criterion proposed from what the expected values look like, and the task in words."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmopt_tui.app.importing.columns import plain_name
from llmopt_tui.config.strict import UnreadableError, parse_json_value
from llmopt_tui.core.scoring.numbers import expected_number
from llmopt_tui.core.scoring.sameness import bare

_MOST_LABELS = 12
_LONGEST_LABEL = 40
_LONG_TEXT_WORDS = 12
_LONGEST_ENTRY_WORDS = 5
_SEPARATORS = (";", "|", "\n", ",")


@dataclass(frozen=True, slots=True)
class Proposal:
    """How answers are to be scored: `why` says what the values looked like, `task` asks for it.

    `expected_of` makes of one value what a case file has under `expected`.
    """

    criteria: tuple[Mapping[str, Any], ...]
    why: str
    task: str
    expected_of: Callable[[Any], dict[str, Any]]


def propose(values: Sequence[Any], name: str) -> Proposal:
    """The proposal for the expected values of a column. A tuple holds answers that are all right.

    `name` is what the column is called, in words; empty where there is none.
    """
    read = [_parsed(value) for value in values if value not in (None, "")]
    single = [one for value in read for one in (value if isinstance(value, tuple) else (value,))]
    if not single:
        return _form_alone()
    if all(isinstance(value, Mapping) and value for value in read):
        return _fields(read)
    if all(isinstance(value, list) and all(_is_scalar(i) for i in value) for value in read):
        return _entries(name, as_entries)
    if not all(map(_is_scalar, single)):
        return _equals(name, "values of several kinds")
    if not any(isinstance(v, bool) for v in single) and all(
        expected_number(value) is not None for value in single
    ):
        criteria = ({"kind": "number"},)
        task = f"Give the {name or 'answer'} as a number."
        return Proposal(criteria, "numbers", task, lambda value: {"answer": _numeric(value)})
    texts = [as_text(value) for value in single]
    if labels := _labels(texts):
        return _choice(labels)
    if separator := _separator(texts):
        return _entries(name, lambda value: _pieces(as_text(value), separator))
    if statistics.median(len(text.split()) for text in texts) >= _LONG_TEXT_WORDS:
        criteria_of_text = ({"kind": "coverage"}, {"kind": "rouge_l"})
        task = f"Write the {name or 'answer'}."
        return Proposal(criteria_of_text, "long texts", task, _reference)
    return _equals(name, "short texts")


def as_text(value: Any) -> str:
    """A value as the text that a prompt or an answer holds."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
    return json.dumps(value, ensure_ascii=False)


def as_entries(value: Any) -> list[str]:
    """The texts of a list."""
    parsed = _parsed(value)
    return [as_text(item) for item in parsed] if isinstance(parsed, list) else [as_text(value)]


def _form_alone() -> Proposal:
    return Proposal(({"kind": "structure"},), "nothing expected", "", lambda value: {})


def _fields(values: Sequence[Mapping[str, Any]]) -> Proposal:
    names = [name for name in values[0] if all(name in value for value in values)]
    shape = ", ".join(f'"{name}": ...' for name in names or values[0])
    return Proposal(
        ({"kind": "fields"},),
        "objects",
        f"Answer with JSON in this form: {{{shape}}}",
        lambda value: {"fields": _parsed(value)},
    )


def _entries(name: str, entries_of: Callable[[Any], list[str]]) -> Proposal:
    key = plain_name(name) or "items"
    return Proposal(
        ({"kind": "skills", "path": key},),
        "lists",
        f'Answer with JSON in this form: {{"{key}": ["first", "second"]}}',
        lambda value: {"skills": entries_of(value)},
    )


def _choice(labels: Mapping[str, str]) -> Proposal:
    def expected_of(value: Any) -> dict[str, Any]:
        if isinstance(value, tuple):
            return {"answer": [labels[bare(as_text(one))] for one in value]}
        return {"answer": labels[bare(as_text(value))]}

    names = sorted(labels.values())
    return Proposal(
        ({"kind": "choice", "labels": names},),
        f"{len(names)} labels",
        f"Answer with one of these labels and nothing else: {', '.join(names)}.",
        expected_of,
    )


def _equals(name: str, why: str) -> Proposal:
    def expected_of(value: Any) -> dict[str, Any]:
        if isinstance(value, tuple):
            return {"answer": [as_text(one) for one in value]}
        return {"answer": as_text(value)}

    task = f"Give the {name or 'answer'} and nothing else."
    return Proposal(({"kind": "equals"},), why, task, expected_of)


def _reference(value: Any) -> dict[str, Any]:
    return {"reference": as_text(value[0] if isinstance(value, tuple) else value)}


def _labels(texts: Sequence[str]) -> dict[str, str]:
    """The labels by their bare forms, in their first spelling; empty where these are no labels."""
    found: dict[str, str] = {}
    for text in texts:
        label = text.strip()
        if len(label) > _LONGEST_LABEL or "\n" in label or not bare(label):
            return {}
        found.setdefault(bare(label), label)
        if len(found) > _MOST_LABELS:
            return {}
    return found if len(found) >= 2 and len(found) * 2 <= len(texts) else {}


def _separator(texts: Sequence[str]) -> str:
    """What separates the entries of lists written as texts; empty where these are no lists."""
    for separator in _SEPARATORS:
        pieces = [_pieces(text, separator) for text in texts]
        needed = 3 if separator == "," else 2  # "Lyon, France" is one thing
        lists = sum(len(entries) >= needed for entries in pieces)
        if lists * 2 >= len(texts) and all(
            len(entry.split()) <= _LONGEST_ENTRY_WORDS for entries in pieces for entry in entries
        ):
            return separator
    return ""


def _pieces(text: str, separator: str) -> list[str]:
    return [piece.strip() for piece in text.split(separator) if piece.strip()]


def _parsed(value: Any) -> Any:
    """A cell that holds a JSON list or object as what it says."""
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
        try:
            parsed = parse_json_value(value)
        except UnreadableError:
            return value
        return parsed if isinstance(parsed, list | dict) else value
    return value


def _numeric(value: Any) -> Any:
    value = value[0] if isinstance(value, tuple) else value
    return value.strip() if isinstance(value, str) else value


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)
