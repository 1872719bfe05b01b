"""The form that the expected answers of all examples share: what a prompt may say of them.

Keys that every example has and labels that many share belong to the task. The rest stays unsaid.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

USES = 3
"""Texts are labels where there are, on average, so many answers for each of them."""


def labels(answers: Sequence[Any]) -> tuple[str, ...]:
    """The texts that every answer is one of, the commonest first; empty where they are no set."""
    if not all(isinstance(answer, str) for answer in answers):
        return ()
    found = [answer for answer, _ in Counter(sorted(answers)).most_common()]
    return tuple(found) if 1 < len(found) <= len(answers) / USES else ()


def common_shape(values: Sequence[Any]) -> str:
    """JSON that all of these could be, written as an example: keys in full, contents left open.

    Where there is a choice, the commonest value stands first: a model in doubt takes that.
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
    """Fields under dotted names as the objects that those lead through."""
    tree: dict[str, Any] = {}
    for name, value in fields.items():
        *outer, last = name.split(".")
        place = tree
        for step in outer:
            inner = place.setdefault(step, {})
            # A name that leads through another field's value has no place in any object.
            place = inner if isinstance(inner, dict) else {}
        place.setdefault(last, value)
    return tree


def under(path: str, shape: str) -> str:
    """A shape where a dotted path leads; the empty path is the whole."""
    for name in reversed(path.split(".") if path else []):
        shape = _object({name: shape})
    return shape


def _object(shapes: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(name)}: {shape}" for name, shape in shapes.items()) + "}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
