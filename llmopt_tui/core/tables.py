"""Tables read strictly into dataclasses: every mistake at once, each with its place.

A dataclass refuses unknown keys where it says `__pydantic_config__ = {"extra": "forbid"}`.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from llmopt_tui.core.text.near import did_you_mean
from llmopt_tui.core.text.plain import one_line

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

T = TypeVar("T")
_Path = tuple[int | str, ...]

_SHOWN_CHARS = 40
_UNKNOWN = frozenset({"unexpected_keyword_argument", "extra_forbidden"})
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a table",
    "mapping_type": "a table",
    "dataclass_type": "a table",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a document: the path of the key and what is wrong with it."""

    where: str
    message: str


def read_record(kind: type[T], data: object) -> tuple[T | None, list[Fault]]:
    """The data as an instance of a dataclass, or None and everything that is wrong with it."""
    from pydantic import ValidationError

    try:
        # JSON is pydantic's mode in which strictness still takes a list for a tuple.
        adapter = _adapter(cast(Any, kind))  # a type is hashable, which the checker cannot tell
        value: T = adapter.validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        return None, _faults(kind, data, error.errors(include_url=False))
    return value, []


@lru_cache(maxsize=64)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _faults(kind: type, data: object, errors: Iterable[ErrorDetails]) -> list[Fault]:
    grouped: dict[_Path, list[ErrorDetails]] = {}
    for error in errors:
        grouped.setdefault(_place(error, data), []).append(error)
    return [
        Fault(path_text(path), _message(kind, path, details)) for path, details in grouped.items()
    ]


def _place(error: ErrorDetails, data: object) -> _Path:
    """The part of an error's location that is a place in the data; the rest names union members."""
    place: list[int | str] = []
    for step in error["loc"]:
        if isinstance(data, Mapping) and (step in data or error["type"] == "missing"):
            data = data.get(step)
        elif isinstance(data, Sequence) and isinstance(step, int) and not isinstance(data, str):
            data = data[step]
        else:
            break
        place.append(step)
    return tuple(place)


def path_text(path: _Path) -> str:
    """`("criteria", 1, "weight")` as a person says it: `criteria 2, weight`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f" {step + 1},"
        else:
            text += f" {step}" if text.endswith(",") else f".{step}" if text else step
    return text.rstrip(",")


def _message(kind: type, path: _Path, errors: Sequence[ErrorDetails]) -> str:
    error = errors[0]
    match error["type"]:
        case "missing":
            return "is missing"
        case unknown if unknown in _UNKNOWN:
            return "unknown key" + did_you_mean(str(path[-1]), _keys_at(kind, path[:-1]))
        case "literal_error":
            choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
            return choice_message(error["input"], choices)
        case "value_error":
            return str(error["ctx"]["error"])
        case "json_invalid":
            return "holds a character that is no valid Unicode"
    wanted = [_EXPECTED[e["type"]] for e in errors if e["type"] in _EXPECTED]
    if not wanted:
        return one_line(error["msg"][:1].lower() + error["msg"][1:])
    return f"must be {' or '.join(dict.fromkeys(wanted))}, not {shown(error['input'])}"


def choice_message(value: object, choices: Sequence[str]) -> str:
    """What to say about a value that is none of the choices."""
    allowed = " or ".join(f'"{choice}"' for choice in choices)
    hint = did_you_mean(value, choices) if isinstance(value, str) else ""
    return f"must be {allowed}, not {shown(value)}{hint}"


def _keys_at(kind: Any, path: _Path) -> list[str]:
    """The keys that a dataclass, or one inside it, knows."""
    for step in path:
        if isinstance(step, int):
            kind = typing.get_args(kind)[0]
        else:
            kind = typing.get_type_hints(kind)[step]
    return [field.name for field in dataclasses.fields(kind)]


def shown(value: object) -> str:
    """The value as JSON, cut to what fits a sentence."""
    return one_line(json.dumps(value, ensure_ascii=False, default=str), _SHOWN_CHARS)
