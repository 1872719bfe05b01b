"""TOML and JSON read strictly: what cannot be read is refused, with its place.

What a document says is read by `core.tables`.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from llmopt_tui.core.tables import Fault, path_text, shown

SCHEMA_VERSION = 1
_DEEPEST = 32
MOST_BITS = 63


class UnreadableError(ValueError):
    """A file whose content cannot be read at all; the message says why and where in it."""


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
    value = parse_json_value(text)
    if not isinstance(value, dict):
        raise UnreadableError("is not a JSON object")
    return value


def parse_json_value(text: str) -> Any:
    """The JSON value, of whatever type. Raises UnreadableError with line and column."""
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
    return plain_value(value)


def plain_value(value: Any) -> Any:
    """A parsed value in JSON's terms: dates as text, finite numbers only, no deeper than needed.

    Raises UnreadableError.
    """
    return _plain_table(value) if isinstance(value, dict) else _plain(value, ())


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
        f"{shown(version)} is not supported: this program reads {SCHEMA_VERSION}"
        + ("; update llmopt-tui" if newer else ""),
    )


def stem_fault(key: str, data: Mapping[str, Any], stem: str) -> list[Fault]:
    """A fault where a document's name for itself is not the stem of its file's name."""
    name = data.get(key)
    if not isinstance(name, str) or name == stem:
        return []
    message = f'must be the file\'s name without .toml, "{stem}", not {shown(name)}'
    return [Fault(key, message)]


def _refuse_constant(name: str) -> None:
    raise UnreadableError(f"holds {name}, which is not a number")


def _plain_table(table: dict[str, Any]) -> dict[str, Any]:
    """The table in JSON's terms: dates as text, finite numbers only, no deeper than needed."""
    return {str(key): _plain(value, (key,)) for key, value in table.items()}


def _plain(value: Any, path: tuple[int | str, ...]) -> Any:
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
