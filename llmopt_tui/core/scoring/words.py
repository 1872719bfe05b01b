"""Criteria on what an answer says: terms, patterns, answers, overlap with a reference."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.base import Criterion, Verdict
from llmopt_tui.core.scoring.sentences import words
from llmopt_tui.core.scoring.wording import listing, quoted

REGEX_SECONDS = 0.25
LONGEST = 200_000
"""Characters of an answer that are looked at: what matters does not come after that."""
ROUGE_WORDS = 2_000

_STOP_WORDS = frozenset(
    "the and for with from that this are was will has have not but you your our their its into "
    "who what when where which while than then them they she his her can may all any each other "
    "such also both more most some only own same over under about after before between during "
    "der die das und oder mit für von den dem des ein eine einen einem einer ist sind wird werden "
    "auf aus bei nach vor über unter zum zur auch nicht sich als wie bis durch".split()
)


def _texts(value: Any) -> list[str]:
    """Expected values as a list of texts; one text counts as a list of one."""
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list | tuple) else []


def _list_problems(expected: Mapping[str, Any], key: str) -> list[str]:
    value = expected.get(key)
    if value is None:
        return [f"expected.{key} is missing"]
    return [] if _texts(value) else [f"expected.{key} must be a list of texts"]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _stem(word: str) -> str:
    """A word without the endings that number and case give it, in English and German."""
    word = word.casefold()
    for ending in ("ies", "en", "es", "er", "em", "s", "e", "n", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage(Criterion):
    """The share of `expected.terms`, or else of the content words of `expected.reference`, said.

    Case, plural and common endings do not matter.
    """

    kind: ClassVar[str] = "coverage"

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        terms = self._terms(expected)
        if not terms:
            return Verdict(1.0, "nothing is expected")
        said = " ".join(_stem(word) for word in words(output[:LONGEST]))
        missing = [
            term for term in terms if f" {' '.join(map(_stem, words(term)))} " not in f" {said} "
        ]
        if not missing:
            return Verdict(1.0, "names everything that is expected")
        feedback = f"{len(missing)} of {len(terms)} expected terms missing: {listing(missing)}"
        mode = modes.MISSING_CONTENT if len(missing) < len(terms) else modes.OFF_TOPIC
        return Verdict(1 - len(missing) / len(terms), feedback, mode)

    def _terms(self, expected: Mapping[str, Any]) -> list[str]:
        if terms := _texts(expected.get("terms")):
            return list(dict.fromkeys(terms))
        reference = words(str(expected.get("reference", "")))
        content = [w for w in reference if len(w) > 2 and w.casefold() not in _STOP_WORDS]
        return list({_stem(word): word for word in content}.values())

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return "names what matters most in the input: its main duties, tools and conditions"

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """See `Criterion.problems`."""
        if "terms" in expected:
            return _list_problems(expected, "terms")
        if not isinstance(expected.get("reference"), str):
            return ["expected needs terms (a list of texts) or reference (a text)"]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains(Criterion):
    """The share of `values` and of `expected.contains` that stand in the answer."""

    kind: ClassVar[str] = "contains"
    values: tuple[str, ...] = ()
    ignore_case: bool = True

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        wanted = [*self.values, *_texts(expected.get("contains"))]
        missing = [text for text in wanted if not _holds(output, text, self.ignore_case)]
        if not missing:
            return Verdict(1.0, "contains what is asked")
        return Verdict(
            1 - len(missing) / len(wanted),
            f"does not contain {listing(missing)}",
            modes.MISSING_CONTENT,
        )

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return f"contains {listing(self.values)}" if self.values else "contains what is expected"

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """See `Criterion.problems`."""
        return [] if self.values else _list_problems(expected, "contains")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotContains(Criterion):
    """1 without any of `values` and `expected.not_contains`, less for each that stands there."""

    kind: ClassVar[str] = "not_contains"
    values: tuple[str, ...] = ()
    ignore_case: bool = True

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        banned = [*self.values, *_texts(expected.get("not_contains"))]
        found = [text for text in banned if _holds(output, text, self.ignore_case)]
        if not found:
            return Verdict(1.0, "contains nothing that is forbidden")
        return Verdict(1 - len(found) / len(banned), f"contains {listing(found)}", modes.FORBIDDEN)

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return (
            f"does not contain {listing(self.values)}" if self.values else "contains nothing banned"
        )

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """See `Criterion.problems`."""
        return [] if self.values else _list_problems(expected, "not_contains")


def _holds(output: str, text: str, ignore_case: bool) -> bool:
    return text.casefold() in output.casefold() if ignore_case else text in output


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex(Criterion):
    """1 where `pattern` is found in the answer. Matching is cut off after `REGEX_SECONDS`."""

    kind: ClassVar[str] = "regex"
    pattern: str
    whole: bool = False

    def __post_init__(self) -> None:
        Criterion.__post_init__(self)
        import regex

        try:
            regex.compile(self.pattern)
        except regex.error as error:
            raise ValueError(f"pattern is no regular expression: {error}") from error

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        import regex

        compiled = regex.compile(self.pattern)
        match = compiled.fullmatch if self.whole else compiled.search
        try:
            found = match(output.strip()[:LONGEST], timeout=REGEX_SECONDS)
        except TimeoutError:
            return Verdict(0.0, "the pattern took too long on this answer", modes.PATTERN)
        if found:
            return Verdict(1.0, "has the asked form")
        return Verdict(0.0, f"does not have the asked form: {quoted(output)}", modes.PATTERN)

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return f"matches the regular expression {self.pattern}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Equals(Criterion):
    """1 where the answer is `expected.answer`; case and white space do not count unless `exact`."""

    kind: ClassVar[str] = "equals"
    exact: bool = False

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        wanted = str(expected.get("answer", ""))
        same = output == wanted if self.exact else _folded(output) == _folded(wanted)
        if same:
            return Verdict(1.0, "right")
        return Verdict(
            0.0, f"{quoted(output.strip())} instead of {quoted(wanted)}", modes.WRONG_ANSWER
        )

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return "exactly the right answer and nothing else"

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """See `Criterion.problems`."""
        return [] if "answer" in expected else ["expected.answer is missing"]


_NUMBER = re.compile(
    r"[-−]?(?:\d{1,3}(?:[,.'\u00a0\u202f]\d{3})+(?:[.,]\d{1,30})?|\d{1,30}(?:[.,]\d{1,30})?)(?!\d)"
)


def read_number(text: str) -> float:
    """A number as people write it: 1,234.5 and 1.234,5 and 3,5. Raises ValueError."""
    text = re.sub(r"['\u00a0\u202f]", "", text.replace("−", "-"))
    if "," in text and "." in text:
        decimal = "," if text.rfind(",") > text.rfind(".") else "."
        text = text.replace("." if decimal == "," else ",", "").replace(",", ".")
    elif "," in text:
        grouped = re.fullmatch(r"-?\d{1,3}(?:,\d{3})+", text)
        text = text.replace(",", "" if grouped else ".")
    elif text.count(".") > 1:
        text = text.replace(".", "")
    return float(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Criterion):
    """1 where the last number of the answer is `expected.answer`, within `tolerance`."""

    kind: ClassVar[str] = "number"
    tolerance: float = 1e-6

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        try:
            wanted = read_number(str(expected.get("answer", "")))
        except ValueError:
            return Verdict(0.0, "no number is expected", modes.WRONG_ANSWER)
        found = _NUMBER.findall(output[-LONGEST:])
        if not found:
            return Verdict(0.0, "no number in the answer", modes.WRONG_ANSWER)
        if abs(read_number(found[-1]) - wanted) <= self.tolerance:
            return Verdict(1.0, "right")
        return Verdict(
            0.0, f"the last number is {quoted(found[-1], 20)}, not {wanted:g}", modes.WRONG_ANSWER
        )

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return "the last number of the answer is the right one"

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """See `Criterion.problems`."""
        try:
            read_number(str(expected.get("answer", "")))
        except ValueError:
            return ["expected.answer must be a number"]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class RougeL(Criterion):
    """ROUGE-L (Lin 2004): F1 of the longest common subsequence of words with the reference."""

    kind: ClassVar[str] = "rouge_l"

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        reference = [w.casefold() for w in words(str(expected.get("reference", "")))]
        answer = [w.casefold() for w in words(output[:LONGEST])]
        if not reference or not answer:
            score = 1.0 if not reference else 0.0
            return Verdict(score, "nothing to compare", "" if score else modes.EMPTY)
        common = common_subsequence(reference[:ROUGE_WORDS], answer[:ROUGE_WORDS])
        score = min(1.0, 2 * common / (len(reference) + len(answer)))
        if score == 1.0:
            return Verdict(1.0, "says what the reference says")
        return Verdict(
            score,
            f"shares {common} of {len(reference)} words with the reference",
            modes.MISSING_CONTENT,
        )

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return "close to the reference in its words and their order"

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """See `Criterion.problems`."""
        text = expected.get("reference")
        return [] if isinstance(text, str) and words(text) else ["expected.reference is missing"]


def common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, in memory of one row."""
    row = [0] * (len(other) + 1)
    for left in one:
        diagonal = 0
        for index, right in enumerate(other, 1):
            above = row[index]
            row[index] = diagonal + 1 if left == right else max(above, row[index - 1])
            diagonal = above
    return row[-1]
