"""check_ID_TIME.json: what became of recorded winners when they were run again."""

from __future__ import annotations

from typing import Annotated

from llmopt_tui.core.ports import Metrics
from llmopt_tui.core.scoring.base import CriterionScore
from llmopt_tui.state.documents.base import Count, Document, Domain, Flag, Number, Total

Ends = tuple[Number, Number]
"""The lower and the upper end of an interval of scores or seconds."""


class Comparison(Document):
    """A mean over the examples that were answered both times: what it was, is, and whether the
    difference is a regression. `ci95` is of the difference, now less then.
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
    """What identifies the model's weights, and whether they are others now; "" where unknown."""

    then: str = ""
    now: str = ""
    changed: Flag = False


class CheckedRun(Document):
    """A run of the rerun. It has no split: `measured_on` has that of the case."""

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
    """One winner. `score` and `seconds` are None where the rerun came to no end."""

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
    """The document. With `score_only` speed is reported and makes no regression."""

    schema_version: int = 1
    id: str = ""
    checked_at: str = ""
    score_only: Flag = False
    regressed: Flag = False
    failed: Flag = False
    checks: tuple[Check, ...] = ()
