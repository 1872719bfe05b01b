"""What a number of examples can prove: the smallest gain, and how many examples a gain needs."""

from __future__ import annotations

import math
from statistics import NormalDist

from llmopt_tui.core.analysis.correction import ALPHA

FEWEST_EXAMPLES = 10
"""With fewer, nothing is claimed: intervals then hold the truth far less often than they say."""

POWER = 0.8
"""The chance of proving a difference that is there, which "needed" and "can prove" stand for."""

_NORMAL = NormalDist()


def examples_needed(difference: float, spread: float, *, alpha: float = ALPHA) -> int | None:
    """Examples for which a true mean `difference` would be proven with chance `POWER`.

    `spread` is the standard deviation of the paired differences. None for a difference of 0.
    """
    if difference == 0:
        return None
    deviate = _NORMAL.inv_cdf(1 - alpha / 2)
    ratio = (deviate + _NORMAL.inv_cdf(POWER)) * spread / difference
    return max(_fewest(alpha), math.ceil(ratio**2 + deviate**2 / 2))


def smallest_provable_gain(n: int, spread: float, *, comparisons: int = 1) -> float | None:
    """The least true mean difference that n examples prove with chance `POWER`.

    `comparisons` is how many are made together. None where so few examples prove nothing.
    """
    alpha = ALPHA / comparisons
    if n < _fewest(alpha):
        return None
    deviate = _NORMAL.inv_cdf(1 - alpha / 2)
    return (deviate + _NORMAL.inv_cdf(POWER)) * spread / math.sqrt(n - deviate**2 / 2)


def _fewest(alpha: float) -> int:
    """Examples of which all have to agree before their signs alone reach `alpha`."""
    return max(FEWEST_EXAMPLES, math.ceil(1 - math.log2(alpha)))
