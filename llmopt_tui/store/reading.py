"""Documents read back with suspicion: they may be torn, edited by hand, or somebody else's."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_DEEPEST = 100
_TOO_DEEP = "it is nested too deeply"


class OddDocumentError(ValueError):
    """A document lacks something or has it in the wrong form. The message names it."""


def parse_json(raw: bytes, **hooks: Any) -> Any:
    """A JSON value; `hooks` are those of `json.loads`.

    Raises ValueError, also for what is nested deeper than anything that is ever written: whoever
    walks through it would run out of stack.
    """
    try:
        value = json.loads(raw, **hooks)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST and _depth(value) > _DEEPEST:
        raise ValueError(_TOO_DEEP)
    return value


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [item for part in level for item in _parts(part)]:
        depth += 1
    return depth


def _parts(value: Any) -> Iterable[Any]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def read_document(path: Path) -> dict[str, Any]:
    """The document; empty where there is none that can be read."""
    try:
        document = parse_json(path.read_bytes()) if path.is_file() else {}
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def get(document: Mapping[str, Any], key: str, kind: type[T]) -> T:
    """A value of a kind. Raises OddDocumentError."""
    value = document.get(key)
    if not isinstance(value, kind):
        raise OddDocumentError(key)
    return value


def get_number(document: Mapping[str, Any], key: str) -> float | None:
    """A finite number; None where it is not known. Raises OddDocumentError."""
    value = document.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OddDocumentError(key)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise OddDocumentError(key)
    return number


def get_time(document: Mapping[str, Any], key: str) -> datetime | None:
    """A time in local time; one without an offset is taken for UTC. Raises OddDocumentError."""
    if document.get(key) is None:
        return None
    try:
        at = datetime.fromisoformat(get(document, key, str))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone()
    except (ValueError, OverflowError) as error:
        raise OddDocumentError(key) from error
