"""The luck of the winner: the best of k prompts looks good even if none is better."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from llmopt_tui.core.analysis.findings import SelectionFloor
from llmopt_tui.core.analysis.paired import Scores
from llmopt_tui.core.analysis.resampling import DECIMALS, RESAMPLES

_AT_ONCE = 1_000_000
"""How many scores are shuffled at once, which bounds the memory that is used."""


def selection_floor(prompts: Sequence[Scores], *, seed: int = 0) -> SelectionFloor | None:
    """The floor for prompts, each given by its train scores; None where they share no example.

    Only examples that every prompt was tested on count: give the prompts that were tested on the
    whole train set.
    """
    common = sorted(frozenset[str]().union(*prompts).intersection(*prompts)) if prompts else []
    if not common:
        return None
    return _floor(tuple(tuple(prompt[e] for prompt in prompts) for e in common), seed)


@lru_cache(maxsize=2048)
def _floor(found: tuple[tuple[float, ...], ...], seed: int) -> SelectionFloor:
    """The floor of the scores of each example; remembered, because suites ask again and again."""
    scores = np.array(found)
    if not np.isfinite(scores).all():
        raise ValueError("a score is not a finite number")
    best = float(scores.mean(axis=0).max())
    lucky = _best_of_shuffled(scores, seed)
    expected = float(lucky.mean())
    as_good = int((lucky >= best - 10.0**-DECIMALS).sum())
    return SelectionFloor(
        k=len(found[0]),
        n=len(found),
        best=best,
        expected_best=expected,
        expected_gain=max(0.0, expected - float(scores.mean())),
        p_value=(1 + as_good) / (1 + len(lucky)),
        corrected=_on_fresh_examples(scores, seed),
    )


def _on_fresh_examples(scores: np.ndarray, seed: int) -> float:
    """What the best of the prompts would score on fresh examples; `scores` is (examples, prompts).

    The choice is made again on examples drawn with replacement, and its prompt judged by those that
    were not drawn: what is judged took no part in the choice. The mean over all draws (bootstrap
    bias corrected, Tsamardinos, Greasidou and Borboudakis 2018).
    """
    examples = len(scores)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(examples, np.full(examples, 1 / examples), size=RESAMPLES)
    drawn = drawn[(drawn == 0).any(axis=1)]
    if not len(drawn):
        return float(scores.mean(axis=0).max())
    # Of equal prompts the first is chosen, as in a race.
    chosen = np.round(drawn @ scores / examples, DECIMALS).argmax(axis=1)
    left_out = drawn == 0
    judged = (left_out * scores.T[chosen]).sum(axis=1) / left_out.sum(axis=1)
    return float(judged.mean())


def _best_of_shuffled(scores: np.ndarray, seed: int) -> np.ndarray:
    """The highest mean of any prompt after each shuffle of every example's scores."""
    rng = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // scores.size)
    found = []
    for start in range(0, RESAMPLES, at_once):
        shape = (min(at_once, RESAMPLES - start), *scores.shape)
        shuffled = rng.permuted(np.broadcast_to(scores, shape), axis=2)
        found.append(shuffled.mean(axis=1).max(axis=1))
    return np.concatenate(found)
