"""Which entries of a list are which of the expected skills, by names alike or words in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal

from llmopt_tui.core.scoring.skill_names import (
    ALIKE,
    DICE,
    FUZZY_FROM,
    LONGEST_NAME,
    compact,
    dice,
    exact_words,
    in_order,
    same_beginnings,
)

Matching = Literal["fuzzy", "overlap"]
"""How names are compared: letter by letter, or by the words that they have in common."""

Forms = tuple[str, ...]
"""One name in its spellings, the one that it was written in first; see `skill_names.spellings`."""

_Pairs = Iterator[tuple[tuple[int, int], float]]


def matched(found: Sequence[Forms], wanted: Sequence[Forms], matching: Matching) -> dict[int, int]:
    """Pairs of places, found -> wanted, each used once.

    The best pair first, ties by the order of what is wanted and then of the words: adding an
    entry never loses a skill that was matched before.
    """
    likeness = _overlaps if matching == "overlap" else _likenesses
    best: dict[tuple[int, int], float] = {}
    for pairs in (_equals(found, wanted), likeness(found, wanted)):
        for pair, score in pairs:
            best[pair] = max(score, best.get(pair, 0.0))
    ranked = sorted(best, key=lambda pair: (-best[pair], pair[1], found[pair[0]]))
    matches: dict[int, int] = {}
    taken: set[int] = set()
    for one, other in ranked:
        if one not in matches and other not in taken:
            matches[one] = other
            taken.add(other)
    return matches


def _equals(found: Sequence[Forms], wanted: Sequence[Forms]) -> _Pairs:
    """Pairs that are written the same: 101 where the entries are equal, 100 where a form is."""
    places: dict[str, list[int]] = defaultdict(list)
    for index, forms in enumerate(found):
        for key in {compact(form) for form in forms}:
            places[key].append(index)
    for other, forms in enumerate(wanted):
        for key in {compact(form) for form in forms}:
            for one in places.get(key, ()):
                yield (one, other), 101.0 if found[one][:1] == forms[:1] else 100.0


def _likenesses(found: Sequence[Forms], wanted: Sequence[Forms]) -> _Pairs:
    """Pairs that differ only a little, and only in their long words."""
    from rapidfuzz import fuzz, process

    forms = [
        (index, form)
        for index, entry in enumerate(found)
        for form in entry
        if FUZZY_FROM <= len(form) <= LONGEST_NAME
    ]
    groups: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
    for index, form in forms:
        groups[exact_words(form)].append((index, form))
    for other, names in enumerate(wanted):
        for name in names:
            group = groups.get(exact_words(name), [])
            for choices, query in (
                ([form for _, form in group], name),
                ([in_order(form) for _, form in group], in_order(name)),
            ):
                for _, score, place in process.extract(
                    query, choices, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=None
                ):
                    one, form = group[place]
                    if same_beginnings(form, name):
                        # Always below pairs that are written the same.
                        yield (one, other), min(score, 99.0)


def _overlaps(found: Sequence[Forms], wanted: Sequence[Forms]) -> _Pairs:
    """Pairs that have enough words in common."""
    bags = [[frozenset(form.split()) for form in forms] for forms in found]
    holding: dict[str, set[int]] = defaultdict(set)
    for index, forms in enumerate(bags):
        for word in frozenset().union(*forms):
            holding[word].add(index)
    for other, names in enumerate(wanted):
        for name in names:
            bag = frozenset(name.split())
            for one in sorted(set().union(*(holding.get(word, set()) for word in bag))):
                score = max(dice(bag, form) for form in bags[one])
                if score >= DICE:
                    yield (one, other), score * 99
