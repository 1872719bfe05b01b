"""Correction of p values where many comparisons are made: Holm's method, for the whole family."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

ALPHA = 0.05
"""The chance, for a whole family, of calling any difference real where none is."""


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order given. Equal p values stay equal."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - place)))
        adjusted[index] = highest
    return adjusted


def holm_levels(p_values: Sequence[float]) -> list[float]:
    """The level at which Holm's procedure tests each: `ALPHA` / (how many are not smaller).

    The interval that belongs to the test has the confidence 1 - level.
    """
    order = sorted(p_values)
    return [ALPHA / (len(order) - bisect_left(order, p)) for p in p_values]
