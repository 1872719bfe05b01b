"""Criteria on answers that are right or wrong: a pattern, or an equal text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.answer_form import labels
from llmopt_tui.core.scoring.base import EMPTY_ANSWER, Criterion, Verdict
from llmopt_tui.core.scoring.expecting import missing, unusable
from llmopt_tui.core.scoring.numbers import expected_number, is_number, read_number
from llmopt_tui.core.scoring.patterns import PatternTime, check_pattern
from llmopt_tui.core.scoring.registry import criterion
from llmopt_tui.core.scoring.rules import one_of_the_labels
from llmopt_tui.core.scoring.sameness import bare, difference, normal, unified
from llmopt_tui.core.scoring.wording import quoted

REGEX_SECONDS = 0.25
"""Seconds after which a pattern counts as not met."""


@criterion("regex")
class Regex(Criterion):
    """1 where the answer has a match of `pattern`, with `whole` only if all of it matches; else 0.

    Forms that look the same to a reader are tried too: composed letters, straight quotes, plain
    dashes. A search that takes longer than `REGEX_SECONDS` scores 0, and the feedback says so.
    """

    pattern: str
    whole: bool = False

    def __post_init__(self) -> None:
        """Refuse a pattern that is not a regular expression."""
        super().__post_init__()
        check_pattern(self.pattern)

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        time = PatternTime(REGEX_SECONDS)
        try:
            found = any(
                time.finds(pattern, text, whole=self.whole)
                for pattern, text in self._forms(output.strip())
            )
        except TimeoutError:
            return Verdict(0.0, "the pattern took too long on this answer", modes.PATTERN)
        if found:
            return Verdict(1.0, "has the form that was asked")
        if not output.strip():
            return EMPTY_ANSWER
        return Verdict(0.0, f"{quoted(output.strip())} does not have the asked form", modes.PATTERN)

    def _forms(self, text: str) -> Iterator[tuple[str, str]]:
        """The pattern and the text as they are, then in the forms in which readers compare."""
        yield self.pattern, text
        for form in (normal, unified):
            pattern = form(self.pattern)
            if (pattern, form(text)) != (self.pattern, text) and _is_pattern(pattern):
                yield pattern, form(text)

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        return f"text that matches the regular expression {self.pattern}"

    def promptfoo(self, expected: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The same demand as promptfoo's assertions; see `Criterion.promptfoo`."""
        if _PYTHON_ONLY.search(self.pattern):
            return ()
        pattern = f"^(?:{self.pattern})$" if self.whole else self.pattern
        return [{"type": "regex", "value": pattern, "transform": "String(output).trim()"}]


def _is_pattern(text: str) -> bool:
    try:
        check_pattern(text)
    except ValueError:
        return False
    return True


# Constructs of Python's expressions that JavaScript's, which promptfoo uses, do not have.
_PYTHON_ONLY = re.compile(r"\(\?[^:=!<]|\(\?<[^=!]|\\[AZGKRXpPmM]|[+*?}]\+|\[\[")
# For promptfoo: what `_promptfoo_plain` makes of a text, in JavaScript.
_JAVASCRIPT_PLAIN = (
    "String(output).toLowerCase().replace(/\\s+/g, ' ')"
    ".replace(/^[\"'“”„‘’«»*` ]+|[\"'“”„‘’«»*` .]+$/g, '')"
)


def _promptfoo_plain(text: str) -> str:
    return " ".join(text.lower().split()).lstrip("\"'“”„‘’«»*` ").rstrip("\"'“”„‘’«»*` .")


@criterion("equals")
class Equals(Criterion):
    """1 where the answer equals `expected.answer`, or one item of it if it is a list; else 0.

    Unless `exact`, case does not matter, nor do the forms of quotes and dashes, what surrounds the
    answer (quotes, brackets, stops, emphasis), and how a number is written where one is expected.
    """

    rules = (one_of_the_labels(lambda _, expected: labels([of["answer"] for of in expected])),)
    exact: bool = False

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        if problems := self.problems(expected):
            return unusable(problems[0])
        if not output.strip():
            return EMPTY_ANSWER
        answers = _answers(expected)
        plain = self._plain(output)
        if any(self._same(plain, answer) for answer in answers):
            return Verdict(1.0, "the answer is right")
        said, right = output.strip(), _text_of(answers[0])
        if any(self._plain(_text_of(answer)) in plain for answer in answers):
            feedback = f"{quoted(said)} says more or otherwise than the answer {quoted(right)}"
        else:
            feedback = f"{quoted(said)} where {quoted(right)} is right"
        how = difference(output if self.exact else said, right)
        return Verdict(0.0, f"{feedback}: {how}" if how else feedback, modes.WRONG_ANSWER)

    def _same(self, plain: str, answer: str | float) -> bool:
        if plain == self._plain(_text_of(answer)):
            return True
        if self.exact or not is_number(answer):
            return False
        said, wanted = read_number(plain), expected_number(answer)
        return said is not None and wanted is not None and said.equals(wanted)

    def _plain(self, text: str) -> str:
        return text if self.exact else bare(text)

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        return "the right answer and nothing else"

    def ideal_answer(self, expected: Mapping[str, Any]) -> str | None:
        """An answer that meets the demand, or None; see `Criterion.ideal_answer`."""
        return _text_of(_answers(expected)[0])

    def promptfoo(self, expected: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The same demand as promptfoo's assertions; see `Criterion.promptfoo`."""
        if self.problems(expected):
            return ()
        answers = [_text_of(answer) for answer in _answers(expected)]
        if self.exact and len(answers) == 1:
            return [{"type": "equals", "value": answers[0]}]
        plain = answers if self.exact else [_promptfoo_plain(answer) for answer in answers]
        choice = "|".join(re.sub(r"[.*+?^${}()|\[\]\\/]", r"\\\g<0>", answer) for answer in plain)
        found = {"type": "regex", "value": f"^(?:{choice})$"}
        return [found if self.exact else {**found, "transform": _JAVASCRIPT_PLAIN}]

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """The faults of an example's `expected`; see `Criterion.problems`."""
        if "answer" not in expected:
            return [missing(expected, "answer")]
        return [] if _answers(expected) else ["expected.answer must be a text or a list of texts"]


def _answers(expected: Mapping[str, Any]) -> list[str | float]:
    value = expected["answer"]
    values = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(v, str | int | float) and str(v).strip() for v in values):
        return []
    return list(values)


def _text_of(answer: str | float) -> str:
    return str(answer).lower() if isinstance(answer, bool) else str(answer)
