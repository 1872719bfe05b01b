"""The estimate of a suite before it starts: calls, time, and the gain that it could prove."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from llmopt_tui.core.case import Case
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.state.leaderboard import Leaderboard
from llmopt_tui.state.progress import Progress
from llmopt_tui.state.time_left import Estimate, estimate

SPREAD = 0.2
"""Standard deviation of the difference of two prompts' scores on an example, where unknown."""


@dataclass(frozen=True, slots=True)
class Past:
    """What past suites have shown: seconds per answer by model, and the spread of differences."""

    speeds: Mapping[str, float] = field(default_factory=dict)
    spread: float | None = None


def past_of(boards: Iterable[Leaderboard]) -> Past:
    """What past suites have shown. `boards` has the newest first; a model's newest speed counts."""
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
    """The estimate for these models on these cases."""
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
    """The highest estimate for trying each model's best prompt on the other models.

    Each trial runs one prompt once on the held-out examples, or on train where there are none.
    """
    trials = [
        Progress(model, case.id, train=len(examples) * settings.repeats, validation=0, iterations=1)
        for case in cases
        for examples in [case.split("validation") or case.split("train")]
        for model in models
        for _ in models[1:]
    ]
    return estimate(trials, settings, past.speeds if past else None)


def provable_gain(cases: Sequence[Case], spread: float, comparisons: int) -> float | None:
    """The smallest gain that the case with the fewest held-out examples could prove.

    None where they are too few to prove any gain; a gain of 1 or more is impossible.
    """
    from llmopt_tui.core.analysis.power import smallest_provable_gain

    fewest = min(len(case.split("validation")) for case in cases)
    return smallest_provable_gain(fewest, spread, comparisons=comparisons)
