"""The `fields` criterion: the fields of a JSON object are right."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.answer_form import common_shape, nested, under
from llmopt_tui.core.scoring.base import Criterion, Verdict
from llmopt_tui.core.scoring.expecting import missing, unusable
from llmopt_tui.core.scoring.json_output import json_under, unreadable
from llmopt_tui.core.scoring.reading_json import at_path, read_json
from llmopt_tui.core.scoring.registry import criterion
from llmopt_tui.core.scoring.rules import UNREADABLE, Expectations, PromptRule, json_sentence
from llmopt_tui.core.scoring.values import how_they_differ, same_value
from llmopt_tui.core.scoring.wording import counted, listed, quoted


def _fields_sentence(criterion: Fields, expected: Expectations) -> str | None:
    fields = [nested(criterion.asked(of)) for of in expected]
    shape = common_shape(fields) if fields else "{}"
    return json_sentence(under(criterion.path, shape)) if shape != "{}" else None


@criterion("fields")
class Fields(Criterion):
    """The share of `expected.fields` that the object at `path` has right.

    A name may be a dotted path. A value is compared by the type that is expected there (see
    `values.same_value`), texts without case unless `ignore_case` is false. `names` limits the
    comparison to some fields. Other fields do not matter.
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
        """The verdict on one output; see `Criterion.judge`."""
        if problems := self.problems(expected):
            return unusable(problems[0])
        wanted: Mapping[str, Any] = expected["fields"]
        names = self.names or tuple(wanted)
        reading = read_json(output, lambda value: self._fit(value, names))
        if not reading.found:
            return unreadable(reading, output)
        _, value = at_path(reading.value, self.path)
        if not isinstance(value, dict):
            place = quoted(self.path) if self.path else "the top"
            return Verdict(0.0, f"there is no object at {place}", modes.WRONG_SHAPE)
        absent, wrong = [], []
        for name in names:
            there, found = (True, value[name]) if name in value else at_path(value, name)
            if not there:
                absent.append(name)
            elif not same_value(found, wanted[name], ignore_case=self.ignore_case):
                wrong.append(f"{name} is {how_they_differ(found, wanted[name])}")
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

    def _fit(self, value: Any, names: Collection[str]) -> float:
        """How well a value fits: best is an object with any of the fields."""
        there, found = at_path(value, self.path)
        if there and isinstance(found, dict):
            return 1.0 if any(at_path(found, name)[0] for name in names) else 0.7
        return 0.5 if isinstance(value, dict) else 0.1

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        where = f" under {quoted(self.path)}" if self.path else ""
        names = f": {', '.join(self.names)}" if self.names else ""
        return f"a JSON object{where} in which every field has the right value{names}"

    def asked(self, expected: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that are compared, with the values that an example expects."""
        names = self.names or tuple(expected["fields"])
        return {name: expected["fields"][name] for name in names}

    def ideal_answer(self, expected: Mapping[str, Any]) -> str | None:
        """An answer that meets the demand, or None; see `Criterion.ideal_answer`."""
        return json_under(self.path, nested(self.asked(expected)))

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """The faults of an example's `expected`; see `Criterion.problems`."""
        if "fields" not in expected:
            return [missing(expected, "fields")]
        wanted = expected["fields"]
        if not isinstance(wanted, Mapping) or not wanted:
            return ["expected.fields must be a table of names and values"]
        return [f"expected.fields has no {name!r}" for name in self.names if name not in wanted]
