"""optimization_suite_ID.json: what a suite of sessions came to, as a pure function of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

from llmopt_tui.core.loop.record import IterationRecord, SessionRecord
from llmopt_tui.core.settings import LoopSettings

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.insights import Insight
    from llmopt_tui.core.analysis.ranking import Ranked
    from llmopt_tui.core.analysis.recommendation import CaseChoice, Recommendation
    from llmopt_tui.core.analysis.suite import Gain, SuiteAnalysis
    from llmopt_tui.core.analysis.verdict import Judgement

SuiteStatus = Literal["running", "completed", "failed", "interrupted"]
BEST_PROMPT = "best_prompt.toml"


@dataclass(frozen=True, slots=True)
class SuiteSession:
    """One session of a suite, begun or not.

    `record` is None where it could not begin; `error_message` says why it could not begin or go
    on; `folder` is its folder's name within results/. `interrupted` says that nobody works on it
    any more although its record has no end.
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
        """Where the session stands, as session_data.json has it; "pending" before it begins."""
        if self.record is None or (self.error_message and not self.record.finished):
            return "failed"
        if self.record.last_at is None:
            return "pending"
        status = self.record.status
        return "interrupted" if self.interrupted and status in ("running", "paused") else status


@dataclass(frozen=True, slots=True)
class Judged:
    """What statistics say of the sessions that have ended."""

    analysis: SuiteAnalysis
    insights: Sequence[Insight]
    recommendation: Recommendation | None


