"""What differs between two texts, word by word, in any script.

Lines are the wrong measure for a text of one paragraph: a changed word would mark all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Literal, NamedTuple

from llmopt_tui.core.text.word_breaks import word_breaks

Kind = Literal["same", "removed", "added"]

_MOST_WORDS = 8_000
"""Texts of more words, spaces and signs than this are compared line by line."""


class WordSegment(NamedTuple):
    """A part of a comparison: in both texts, in the old one alone, or in the new one alone."""

    kind: Kind
    text: str


class _Match(NamedTuple):
    """A run of words that both texts have: where it begins in each, and how many words it is."""

    old: int
    new: int
    size: int


def diff_words(old: str, new: str) -> list[WordSegment]:
    """Both texts in reading order; what was removed comes before what was added in its place.

    The segments that are not "added", joined, are `old`; those that are not "removed" are `new`.
    None is empty, and no two neighbours are of the same kind. Short words that happen to be the
    same between longer changes count as changed: a rewritten sentence reads as one change. A word
    whose signs changed on both sides does too: "posting:" becomes "<posting>" as a whole.
    """
    if old == new:
        return [WordSegment("same", old)] if old else []
    before, after = _words(old), _words(new)
    if max(len(before), len(after)) > _MOST_WORDS:
        before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    matches = _telling(_matches(before, after), before, after)
    segments = _segments(matches, before, after)
    return [
        WordSegment(kind, "".join(segment.text for segment in group))
        for kind, group in groupby(segments, key=lambda segment: segment.kind)
    ]


def _words(text: str) -> list[str]:
    """The words, spaces and signs of a text, which joined are the text."""
    places = sorted({*word_breaks(text), len(text)})
    return [text[a:b] for a, b in pairwise(places)]


def _matches(before: Sequence[str], after: Sequence[str]) -> list[_Match]:
    """The longest common subsequence of words, as runs."""
    from rapidfuzz.distance import LCSseq

    # Equal words as equal numbers: hashes of texts might collide.
    numbers: dict[str, int] = {}
    one, other = ([numbers.setdefault(w, len(numbers)) for w in side] for side in (before, after))
    return [
        _Match(code.src_start, code.dest_start, code.src_end - code.src_start)
        for code in LCSseq.opcodes(one, other)
        if code.tag == "equal"
    ]


def _telling(matches: list[_Match], before: Sequence[str], after: Sequence[str]) -> list[_Match]:
    """The matches without those that are no longer than the changes on either side of them, and
    without words whose signs changed on both sides.
    """
    while True:
        edges = [_Match(0, 0, 0), *matches, _Match(len(before), len(after), 0)]
        changes = [_changed(a, b, before, after) for a, b in pairwise(edges)]
        kept = [
            match
            for match, (left, right), (one, other) in zip(
                matches, pairwise(changes), zip(edges, edges[2:], strict=False), strict=True
            )
            if sum(map(len, before[match.old : match.old + match.size])) > min(left, right)
            and not _has_new_signs(one, match, other, before, after)
        ]
        if len(kept) == len(matches):
            return kept
        matches = kept


def _has_new_signs(
    left: _Match, match: _Match, right: _Match, before: Sequence[str], after: Sequence[str]
) -> bool:
    """Whether this is one word, and changed signs touch it on both sides, in either text."""
    if match.size > 1 or _is_sign(before[match.old]):
        return False
    ahead = [
        *before[left.old + left.size : match.old][-1:],
        *after[left.new + left.size : match.new][-1:],
    ]
    behind = [*before[match.old + 1 : right.old][:1], *after[match.new + 1 : right.new][:1]]
    return any(map(_is_sign, ahead)) and any(map(_is_sign, behind))


def _is_sign(word: str) -> bool:
    return not word.isspace() and not any(map(str.isalnum, word))


def _changed(a: _Match, b: _Match, before: Sequence[str], after: Sequence[str]) -> int:
    """How many characters differ between two matches: of the longer of both sides."""
    removed = sum(map(len, before[a.old + a.size : b.old]))
    added = sum(map(len, after[a.new + a.size : b.new]))
    return max(removed, added)


def _segments(
    matches: Sequence[_Match], before: Sequence[str], after: Sequence[str]
) -> Iterator[WordSegment]:
    """The segments in order, words joined; neighbours may be of the same kind."""
    old = new = 0
    for match in (*matches, _Match(len(before), len(after), 0)):
        parts: tuple[tuple[Kind, Sequence[str]], ...] = (
            ("removed", before[old : match.old]),
            ("added", after[new : match.new]),
            ("same", before[match.old : match.old + match.size]),
        )
        for kind, words in parts:
            if words:
                yield WordSegment(kind, "".join(words))
        old, new = match.old + match.size, match.new + match.size
