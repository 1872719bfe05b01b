"""What a suite is going to take, and what it could prove, in a line, before it starts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from llmopt_tui.core.case import Case
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.estimate import Estimate, Progress, estimate
from llmopt_tui.state.leaderboard import Leaderboard

SPREAD = 0.2
"""Standard deviation of what two prompts' scores on one example differ by, where none is known."""


@dataclass(frozen=True, slots=True)
class Past:
    """What past suites have shown: seconds per answer by model, and the spread of differences."""

    speeds: Mapping[str, float] = field(default_factory=dict)
    spread: float | None = None


def past_of(boards: Iterable[Leaderboard]) -> Past:
    """What past suites have shown, the newest first: of a model's speeds the newest counts."""
    speeds: dict[str, float] = {}
    spreads: list[float] = []
    for board in boards:
        for model in board.models:
            found = [c.seconds for c in board.cells.values() if c.model == model and c.seconds]
            if found:
                speeds.setdefault(model, fmean(found))
        spreads += [
            (gain.ci95[1] - gain.ci95[0]) / 2 / 1.96 * math.sqrt(gain.n)
            for cell in board.cells.values()
            if (gain := cell.judged) and gain.held_out and gain.ci95 and gain.n > 1
        ]
    return Past(speeds, median(spreads) if spreads else None)


def planned(
    pairs: Iterable[tuple[str, Case]], settings: LoopSettings, past: Past | None = None
) -> Estimate:
    """What these models on these cases are going to take."""
    sessions = [
        Progress(
            model,
            case.id,
            train=len(case.split("train")) * settings.repeats,
            validation=len(case.split("validation")) * settings.repeats,
        )
        for model, case in pairs
    ]
    return estimate(sessions, settings, past.speeds if past else None)


def planned_transfers(
    models: Sequence[str], cases: Sequence[Case], settings: LoopSettings, past: Past | None = None
) -> Estimate:
    """What trying each model's best prompt on the others is going to take at most.

    Each trial is one prompt, once, on the held-out examples, or on the others where none are.
    """
    trials = [
        Progress(model, case.id, train=len(examples) * settings.repeats, validation=0, iterations=1)
        for case in cases
        for examples in [case.split("validation") or case.split("train")]
        for model in models
        for _ in models[1:]
    ]
    return estimate(trials, settings, past.speeds if past else None)


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
    """The smallest gain that the case with the fewest held-out examples could prove."""
    from llmopt_tui.core.analysis.power import FEWEST_EXAMPLES, smallest_provable_gain

    if not settings.validate:
        return "nothing is held out: no gain can be proven"
    counts = [len(case.split("validation")) for case in cases]
    fewest = min(counts)
    examples = f"{fewest} held-out examples"
    where = " (the case with the fewest)" if len(set(counts)) > 1 else ""
    gain = smallest_provable_gain(fewest, spread, comparisons=comparisons)
    if gain is None:
        return f"{examples} can prove no gain, it takes at least {FEWEST_EXAMPLES}{where}"
    if gain >= 1:
        return f"{examples} can prove no gain{where}"
    return f"the smallest gain {examples} could prove: {gain:.2f}{where}"
