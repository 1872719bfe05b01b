"""One word on a comparison, with its reason: REAL, NOT PROVEN or UNDERPOWERED."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from llmopt_tui.core.analysis.correction import ALPHA, holm, holm_levels
from llmopt_tui.core.analysis.paired import PairedComparison
from llmopt_tui.core.analysis.power import FEWEST_EXAMPLES, examples_needed
from llmopt_tui.core.analysis.resampling import Interval

WORTH_HAVING = 0.05
"""The gain that a comparison must be able to prove before "not proven" means anything."""

Key = TypeVar("Key", bound=Hashable)


class Verdict(StrEnum):
    """REAL: better or worse beyond noise. NOT PROVEN: enough examples, but they prove nothing.

    UNDERPOWERED: too few examples to tell.
    """

    REAL = "REAL"
    NOT_PROVEN = "NOT PROVEN"
    UNDERPOWERED = "UNDERPOWERED"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A comparison as a member of its family.

    adjusted_p_value: Holm's; 1 without pairs. interval: the bootstrap interval at the level at
    which Holm's procedure tests this comparison; equals ci95 in a family of one. n_needed: examples
    that would prove the observed difference, or one of `worth_having` if that is larger, at that
    level; None where both sides score the same throughout. reason: one sentence for people.
    """

    comparison: PairedComparison
    adjusted_p_value: float
    interval: Interval | None
    n_needed: int | None
    verdict: Verdict
    reason: str


def judge(
    comparisons: Mapping[Key, PairedComparison],
    *,
    held_out: bool = True,
    worth_having: float = WORTH_HAVING,
) -> dict[Key, Judgement]:
    """Judge comparisons that are made together, as one family.

    REAL needs an adjusted p value of at most `ALPHA` and an interval without 0. Among the rest,
    UNDERPOWERED are those whose examples would not have proven the observed difference, or one of
    `worth_having` if that is larger. `held_out` says that no side was tuned on these examples:
    otherwise nothing is REAL. A comparison without pairs takes no part in the family.
    """
    family = [key for key, comparison in comparisons.items() if comparison.n]
    p_values = [comparisons[key].p_value for key in family]
    tested = dict(zip(family, zip(holm(p_values), holm_levels(p_values), strict=True), strict=True))
    return {
        key: _judged(
            comparison, *tested.get(key, (1.0, ALPHA)), len(family), held_out, worth_having
        )
        for key, comparison in comparisons.items()
    }


def _judged(
    comparison: PairedComparison,
    adjusted: float,
    level: float,
    family: int,
    held_out: bool,
    worth_having: float,
) -> Judgement:
    interval = comparison.ci95 if level == ALPHA else comparison.interval(1 - level)
    size = max(abs(comparison.difference or 0.0), worth_having)
    needed = None
    same = not comparison.fixed and not comparison.broken
    if comparison.spread is not None and not same:
        needed = examples_needed(size, comparison.spread, alpha=level)
    proven = adjusted <= ALPHA and interval is not None and not interval[0] <= 0 <= interval[1]
    if comparison.n < FEWEST_EXAMPLES:
        verdict = Verdict.UNDERPOWERED
    elif not held_out:
        verdict = Verdict.NOT_PROVEN
    elif proven:
        verdict = Verdict.REAL
    elif needed is not None and comparison.n < needed:
        verdict = Verdict.UNDERPOWERED
    else:
        verdict = Verdict.NOT_PROVEN
    reason = _reason(verdict, comparison, adjusted, interval, needed, size, family, held_out)
    return Judgement(comparison, adjusted, interval, needed, verdict, reason)


def _reason(
    verdict: Verdict,
    comparison: PairedComparison,
    adjusted: float,
    interval: Interval | None,
    needed: int | None,
    size: float,
    family: int,
    held_out: bool,
) -> str:
    n, difference = comparison.n, comparison.difference
    if difference is None:
        return "No example was answered on both sides."
    if n < FEWEST_EXAMPLES:
        number = "One example is" if n == 1 else f"{n} examples are"
        where = "" if held_out else ", and measured on the examples it was tuned on"
        return f"{number} too few for any claim{where}: it takes at least {FEWEST_EXAMPLES}."
    said = f"{_by_how_much(difference)} on {n} examples"
    if not held_out:
        return f"{said}, but measured on the examples it was tuned on."
    if not comparison.fixed and not comparison.broken:
        return f"Both sides score the same on every one of {n} examples."
    corrected = f" after correction for {family} comparisons" if family > 1 else ""
    p = "p < 0.001" if adjusted < 0.0005 else f"p = {adjusted:.3f}"
    if verdict is Verdict.REAL and interval is not None:
        return (
            f"{said}; the true difference is between {interval[0]:+.3f} and {interval[1]:+.3f}"
            f" (95% interval, {p}{corrected})."
        )
    doubt = f"{said}, which chance alone could explain ({p}{corrected})"
    if verdict is Verdict.UNDERPOWERED:
        return f"{doubt}; proving {size:.3f} would take about {needed:,} examples."
    return f"{doubt}; a difference of {size:.3f} would most likely have shown."


def _by_how_much(difference: float) -> str:
    if round(difference, 3) == 0:
        return "No difference in the mean"
    return f"{'Better' if difference > 0 else 'Worse'} by {abs(difference):.3f}"
