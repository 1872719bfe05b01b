"""The `number` criterion: the number that an answer gives is the right one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.answer_number import announced_number, last_number
from llmopt_tui.core.scoring.base import EMPTY_ANSWER, Criterion, Verdict
from llmopt_tui.core.scoring.expecting import missing, unusable
from llmopt_tui.core.scoring.numbers import Number as Reading
from llmopt_tui.core.scoring.numbers import expected_number, written
from llmopt_tui.core.scoring.registry import criterion
from llmopt_tui.core.scoring.rules import PromptRule
from llmopt_tui.core.scoring.wording import quoted


@criterion("number")
class Number(Criterion):
    """1 where the number that the answer gives is `expected.answer`, within `tolerance`; else 0.

    That is the number in its last "Answer: 42" or LaTeX box, else its last number. Both may be
    written as people of any country write numbers; where two readings are possible ("1,234"),
    either may be right.
    """

    rules = (
        PromptRule(
            "reason first",
            frozenset({modes.WRONG_ANSWER}),
            "A small model finds a number by writing its way to it; a fixed last line keeps what "
            "it finds from being lost among the others.",
            lambda _, expected: (
                'Think step by step, then end with a last line that says "Answer:" and the number.'
            ),
        ),
    )
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        """Refuse a tolerance that is negative or not finite."""
        super().__post_init__()
        if not (math.isfinite(self.tolerance) and self.tolerance >= 0):
            raise ValueError(f"tolerance must be a number from 0 up, not {self.tolerance}")

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        if problems := self.problems(expected):
            return unusable(problems[0])
        if not output.strip():
            return EMPTY_ANSWER
        announced = announced_number(output)
        found = announced or last_number(output)
        if found is None:
            return Verdict(0.0, "there is no number in the answer", modes.WRONG_ANSWER)
        wanted = expected_number(expected["answer"])
        assert wanted is not None
        if found.equals(wanted, Fraction(str(self.tolerance))):
            return Verdict(1.0, f"the number is right: {_said(found)}")
        which = "number given as the answer" if announced else "last number"
        feedback = f"the {which} is {_said(found)}, not {_said(wanted)}"
        return Verdict(0.0, feedback, modes.WRONG_ANSWER)

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        return "an answer whose last number is the right one"

    def ideal_answer(self, expected: Mapping[str, Any]) -> str | None:
        """An answer that meets the demand, or None; see `Criterion.ideal_answer`."""
        return str(expected["answer"])

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """The faults of an example's `expected`; see `Criterion.problems`."""
        if "answer" not in expected:
            return [missing(expected, "answer")]
        if expected_number(expected["answer"]) is None:
            return ["expected.answer must be a number"]
        return []


def _said(number: Reading) -> str:
    """A number as it was read, followed by how it was written where the two differ."""
    value = written(number.readings[0]) + ("%" if number.percent else "")
    return value if number.text == value else f"{value} (written {quoted(number.text, 30)})"
