"""Criteria on JSON: whether it can be parsed, and whether it fits a schema."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.base import Criterion, Verdict
from llmopt_tui.core.scoring.json_formats import format_checker
from llmopt_tui.core.scoring.patterns import PatternTime
from llmopt_tui.core.scoring.reading_json import JsonReading, read_json
from llmopt_tui.core.scoring.registry import criterion
from llmopt_tui.core.scoring.rules import exact_shape
from llmopt_tui.core.scoring.wording import quoted, shown

MENDED = 0.5
"""The score of JSON that had to be taken out of a fence or other words, or repaired."""

_MOST_VIOLATIONS = 20
_PATTERN_SECONDS = 0.5


def json_under(path: str, value: Any) -> str:
    """A JSON text with the value under a dotted path; with the empty path, the value itself."""
    for name in reversed(path.split(".") if path else []):
        value = {name: value}
    return json.dumps(value, ensure_ascii=False)


def unreadable(reading: JsonReading, output: str) -> Verdict:
    """The verdict on a reply that holds no JSON."""
    text = output.strip()
    begins = f": {quoted(text)}" if text else ""
    return Verdict(0.0, f"{reading.note}{begins}", reading.mode)


@criterion("json_valid")
class JsonValid(Criterion):
    """1 where the whole reply is JSON, 0.5 for JSON in a fence, among words or repaired; else 0."""

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        reading = read_json(output)
        match reading.state:
            case "whole":
                return Verdict(1.0, "the whole reply is valid JSON")
            case "mended":
                begins = quoted(output.strip())
                return Verdict(
                    MENDED, f"the JSON counts half, for {reading.note}: {begins}", reading.mode
                )
            case "none":
                return unreadable(reading, output)

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        return "the whole answer is valid JSON, with nothing around it"

    def promptfoo(self, expected: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The same demand as promptfoo's assertions; see `Criterion.promptfoo`."""
        return [{"type": "is-json"}]


def _properties(criterion: JsonSchema) -> str | None:
    names = criterion.schema.get("properties")
    return "{" + ", ".join(f'"{name}": ...' for name in names) + "}" if names else None


