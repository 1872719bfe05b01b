"""Many comparisons: what is left of each p value when the family is looked at as a whole."""

from __future__ import annotations

from collections.abc import Sequence

ALPHA = 0.05
"""The chance, for a whole family, of calling any difference real where none is."""


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order given. Equal ones stay equal."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - place)))
        adjusted[index] = highest
    return adjusted


def holm_levels(p_values: Sequence[float]) -> list[float]:
    """The level at which Holm's procedure tests each: `ALPHA` shared by all not below it.

    An interval at one less this level is the one that belongs to the test.
    """
    return [ALPHA / sum(other >= p for other in p_values) for p in p_values]
