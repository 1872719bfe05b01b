"""Criteria on JSON: does it parse, has it the asked shape, are its fields right."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.answer_form import common_shape, nested, under
from llmopt_tui.core.scoring.base import Criterion, Verdict
from llmopt_tui.core.scoring.expecting import missing, unusable
from llmopt_tui.core.scoring.patterns import PatternTime
from llmopt_tui.core.scoring.reading_json import JsonReading, at_path, read_json
from llmopt_tui.core.scoring.registry import criterion
from llmopt_tui.core.scoring.rules import (
    UNREADABLE,
    Expectations,
    PromptRule,
    exact_shape,
    json_sentence,
)
from llmopt_tui.core.scoring.wording import counted, listed, quoted, shown

MENDED = 0.5
"""What JSON is worth that had to be taken out of a fence or other words, or repaired."""

_MOST_VIOLATIONS = 20
_PATTERN_SECONDS = 0.5


def json_under(path: str, value: Any) -> str:
    """A JSON text that has the value where a dotted path leads; the empty path is the whole."""
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
    """The whole reply is JSON: 1; JSON in a fence, among words or to be repaired: half; else 0."""

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
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
        """See `Criterion.describe`."""
        return "the whole answer is valid JSON, with nothing around it"

    def promptfoo(self, expected: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """See `Criterion.promptfoo`."""
        return [{"type": "is-json"}]


def _properties(criterion: JsonSchema) -> str | None:
    names = criterion.schema.get("properties")
    return "{" + ", ".join(f'"{name}": ...' for name in names) + "}" if names else None


@criterion("json_schema")
class JsonSchema(Criterion):
    """The JSON in the reply fits `schema`, a JSON Schema that refers to nothing outside itself.

    1 without violations, 1 / (1 + their number) with some, 0 where there is no JSON or the whole
    of it has the wrong type. What had to be mended to be read is `json_valid`'s business.
    """

    rules = (exact_shape(_properties),)
    schema: dict[str, Any] = field(hash=False)

    def __post_init__(self) -> None:
        """Refuse what is no JSON Schema, and references that cannot be followed."""
        from jsonschema.exceptions import SchemaError
        from referencing import Registry, Resource
        from referencing.exceptions import Unresolvable
        from referencing.jsonschema import DRAFT202012

        super().__post_init__()
        try:
            _validator(self.schema).check_schema(self.schema)
            # References come to light only where validation reaches them: follow each now.
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
            # What checks the two together looks for patterns without a limit on time.
            raise ValueError("schema holds both unevaluatedProperties and patternProperties")

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        reading = read_json(output)
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
        score = 0.0 if wholly else 1 / (1 + len(errors))
        feedback = f"the JSON does not fit the schema: {parts}{more}"
        return Verdict(score, feedback, modes.WRONG_SHAPE)

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return f"JSON that fits this schema: {json.dumps(self.schema, ensure_ascii=False)}"

    def promptfoo(self, expected: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """See `Criterion.promptfoo`."""
        return [{"type": "is-json", "value": json.dumps(self.schema, ensure_ascii=False)}]


def _validator(schema: Mapping[str, Any]) -> Any:
    """A validator that fetches nothing and whose checks take bounded time on any value."""
    from jsonschema.validators import extend, validator_for
    from referencing import Registry

    base = validator_for(schema)
    checks = {**_pattern_checks(base.VALIDATORS), "uniqueItems": _check_unique}
    return extend(base, checks)(schema, registry=Registry[Any]())


def _pattern_checks(base: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords that look for patterns. `base` are the checks that know no limit on time."""
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
            yield ValidationError("has entries that stand there twice")


def _values_of(key: str, schema: Any) -> Iterator[Any]:
    """What stands under a key, anywhere in a schema."""
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


def _fields_sentence(criterion: Fields, expected: Expectations) -> str | None:
    fields = [nested(criterion.asked(of)) for of in expected]
    shape = common_shape(fields) if fields else "{}"
    return json_sentence(under(criterion.path, shape)) if shape != "{}" else None


