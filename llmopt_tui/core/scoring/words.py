"""Criteria on the words of an answer: terms, texts, overlap with a reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.base import EMPTY_ANSWER, Criterion, Verdict
from llmopt_tui.core.scoring.expecting import (
    list_problems,
    missing,
    text_problems,
    texts,
    unusable,
)
from llmopt_tui.core.scoring.registry import criterion
from llmopt_tui.core.scoring.sameness import comparable
from llmopt_tui.core.scoring.segments import holds_word
from llmopt_tui.core.scoring.sentences import LONGEST, words
from llmopt_tui.core.scoring.similar_words import (
    STOP_WORDS,
    content_words,
    folded,
    stems,
)
from llmopt_tui.core.scoring.wording import counted, listed


@criterion("coverage")
class Coverage(Criterion):
    """The share of `expected.terms`, or of `expected.reference`'s content words, in the answer.

    Case, number and common endings do not matter, nor do function words inside a term.
    """

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        if problems := self.problems(expected):
            return unusable(problems[0])
        if not output.strip():
            return EMPTY_ANSWER
        wanted = _wanted(expected)
        said = stems(output[:LONGEST])
        everything = f" {' '.join(said)} "
        content = f" {' '.join(stem for stem in said if stem not in STOP_WORDS)} "
        lacking = [
            term
            for term, (whole, core) in wanted.items()
            if f" {whole} " not in everything and (not core or f" {core} " not in content)
        ]
        if not lacking:
            return Verdict(1.0, "says what has to be said")
        feedback = f"{len(lacking)} of {counted(len(wanted), 'term')} not said: {listed(lacking)}"
        score = (len(wanted) - len(lacking)) / len(wanted)
        return Verdict(score, feedback, modes.MISSING_CONTENT if score else modes.OFF_TOPIC)

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        return "a text that names what matters most in the input"

    def ideal_answer(self, expected: Mapping[str, Any]) -> str | None:
        """An answer that meets the demand, or None; see `Criterion.ideal_answer`."""
        return next(iter(texts(expected, "reference")), None)

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """The faults of an example's `expected`; see `Criterion.problems`."""
        if "terms" not in expected and "reference" not in expected:
            return [f"{missing(expected, 'terms')}, and so is expected.reference"]
        if "terms" in expected:
            if problems := list_problems(expected, "terms"):
                return problems
        elif problems := text_problems(expected, "reference"):
            return problems
        return [] if _wanted(expected) else ["expected holds no word to look for"]


def _wanted(expected: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The terms to look for: term -> its stems, and the stems of its content words."""
    if "terms" not in expected:
        reference = content_words(expected["reference"])
        return {word: (stem, stem) for stem, word in reference.items()}
    found = {}
    for term in texts(expected, "terms"):
        if whole := stems(term):
            core = [stem for stem in whole if stem not in STOP_WORDS]
            found[term] = (" ".join(whole), " ".join(core))
    return found


@dataclass(frozen=True, kw_only=True)
class _Mentions(Criterion):
    """The common base of `contains` and `not_contains`: texts, and whether an answer has them."""

    values: tuple[str, ...] = ()
    ignore_case: bool = True
    whole_words: bool = True

    def __post_init__(self) -> None:
        """Refuse empty texts, which every answer contains."""
        super().__post_init__()
        if not all(value.strip() for value in self.values):
            raise ValueError("values must not hold an empty text")

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """The faults of an example's `expected`; see `Criterion.problems`."""
        return list_problems(expected, self.kind, needed=not self.values)

    def promptfoo(self, expected: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The same demand as promptfoo's assertions; see `Criterion.promptfoo`."""
        negation = "not-" if self.kind == "not_contains" else ""
        name = f"{negation}{'i' if self.ignore_case else ''}contains"
        return [{"type": name, "value": value} for value in self._wanted(expected)]

    def _wanted(self, expected: Mapping[str, Any]) -> list[str]:
        return list(dict.fromkeys([*self.values, *texts(expected, self.kind)]))

    def _split(self, output: str, expected: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        """The texts that are in the output, and those that are not."""
        text = self._plain(output)
        there: list[str] = []
        absent: list[str] = []
        for value in self._wanted(expected):
            (there if self._is_in(self._plain(value), text) else absent).append(value)
        return there, absent

    def _plain(self, text: str) -> str:
        return comparable(text, ignore_case=self.ignore_case)

    def _is_in(self, value: str, text: str) -> bool:
        if not self.whole_words or not value:
            return value in text
        return holds_word(text, value)


@criterion("contains")
class Contains(_Mentions):
    """The share of `values` and `expected.contains` that the answer contains.

    As whole words unless `whole_words` is false; white space counts as one space.
    """

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        if problems := self.problems(expected):
            return unusable(problems[0])
        if not output.strip():
            return EMPTY_ANSWER
        there, absent = self._split(output, expected)
        if not absent:
            return Verdict(1.0, "contains what was asked")
        score = len(there) / (len(there) + len(absent))
        return Verdict(score, f"does not contain {listed(absent)}", modes.MISSING_CONTENT)

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        return f"a text that contains {', '.join(self.values) or 'what the input demands'}"


@criterion("not_contains")
class NotContains(_Mentions):
    """The share of `values` and `expected.not_contains` that the answer does not contain.

    As whole words unless `whole_words` is false; white space counts as one space. An empty
    answer scores 0: silence is not what anyone asked for.
    """

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        if problems := self.problems(expected):
            return unusable(problems[0])
        if not output.strip():
            return EMPTY_ANSWER
        there, absent = self._split(output, expected)
        if not there:
            return Verdict(1.0, "contains nothing that is forbidden")
        score = len(absent) / (len(there) + len(absent))
        return Verdict(score, f"contains {listed(there)}", modes.FORBIDDEN)

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        return f"a text without {', '.join(self.values) or 'what must not be said'}"


@criterion("rouge_l")
class RougeL(Criterion):
    """ROUGE-L (Lin, 2004): F1 of the longest common subsequence of words with `expected.reference`.

    Recall and precision have the same weight.
    """

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        if problems := self.problems(expected):
            return unusable(problems[0])
        if not output.strip():
            return EMPTY_ANSWER
        reference, said = words(folded(expected["reference"])), words(folded(output))
        common = common_subsequence(reference, said)
        score = min(1.0, 2 * common / (len(reference) + len(said)))
        if score == 1.0:
            return Verdict(1.0, "says what the reference says")
        feedback = (
            f"{common} of the reference's {counted(len(reference), 'word')} in order, "
            f"in {counted(len(said), 'word')}"
        )
        return Verdict(score, feedback, modes.MISSING_CONTENT if score else modes.OFF_TOPIC)

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        return "a text close to the reference in its words and their order"

    def ideal_answer(self, expected: Mapping[str, Any]) -> str | None:
        """An answer that meets the demand, or None; see `Criterion.ideal_answer`."""
        return str(expected["reference"])

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """The faults of an example's `expected`; see `Criterion.problems`."""
        if problems := text_problems(expected, "reference"):
            return problems
        return [] if words(expected["reference"]) else ["expected.reference holds no word"]


def common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence. Memory does not grow with the lengths' product."""
    from rapidfuzz.distance import LCSseq

    # Equal words as equal numbers: hashes of texts might collide.
    numbers: dict[str, int] = {}
    a, b = ([numbers.setdefault(w, len(numbers)) for w in side] for side in (one, other))
    return int(LCSseq.similarity(a, b))
