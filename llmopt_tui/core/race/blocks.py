"""Blocks: the order in which a race takes the train examples."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from statistics import pvariance

BLOCK = 4
"""How many examples are answered before a race looks at who is behind."""


def blocks(
    parent: Mapping[str, float], others: Iterable[Mapping[str, float]], seed: str
) -> list[tuple[str, ...]]:
    """The examples of `parent`'s scores in blocks of about `BLOCK`, each a mix of all kinds.

    Examples are ranked by the parent's score, and those that earlier variants (`others`, scores by
    example) disagreed on first among equals. Every block gets its share of each part of that
    ranking: on failed examples alone every variant would look good. `seed` decides among the rest.
    """
    draw = random.Random(seed)
    disputed = {example: _spread(example, others) for example in parent}
    order = sorted(parent)
    draw.shuffle(order)
    order.sort(key=lambda example: (parent[example], -disputed[example]))
    count = max(1, round(len(order) / BLOCK))
    dealt = [tuple(order[start::count]) for start in range(count)]
    draw.shuffle(dealt)
    return dealt


def _spread(example: str, variants: Iterable[Mapping[str, float]]) -> float:
    scores = [scores[example] for scores in variants if example in scores]
    return pvariance(scores) if scores else 0.0
