"""Criteria on the form of prose: length and structure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from llmopt_tui.core.scoring import modes, prose_faults
from llmopt_tui.core.scoring.base import EMPTY_ANSWER, Criterion, Verdict
from llmopt_tui.core.scoring.registry import criterion
from llmopt_tui.core.scoring.rules import PromptRule
from llmopt_tui.core.scoring.sameness import unified
from llmopt_tui.core.scoring.segments import characters
from llmopt_tui.core.scoring.sentences import LONGEST, sentences, words
from llmopt_tui.core.scoring.wording import bounds, counted

Unit = Literal["words", "sentences", "characters"]


def _check_bounds(low: int | None, high: int | None, names: str) -> None:
    if low is None and high is None:
        raise ValueError(f"{names}: give at least one of them")
    if (low is not None and low < 1) or (high is not None and high < 1):
        raise ValueError(f"{names} must be 1 or more")
    if low is not None and high is not None and low > high:
        raise ValueError(f"{names}: the smaller bound is {low}, the larger {high}")


def trapezoid(value: int, low: int | None, high: int | None) -> float:
    """1 within the bounds; below, the share of `low` reached; above, down to 0 at twice `high`."""
    if low is not None and value < low:
        return value / low
    if high is not None and value > high:
        return max(0.0, 1 - (value - high) / high)
    return 1.0


def _length_sentence(criterion: Length) -> str:
    if criterion.min is not None and criterion.max is not None:
        return f"Use between {criterion.min} and {criterion.max} {criterion.unit}."
    unit = criterion.unit.removesuffix("s")
    return f"Use {bounds(criterion.min, criterion.max, unit)}."


@criterion("length")
class Length(Criterion):
    """1 for an answer of `min` to `max` words, sentences or characters.

    Outside the bounds the score falls linearly (see `trapezoid`). An empty answer scores 0.
    """

    rules = (
        PromptRule(
            "exact length",
            frozenset({modes.TOO_LONG, modes.TOO_SHORT}),
            "A length in numbers is followed better than one in words.",
            lambda criterion, _: _length_sentence(criterion),
        ),
    )
    unit: Unit = "words"
    min: int | None = None
    max: int | None = None

    def __post_init__(self) -> None:
        """Refuse bounds that no answer can meet, and unknown units."""
        super().__post_init__()
        if self.unit not in {"words", "sentences", "characters"}:
            raise ValueError(f"unit must be words, sentences or characters, not {self.unit!r}")
        _check_bounds(self.min, self.max, "min and max")

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        text = output.strip()
        if not text:
            return EMPTY_ANSWER
        size = self._size(text)
        score = trapezoid(size, self.min, self.max) if size else 0.0
        if score == 1.0:
            return Verdict(1.0, f"{counted(size, self._noun)}, as asked")
        long = self.max is not None and size > self.max
        asked = bounds(self.min, self.max, self._noun)
        feedback = f"{counted(size, self._noun)} where {asked} were asked"
        return Verdict(score, feedback, modes.TOO_LONG if long else modes.TOO_SHORT)

    @property
    def _noun(self) -> str:
        return self.unit.removesuffix("s")

    def _size(self, text: str) -> int:
        match self.unit:
            case "words":
                return len(words(unified(text)))
            case "sentences":
                return len(sentences(text))
            case "characters":
                return characters(text)

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        return bounds(self.min, self.max, self._noun)

    def promptfoo(self, expected: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The same demand as promptfoo's assertions; see `Criterion.promptfoo`."""
        known = {"min": self.min, "max": self.max}
        limits = {key: value for key, value in known.items() if value is not None}
        return [{"type": "word-count", "value": limits}] if self.unit == "words" else ()


