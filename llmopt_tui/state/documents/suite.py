"""optimization_suite_ID.json: the sessions of a suite and their results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from llmopt_tui.core.analysis.findings import (
    ConstantAnswer,
    Gain,
    Insight,
    Recommendation,
    SelectionFloor,
)
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.variant import Variant
from llmopt_tui.state.documents.base import (
    Count,
    Document,
    Domain,
    Flag,
    Interval,
    Number,
    Score,
    Seconds,
    Total,
)


def _plausible(gain: Gain) -> None:
    """Raise ValueError for a gain that no scores can have."""
    for score in (gain.baseline, gain.best, gain.difference):
        if score is not None and not -1 <= score <= 1:
            raise ValueError("a score is not in its range")
    for interval in (gain.ci95, gain.interval):
        if interval is not None and not interval[0] <= interval[1]:
            raise ValueError("an interval ends before it begins")


class CaseSnapshot(Document):
    """A case and its prompt as they were when the suite began; a resumed suite uses these."""

    case: Mapping[str, Any] = {}
    prompt: Mapping[str, Any] = {}


class SessionRow(Document):
    """One session of the suite. Scores are train means; `validation` is for held-out examples.

    `mean_processing_time` is in seconds per answer, without loads. `status` is "pending" before the
    session begins.
    """

    session_id: str = ""
    folder: str = ""
    model: str = ""
    case: str = ""
    status: str = ""
    stop_reason: str | None = None
    error_message: str = ""
    baseline_score: Score | None = None
    best_score: Score | None = None
    scores: tuple[Score, ...] = ()
    iterations: Count = 0
    best_iteration: Count | None = None
    validation: Annotated[Gain, Domain(check=_plausible)] | None = None
    selection: Annotated[SelectionFloor, Domain()] | None = None
    calls: Count = 0
    loads: Count = 0
    interviewer_loads: Count = 0
    truncated: Count = 0
    mean_processing_time: Seconds | None = None
    tokens_per_second: Seconds | None = None

    @property
    def scored(self) -> bool:
        """Whether the session has a best prompt with a score."""
        return self.best_score is not None

    @property
    def name(self) -> str:
        """The name to find the session by: its folder, else its id."""
        return self.folder or self.session_id

    @property
    def ended(self) -> str:
        """Why the session ended; its status where it has not."""
        return self.stop_reason or self.status


class Standing(Document):
    """A model's place on a case, or over all cases. `rank` is None while it has none."""

    model: str = ""
    score: Score | None = None
    measured_on: str = ""
    ci95: Interval | None = None
    n: Count = 0
    rank: Count | None = None
    tied: Flag = False
    differs_from_next: Flag | None = None

    @property
    def held_out(self) -> bool:
        """Whether the model was measured on examples that took no part in tuning."""
        return self.measured_on == "validation"


class Against(Document):
    """A model's best prompt compared with the baseline model's best prompt on a case."""

    model: str = ""
    case: str = ""
    measured_on: str = ""
    difference: Score | None = None
    ci95: Interval | None = None
    p_value: Number | None = None
    adjusted_p_value: Number | None = None
    n: Count = 0
    verdict: str = ""
    reason: str = ""


class Point(Document):
    """A model's quality and speed on a case. `on_front` is None while that is not known."""

    case: str = ""
    model: str = ""
    score: Score | None = None
    seconds: Seconds | None = None
    on_front: Flag | None = None
    beaten_by: tuple[str, ...] = ()


class Trial(Document):
    """`prompt_of`'s best prompt tried on another model, compared with that model's own best."""

    case: str = ""
    prompt_of: str = ""
    model: str = ""
    session_id: str = ""
    folder: str = ""
    score: Score | None = None
    difference: Score | None = None
    ci95: Interval | None = None
    adjusted_p_value: Number | None = None
    n: Count = 0
    verdict: str = ""
    reason: str = ""


class OptimizedPrompt(Document):
    """The best prompt of a session, with what it scored. `variant` is all that is sent with it."""

    model: str = ""
    case: str = ""
    session_id: str = ""
    iteration: Count = 0
    score: Number | None = None
    validation_score: Number | None = None
    prompt: str = ""
    variant: Annotated[Variant, Domain()] | None = None


class ProcessingTime(Document):
    """The times of a session's answers, in seconds."""

    model: str = ""
    case: str = ""
    session_id: str = ""
    mean_processing_time: Number | None = None
    tokens_per_second: Number | None = None
    total_seconds: Total | None = None


class SuiteDocument(Document):
    """The whole document. Before the suite is judged, it has no ranking and no recommendation.

    `transfer` is None where no prompt is tried on other models. `settings` is None where one of
    them cannot be read: a suite is resumed only with the settings that it began with.
    """

    schema_version: int = 1
    suite_id: str = ""
    status: str = ""
    models: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    case_snapshots: Mapping[str, CaseSnapshot] = {}
    baseline_model: str = ""
    interviewer_model: str = ""
    settings: Annotated[LoopSettings, Domain(whole=True)] | None = None
    sessions: tuple[SessionRow, ...] = ()
    rankings: Mapping[str, tuple[Standing, ...]] = {}
    overall: tuple[Standing, ...] = ()
    against_baseline: tuple[Against, ...] = ()
    pareto: tuple[Point, ...] = ()
    insights: tuple[Annotated[Insight, Domain()], ...] = ()
    recommendation: Annotated[Recommendation, Domain()] | None = None
    constant_answers: Mapping[str, Annotated[ConstantAnswer, Domain()]] = {}
    transfer: tuple[Trial, ...] | None = None
    optimized_prompts: tuple[OptimizedPrompt, ...] = ()
    processing_times: tuple[ProcessingTime, ...] = ()
    started_at: str = ""
    finished_at: str | None = None

    @property
    def running(self) -> bool:
        """Whether the suite was running when the document was written."""
        return self.status == "running"

    @property
    def recommended(self) -> frozenset[str]:
        """The ids of the sessions whose prompts are recommended."""
        found = self.recommendation
        return frozenset(choice.session_id for choice in found.cases) if found else frozenset()
