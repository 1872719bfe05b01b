"""promptfoo's assertions as criteria of a case: what each is here, and which all tests share.

A case has one list of criteria for all its examples, while promptfoo asserts test by test. A
criterion is taken over where every test asks for it; what an example itself expects (a text to
contain, the right answer) stays with the example.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from llmopt_tui.app.importing.material import Note
from llmopt_tui.config.strict import UnreadableError, parse_json_value
from llmopt_tui.core.scoring import read_criterion

Fill = Callable[[str], str]

_IGNORED = frozenset({"type", "value", "weight", "metric"})
_ONE_OF = re.compile(r"\^\(\?:((?:[^()\[\]{}*+?^$.\\]|\\[.*+?^${}()|\[\]\\/])+)\)\$")
_ESCAPED = re.compile(r"\\(.)")
_BETWEEN = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Demand:
    """An assertion as a criterion's table, without its weight, and what the example expects."""

    table: Mapping[str, Any]
    expected: Mapping[str, Any] = field(default_factory=dict)
    weight: float = 1.0

    @property
    def key(self) -> str:
        """The same for demands that one criterion of a case can make."""
        return json.dumps(self.table, sort_keys=True)


def demand_of(assertion: Any, fill: Fill) -> Demand | str:
    """The demand of one assertion, or a sentence that says why it has none here."""
    if not isinstance(assertion, Mapping) or not isinstance(assertion.get("type"), str):
        return "an assertion is no object with a type"
    kind = assertion["type"]
    extra = [key for key in assertion if key not in _IGNORED]
    if extra and not (extra == ["transform"] and kind in ("regex", "equals")):
        return f'the assertion "{kind}" with "{extra[0]}" has no counterpart here'
    value = _filled(assertion.get("value"), fill)
    if isinstance(value, str) and value.startswith(("file://", "package:")):
        return f'the assertion "{kind}" refers to a file, which is not opened'
    made = _made(kind, value)
    if made is None:
        return f'the assertion "{kind}" has no counterpart here'
    table, expected = made
    _, faults = read_criterion(table)
    if faults:
        return f'the assertion "{kind}" cannot be used: {faults[0].where} {faults[0].message}'
    weight = assertion.get("weight", 1)
    usable = isinstance(weight, int | float) and not isinstance(weight, bool) and weight > 0
    return Demand(table, expected, float(weight) if usable else 1.0)


