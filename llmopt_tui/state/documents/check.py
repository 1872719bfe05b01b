"""check_ID_TIME.json: recorded winners that were run again, and how they did."""

from __future__ import annotations

from typing import Annotated

from llmopt_tui.core.ports import Metrics
from llmopt_tui.core.scoring.base import CriterionScore
from llmopt_tui.state.documents.base import Count, Document, Domain, Flag, Number, Total

Ends = tuple[Number, Number]
"""The lower and the upper end of an interval of scores or seconds."""


class Comparison(Document):
    """A mean over the examples that were answered both times, then and now, and whether the
    difference is a regression. `ci95` is that of the difference, now less then.
    """

    then: Number | None = None
    now: Number | None = None
    then_ci95: Ends | None = None
    now_ci95: Ends | None = None
    difference: Number | None = None
    ci95: Ends | None = None
    p_value: Number | None = None
    adjusted_p_value: Number | None = None
    test: str = ""
    n: Count = 0
    regressed: Flag = False
    reason: str = ""


class Digest(Document):
    """The digest of the model's weights, and whether it has changed; "" where unknown."""

    then: str = ""
    now: str = ""
    changed: Flag = False


class CheckedRun(Document):
    """A run of the check. It has no split: `measured_on` holds the split of all runs."""

    example_id: str = ""
    repeat: Count = 0
    full_prompt: str = ""
    output: str = ""
    thinking: str = ""
    processing_time: Total = 0.0
    success: Flag = False
    error_message: str = ""
    score: Number | None = None
    criteria: tuple[Annotated[CriterionScore, Domain()], ...] = ()
    metrics: Annotated[Metrics, Domain()] = Metrics()


class Check(Document):
    """One winner. `score` and `seconds` are None where its check did not finish."""

    session_id: str = ""
    folder: str = ""
    model: str = ""
    case: str = ""
    iteration: Count = 0
    measured_on: str = ""
    measured_at: str = ""
    error_message: str = ""
    regressed: Flag = False
    score: Comparison | None = None
    seconds: Comparison | None = None
    digest: Digest = Digest()
    calls: Count = 0
    failed_calls: Count = 0
    runs: tuple[CheckedRun, ...] = ()


class CheckDocument(Document):
    """The whole document. With `score_only`, speed is reported but is never a regression."""

    schema_version: int = 1
    id: str = ""
    checked_at: str = ""
    score_only: Flag = False
    regressed: Flag = False
    failed: Flag = False
    checks: tuple[Check, ...] = ()
