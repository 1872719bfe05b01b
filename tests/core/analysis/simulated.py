"""Suites whose truth is known: scores as cases give them, bounded, tied and in few steps."""

from __future__ import annotations

import numpy as np

from llmopt_tui.core.analysis.paired import PairedComparison, compare

Score = dict[str, float]


def scored(
    rng: np.random.Generator, easy: np.ndarray, wanted: np.ndarray, gain: float = 0.0
) -> Score:
    """One model's scores: a quarter for the form, the rest for what it found of what was wanted.

    `easy` is the chance of finding one thing, by example; `gain` is what the model adds to it.
    """
    form = rng.choice([0.0, 0.5, 1.0], p=[0.04, 0.06, 0.9], size=len(easy))
    found = rng.binomial(wanted, np.clip(easy + gain, 0, 1)) / wanted
    scores = 0.25 * form + 0.75 * found * (form > 0)
    return {f"e-{i:03}": float(score) for i, score in enumerate(scores)}


def case_of(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """How easy each of n examples is, and how much is wanted of it."""
    return rng.beta(4, 2, n), rng.integers(4, 10, n)


def against_baseline(
    rng: np.random.Generator, gains: list[float], *, n: int = 12, cases: int = 2
) -> dict[tuple[int, int], PairedComparison]:
    """Models that are better by `gains` than a baseline, each on every case: one family."""
    family = {}
    for case in range(cases):
        easy, wanted = case_of(rng, n)
        baseline = scored(rng, easy, wanted)
        for model, gain in enumerate(gains):
            family[case, model] = compare(scored(rng, easy, wanted, gain), baseline)
    return family
