"""JSON, JSON Lines and YAML: the value that a file holds, or the objects of a list with places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmopt_tui.app.importing.material import MOST_ROWS, ImportRefused, Note, grouped
from llmopt_tui.config.strict import UnreadableError, parse_json_value
from llmopt_tui.core.tables import shown

_LISTS = ("examples", "data", "rows", "items", "samples", "dataset", "records", "instances")
"""Under one of these keys an object holds the list that is meant."""

_EXAMPLE_KEYS = frozenset({"messages", "conversations", "input", "inputs", "_store"})
"""An object with one of these is an example by itself, as the one line of a file may be."""

SHAPES = (
    'expected one object for each example, as in {"question": "...", "answer": "..."}, or chats as '
    'in {"messages": [{"role": "user", "content": "..."}, {"role": "assistant", ...}]}'
)


@dataclass(frozen=True, slots=True)
class Item:
    """One object of a list: where it is, as in "line 3", and what it holds."""

    place: str
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Structure:
    """What a file holds: `document` where it is one object, `items` where it is a list of them."""

    format: str
    document: Mapping[str, Any] | None
    items: tuple[Item, ...]
    notes: tuple[Note, ...] = ()


def read_json_text(text: str, *, lines_expected: bool = False) -> Structure:
    """JSON in one piece, or an object a line. Raises ImportRefused.

    What is neither is told of line by line where `lines_expected`, as the ending .jsonl says, or
    where most lines look like values of their own.
    """
    try:
        return structure_of(parse_json_value(text), "JSON")
    except UnreadableError as error:
        lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
        whole = [line for _, line in lines if _is_whole(line.strip())]
        if len(lines) > 1 and (lines_expected or len(whole) * 2 > len(lines)):
            return _read_lines(lines)
        raise ImportRefused(str(error)) from error


def structure_of(value: Any, format_name: str) -> Structure:
    """A parsed value as a list of objects, or as one document. Raises ImportRefused."""
    if isinstance(value, list):
        items, notes = _items(value, "item")
        return Structure(format_name, None, items, notes)
    if not isinstance(value, dict):
        raise ImportRefused(f"holds only {shown(value)}; {SHAPES}")
    return Structure(format_name, value, ())


def examples_in(document: Mapping[str, Any], format_name: str) -> Structure:
    """The list of objects that a document holds under a usual key; else itself, as one example.

    Raises ImportRefused.
    """
    key = next((name for name in _LISTS if _is_list_of_objects(document.get(name))), None)
    if key is None:
        nested = any(isinstance(value, dict | list) for value in document.values())
        if nested and _EXAMPLE_KEYS.isdisjoint(document):
            raise ImportRefused(f"holds no list of examples; {SHAPES}")
        return Structure(format_name, None, (Item("item 1", document),))
    items, notes = _items(document[key], "item")
    others = [name for name in document if name != key]
    left = tuple(Note("left", "", f'"{name}" beside "{key}" is not taken over') for name in others)
    return Structure(format_name, None, items, (*notes, *left))


def _read_lines(lines: Sequence[tuple[int, str]]) -> Structure:
    items, notes = [], []
    for number, line in lines:
        place = f"line {number}"
        try:
            value = parse_json_value(line)
        except UnreadableError as error:
            message = str(error).replace("line 1, ", "")  # of the one line that was parsed
            notes.append(Note("left", place, message))
            continue
        if isinstance(value, dict):
            items.append(Item(place, value))
        else:
            notes.append(Note("left", place, f"must be an object, not {_kind(value)}"))
    return Structure("JSON Lines", None, *_usable(items, notes))


def _items(values: Sequence[Any], unit: str) -> tuple[tuple[Item, ...], tuple[Note, ...]]:
    items, notes = [], []
    for number, value in enumerate(values, start=1):
        if isinstance(value, dict):
            items.append(Item(f"{unit} {number}", value))
        else:
            message = f"must be an object, not {_kind(value)}"
            notes.append(Note("left", f"{unit} {number}", message))
    return _usable(items, notes)


def _usable(
    items: Sequence[Item], notes: Sequence[Note]
) -> tuple[tuple[Item, ...], tuple[Note, ...]]:
    if not items:
        raise ImportRefused(*(grouped(notes) or ["is empty"]), SHAPES)
    if len(items) > MOST_ROWS:
        raise ImportRefused(f"holds {len(items):,} examples, more than {MOST_ROWS:,}")
    return tuple(items), tuple(notes)


def _is_whole(line: str) -> bool:
    """Whether a line looks like a value of its own, not like a part of one over several lines."""
    return (line[0], line[-1]) in {("{", "}"), ("[", "]"), ('"', '"')}


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _kind(value: Any) -> str:
    """What a value is, for a sentence that is the same for all values of its kind."""
    match value:
        case list():
            return "a list"
        case str():
            return "a text"
        case None:
            return "null"
    return "true or false" if isinstance(value, bool) else "a number"
