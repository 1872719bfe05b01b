"""Whether a prompt still does as well as when it was measured: the same examples, then and now.

A lower mean is a regression where a rerun of an unchanged prompt would rarely be so low: where the
differences by example prove it (sign flips, which are exact for any number of examples), or where
the two intervals of the mean do not overlap. A mean outside the earlier interval proves nothing:
that happened in up to a third of simulated reruns, either of the two proofs above in at most 3%.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TypeVar

from llmopt_tui.core.analysis.correction import ALPHA, holm
from llmopt_tui.core.analysis.paired import PairedComparison, Scores, compare, mean_interval
from llmopt_tui.core.analysis.resampling import Interval
from llmopt_tui.core.analysis.wording import p_words
from llmopt_tui.core.scoring.wording import counted

SLOWER = 1.2
"""How many times slower an answer has to be to count as slower."""
NOTICEABLE_SECONDS = 0.05
"""The smallest change of seconds per answer that counts: the machine itself varies by less."""
FEWEST_APART = 4
"""With fewer examples, intervals that do not overlap prove nothing."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Change:
    """A mean then and now, over the examples that were answered both times.

    `comparison` is of the differences, now less then. `beyond_noise`: the two differ. `regressed`:
    now is worse, beyond noise and by enough to matter. `reason` says so in words.
    """

    then: float | None
    now: float | None
    then_ci95: Interval | None
    now_ci95: Interval | None
    comparison: PairedComparison
    adjusted_p_value: float
    beyond_noise: bool
    regressed: bool = False
    reason: str = "no example was answered both then and now"


def score_changes(measured: Mapping[Key, tuple[Scores, Scores]]) -> dict[Key, Change]:
    """The changes of scores, judged as one family. Each pair: scores by example, then and now."""
    return {key: _judged_score(change) for key, change in _changes(measured).items()}


def speed_changes(measured: Mapping[Key, tuple[Scores, Scores]]) -> dict[Key, Change]:
    """The changes of speed, all judged as one family: seconds per answer, without loads."""
    return {key: _judged_speed(change) for key, change in _changes(measured).items()}


def _changes(measured: Mapping[Key, tuple[Scores, Scores]]) -> dict[Key, Change]:
    comparisons = {key: compare(now, then) for key, (then, now) in measured.items()}
    p_values = holm([comparison.p_value for comparison in comparisons.values()])
    return {
        key: _change(*measured[key], comparison, p)
        for (key, comparison), p in zip(comparisons.items(), p_values, strict=True)
    }


def _change(then: Scores, now: Scores, comparison: PairedComparison, p: float) -> Change:
    common = then.keys() & now.keys()
    then, now = ({e: side[e] for e in sorted(common)} for side in (then, now))
    before, after = mean_interval({"": then}), mean_interval({"": now})
    apart = before and after and (after[1] < before[0] or after[0] > before[1])
    return Change(
        then=fmean(then.values()) if common else None,
        now=fmean(now.values()) if common else None,
        then_ci95=before,
        now_ci95=after,
        comparison=comparison,
        adjusted_p_value=p,
        beyond_noise=p <= ALPHA or bool(apart and len(common) >= FEWEST_APART),
    )


def _judged_score(change: Change) -> Change:
    if change.then is None or change.now is None:
        return change
    difference, on = change.now - change.then, _on(change)
    if not (change.comparison.fixed or change.comparison.broken):
        return replace(change, reason=f"the same {on}")
    by = f"by {abs(difference):.2f}" if round(difference, 2) else "by less than 0.01"
    size = f"{'worse' if difference < 0 else 'better'} {by} {on}"
    return replace(
        change,
        regressed=change.beyond_noise and difference < 0,
        reason=f"{size}, {_noise_words(change)}",
    )


def _judged_speed(change: Change) -> Change:
    if change.then is None or change.now is None:
        return change
    slower_by, on = change.now - change.then, _on(change)
    if abs(slower_by) < NOTICEABLE_SECONDS:
        return replace(change, reason="as fast as before")
    percent = f" ({slower_by / change.then:+.0%})" if change.then else ""
    size = f"{'slower' if slower_by > 0 else 'faster'} by {abs(slower_by):.1f} s{percent} {on}"
    much = change.now > SLOWER * change.then
    if change.beyond_noise and slower_by > 0 and not much:
        return replace(change, reason=f"{size}, less than the {SLOWER - 1:.0%} that count")
    return replace(
        change,
        regressed=change.beyond_noise and slower_by > 0,
        reason=f"{size}, {_noise_words(change)}",
    )


def _on(change: Change) -> str:
    return f"on {counted(change.comparison.n, 'example')}"


def _noise_words(change: Change) -> str:
    """Whether a difference is more than noise, and what proves it, in a few words."""
    p = p_words(change.adjusted_p_value)
    if not change.beyond_noise:
        return "too few to tell" if change.comparison.n < FEWEST_APART else f"within noise ({p})"
    by_sign = change.adjusted_p_value <= ALPHA
    return f"beyond noise ({p if by_sign else 'the intervals of then and now do not overlap'})"
