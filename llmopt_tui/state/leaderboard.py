"""Leaderboard: a suite as it is shown: its sessions, ranking, gains and judgements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean
from typing import TYPE_CHECKING

from llmopt_tui.core.analysis.findings import (
    CaseChoice,
    ConstantAnswer,
    Gain,
    Insight,
    Recommendation,
)

if TYPE_CHECKING:
    from llmopt_tui.state.documents.suite import Against, Point, Standing

Key = tuple[str, str]
"""Model and case."""

TrialKey = tuple[str, str, str]
"""Whose prompt it is, the model that it is tried on, and the case."""

OVERALL = ""
"""The key that means all cases together where the name of a case is expected."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One session: a model on a case. Scores are train means, seconds are per answer.

    `luck` is the gain that the best of its prompts would seem to have if none were better.
    `activity` is what a session does now, with `done` of `planned` answers; "" when not running.
    """

    model: str
    case: str
    session_id: str = ""
    folder: str = ""
    status: str = "pending"
    stop_reason: str = ""
    problem: str = ""
    scores: tuple[float, ...] = ()
    baseline: float | None = None
    best: float | None = None
    best_iteration: int = 0
    judged: Gain | None = None
    luck: float | None = None
    seconds: float | None = None
    tokens_per_second: float | None = None
    calls: int = 0
    loads: int = 0
    truncated: int = 0
    activity: str = ""
    done: int = 0
    planned: int = 0

    @property
    def ended(self) -> bool:
        """Whether the session has ended."""
        return self.status in ("completed", "failed")

    @property
    def trained(self) -> float | None:
        """The gain on the examples that the prompt was tuned on."""
        if self.best is None or self.baseline is None:
            return None
        return self.best - self.baseline

    @property
    def gain(self) -> Gain:
        """The gain to show: on held-out examples once they are measured, on train until then."""
        if self.judged:
            return self.judged
        return Gain("train", self.baseline, self.best, self.trained)


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """A suite as it is shown. `standings` and `points` have a key for each case, and `OVERALL`.

    `against` compares every other model with the baseline model; `prompts` are each session's best.
    `trials` are sessions that try one model's best prompt on another model, compared with that
    model's own best. `transfer` says whether the suite includes them.
    """

    suite_id: str = ""
    status: str = ""
    models: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    baseline: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cells: Mapping[Key, Cell] = field(default_factory=dict)
    standings: Mapping[str, Sequence[Standing]] = field(default_factory=dict)
    points: Mapping[str, Sequence[Point]] = field(default_factory=dict)
    against: Mapping[Key, Against] = field(default_factory=dict)
    insights: tuple[Insight, ...] = ()
    recommendation: Recommendation | None = None
    constants: Mapping[str, ConstantAnswer] = field(default_factory=dict)
    prompts: Mapping[Key, str] = field(default_factory=dict)
    transfer: bool = False
    trials: Mapping[TrialKey, Cell] = field(default_factory=dict)

    @property
    def views(self) -> tuple[str, ...]:
        """The views to choose from: all cases together where there are several, then each case."""
        return (OVERALL, *self.cases) if len(self.cases) > 1 else self.cases

    @property
    def ended(self) -> int:
        """How many sessions have ended."""
        return sum(cell.ended for cell in self.cells.values())

    @property
    def transferring(self) -> bool:
        """Whether prompts are being tried on other models now."""
        return self.status == "running" and any(not trial.ended for trial in self.trials.values())

    @property
    def loads(self) -> int:
        """How often a model, or the interviewer, had to be loaded, as far as servers say."""
        return sum(cell.loads for cell in self.cells.values())

    @property
    def seconds(self) -> float | None:
        """Seconds that the suite took; None while it has not ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())

    def of_case(self, case: str) -> list[Cell]:
        """The sessions of a case, or of all cases, in the order of the models."""
        wanted = self.cases if case == OVERALL else (case,)
        keys = ((model, name) for model in self.models for name in wanted)
        return [self.cells[key] for key in keys if key in self.cells]

    def of_pair(self, origin: str, model: str, case: str) -> list[Cell]:
        """The sessions that try `origin`'s prompt on `model`, for one case or for all.

        Where the two are the same model, these are its own sessions.
        """
        if origin == model:
            return self.of_model(model, case)
        wanted = self.cases if case == OVERALL else (case,)
        keys = ((origin, model, name) for name in wanted)
        return [self.trials[key] for key in keys if key in self.trials]

    def constant(self, case: str) -> float | None:
        """What one answer to everything would score on a case, or in the mean of all cases.

        On the examples that the models are ranked on; None where that is not known.
        """
        wanted = self.cases if case == OVERALL else (case,)
        ranked = [self.standings.get(name, ()) for name in wanted]
        found = [self.constants.get(name) for name in wanted]
        return _mean(
            [
                None
                if answer is None
                else answer.validation_score
                if any(standing.held_out for standing in standings)
                else answer.train_score
                for answer, standings in zip(found, ranked, strict=True)
            ]
        )

    def choice(self, case: str) -> CaseChoice | Recommendation | None:
        """What is recommended for a case, or over all cases; None where nothing is."""
        found = self.recommendation
        if found is None or (case == OVERALL and found.model):
            return found
        return next((choice for choice in found.cases if choice.case == case), None)

    def uses_original(self, case: str) -> bool:
        """Whether the original prompt is recommended for a case, not the best one."""
        found = self.recommendation.cases if self.recommendation else ()
        return any(choice.original for choice in found if choice.case == case)

    def of_model(self, model: str, case: str) -> list[Cell]:
        """A model's session on a case, or its sessions on all cases."""
        wanted = self.cases if case == OVERALL else (case,)
        return [self.cells[model, name] for name in wanted if (model, name) in self.cells]

    def mean_gain(self, model: str, case: str) -> Gain:
        """A model's gain on a case; over all cases the mean, without a verdict.

        There is a mean only where every case has a gain and all were measured on the same split.
        """
        cells = self.of_model(model, case)
        if len(cells) == 1:
            return cells[0].gain
        gains = [cell.gain for cell in cells]
        alike = len({gain.held_out for gain in gains}) == 1
        complete = len(gains) == len(self.cases) and alike
        return Gain(
            measured_on=gains[0].measured_on if gains else "train",
            baseline=_mean([g.baseline for g in gains]) if complete else None,
            best=_mean([g.best for g in gains]) if complete else None,
            difference=_mean([g.difference for g in gains]) if complete else None,
            n=sum(gain.n for gain in gains),
        )

    def mean_seconds(self, model: str, case: str) -> float | None:
        """A model's seconds per answer on a case; over all cases the mean of the cases."""
        return _mean([cell.seconds for cell in self.of_model(model, case)])

    def curve(self, model: str, case: str) -> tuple[float, ...]:
        """A session's score per iteration; over all cases the mean of the best so far."""
        cells = self.of_model(model, case)
        if case != OVERALL:
            return cells[0].scores if cells else ()
        curves = [_best_so_far(cell.scores) for cell in cells]
        if len(curves) < len(self.cases) or not all(curves):
            return ()
        longest = max(map(len, curves))
        return tuple(fmean(c[min(n, len(c) - 1)] for c in curves) for n in range(longest))


def _best_so_far(scores: Sequence[float]) -> tuple[float, ...]:
    return tuple(max(scores[: n + 1]) for n in range(len(scores)))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None