@criterion("fields")
class Fields(Criterion):
    """The share of `expected.fields` that the object at `path` has right.

    A name may be a dotted path. Texts are compared without case and outer white space unless
    `ignore_case` is false, numbers by value, also where they are written as text, lists without
    regard to order. `names` limits the comparison to some fields. Other fields do not matter.
    """

    rules = (
        PromptRule(
            "exact fields",
            UNREADABLE | {modes.MISSING_ITEMS, modes.WRONG_VALUES},
            "No model can guess what fields are called and which values they take: it is told "
            "every one, the commonest value first.",
            _fields_sentence,
        ),
    )
    path: str = ""
    ignore_case: bool = True
    names: tuple[str, ...] = ()

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        if problems := self.problems(expected):
            return unusable(problems[0])
        reading = read_json(output)
        if not reading.found:
            return unreadable(reading, output)
        _, value = at_path(reading.value, self.path)
        if not isinstance(value, dict):
            place = quoted(self.path) if self.path else "the top"
            return Verdict(0.0, f"there is no object at {place}", modes.WRONG_SHAPE)
        wanted: Mapping[str, Any] = expected["fields"]
        names = self.names or tuple(wanted)
        absent, wrong = [], []
        for name in names:
            there, found = (True, value[name]) if name in value else at_path(value, name)
            if not there:
                absent.append(name)
            elif not self._same(found, wanted[name]):
                wrong.append(f"{name} is {_value(found)}, not {_value(wanted[name])}")
        if not absent and not wrong:
            return Verdict(1.0, "every field is right")
        parts = []
        if absent:
            count = f"{len(absent)} of {counted(len(names), 'field')}"
            parts.append(f"{count} missing: {listed(absent)}")
        if wrong:
            more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
            parts.append(f"{len(wrong)} wrong: {'; '.join(wrong[:3])}{more}")
        mode = modes.WRONG_VALUES if len(wrong) > len(absent) else modes.MISSING_ITEMS
        score = (len(names) - len(absent) - len(wrong)) / len(names)
        return Verdict(score, "; ".join(parts), mode)

    def _same(self, found: Any, wanted: Any) -> bool:
        if isinstance(wanted, bool) or isinstance(found, bool) or wanted is None or found is None:
            return found is wanted
        if isinstance(wanted, Mapping):
            return (
                isinstance(found, dict)
                and found.keys() == wanted.keys()
                and all(self._same(found[key], wanted[key]) for key in wanted)
            )
        if isinstance(wanted, list | tuple):
            return isinstance(found, list) and self._same_entries(found, wanted)
        if isinstance(wanted, int | float):
            return _equal_numbers(found, wanted)
        return isinstance(found, str | int | float) and self._text(found) == self._text(wanted)

    def _same_entries(self, found: list[Any], wanted: list[Any] | tuple[Any, ...]) -> bool:
        left = list(found)
        if len(left) != len(wanted):
            return False
        for entry in wanted:
            match = next((i for i, other in enumerate(left) if self._same(other, entry)), None)
            if match is None:
                return False
            del left[match]
        return True

    def _text(self, value: Any) -> str:
        text = " ".join(str(value).split())
        return text.casefold() if self.ignore_case else text

    def describe(self) -> str:
        """See `Criterion.describe`."""
        where = f" under {quoted(self.path)}" if self.path else ""
        names = f": {', '.join(self.names)}" if self.names else ""
        return f"a JSON object{where} in which every field has the right value{names}"

    def asked(self, expected: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that are compared, with the values that an example expects."""
        names = self.names or tuple(expected["fields"])
        return {name: expected["fields"][name] for name in names}

    def ideal_answer(self, expected: Mapping[str, Any]) -> str | None:
        """See `Criterion.ideal_answer`."""
        return json_under(self.path, nested(self.asked(expected)))

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """See `Criterion.problems`."""
        if "fields" not in expected:
            return [missing(expected, "fields")]
        wanted = expected["fields"]
        if not isinstance(wanted, Mapping) or not wanted:
            return ["expected.fields must be a table of names and values"]
        return [f"expected.fields has no {name!r}" for name in self.names if name not in wanted]


def _value(value: Any) -> str:
    return quoted(json.dumps(value, ensure_ascii=False, default=str).strip('"'), 25)


def _equal_numbers(found: Any, wanted: float) -> bool:
    if not isinstance(found, int | float | str):
        return False
    try:
        return math.isclose(float(found), float(wanted), rel_tol=1e-9, abs_tol=1e-12)
    except (ValueError, OverflowError):
        return False
