"""The form that the expected answers of all examples share, which a prompt may describe.

Keys that every example has and labels that many share belong to the task. The rest is left out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

USES = 3
"""Texts count as labels where each of them is, on average, the answer of this many examples."""


def labels(answers: Sequence[Any]) -> tuple[str, ...]:
    """The labels that answers are chosen from, the commonest first; empty where there are none."""
    if not all(isinstance(answer, str) for answer in answers):
        return ()
    found = [answer for answer, _ in Counter(sorted(answers)).most_common()]
    return tuple(found) if 1 < len(found) <= len(answers) / USES else ()


def common_shape(values: Sequence[Any]) -> str:
    """Example JSON in the form of all these values: with their keys, but without contents.

    Where there is a choice, the commonest value comes first: a model in doubt takes that one.
    """
    if all(isinstance(value, Mapping) for value in values):
        first, *others = values
        names = [name for name in first if all(name in other for other in others)]
        return _object({name: common_shape([value[name] for value in values]) for name in names})
    if all(isinstance(value, bool) for value in values):
        return "true or false" if sum(values) * 2 > len(values) else "false or true"
    if all(isinstance(value, str) for value in values):
        return " or ".join(map(_quoted, labels(values))) or '"..."'
    return "[...]" if all(isinstance(value, list | tuple) for value in values) else "..."


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Nested objects made from fields with dotted names."""
    tree: dict[str, Any] = {}
    for name, value in fields.items():
        *outer, last = name.split(".")
        place = tree
        for step in outer:
            inner = place.setdefault(step, {})
            # A name that leads through another field's value cannot be placed in an object.
            place = inner if isinstance(inner, dict) else {}
        place.setdefault(last, value)
    return tree


def under(path: str, shape: str) -> str:
    """A shape nested under a dotted path; with the empty path, the shape itself."""
    for name in reversed(path.split(".") if path else []):
        shape = _object({name: shape})
    return shape


def _object(shapes: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(name)}: {shape}" for name, shape in shapes.items()) + "}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
