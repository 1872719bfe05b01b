"""Which examples a prompt is tuned on and which are held out, by a seed and without leaks."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from llmopt_tui.core.case import Split
from llmopt_tui.core.scoring.sameness import comparable

_LONG = 80
"""From this many characters a text is a document, not a word that many rows have."""

_COMMON_SHARE = 0.2
"""A text that more than this share of the rows has is an instruction, not a document of theirs."""


def dealt(inputs: Sequence[Mapping[str, str]], share: float, seed: int) -> list[Split]:
    """The split of each row: about `share` (above 0, at most 1) of them train, at least one.

    Rows with the same inputs, or with the same long text in one of them, go to the same split: a
    prompt that was tuned on a document must not be judged on it. With less than the whole in train
    and two groups or more, at least one row is held out.
    """
    groups = _groups(inputs)
    random.Random(seed).shuffle(groups)
    wanted = share * len(inputs)
    train: set[int] = set()
    held_out = 0
    for place, group in enumerate(groups):
        nearer = abs(len(train) + len(group) - wanted) <= abs(len(train) - wanted)
        last_chance = place == len(groups) - 1 and share < 1 and not held_out
        if not train or (nearer and not last_chance):
            train.update(group)
        else:
            held_out += len(group)
    return ["train" if row in train else "validation" for row in range(len(inputs))]


def _groups(inputs: Sequence[Mapping[str, str]]) -> list[list[int]]:
    """The rows that belong together, each group and all groups in the order of the rows."""
    leaders = list(range(len(inputs)))

    def leader(row: int) -> int:
        while leaders[row] != row:
            leaders[row] = leaders[leaders[row]]
            row = leaders[row]
        return row

    for together in _sharing(inputs):
        first = leader(together[0])
        for row in together[1:]:
            other = leader(row)
            first, other = min(first, other), max(first, other)
            leaders[other] = first
    found: dict[int, list[int]] = defaultdict(list)
    for row in range(len(inputs)):
        found[leader(row)].append(row)
    return list(found.values())


def _sharing(inputs: Sequence[Mapping[str, str]]) -> Iterator[list[int]]:
    """Rows that share all inputs, or one long text that few others have."""
    alike: dict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)
    documents: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, values in enumerate(inputs):
        plain = sorted((name, comparable(text)) for name, text in values.items())
        alike[tuple(plain)].append(row)
        for name, text in plain:
            if len(text) >= _LONG:
                documents[name, text].append(row)
    most = max(2, int(len(inputs) * _COMMON_SHARE))
    yield from (rows for rows in alike.values() if len(rows) > 1)
    yield from (rows for rows in documents.values() if 1 < len(rows) <= most)
