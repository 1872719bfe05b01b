"""Values in the forms that JSON and TOML have for them, and documents as inert text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from typing import Any

from llmopt_tui.core.ports import IF_KNOWN

_NOT_PLAIN_ASCII = re.compile(r"[^\x20-\x7e\n\t]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def plain(value: Any) -> Any:
    """The value made of dicts, lists, text, numbers and null alone.

    Records and documents become dicts, times ISO 8601 text, and numbers that are not finite, which
    JSON lacks, null. Fields that are written only where they are known (see `core.ports.IF_KNOWN`
    and `Document.IF_KNOWN`) are left out where they are empty: older documents lack them.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case date() | time():
            return value.isoformat()
    if hasattr(value, "model_fields_set"):  # a document; pydantic is not loaded to ask for one
        own = {name: getattr(value, name) for name in type(value).model_fields}
        known = {name: v for name, v in own.items() if v or name not in value.IF_KNOWN}
        return plain(known | (value.model_extra or {}))
    if is_dataclass(value):
        return {
            field.name: plain(found)
            for field in fields(value)
            if (found := getattr(value, field.name)) != field.default
            or not IF_KNOWN.keys() <= field.metadata.keys()
        }
    return str(value)


def json_text(document: Any) -> str:
    """A document as JSON for people: letters of every script as they are.

    Whatever could act on a terminal or does not show is escaped, lone surrogates included: the
    document reads back exactly.
    """
    text = json.dumps(plain(document), indent=2, ensure_ascii=False, allow_nan=False)
    return _NOT_PLAIN_ASCII.sub(_json_escape, text) + "\n"


def json_lines(documents: Iterable[Any]) -> str:
    """Documents as JSON Lines, one a line, escaped as `json_text` does."""
    lines = (json.dumps(plain(item), ensure_ascii=False, allow_nan=False) for item in documents)
    return "".join(_NOT_PLAIN_ASCII.sub(_json_escape, line) + "\n" for line in lines)


def toml_text(document: Mapping[str, Any]) -> str:
    """A document as TOML, texts of several lines as blocks, hidden characters escaped.

    It reads back exactly, but for lone surrogates: TOML has no way to say them, and U+FFFD
    replaces them.
    """
    import tomli_w

    # A block's line ends are normalised when it is read: texts with others are written on one line.
    text = tomli_w.dumps(document, multiline_strings=not _holds_crlf(document))
    return _NOT_PLAIN_ASCII.sub(_toml_escape, _SURROGATE.sub("\ufffd", text))


def _holds_crlf(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_crlf(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_crlf(item) for item in value)
    return isinstance(value, str) and "\r\n" in value


def _json_escape(match: re.Match[str]) -> str:
    char = match.group()
    return char if char.isprintable() else json.dumps(char)[1:-1]


def _toml_escape(match: re.Match[str]) -> str:
    char = match.group()
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"
