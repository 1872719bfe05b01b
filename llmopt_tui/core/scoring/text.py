"""Criteria on the form of prose: length, structure, tone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from llmopt_tui.core.prompt import PLACEHOLDER
from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.base import Criterion, Verdict
from llmopt_tui.core.scoring.lexicon import (
    CASUAL,
    CONTRACTION,
    EMOJI,
    FILLER,
    FIRST_PERSON,
)
from llmopt_tui.core.scoring.sentences import list_items, sentences, words
from llmopt_tui.core.scoring.wording import bounds, counted, listing, quoted

Unit = Literal["words", "sentences", "characters"]


def _check_bounds(low: int | None, high: int | None, names: str) -> None:
    if low is None and high is None:
        raise ValueError(f"{names}: give at least one of them")
    if (low or 0) < 0 or (high is not None and high < 1):
        raise ValueError(f"{names} must be positive")
    if low is not None and high is not None and low > high:
        raise ValueError(f"{names}: the smaller bound is {low}, the larger {high}")


def trapezoid(value: int, low: int | None, high: int | None) -> float:
    """1 within the bounds; below, the share of `low` reached; above, down to 0 at twice `high`."""
    if low is not None and value < low:
        return value / low
    if high is not None and value > high:
        return max(0.0, 1 - (value - high) / high)
    return 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Length(Criterion):
    """So many words, sentences or characters; falls off linearly outside (see `trapezoid`)."""

    kind: ClassVar[str] = "length"
    unit: Unit = "words"
    min: int | None = None
    max: int | None = None

    def __post_init__(self) -> None:
        Criterion.__post_init__(self)
        _check_bounds(self.min, self.max, "min and max")

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        size = self._size(output.strip())
        score = trapezoid(size, self.min, self.max)
        if score == 1.0:
            return Verdict(1.0, f"{counted(size, self._noun)}, as asked")
        long = self.max is not None and size > self.max
        mode = modes.TOO_LONG if long else modes.TOO_SHORT if size else modes.EMPTY
        asked = bounds(self.min, self.max, self._noun)
        return Verdict(score, f"{counted(size, self._noun)} where {asked} are asked", mode)

    @property
    def _noun(self) -> str:
        return self.unit.removesuffix("s")

    def _size(self, text: str) -> int:
        match self.unit:
            case "words":
                return len(words(text))
            case "sentences":
                return len(sentences(text))
            case "characters":
                return len(text)

    def describe(self) -> str:
        """See `Criterion.describe`."""
        return f"{bounds(self.min, self.max, self._noun)} long"


_PREAMBLE = re.compile(
    r"""^\W*(?:
        (?:sure|certainly|of\ course|absolutely|okay|ok|great|gerne|natürlich|klar)\b
          [^\n:.!]{0,60}[:.!,]
        | (?:here(?:'|’)?s|here\ (?:is|are)|below\ (?:is|are)|hier\ (?:ist|sind|kommt))\b[^\n]{0,80}
        | (?:this|the\ following)\ is\ (?:a|the|an)\ [^\n.]{0,30}
          (?:description|summary|list)\b[^\n]{0,40}
        | (?:as\ (?:an\ ai|requested)|based\ on\ the\ (?:posting|text|job|input|provided))\b
          [^\n,:]{0,60}[,:]
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LABEL = re.compile(r"^\W*[^\W\d_][^\n.!?:]{0,40}:\s*(?=\S|\n|$)")
_CLOSING = re.compile(
    r"(?:let me know|hope this helps|feel free to|would you like me|i can also|please note|"
    r"(?:lassen sie mich|sag mir|melde dich))[^\n]*\s*$",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+\S|\*\*[^*\n]{1,60}\*\*:?[ \t]*$|__[^_\n]{1,60}__[ \t]*$)|"
    r"^[^\n.!?]{1,50}\n[=-]{3,}[ \t]*$",
    re.MULTILINE,
)
_LABEL_LINE = re.compile(r"^[ \t]*\*{0,2}[^\W\d_][^\n.!?:]{0,40}:\*{0,2}[ \t]*$", re.MULTILINE)
_BLANK = re.compile(r"\[[A-Z][^\]\n]{1,40}\]|<[A-Za-z][^>\n]{1,40}>|\bX{3,}\b|_{4,}")
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'"}

COSTS: Mapping[str, float] = {
    modes.TOO_LONG: 0.3,
    modes.TOO_SHORT: 0.3,
    modes.PREAMBLE: 0.3,
    modes.LABEL: 0.3,
    modes.LIST: 0.3,
    modes.HEADING: 0.25,
    modes.LEFTOVER: 0.25,
    modes.REPETITION: 0.25,
    modes.CLOSING: 0.2,
    modes.CODE_FENCE: 0.15,
    modes.QUOTED: 0.15,
}
"""What each fault takes from a structure's score; a sentence count further off takes more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure(Criterion):
    """Plain prose of so many sentences: no lists, headings, preamble, remarks or leftovers.

    Starts at 1 and loses `COSTS` for each kind of fault; 0 for an empty answer.
    """

    kind: ClassVar[str] = "structure"
    min_sentences: int | None = None
    max_sentences: int | None = None
    allow_lists: bool = False
    allow_headings: bool = False

    def __post_init__(self) -> None:
        Criterion.__post_init__(self)
        if self.min_sentences is not None or self.max_sentences is not None:
            _check_bounds(self.min_sentences, self.max_sentences, "min_sentences, max_sentences")

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        text = output.strip()
        if not words(text):
            return Verdict(0.0, "empty answer", modes.EMPTY)
        faults = list(self._faults(text, inputs))
        if not faults:
            return Verdict(1.0, "well formed")
        score = max(0.0, 1 - sum(cost for _, cost, _ in faults))
        worst = max(faults, key=lambda fault: fault[1])
        return Verdict(score, "; ".join(feedback for _, _, feedback in faults), worst[0])

    def _faults(self, text: str, inputs: Mapping[str, str]) -> Iterator[tuple[str, float, str]]:
        found = [
            *self._count_fault(text),
            *_frame_faults(text),
            *self._layout_faults(text),
            *_content_faults(text, inputs),
        ]
        for mode, feedback in found:
            yield mode, COSTS[mode], feedback
        if found and found[0][0] in {modes.TOO_LONG, modes.TOO_SHORT}:
            mode = found[0][0]
            off = 1 - trapezoid(len(sentences(text)), self.min_sentences, self.max_sentences)
            if off > COSTS[mode]:
                yield mode, off - COSTS[mode], "far from what is asked"

    def _count_fault(self, text: str) -> Iterator[tuple[str, str]]:
        low, high, count = self.min_sentences, self.max_sentences, len(sentences(text))
        if (low is not None and count < low) or (high is not None and count > high):
            asked = bounds(low, high, "sentence")
            mode = modes.TOO_SHORT if low is not None and count < low else modes.TOO_LONG
            yield mode, f"{counted(count, 'sentence')} where {asked} are asked"

    def _layout_faults(self, text: str) -> Iterator[tuple[str, str]]:
        if not self.allow_lists and (items := list_items(text)) > 1:
            yield modes.LIST, f"a list of {items} entries"
        if not self.allow_headings:
            heading = _HEADING.search(text) or _LABEL_LINE.search(text)
            if heading:
                yield modes.HEADING, f"has a heading: {quoted(heading.group().strip())}"

    def describe(self) -> str:
        """See `Criterion.describe`."""
        low, high = self.min_sentences, self.max_sentences
        count = bounds(low, high, "sentence") if low is not None or high is not None else "prose"
        banned = [
            *([] if self.allow_lists else ["lists"]),
            *([] if self.allow_headings else ["headings"]),
            "an introduction or closing remark",
        ]
        return f"{count} of plain text, without {', '.join(banned)}"


def _frame_faults(text: str) -> Iterator[tuple[str, str]]:
    """What stands around an answer that should stand alone."""
    if match := _PREAMBLE.search(text):
        yield modes.PREAMBLE, f"begins with a preamble: {quoted(match.group())}"
    elif match := _LABEL.search(text):
        yield modes.LABEL, f"begins with a label: {quoted(match.group().strip())}"
    if match := _CLOSING.search(text):
        yield modes.CLOSING, f"ends with a remark: {quoted(match.group())}"
    if _FENCE.search(text):
        yield modes.CODE_FENCE, "stands in a code fence"
    elif len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        yield modes.QUOTED, "stands in quotation marks"


def _content_faults(text: str, inputs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    given = " ".join(inputs.values())
    blanks = [match.group() for match in (*_BLANK.finditer(text), *PLACEHOLDER.finditer(text))]
    if left := [blank for blank in blanks if blank not in given]:
        yield modes.LEFTOVER, f"leaves something to fill in: {listing(left, 3)}"
    counts = Counter(" ".join(words(sentence)).casefold() for sentence in sentences(text))
    if repeated := [sentence for sentence, count in counts.items() if count > 1]:
        yield modes.REPETITION, f"says again: {quoted(repeated[0])}"


FORGIVEN = 0.2
"""What each kind of offence takes from professionalism, half as much more where it recurs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Professionalism(Criterion):
    """A sober tone: no slang, emoji, shouting, exclamation, filler, first person, contraction.

    Each kind of offence costs `FORGIVEN`, and half of that again where it occurs repeatedly.
    English and German.
    """

    kind: ClassVar[str] = "professionalism"
    allow_first_person: bool = False

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """See `Criterion.judge`."""
        if not words(output):
            return Verdict(0.0, "empty answer", modes.EMPTY)
        offences = dict(self._offences(output, inputs))
        cost = sum(FORGIVEN * (1.5 if len(found) > 1 else 1.0) for found in offences.values())
        if not offences:
            return Verdict(1.0, "professional tone")
        parts = [f"{what}: {listing(found, 3)}" for what, found in offences.items()]
        return Verdict(max(0.0, 1 - cost), "; ".join(parts), modes.UNPROFESSIONAL)

    def _offences(self, text: str, inputs: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
        # A million characters of junk need not be read to the end to be called unprofessional.
        text = text[:20_000]
        given = set(words(" ".join(inputs.values())))
        shouted = [w for w in words(text) if w.isupper() and len(w) > 3 and w.isalpha()]
        first_person = [] if self.allow_first_person else FIRST_PERSON.findall(text)
        kinds = {
            "slang": CASUAL.findall(text),
            "filler": FILLER.findall(text),
            "first person": first_person,
            "contraction": CONTRACTION.findall(text),
            "emoji": EMOJI.findall(text),
            "capitals": [word for word in shouted if word not in given],
            "exclamation": re.findall(r"\S*!+", text),
        }
        for what, found in kinds.items():
            if found:
                yield what, list(dict.fromkeys(found)) if len(set(found)) > 1 else found[:2]

    def describe(self) -> str:
        """See `Criterion.describe`."""
        person = "" if self.allow_first_person else "first person, "
        return f"a professional tone: no slang, filler, {person}contractions, exclamation marks"


__all__ = ["Length", "Professionalism", "Structure", "trapezoid"]
