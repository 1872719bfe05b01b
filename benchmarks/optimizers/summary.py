"""What many outcomes say together: means with intervals, and differences paired by seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.optimizers.outcomes import Interval, Outcome
from benchmarks.optimizers.worlds import NOTHING_HELPS
from llmopt_tui.core.analysis.resampling import bootstrap_interval

ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over seeds with its 95% interval; None for the interval of a single seed."""

    value: float
    ci95: Interval | None
    n: int

    def __str__(self) -> str:
        if self.ci95 is None:
            return f"{self.value:.2f}"
        return f"{self.value:.2f} [{self.ci95[0]:.2f}, {self.ci95[1]:.2f}]"


@dataclass(frozen=True, slots=True)
class Row:
    """One arm on one task over its seeds.

    `gain` is the held-out quality less the original's, and `behind` the reference arm's less this
    arm's, both paired by seed. `optimism` is the train score less the held-out quality, `corrected`
    the same with the train score as the arm corrects it for its search. `claims` counts the seeds
    on which the arm presents an improvement, `worse` those on which its result loses more than 0.02
    to the original. None where nothing is known or paired.
    """

    task: str
    arm: str
    held_out: Mean
    gain: Mean | None
    behind: Mean | None
    optimism: Mean
    corrected: Mean | None
    claims: int
    worse: int
    calls: Mean
    seconds: Mean
    failures: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the 95% interval of a held-out gain held the true gain."""

    arm: str
    covered: int
    n: int


def mean_of(values: Sequence[float]) -> Mean:
    """The mean of at least one value, with its bootstrap interval."""
    array = np.asarray(values, dtype=np.float64)
    interval = bootstrap_interval([array]) if len(array) > 1 else None
    return Mean(float(array.mean()), interval, len(array))


def summarize(outcomes: Iterable[Outcome], reference: str) -> list[Row]:
    """A row for each task and arm, in the order in which they first come."""
    known = {outcome.key: outcome for outcome in outcomes}
    grouped: dict[tuple[str, str], dict[int, Outcome]] = {}
    for (task, seed, arm), outcome in known.items():
        grouped.setdefault((task, arm), {})[seed] = outcome
    return [
        _row(
            task,
            arm,
            by_seed,
            grouped.get((task, ORIGINAL), {}),
            grouped.get((task, reference), {}),
        )
        for (task, arm), by_seed in grouped.items()
    ]


def _row(
    task: str,
    arm: str,
    by_seed: Mapping[int, Outcome],
    originals: Mapping[int, Outcome],
    references: Mapping[int, Outcome],
) -> Row:
    found = [by_seed[seed] for seed in sorted(by_seed)]
    gains = _paired(by_seed, originals)
    ahead = _paired(references, by_seed)
    corrected = [one.corrected - one.held_out for one in found if one.corrected is not None]
    return Row(
        task=task,
        arm=arm,
        held_out=mean_of([one.held_out for one in found]),
        gain=mean_of(gains) if gains else None,
        behind=mean_of(ahead) if ahead else None,
        optimism=mean_of([one.train - one.held_out for one in found]),
        corrected=mean_of(corrected) if corrected else None,
        claims=sum(claimed(one, originals.get(one.seed)) for one in found),
        worse=sum(1 for gain in gains if gain < -0.02),
        calls=mean_of([float(one.calls) for one in found]),
        seconds=mean_of([one.seconds for one in found]),
        failures=sum(1 for one in found if one.error),
    )


def _paired(one: Mapping[int, Outcome], other: Mapping[int, Outcome]) -> list[float]:
    """The differences in held-out quality, one less the other, on the seeds of both."""
    return [one[seed].held_out - other[seed].held_out for seed in sorted(one.keys() & other.keys())]


def claimed(outcome: Outcome, original: Outcome | None) -> bool:
    """Whether an arm presents its result as an improvement.

    The program does where its verdict is REAL. The others give no verdict: what they return is
    presented as better where it differs from the original and does better on train.
    """
    if outcome.ci95 is not None or outcome.held_out_calls:
        return outcome.claims
    return bool(outcome.changed and original and outcome.train > original.train)


def coverage(outcomes: Iterable[Outcome]) -> list[Coverage]:
    """How often each arm's intervals held the true gain, over all tasks with an original."""
    known = {outcome.key: outcome for outcome in outcomes}
    found: dict[str, list[bool]] = {}
    for outcome in known.values():
        original = known.get((outcome.task, outcome.seed, ORIGINAL))
        if outcome.ci95 is None or original is None or outcome.true_gain is None:
            continue
        low, high = outcome.ci95
        found.setdefault(outcome.arm, []).append(low <= outcome.true_gain <= high)
    return [Coverage(arm, sum(held), len(held)) for arm, held in found.items()]


def false_claims(rows: Iterable[Row]) -> dict[str, tuple[int, int]]:
    """By arm: the claims in the world where nothing helps, and its number of seeds there."""
    return {row.arm: (row.claims, row.held_out.n) for row in rows if row.task == NOTHING_HELPS}
