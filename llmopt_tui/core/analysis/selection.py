"""The luck of the winner: the best of k prompts looks good even if none is better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llmopt_tui.core.analysis.findings import SelectionFloor
from llmopt_tui.core.analysis.paired import Scores
from llmopt_tui.core.analysis.resampling import DECIMALS, RESAMPLES

_AT_ONCE = 1_000_000
"""How many scores are shuffled at once, which bounds the memory that is used."""


def selection_floor(
    prompts: Sequence[Scores], dropped: Sequence[tuple[float, int]] = (), *, seed: int = 0
) -> SelectionFloor | None:
    """The floor for prompts, each given by its train scores; None where they share no example.

    Only examples that every prompt was tested on count: give the prompts that were tested on the
    whole train set. Those that lost their race after a block are `dropped`: each is a mean, as far
    as it was tested, and a number of examples; they count for `corrected` alone.
    """
    common = sorted(frozenset[str]().union(*prompts).intersection(*prompts)) if prompts else []
    if not common:
        return None
    scores = np.array([[prompt[example] for prompt in prompts] for example in common])
    if not np.isfinite(scores).all():
        raise ValueError("a score is not a finite number")
    best = float(scores.mean(axis=0).max())
    lucky = _best_of_shuffled(scores, seed)
    expected = float(lucky.mean())
    as_good = int((lucky >= best - 10.0**-DECIMALS).sum())
    return SelectionFloor(
        k=len(prompts),
        n=len(common),
        best=best,
        expected_best=expected,
        expected_gain=max(0.0, expected - float(scores.mean())),
        p_value=(1 + as_good) / (1 + len(lucky)),
        corrected=_without_luck(scores, dropped),
    )


_IN_REACH = 2.5
"""How many standard errors of a difference below the best a prompt may be as good as it."""
_NOISE = 0.1
"""The variance of an example's score between prompts, where a single prompt cannot tell it."""


def _without_luck(scores: np.ndarray, dropped: Sequence[tuple[float, int]]) -> float:
    """What the best of the prompts would score on fresh examples.

    `scores` is (examples, prompts); `dropped` are further prompts, each with its mean as far as it
    was tested and on how many examples. The best score is drawn towards the mean of those prompts
    that could be as good: all the way where they differ no more than noise makes them differ, less
    the more they do (empirical Bayes, DerSimonian and Laird's estimate of the true variance).
    """
    examples, prompts = scores.shape
    noise = _noise(scores)
    means = np.array([*scores.mean(axis=0), *(mean for mean, _ in dropped)])
    variances = np.array([noise] * prompts + [noise * examples / n for _, n in dropped])
    best = int(means[:prompts].argmax())
    reach = _IN_REACH * np.sqrt(variances + variances[best])
    near = means >= means[best] - reach - 1e-9
    means, variances, top = means[near], variances[near], float(means[best])
    if len(means) < 2:
        return top
    weights = 1 / variances
    middle = float((weights * means).sum() / weights.sum())
    spread = float((weights * (means - middle) ** 2).sum()) - (len(means) - 1)
    true = max(0.0, spread / float(weights.sum() - (weights**2).sum() / weights.sum()))
    return middle + (top - middle) * true / (true + noise)


def _noise(scores: np.ndarray) -> float:
    """The variance of a prompt's mean score, examples being as hard for all of these prompts."""
    examples, prompts = int(scores.shape[0]), int(scores.shape[1])
    if examples < 2 or prompts < 2:
        return _NOISE / examples
    rest = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0) + scores.mean()
    found = float((rest**2).sum()) / ((examples - 1) * (prompts - 1) * examples)
    # Two prompts that answer alike do not show that nothing varies.
    return (found * (prompts - 1) + _NOISE / examples) / prompts


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