def judge_suite(sessions: Sequence[SuiteSession], baseline_model: str) -> Judged:
    """Judge the sessions that have ended. Takes from milliseconds to seconds."""
    from llmopt_tui.core.analysis.insights import insights
    from llmopt_tui.core.analysis.measure import Result
    from llmopt_tui.core.analysis.recommendation import recommend
    from llmopt_tui.core.analysis.suite import analyse

    results = [Result(s.model, s.case, s.session_id, s.record or SessionRecord()) for s in sessions]
    analysis = analyse(results, baseline_model)
    return Judged(analysis, insights(results, analysis), recommend(results, analysis))


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
    judged: Judged | None = None,
    transfer: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """The document. What is not known stands as null or empty, never as a guess.

    `case_snapshots` are the cases and prompts as they were, by case id: a suite that is resumed
    goes on with those. Without `judged` nothing is ranked. `transfer`
    is None where no prompt is to be tried on other models.
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
        "sessions": [_session(session, judged) for session in sessions],
        **_judgements(judged, sessions),
        "transfer": None if transfer is None else [dict(row) for row in transfer],
        "optimized_prompts": _optimized_prompts(sessions),
        "processing_times": [_processing_time(s) for s in sessions if s.record],
        "started_at": started_at.isoformat(),
        "finished_at": finished_at.isoformat() if finished_at else None,
    }


def gain_document(gain: Gain) -> dict[str, Any]:
    """What a session's best prompt gained over the original, with how sure that is.

    `ci95` is the interval of this comparison alone; `interval` the one that its verdict rests on,
    wider where many comparisons are made.
    """
    compared, judgement = gain.comparison, gain.judgement
    return {
        "measured_on": gain.on,
        "baseline": gain.baseline,
        "best": gain.best,
        "difference": compared.difference,
        "ci95": _pair(compared.ci95),
        "p_value": compared.p_value,
        "test": compared.test,
        "n": compared.n,
        "fixed": compared.fixed,
        "broken": compared.broken,
        "adjusted_p_value": judgement.adjusted_p_value if judgement else None,
        "interval": _pair(judgement.interval) if judgement else None,
        "n_needed": judgement.n_needed if judgement else None,
        "verdict": str(judgement.verdict) if judgement else "",
        "reason": gain.reason,
    }


def _session(session: SuiteSession, judged: Judged | None) -> dict[str, Any]:
    record = session.record or SessionRecord()
    finished, best, key = record.finished, record.best, (session.model, session.case)
    gain = judged.analysis.gains.get(key) if judged else None
    luck = judged.analysis.luck.get(key) if judged else None
    runs = [run for iteration in record.iterations for run in iteration.runs]
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
        "scores": [iteration.score for iteration in record.scored],
        "iterations": len(record.scored),
        "best_iteration": best.n if best else None,
        "validation": gain_document(gain) if gain and gain.on == "validation" else None,
        "selection": asdict(luck) if luck else None,
        "calls": record.totals.calls,
        "loads": record.totals.loads,
        "interviewer_loads": record.interviewer_totals.loads,
        "truncated": sum(run.metrics.truncated for run in runs),
        **_speed(record),
    }


def _judgements(judged: Judged | None, sessions: Sequence[SuiteSession]) -> dict[str, Any]:
    """What only statistics can say."""
    if judged is None:
        return {
            "rankings": {},
            "overall": [],
            "against_baseline": [],
            "pareto": [],
            "insights": [],
            "recommendation": None,
        }
    analysis = judged.analysis
    return {
        "rankings": {
            case: _ranking(ranked, analysis.measured_on[case])
            for case, ranked in analysis.rankings.items()
        },
        "overall": _ranking(analysis.overall, _measured_everywhere(analysis)),
        "against_baseline": [
            {
                "model": model,
                "case": case,
                "measured_on": analysis.measured_on[case],
                **_against(judgement),
            }
            for (model, case), judgement in analysis.against_baseline.items()
        ],
        "pareto": [
            {
                "case": case,
                "model": point.model,
                "score": point.score,
                "seconds": point.seconds,
                "on_front": point.on_front,
                "beaten_by": list(point.beaten_by),
            }
            for case, points in analysis.pareto.items()
            for point in points
        ],
        "insights": [
            {
                "kind": insight.kind,
                "text": insight.text,
                "numbers": [list(row) for row in insight.numbers],
                "sessions": list(insight.sessions),
            }
            for insight in judged.insights
        ],
        "recommendation": _recommendation(judged.recommendation, sessions),
    }


def _measured_everywhere(analysis: SuiteAnalysis) -> str:
    held_out = all(on == "validation" for on in analysis.measured_on.values())
    return "validation" if held_out else "train"


def _ranking(ranked: Sequence[Ranked], measured_on: str) -> list[dict[str, Any]]:
    ranks = [model.rank for model in ranked]
    return [
        {
            "model": model.model,
            "score": model.score,
            "measured_on": measured_on,
            "ci95": _pair(model.ci95),
            "n": model.n,
            "rank": model.rank,
            "tied": model.rank is not None and ranks.count(model.rank) > 1,
            "differs_from_next": model.differs_from_next,
        }
        for model in ranked
    ]


def _against(judgement: Judgement) -> dict[str, Any]:
    compared = judgement.comparison
    return {
        "difference": compared.difference,
        "ci95": _pair(compared.ci95),
        "p_value": compared.p_value,
        "adjusted_p_value": judgement.adjusted_p_value,
        "n": compared.n,
        "verdict": str(judgement.verdict),
        "reason": judgement.reason,
    }


def _recommendation(
    recommendation: Recommendation | None, sessions: Sequence[SuiteSession]
) -> dict[str, Any] | None:
    if recommendation is None:
        return None
    folders = {session.session_id: session.folder for session in sessions}
    return {
        "model": recommendation.model,
        "reason": recommendation.reason,
        "cases": [
            _choice(choice, folders.get(choice.session_id, "")) for choice in recommendation.cases
        ],
        "caveats": list(recommendation.caveats),
    }


def _choice(choice: CaseChoice, folder: str) -> dict[str, Any]:
    return {
        "case": choice.case,
        "model": choice.model,
        "session_id": choice.session_id,
        "iteration": choice.iteration,
        "reason": choice.reason,
        "prompt_file": f"{folder}/{BEST_PROMPT}" if folder else "",
        "expected_score": choice.expected_score,
        "ci95": _pair(choice.ci95),
        "seconds_per_answer": choice.seconds_per_answer,
        "tokens_per_second": choice.tokens_per_second,
    }


def _speed(record: SessionRecord) -> dict[str, float | None]:
    """Means of all answers: seconds that one took, loads apart, and tokens a second."""
    seconds = [run.answer_seconds for i in record.iterations for run in i.runs if run.success]
    speeds = [s for i in record.iterations if (s := i.tokens_per_second) is not None]
    return {
        "mean_processing_time": fmean(seconds) if seconds else None,
        "tokens_per_second": fmean(speeds) if speeds else None,
    }


def _optimized_prompts(sessions: Sequence[SuiteSession]) -> list[dict[str, Any]]:
    return [
        {
            "model": session.model,
            "case": session.case,
            "session_id": session.session_id,
            "iteration": best.n,
            "score": best.score,
            "validation_score": _validation_score(best),
            "prompt": best.prompt,
        }
        for session in sessions
        if session.record and (best := session.record.best)
    ]


def _validation_score(iteration: IterationRecord) -> float | None:
    scores = [run.score for run in iteration.validation_runs]
    return fmean(scores) if scores else None


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


def _pair(interval: tuple[float, float] | None) -> list[float] | None:
    return list(interval) if interval else None