_COSTS: Mapping[str, float] = {
    modes.LEFTOVER: 0.4,
    modes.PREAMBLE: 0.3,
    modes.LABEL: 0.3,
    modes.LIST: 0.3,
    modes.REPETITION: 0.3,
    modes.HEADING: 0.25,
    modes.CLOSING: 0.2,
    modes.CODE_FENCE: 0.2,
    modes.QUOTED: 0.2,
    modes.MARKUP: 0.1,
}
_COUNT_COST = 0.5
_LEAST_COUNT_COST = 0.2


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def in_words(count: int) -> str:
    """A small number as a word, a larger one in digits."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _stop_sentence(criterion: Structure) -> str | None:
    count = criterion.min_sentences
    if not count:
        return None
    return (
        f"Write exactly {in_words(count)} {'sentence' if count == 1 else 'sentences'}, then stop."
    )


def _plain_sentence(criterion: Structure) -> str | None:
    banned = criterion.banned_forms
    return f"Use plain text without {' or '.join(banned)}." if banned else None


@criterion("structure")
class Structure(Criterion):
    """Plain prose, with a number of sentences if asked: nothing around it, no blanks left.

    Starts at 1 and loses for each kind of fault: a leftover blank 0.4; a preamble or label, a
    list or table, repetition 0.3; a heading 0.25; a closing remark, a fence or quotation marks
    0.2; bold words 0.1; a wrong number of sentences 0.2 to 0.5, the further off the more. Empty
    answers score 0.
    """

    rules = (
        PromptRule(
            "stop after",
            frozenset({modes.TOO_LONG, modes.TOO_SHORT, modes.REPETITION}),
            "An exact number with an order to stop keeps a small model from running on.",
            lambda criterion, _: _stop_sentence(criterion),
        ),
        PromptRule(
            "plain text",
            frozenset({modes.LIST, modes.HEADING, modes.MARKUP, modes.CODE_FENCE}),
            "Naming the forms that are not wanted keeps the model from falling into them.",
            lambda criterion, _: _plain_sentence(criterion),
        ),
    )
    min_sentences: int | None = None
    max_sentences: int | None = None
    allow_lists: bool = False
    allow_headings: bool = False

    def __post_init__(self) -> None:
        """Refuse bounds that no answer can meet."""
        super().__post_init__()
        if self._counts:
            _check_bounds(self.min_sentences, self.max_sentences, "min_sentences, max_sentences")

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """The verdict on one output; see `Criterion.judge`."""
        text = output.strip()
        if not words(text[:LONGEST]):
            return EMPTY_ANSWER
        faults = list(self._faults(text, inputs))
        if not faults:
            return Verdict(1.0, "well formed")
        worst = max(faults, key=lambda fault: fault[1])
        score = max(0.0, round(1 - sum(cost for _, cost, _ in faults), 4))
        return Verdict(score, "; ".join(what for _, _, what in faults), worst[0])

    def _faults(self, text: str, inputs: Mapping[str, str]) -> Iterator[tuple[str, float, str]]:
        """Mode, cost and feedback of each fault."""
        start = text[:LONGEST]
        found = sentences(start)
        low, high = self.min_sentences, self.max_sentences
        fit = trapezoid(len(found), low, high)
        if fit < 1:
            asked = bounds(low, high, "sentence")
            what = f"{counted(len(found), 'sentence')} where {asked} were asked"
            mode = modes.TOO_LONG if high is not None and len(found) > high else modes.TOO_SHORT
            yield mode, max(_LEAST_COUNT_COST, _COUNT_COST * (1 - fit)), what
        preamble = prose_faults.preamble(start)
        label = "" if preamble else prose_faults.label(start)
        # A line is one fault, not two: a preamble or label is not a heading as well.
        body = start.partition("\n")[2] if preamble or label else start
        faults = {
            modes.LEFTOVER: prose_faults.leftover(start, inputs.values()),
            modes.PREAMBLE: preamble,
            modes.LABEL: label,
            modes.LIST: "" if self.allow_lists else prose_faults.listing(start),
            modes.HEADING: "" if self.allow_headings else prose_faults.heading(body),
            modes.MARKUP: prose_faults.markup(start),
            modes.REPETITION: prose_faults.repetition(found),
            modes.CLOSING: prose_faults.closing(text),
            modes.CODE_FENCE: prose_faults.fence(start),
            modes.QUOTED: prose_faults.quotation(text),
        }
        yield from ((mode, _COSTS[mode], what) for mode, what in faults.items() if what)

    @property
    def banned_forms(self) -> list[str]:
        """The forms that are not wanted, lists and headings, as nouns in the plural."""
        return [
            *([] if self.allow_lists else ["lists"]),
            *([] if self.allow_headings else ["headings"]),
        ]

    @property
    def _counts(self) -> bool:
        return self.min_sentences is not None or self.max_sentences is not None

    def describe(self) -> str:
        """The demand in one plain sentence; see `Criterion.describe`."""
        low, high = self.min_sentences, self.max_sentences
        count = f"{bounds(low, high, 'sentence')} of " if self._counts else ""
        banned = [*self.banned_forms, "introduction or closing remark"]
        return f"{count}plain text without {', '.join(banned)}"
