"""Stored documents read back with suspicion: they may be torn, edited by hand, or foreign."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from llmopt_tui.state.documents.base import Document

    D = TypeVar("D", bound=Document)

_DEEPEST = 100
_TOO_DEEP = "it is nested too deeply"


def parse_json(raw: bytes, **hooks: Any) -> Any:
    """A JSON value; `hooks` are those of `json.loads`.

    Raises ValueError, also for what is nested deeper than anything that is ever written: code
    that walks through it would run out of stack.
    """
    try:
        value = json.loads(raw, **hooks)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    _check_depth(raw, value)
    return value


def _check_depth(raw: bytes, value: Any) -> None:
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST and _depth(value) > _DEEPEST:
        raise ValueError(_TOO_DEEP)


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


def read_document(path: Path, kind: type[D]) -> D:
    """The document in a file; an empty one where there is none that can be read. Never raises."""
    try:
        return kind.read(_quickly_parsed(path.read_bytes()) if path.is_file() else None)
    except (OSError, ValueError):
        return kind()


def _quickly_parsed(raw: bytes) -> Any:
    """As `parse_json`, three times as fast: a list of sessions reads thousands of documents."""
    from pydantic_core import from_json

    try:
        value = from_json(raw)
    except ValueError:  # also for lone surrogates, which are written as escapes
        return parse_json(raw)
    _check_depth(raw, value)
    return value
