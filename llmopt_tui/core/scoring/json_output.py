"""Criteria on JSON: does it parse, has it the asked shape, are its fields right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.base import Criterion, Verdict
from llmopt_tui.core.scoring.reading_json import JsonReading, at_path, read_json
from llmopt_tui.core.scoring.wording import listing, quoted

MENDED = 0.5
"""What JSON is worth that had to be taken out of other text or put right."""


def explain(reading: JsonReading, output: str) -> Verdict:
    """The verdict on how a reply had to be read."""
    if reading.state == "whole":
        return Verdict(1.0, "valid JSON")
    score = MENDED if reading.state == "mended" else 0.0
    begins = f": {quoted(output.strip())}" if output.strip() else ""
    return Verdict(score, f"no clean JSON, {reading.note}{begins}", reading.mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonValid(Criterion):
    """The whole reply is one JSON object or list. Half for one that had to be dug out."""

    kind: ClassVar[str] = "json_valid"

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        return explain(read_json(output), output)

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return "the whole answer is valid JSON, with nothing around it"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonSchema(Criterion):
    """The reply fits a JSON Schema: 1 without violations, less with each, 0 without JSON."""

    kind: ClassVar[str] = "json_schema"
    schema: Mapping[str, Any]

    def __post_init__(self) -> None:
        Criterion.__post_init__(self)
        from jsonschema.exceptions import SchemaError
        from jsonschema.validators import validator_for

        try:
            validator_for(self.schema).check_schema(self.schema)
        except SchemaError as error:
            raise ValueError(f"schema is no JSON Schema: {error.message}") from error

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        from jsonschema.validators import validator_for

        reading = read_json(output)
        if not reading.found:
            return explain(reading, output)
        validator = validator_for(self.schema)(self.schema)
        try:
            violations = [
                f"{'.'.join(map(str, error.absolute_path)) or 'the whole'}: {error.message}"
                for error in validator.iter_errors(reading.value)
            ]
        except RecursionError:
            violations = ["nested too deeply"]
        if not violations:
            return Verdict(1.0, "fits the schema")
        return Verdict(
            1 / (1 + len(violations)), f"does not fit: {listing(violations, 3)}", modes.WRONG_SHAPE
        )

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return f"JSON that fits this schema: {json.dumps(self.schema, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields(Criterion):
    """The share of `expected.fields` that the object under `path` has right."""

    kind: ClassVar[str] = "fields"
    path: str = ""
    ignore_case: bool = True
    names: tuple[str, ...] = field(default=())

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        wanted = expected.get("fields")
        if not isinstance(wanted, Mapping) or not wanted:
            return Verdict(1.0, "nothing is expected")
        reading = read_json(output)
        if not reading.found:
            return explain(reading, output)
        _, found = at_path(reading.value, self.path)
        if not isinstance(found, Mapping):
            return Verdict(0.0, f"no object at {self.path or 'the top'}", modes.WRONG_SHAPE)
        names = self.names or tuple(wanted)
        missing = [name for name in names if name not in found]
        wrong = [
            name for name in names if name in found and not self._same(found[name], wanted[name])
        ]
        score = 1 - (len(missing) + len(wrong)) / len(names)
        parts = []
        if missing:
            parts.append(f"{len(missing)} of {len(names)} fields missing: {listing(missing)}")
        if wrong:
            details = [
                f"{name} is {quoted(str(found[name]), 20)}, not {quoted(str(wanted[name]), 20)}"
                for name in wrong
            ]
            parts.append(f"wrong: {listing(details, 3)}")
        if not parts:
            return Verdict(1.0, "every field is right")
        mode = modes.WRONG_VALUES if len(wrong) >= len(missing) else modes.MISSING_ITEMS
        return Verdict(max(0.0, score), "; ".join(parts), mode)

    def _same(self, found: Any, wanted: Any) -> bool:
        if isinstance(found, str) and isinstance(wanted, str):
            one, other = " ".join(found.split()), " ".join(wanted.split())
            return one.casefold() == other.casefold() if self.ignore_case else one == other
        if isinstance(found, bool) != isinstance(wanted, bool):
            return False
        return bool(found == wanted)

    def describe(self) -> str:
        """See `Criterion.describe`."""
        where = f" under {self.path}" if self.path else ""
        names = f" ({', '.join(self.names)})" if self.names else ""
        return f"every field of the JSON object{where} has the right value{names}"

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """See `Criterion.problems`."""
        wanted = expected.get("fields")
        if not isinstance(wanted, Mapping) or not wanted:
            return ["expected.fields must be a table of names and values"]
        return [f"expected.fields has no {name!r}" for name in self.names if name not in wanted]
