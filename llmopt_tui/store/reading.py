"""Stored documents read back with suspicion: they may be torn, edited by hand, or foreign."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from llmopt_tui.state.documents.base import Document

    D = TypeVar("D", bound=Document)

_DEEPEST = 100
_CONTAINERS = frozenset({dict, list})
_TOO_DEEP = "it is nested too deeply"


def parse_json(raw: bytes, **hooks: Any) -> Any:
    """A JSON value; `hooks` are those of `json.loads`.

    Raises ValueError, also for what is nested deeper than anything that is ever written: code
    that walks through it would run out of stack.
    """
    value = _slowly_parsed(raw, **hooks)
    _check_depth(raw, value)
    return value


def _check_depth(raw: bytes, value: Any) -> None:
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST and _depth(value) > _DEEPEST:
        raise ValueError(_TOO_DEEP)


def _depth(value: Any) -> int:
    """How many lists and tables are in one another, the outermost included."""
    level, depth = _containers((value,)), 0
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            for inner in _containers(outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _containers(values: Iterable[Any]) -> list[Any]:
    # By their exact types, which are all that parsing makes: most values are text and numbers.
    return [value for value in values if type(value) in _CONTAINERS]


def read_document(path: Path, kind: type[D], only: Collection[str] = ()) -> D:
    """The document in a file; an empty one where there is none that can be read. Never raises.

    With `only`, the document has these fields alone, and the others are unknown: to validate all
    of a session's takes much longer than to parse them.
    """
    try:
        value = _quickly_parsed(path.read_bytes()) if path.is_file() else None
        if only and isinstance(value, dict):
            value = {name: value[name] for name in only if name in value}
        return kind.read(value)
    except (OSError, ValueError):
        return kind()


def _quickly_parsed(raw: bytes) -> Any:
    """As `parse_json`, three times as fast: a list of sessions reads thousands of documents."""
    value = unlimited_json(raw)
    _check_depth(raw, value)
    return value


def unlimited_json(raw: bytes) -> Any:
    """A JSON value, parsed two to three times as fast as by `json.loads`, and of any depth.

    For callers that do not walk through it to the ground. Raises ValueError.
    """
    from pydantic_core import from_json

    try:
        return from_json(raw)
    except ValueError:  # also for lone surrogates, which are written as escapes
        return _slowly_parsed(raw)


def _slowly_parsed(raw: bytes, **hooks: Any) -> Any:
    try:
        return json.loads(raw, **hooks)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