def _made(kind: str, value: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
    match kind:
        case "equals" if isinstance(value, Mapping) and value:
            return {"kind": "fields", "ignore_case": False}, {"fields": dict(value)}
        case "equals" if _is_scalar(value):
            return {"kind": "equals", "exact": True}, {"answer": _text(value)}
        case "contains" | "icontains" if _is_scalar(value):
            return _mentions("contains", kind), {"contains": [_text(value)]}
        case "contains-all" | "icontains-all" if _texts(value):
            return _mentions("contains", kind), {"contains": _texts(value)}
        case "not-contains" | "not-icontains" if _is_scalar(value):
            return _mentions("not_contains", kind), {"not_contains": [_text(value)]}
        case "not-contains-any" | "not-icontains-any" if _texts(value):
            return _mentions("not_contains", kind), {"not_contains": _texts(value)}
        case "contains-any" | "icontains-any" if _texts(value):
            start = "(?i)" if kind.startswith("i") else ""
            choices = "|".join(re.escape(text) for text in _texts(value))
            return {"kind": "regex", "pattern": f"{start}(?:{choices})"}, {}
        case "starts-with" if _is_scalar(value):
            return {"kind": "regex", "pattern": rf"\A{re.escape(_text(value))}"}, {}
        case "regex" if isinstance(value, str):
            if one_of := _ONE_OF.fullmatch(value):
                answers = [_ESCAPED.sub(r"\1", part) for part in _BETWEEN.split(one_of.group(1))]
                return {"kind": "equals"}, {"answer": answers[0] if len(answers) == 1 else answers}
            return {"kind": "regex", "pattern": value}, {}
        case "is-json" | "contains-json" if (schema := _schema(value)) is not None:
            if schema:
                return {"kind": "json_schema", "schema": schema}, {}
            return ({"kind": "json_valid"}, {}) if kind == "is-json" else None
        case "word-count":
            if isinstance(value, int) and not isinstance(value, bool):
                return {"kind": "length", "unit": "words", "min": value, "max": value}, {}
            if isinstance(value, Mapping) and set(value) <= {"min", "max"}:
                return {"kind": "length", "unit": "words", **value}, {}
        case "rouge-n" if isinstance(value, str) and value.strip():
            return {"kind": "rouge_l"}, {"reference": value}
    return None


def common_criteria(
    places: Sequence[str], demands: Sequence[Sequence[Demand]], notes: list[Note]
) -> tuple[list[dict[str, Any]], list[list[Demand]]]:
    """The criteria that every test asks for, and of each test the demands that they score.

    Where no criterion is common to all, the one that most tests ask for is taken: the others have
    nothing that it could score, and are told of when examples are made.
    """
    counts = Counter(key for found in demands for key in {demand.key for demand in found})
    common = {key for key, count in counts.items() if count == len(demands)}
    if not common and counts:
        # Patterns and the like belong to the case: one test alone cannot lend it its own.
        lent = [key for key in counts if _has_own(key, demands)]
        common = {max(lent, key=lambda key: counts[key])} if lent else set()
    common -= _clashing(common, demands)
    kept = []
    for place, found in zip(places, demands, strict=True):
        kept.append([demand for demand in found if demand.key in common])
        for demand in found:
            if demand.key not in common:
                message = f'"{demand.table["kind"]}" is not asked for in every test as it is here'
                notes.append(Note("left", place, message))
    order = dict.fromkeys(demand.key for found in kept for demand in found)
    return [_criterion(key, kept) for key in order], kept


def scored(demands: Sequence[Demand]) -> dict[str, Any]:
    """What an example expects: the lists of several demands joined, of other values the first."""
    expected: dict[str, Any] = {}
    for demand in demands:
        for name, value in demand.expected.items():
            if isinstance(value, list) and isinstance(expected.get(name), list):
                expected[name] = [*expected[name], *value]
            else:
                expected.setdefault(name, value)
    return expected


def _has_own(key: str, demands: Sequence[Sequence[Demand]]) -> bool:
    return any(demand.expected for found in demands for demand in found if demand.key == key)


def _clashing(common: set[str], demands: Sequence[Sequence[Demand]]) -> set[str]:
    """Criteria that would score what an example expects of another one, as two kinds of contains.

    Of those that read the same part of `expected`, the one that comes first stays.
    """
    readers: dict[str, str] = {}
    return {
        demand.key
        for found in demands
        for demand in found
        for name in demand.expected
        if demand.key in common and readers.setdefault(name, demand.key) != demand.key
    }


def _criterion(key: str, demands: Sequence[Sequence[Demand]]) -> dict[str, Any]:
    """The criterion with its weight where that is the same in all tests."""
    weights = {
        round(sum(demand.weight for demand in found if demand.key == key), 6) for found in demands
    } - {0.0}
    table: dict[str, Any] = json.loads(key)
    weight = weights.pop() if len(weights) == 1 else 1.0
    return table if weight == 1.0 else {**table, "weight": weight}


def _mentions(kind: str, assertion: str) -> dict[str, Any]:
    ignored = assertion.removeprefix("not-").startswith("i")
    return {"kind": kind, "ignore_case": ignored, "whole_words": False}


def _filled(value: Any, fill: Fill) -> Any:
    match value:
        case str():
            return fill(value)
        case list():
            return [_filled(item, fill) for item in value]
        case dict():
            return {key: _filled(item, fill) for key, item in value.items()}
    return value


def _schema(value: Any) -> dict[str, Any] | None:
    """The JSON Schema of an assertion; an empty one where it has none, None where it is no object.

    A schema may be written as text.
    """
    if value in (None, ""):
        return {}
    if isinstance(value, str):
        try:
            value = parse_json_value(value)
        except UnreadableError:
            return None
    return dict(value) if isinstance(value, Mapping) else None


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float) and str(value).strip() != ""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(value: Any) -> list[str]:
    """The texts of a list, which promptfoo may have written with commas between."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list):
        return []
    texts = [_text(item).strip() for item in items if _is_scalar(item)]
    return texts if len(texts) == len(items) else []