@criterion("json_schema")
class JsonSchema(Criterion):
    """The JSON in the reply fits `schema`, a JSON Schema that refers to nothing outside itself.

    1 without violations, 1 / (1 + their number) with some, 0 where there is no JSON, its outermost
    value has the wrong type, or no value in it fits. Formats (date, email, ...) are checked. JSON
    that had to be repaired loses nothing here: that is for `json_valid` to judge.
    """

    rules = (exact_shape(_properties),)
    schema: dict[str, Any] = field(hash=False)

    def __post_init__(self) -> None:
        """Refuse a schema that is not a JSON Schema, and references that cannot be followed."""
        from jsonschema.exceptions import SchemaError
        from referencing import Registry, Resource
        from referencing.exceptions import Unresolvable
        from referencing.jsonschema import DRAFT202012

        super().__post_init__()
        try:
            _validator(self.schema).check_schema(self.schema)
            # Validation follows only the references that it reaches, so follow each one here.
            root = Resource.from_contents(self.schema, default_specification=DRAFT202012)
            uri = root.id() or ""
            resolver = Registry[Any]().with_resource(uri, root).resolver(uri)
            for reference in _values_of("$ref", self.schema):
                if isinstance(reference, str):
                    resolver.lookup(reference)
        except SchemaError as error:
            raise ValueError(f"schema is no JSON Schema: {shown(error.message, 120)}") from error
        except RecursionError as error:
            raise ValueError("schema is nested too deeply") from error
        except Unresolvable as error:
            raise ValueError(f"schema refers to {error.ref!r}, which it does not hold") from error
        both = ("unevaluatedProperties", "patternProperties")
        if all(any(True for _ in _values_of(key, self.schema)) for key in both):
            # The check of the two keywords together searches for patterns without a time limit.
            raise ValueError("schema holds both unevaluatedProperties and patternProperties")

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        reading = read_json(output, self._fit)
        if not reading.found:
            return unreadable(reading, output)
        try:
            errors = list(
                itertools.islice(
                    _validator(self.schema).iter_errors(reading.value), _MOST_VIOLATIONS
                )
            )
        except TimeoutError:
            return Verdict(0.0, "the schema's patterns took too long on this JSON", modes.PATTERN)
        except (RecursionError, OverflowError, ValueError):
            return Verdict(0.0, "the JSON cannot be checked against the schema", modes.WRONG_SHAPE)
        if not errors:
            return Verdict(1.0, "the JSON fits the schema")
        found = [f"{_place(error.absolute_path)}: {error.message}" for error in errors]
        wholly = any(error.validator == "type" and not error.absolute_path for error in errors)
        parts = "; ".join(shown(text, 80) for text in found[:3])
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        nothing = wholly or _nothing_fits(reading.value, errors)
        score = 0.0 if nothing else 1 / (1 + len(errors))
        feedback = f"the JSON does not fit the schema: {parts}{more}"
        return Verdict(score, feedback, modes.WRONG_SHAPE)

    def _fit(self, value: Any) -> float:
        try:
            errors = list(itertools.islice(_validator(self.schema).iter_errors(value), 5))
        except (TimeoutError, RecursionError, OverflowError, ValueError):
            return 0.0
        wholly = any(error.validator == "type" and not error.absolute_path for error in errors)
        return 0.0 if wholly else 1 / (1 + len(errors))

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        return f"JSON that fits this schema: {json.dumps(self.schema, ensure_ascii=False)}"

    def promptfoo(self, expected: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The same demand as promptfoo's assertions; see `Criterion.promptfoo`."""
        return [{"type": "is-json", "value": json.dumps(self.schema, ensure_ascii=False)}]


_OF_ALL_BELOW = frozenset({"type", "enum", "const"})


def _nothing_fits(value: Any, errors: Sequence[Any]) -> bool:
    """Whether the errors concern every text, number, truth value and null in the value."""
    paths = [(tuple(error.absolute_path), error.validator in _OF_ALL_BELOW) for error in errors]
    left: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    scalars = 0
    while left:
        place, part = left.pop()
        if any(place == path if not below else place[: len(path)] == path for path, below in paths):
            below_all = any(below and place[: len(path)] == path for path, below in paths)
            if below_all or not isinstance(part, dict | list):
                scalars += 1
                continue
        if isinstance(part, dict):
            left.extend(((*place, key), inner) for key, inner in part.items())
        elif isinstance(part, list):
            left.extend(((*place, n), inner) for n, inner in enumerate(part))
        else:
            return False
    return scalars > 0


def _validator(schema: Mapping[str, Any]) -> Any:
    """A validator that makes no network calls and whose checks take bounded time on any value."""
    from jsonschema.validators import extend, validator_for
    from referencing import Registry

    base = validator_for(schema)
    checks = {**_pattern_checks(base.VALIDATORS), "uniqueItems": _check_unique}
    return extend(base, checks)(schema, registry=Registry[Any](), format_checker=format_checker())


def _pattern_checks(base: Mapping[str, Any]) -> dict[str, Any]:
    """The checks of keywords with patterns, with a time limit. `base` are those without one."""
    time = PatternTime(_PATTERN_SECONDS)

    def pattern(validator: Any, wanted: str, value: Any, schema: Any) -> Iterator[Any]:
        from jsonschema.exceptions import ValidationError

        if isinstance(value, str) and not time.finds(wanted, value):
            yield ValidationError(f"{quoted(value, 20)} does not match {wanted!r}")

    def named(validator: Any, wanted: Mapping[str, Any], value: Any, schema: Any) -> Iterator[Any]:
        for key in value if isinstance(value, dict) else ():
            for name, inner in wanted.items():
                if time.finds(name, key):
                    yield from validator.descend(value[key], inner, path=key, schema_path=name)

    def others(validator: Any, wanted: Any, value: Any, schema: Any) -> Iterator[Any]:
        names = schema.get("patternProperties", {})
        keys = value if isinstance(value, dict) else ()
        matched = dict.fromkeys(key for key in keys if any(time.finds(n, key) for n in names))
        known = {"properties": {**schema.get("properties", {}), **matched}}
        yield from base["additionalProperties"](validator, wanted, value, known)

    return {"pattern": pattern, "patternProperties": named, "additionalProperties": others}


def _check_unique(validator: Any, wanted: bool, value: Any, schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if wanted and isinstance(value, list):
        keys = {json.dumps(item, sort_keys=True) for item in value}
        if len(keys) < len(value):
            yield ValidationError("has the same entry twice")


def _values_of(key: str, schema: Any) -> Iterator[Any]:
    """The values under a key, anywhere in a schema."""
    left = [schema]
    while left:
        part = left.pop()
        if isinstance(part, Mapping):
            left.extend(part.values())
            if key in part:
                yield part[key]
        elif isinstance(part, list):
            left.extend(part)


def _place(path: Any) -> str:
    return ".".join(shown(str(step), 20) for step in path) or "the whole"
