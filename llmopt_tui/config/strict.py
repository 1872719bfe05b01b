"""TOML and JSON read strictly into dataclasses: every mistake at once, each with its place.

A dataclass refuses unknown keys where it says `__pydantic_config__ = {"extra": "forbid"}`.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import tomllib
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from llmopt_tui.config.problems import did_you_mean
from llmopt_tui.core.text.plain import one_line

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

T = TypeVar("T")
_Path = tuple[int | str, ...]

SCHEMA_VERSION = 1
_DEEPEST = 32
MOST_BITS = 63
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


class UnreadableError(ValueError):
    """A file whose content cannot be read at all; the message says why and where in it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a document: the path of the key and what is wrong with it."""

    where: str
    message: str


def decode(content: bytes) -> str:
    """The file's text; a byte order mark at its start is let go. Raises UnreadableError."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            f"is not UTF-8 text (byte 0x{content[error.start]:02x} in line {line}); "
            "save it as UTF-8"
        ) from error


def parse_toml(content: bytes) -> dict[str, Any]:
    """The TOML document. Raises UnreadableError with line and column."""
    text = decode(content)
    try:
        document = tomllib.loads(text)
    except RecursionError as error:
        raise UnreadableError("is nested too deeply") from error
    except ValueError as error:
        raise UnreadableError(f"is not valid TOML: {error}") from error
    return _plain_table(document)


def parse_json(text: str) -> dict[str, Any]:
    """The JSON object. Raises UnreadableError with line and column."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise UnreadableError("is nested too deeply") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UnreadableError(f"is not valid JSON: {error.msg} (at {place})") from error
    except UnreadableError:
        raise
    except ValueError as error:
        raise UnreadableError(f"is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise UnreadableError("is not a JSON object")
    return _plain_table(value)


def version_fault(data: Mapping[str, Any], *, required: bool = True) -> Fault | None:
    """What is wrong with a document's `schema_version`, if anything."""
    version = data.get("schema_version")
    if version is None:
        message = f"is missing; write schema_version = {SCHEMA_VERSION}"
        return Fault("schema_version", message) if required else None
    if version == SCHEMA_VERSION and type(version) is int:
        return None
    newer = isinstance(version, int) and version > SCHEMA_VERSION
    return Fault(
        "schema_version",
        f"{_shown(version)} is not supported: this program reads {SCHEMA_VERSION}"
        + ("; update llmopt-tui" if newer else ""),
    )


def stem_fault(key: str, data: Mapping[str, Any], stem: str) -> list[Fault]:
    """A fault where a document's name for itself is not the stem of its file's name."""
    name = data.get(key)
    if not isinstance(name, str) or name == stem:
        return []
    message = f'must be the file\'s name without .toml, "{stem}", not {_shown(name)}'
    return [Fault(key, message)]


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
    return f"must be {' or '.join(dict.fromkeys(wanted))}, not {_shown(error['input'])}"


def choice_message(value: object, choices: Sequence[str]) -> str:
    """What to say about a value that is none of the choices."""
    allowed = " or ".join(f'"{choice}"' for choice in choices)
    hint = did_you_mean(value, choices) if isinstance(value, str) else ""
    return f"must be {allowed}, not {_shown(value)}{hint}"


def _keys_at(kind: Any, path: _Path) -> list[str]:
    """The keys that a dataclass, or one inside it, knows."""
    for step in path:
        if isinstance(step, int):
            kind = typing.get_args(kind)[0]
        else:
            kind = typing.get_type_hints(kind)[step]
    return [field.name for field in dataclasses.fields(kind)]


def _shown(value: object) -> str:
    return one_line(json.dumps(value, ensure_ascii=False, default=str), _SHOWN_CHARS)


def _refuse_constant(name: str) -> None:
    raise UnreadableError(f"holds {name}, which is not a number")


def _plain_table(table: dict[str, Any]) -> dict[str, Any]:
    """The table in JSON's terms: dates as text, finite numbers only, no deeper than needed."""
    return {str(key): _plain(value, (key,)) for key, value in table.items()}


def _plain(value: Any, path: _Path) -> Any:
    if len(path) > _DEEPEST:
        raise UnreadableError(f"is nested too deeply (more than {_DEEPEST} levels)")
    match value:
        case dict():
            return {key: _plain(item, (*path, key)) for key, item in value.items()}
        case list():
            return [_plain(item, (*path, n)) for n, item in enumerate(value)]
        case date() | time():
            return value.isoformat()
        case float() if not math.isfinite(value):
            raise UnreadableError(f"holds a number that is not finite, at {path_text(path)}")
        case int() if value.bit_length() > MOST_BITS:
            raise UnreadableError(f"holds a number that is too large, at {path_text(path)}")
    return value
