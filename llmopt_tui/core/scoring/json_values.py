"""The complete JSON values among other words in a text, and which of them is the answer."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

_TRIES: Final = 50

_OPENING = re.compile(r"[{\[]")
_CORRECTION = re.compile(
    r"\b(?:rather|better|correct(?:ed|ion)?|actually|final(?:ly)?|revised?|instead|improved|updated"
    r"|wait|sorry|on second thoughts?|on reflection|no,)\b",
    re.IGNORECASE,
)
# Words that announce something other than the answer, and those that announce the answer.
_EXAMPLE = re.compile(
    r"\b(?:examples?|e\.g\.|instance|formats?|templates?|schema|shape|such as|input|original)\b",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"\b(?:answer|output|result|response|extracted|filled)\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\.{3}|…|<[^<>]{0,60}>|\[[^\[\]]{0,60}\]|string|number|text|value")
_INFO_STRING = re.compile(r"\s*+(?:json[c5]?\b)?", re.IGNORECASE)


Fit = Callable[[Any], float]
"""How well a value fits what was asked for, from 0 (not at all) to 1."""


def anything(value: Any) -> float:
    """The fit of any value where nothing certain was asked for."""
    return 1.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A complete value inside other text, from `start` to `end`."""

    start: int
    end: int
    value: Any
    fenced: bool = False


def best_value(candidates: Sequence[Candidate], text: str, fit: Fit) -> Candidate | None:
    """The first of the candidates that fit best, or a later one that corrects it.

    A form to fill in is none of them, and one that is announced as an example gives way to one
    that is announced as the answer.
    """
    candidates = [one for one in candidates if not _is_form(one.value)] or candidates
    ranked = [
        (fit(candidate.value), _meant(candidate, text), candidate) for candidate in candidates
    ]
    likely = [rank for rank in ranked if rank[0] > 0 and rank[1]] or [
        # "[2, 3]" is a list where a list was asked for, and a footnote elsewhere.
        rank
        for rank in ranked
        if rank[0] > 0 and fit is not anything
    ]
    likely = likely or [rank for rank in ranked if rank[1]]
    if not likely:
        return None
    most = max(rank[0] for rank in likely)
    best, *others = [candidate for score, _, candidate in likely if score == most]
    end = best.end
    for other in others:
        before = text[max(end, other.start - 80) : other.start]
        if _CORRECTION.search(before) or (
            _ANSWER.search(before) and _is_example(text, best, before)
        ):
            best = other
        end = other.end
    return best


def _is_form(value: Any) -> bool:
    """Whether a value holds nothing but placeholders: {"name": "..."}."""
    leaves = [value]
    texts = []
    while leaves:
        leaf = leaves.pop()
        if isinstance(leaf, dict | list):
            leaves += leaf.values() if isinstance(leaf, dict) else leaf
        else:
            texts.append(leaf)
    return bool(texts) and all(
        isinstance(text, str) and _PLACEHOLDER.fullmatch(text.strip()) for text in texts
    )


def _is_example(text: str, candidate: Candidate, after: str) -> bool:
    """Whether the words just before or after a candidate say that it is not the answer."""
    before = text[max(0, candidate.start - 60) : candidate.start]
    return bool(_EXAMPLE.search(before) or _EXAMPLE.search(after.partition("\n\n")[0]))


def _meant(candidate: Candidate, text: str) -> bool:
    """Whether a value is likely meant as JSON: it is substantial, or a colon announces it."""
    if candidate.fenced or is_substantial(candidate.value):
        return True
    before = text[max(0, candidate.start - 80) : candidate.start].rstrip(" \t")
    after = text[candidate.end : candidate.end + 1]
    return before.rstrip()[-1:] in (":", "=") or (before[-1:] in ("", "\n") and after in ("", "\n"))


def _decoder() -> json.JSONDecoder:
    # Models' commonest mistakes are line ends inside strings and NaN; both are easy to read.
    return json.JSONDecoder(strict=False, parse_constant=lambda _: None)


def lenient(text: str) -> Any:
    """The value of a text with the mistakes that are easy to read; None where it is no JSON."""
    try:
        return _decoder().decode(text)
    except (ValueError, RecursionError):
        return None


def complete_values(text: str) -> Iterator[Candidate]:
    """The complete objects and lists in a text, in order, up to a limit of attempts."""
    decoder = _decoder()
    fences = list(itertools.islice(_fences(text), _TRIES))
    start = 0
    for _ in range(_TRIES):
        opening = _OPENING.search(text, start)
        if not opening:
            return
        fence = next((fence for fence in fences if fence[0] <= opening.start() < fence[1]), None)
        if fence is not None:
            fences.remove(fence)
            value = lenient(_INFO_STRING.sub("", text[fence[0] : fence[1]], count=1))
            if isinstance(value, dict | list):
                yield Candidate(fence[0], fence[1], value, fenced=True)
                start = fence[1]
                continue
        try:
            value, end = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            start = opening.end()
            continue
        yield Candidate(opening.start(), end, value)
        start = end


def _fences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the text in each code fence; the last fence may not be closed."""
    marks = [match.end() for match in itertools.islice(re.finditer("```", text), 2 * _TRIES)]
    for begin, end in itertools.zip_longest(marks[::2], marks[1::2]):
        yield begin, len(text) if end is None else end - 3


def is_substantial(value: Any) -> bool:
    """Whether a value is likely meant as JSON and not, like "[1]", as a footnote."""
    if isinstance(value, list):
        return any(isinstance(item, str | dict) for item in value)
    return isinstance(value, dict) and bool(value)
