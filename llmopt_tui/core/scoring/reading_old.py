"""Reading JSON out of a model's answer: as it stands, out of a fence, or mended."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

How = Literal["whole", "fenced", "repaired", "none"]

LONGEST = 200_000
"""Characters beyond which nothing is mended: repair takes time that grows with nonsense."""

_FENCE = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class JsonReading:
    """What was found and how: `value` is None where `how` is "none"."""

    value: Any
    how: How


NOTHING = JsonReading(None, "none")


def read_json(text: str) -> JsonReading:
    """The JSON value in a text. Never raises, whatever the text is."""
    if (value := _parsed(text)) is not None:
        return JsonReading(value, "whole")
    for block in _FENCE.findall(text[:LONGEST]):
        if (value := _parsed(block)) is not None:
            return JsonReading(value, "fenced")
    value = _repaired(text[:LONGEST])
    return NOTHING if value is None else JsonReading(value, "repaired")


def _parsed(text: str) -> Any:
    """An object or a list, or None. A lone number or word is not what anyone asked for."""
    try:
        value = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _repaired(text: str) -> Any:
    if "{" not in text and "[" not in text:
        return None
    from json_repair import repair_json

    start = min(i for i in (text.find("{"), text.find("[")) if i >= 0)
    try:
        value = repair_json(text[start:], return_objects=True, skip_json_loads=True)
    except Exception:  # noqa: BLE001  # a lenient parser may stumble over anything
        return None
    # It answers '' or an empty list to what it cannot read.
    return value if isinstance(value, dict | list) and value else None
