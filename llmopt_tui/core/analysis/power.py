"""What a number of examples can prove: the smallest gain, and how many examples a gain needs."""

from __future__ import annotations

import math
from statistics import NormalDist

from llmopt_tui.core.analysis.correction import ALPHA

FEWEST_EXAMPLES = 10
"""With fewer examples nothing is claimed: intervals hold the truth far less often than they say."""

POWER = 0.8
"""The chance of proving a true difference that "needed" and "can prove" mean in this program."""

_NORMAL = NormalDist()


def examples_needed(difference: float, spread: float, *, alpha: float = ALPHA) -> int | None:
    """How many examples prove a true mean `difference` with the chance `POWER`.

    `spread` is the standard deviation of the paired differences. None for a difference of 0.
    """
    if difference == 0:
        return None
    deviate = _NORMAL.inv_cdf(1 - alpha / 2)
    ratio = (deviate + _NORMAL.inv_cdf(POWER)) * spread / difference
    return max(_fewest(alpha), math.ceil(ratio**2 + deviate**2 / 2))


def smallest_provable_gain(n: int, spread: float, *, comparisons: int = 1) -> float | None:
    """The smallest true mean difference that n examples prove with the chance `POWER`.

    `comparisons` is how many are made together. None where n examples are too few to prove any.
    """
    alpha = ALPHA / comparisons
    if n < _fewest(alpha):
        return None
    deviate = _NORMAL.inv_cdf(1 - alpha / 2)
    return (deviate + _NORMAL.inv_cdf(POWER)) * spread / math.sqrt(n - deviate**2 / 2)


def _fewest(alpha: float) -> int:
    """The smallest number of examples whose signs, if all agree, give a p value of `alpha`."""
    return max(FEWEST_EXAMPLES, math.ceil(1 - math.log2(alpha)))
