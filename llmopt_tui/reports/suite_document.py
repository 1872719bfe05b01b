"""optimization_suite_ID.json: what a suite of sessions came to, as a pure function of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import fmean
from typing import Any, Literal

from llmopt_tui.core.record import SessionRecord
from llmopt_tui.core.settings import LoopSettings

SuiteStatus = Literal["running", "completed", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class SuiteSession:
    """One session of a suite, begun or not.

    `record` is None where it could not begin; `error_message` says why it could not begin or go
    on; `folder` is its
    folder's name within results/. `interrupted` says that nobody works on it any more although
    its record has no end.
    """

    model: str
    case: str
    session_id: str = ""
    folder: str = ""
    record: SessionRecord | None = None
    error_message: str = ""
    interrupted: bool = False

    @property
    def status(self) -> str:
        """Where the session stands, as session_data.json has it."""
        if self.record is None or (self.error_message and not self.record.finished):
            return "failed"
        if self.record.last_at is None:
            return "pending"
        status = self.record.status
        return "interrupted" if self.interrupted and status in ("running", "paused") else status


def suite_document(
    *,
    suite_id: str,
    status: SuiteStatus,
    models: Sequence[str],
    cases: Sequence[str],
    baseline_model: str,
    interviewer_model: str,
    settings: LoopSettings,
    sessions: Sequence[SuiteSession],
    started_at: datetime,
    finished_at: datetime | None = None,
    case_snapshots: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The document. What is not known stands as null or empty, never as a guess.

    `rankings` order the candidates by the score of their best prompt on train examples; whether
    two of them differ beyond noise is not claimed. `case_snapshots` are the cases and prompts as
    they were, by case id: a suite that is resumed goes on with those.
    """
    return {
        "schema_version": 1,
        "suite_id": suite_id,
        "status": status,
        "models": list(models),
        "cases": list(cases),
        "case_snapshots": dict(case_snapshots or {}),
        "baseline_model": baseline_model,
        "interviewer_model": interviewer_model,
        "settings": asdict(settings),
        "sessions": [_session(session) for session in sessions],
        "rankings": {case: _ranking(case, sessions) for case in cases},
        "overall": [],
        "against_baseline": [],
        "optimized_prompts": _optimized_prompts(sessions),
        "processing_times": [_processing_time(s) for s in sessions if s.record],
        "pareto": [],
        "insights": [],
        "recommendation": None,
        "started_at": started_at.isoformat(),
        "finished_at": finished_at.isoformat() if finished_at else None,
    }


def _session(session: SuiteSession) -> dict[str, Any]:
    record = session.record or SessionRecord()
    finished = record.finished
    return {
        "session_id": session.session_id,
        "folder": session.folder,
        "model": session.model,
        "case": session.case,
        "status": session.status,
        "stop_reason": finished.stop_reason if finished else None,
        "error_message": session.error_message or (finished.error_message if finished else ""),
        "baseline_score": record.baseline_score,
        "best_score": record.best_score,
        "validation": None,
        "iterations": len(record.scored),
        **_speed(record),
    }


def _speed(record: SessionRecord) -> dict[str, float | None]:
    """Seconds an answer took in the mean, and tokens a second in the mean over iterations."""
    seconds = [run.processing_time for i in record.iterations for run in i.runs if run.success]
    speeds = [s for i in record.iterations if (s := i.tokens_per_second) is not None]
    return {
        "mean_processing_time": fmean(seconds) if seconds else None,
        "tokens_per_second": fmean(speeds) if speeds else None,
    }


def _ranking(case: str, sessions: Sequence[SuiteSession]) -> list[dict[str, Any]]:
    scored = [
        (score, session.model)
        for session in sessions
        if session.case == case
        and session.record
        and (score := session.record.best_score) is not None
    ]
    return [
        {
            "model": model,
            "score": score,
            "ci95": None,
            "rank": 1 + sum(other > score for other, _ in scored),
            "differs_from_next": None,
        }
        for score, model in sorted(scored, key=lambda pair: (-pair[0], pair[1]))
    ]


def _optimized_prompts(sessions: Sequence[SuiteSession]) -> list[dict[str, Any]]:
    return [
        {
            "model": session.model,
            "case": session.case,
            "session_id": session.session_id,
            "iteration": best.n,
            "score": best.score,
            "prompt": best.prompt,
        }
        for session in sessions
        if session.record and (best := session.record.best)
    ]


def _processing_time(session: SuiteSession) -> dict[str, Any]:
    assert session.record is not None
    total = sum(iteration.processing_time for iteration in session.record.iterations)
    return {
        "model": session.model,
        "case": session.case,
        "session_id": session.session_id,
        **_speed(session.record),
        "total_seconds": total,
    }
