"""The plan of a suite as a line for people: sessions, calls, time, and what could be proven."""

from __future__ import annotations

from collections.abc import Sequence

from llmopt_tui.core.case import Case
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.plan import SPREAD, Past, planned, planned_transfers, provable_gain
from llmopt_tui.state.time_left import Estimate


def plan_words(
    models: Sequence[str],
    cases: Sequence[Case],
    settings: LoopSettings,
    past: Past,
    *,
    transfer: bool = False,
) -> str:
    """Sessions, calls, minutes, and the smallest gain that could be proven; "" without a plan.

    With `transfer`, also what trying prompts on other models takes.
    """
    pairs = [(model, case) for case in cases for model in models]
    if not pairs:
        return ""
    found = planned(pairs, settings, past)
    sessions = f"{found.sessions} session{'s' * (found.sessions != 1)}"
    proof = _proof(cases, settings, past.spread or SPREAD, found.sessions)
    also = f"; {_transfers(models, cases, settings, past)}" if transfer else ""
    return f"{sessions}, about {rounded(found.calls_left)} calls, {_time(found)}{also}; {proof}"


def _transfers(
    models: Sequence[str], cases: Sequence[Case], settings: LoopSettings, past: Past
) -> str:
    if len(models) < 2:
        return "transfer is on, but one model has no other to try its prompt on: pick another"
    found = planned_transfers(models, cases, settings, past)
    time = "" if found.seconds_left is None else f", {about(found.seconds_left)}"
    return f"transfer on: up to about {rounded(found.calls_left)} calls more{time}"


def rounded(calls: int) -> str:
    """A number of calls as exactly as it is meant: two digits."""
    if calls < 20:
        return str(calls)
    unit = 10 ** (len(str(calls)) - 2)
    return f"{round(calls / unit) * unit:,}"


def about(seconds: float) -> str:
    """A time as exactly as it is meant: "about 6 min"."""
    if seconds < 90:
        return f"about {max(10, round(seconds, -1)):.0f} s"
    if seconds < 90 * 60:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds / 3600:.1f} h"


def _time(found: Estimate) -> str:
    if found.seconds_left is None:
        return "time unknown until the first answers"
    if not found.unknown:
        return about(found.seconds_left)
    first, rest = one_line(found.unknown[0], 30), len(found.unknown) - 1
    more = f" and {rest} more" if rest else ""
    return f"{about(found.seconds_left)} (speed of {first}{more} unknown)"


def _proof(cases: Sequence[Case], settings: LoopSettings, spread: float, comparisons: int) -> str:
    from llmopt_tui.core.analysis.power import FEWEST_EXAMPLES

    if not settings.validate:
        return "nothing is held out: no gain can be proven"
    counts = [len(case.split("validation")) for case in cases]
    examples = f"{min(counts)} held-out examples"
    where = " (the case with the fewest)" if len(set(counts)) > 1 else ""
    gain = provable_gain(cases, spread, comparisons)
    if gain is None:
        return f"{examples} can prove no gain, it takes at least {FEWEST_EXAMPLES}{where}"
    if gain >= 1:
        return f"{examples} can prove no gain{where}"
    return f"the smallest gain {examples} could prove: {gain:.2f}{where}"
