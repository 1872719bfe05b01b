"""optimization_suite_ID.json: the results of a suite, as a pure function of its sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import fmean
from typing import TYPE_CHECKING, Literal, TypedDict

from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.state.constant_answers import best_constant_answers, constant_answer_of

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.findings import ConstantAnswer, Insight, Recommendation
    from llmopt_tui.core.analysis.ranking import Ranked
    from llmopt_tui.core.analysis.suite import SuiteAnalysis
    from llmopt_tui.state.documents.suite import (
        CaseSnapshot,
        OptimizedPrompt,
        ProcessingTime,
        SessionRow,
        Standing,
        SuiteDocument,
        Trial,
    )

SuiteStatus = Literal["running", "completed", "failed", "interrupted"]
BEST_PROMPT = "best_prompt.toml"


@dataclass(frozen=True, slots=True)
class SuiteSession:
    """One session of a suite, begun or not.

    `record` is None where it could not begin; `error_message` says why it could not begin or
    continue; `folder` is its folder's name within results/. `interrupted` says that no process
    works on it any more although its record has no end. `constant` is what one answer to everything
    would score; None where that is to be found in the record.
    """

    model: str
    case: str
    session_id: str = ""
    folder: str = ""
    record: SessionRecord | None = None
    error_message: str = ""
    interrupted: bool = False
    constant: ConstantAnswer | None = None

    @property
    def status(self) -> str:
        """The session's status, as in session_data.json; "pending" before it begins."""
        if self.record is None or (self.error_message and not self.record.finished):
            return "failed"
        if self.record.last_at is None:
            return "pending"
        status = self.record.status
        return "interrupted" if self.interrupted and status in ("running", "paused") else status


@dataclass(frozen=True, slots=True)
class Judged:
    """What statistics say of the sessions that have ended.

    `constants` has, for each case, the best single answer to everything that any session knows of.
    """

    analysis: SuiteAnalysis
    insights: Sequence[Insight]
    recommendation: Recommendation | None
    constants: Mapping[str, ConstantAnswer] = field(default_factory=dict)


def judge_suite(sessions: Sequence[SuiteSession], baseline_model: str) -> Judged:
    """Judge the sessions that have ended. Takes from milliseconds to seconds."""
    from llmopt_tui.core.analysis.insights import insights
    from llmopt_tui.core.analysis.measure import Result
    from llmopt_tui.core.analysis.recommendation import recommend
    from llmopt_tui.core.analysis.suite import analyse

    results = [Result(s.model, s.case, s.session_id, s.record or SessionRecord()) for s in sessions]
    analysis = analyse(results, baseline_model)
    found = insights(results, analysis)
    ended = [
        (s.case, s.constant or constant_answer_of(s.record))
        for s in sessions
        if s.record and s.record.finished
    ]
    return Judged(analysis, found, recommend(results, analysis), best_constant_answers(ended))


class _Speed(TypedDict):
    """Means of all answers of a session: seconds that one took, and tokens a second."""

    mean_processing_time: float | None
    tokens_per_second: float | None


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
    case_snapshots: Mapping[str, CaseSnapshot] | None = None,
    judged: Judged | None = None,
    transfer: Sequence[Trial] | None = None,
) -> SuiteDocument:
    """The document. What is not known is null or empty, never a guess.

    `case_snapshots` are the cases and prompts as they were, by case id: a suite that is resumed
    works with those. Without `judged` nothing is ranked. `transfer` is None where no prompt is to
    be tried on other models.
    """
    from llmopt_tui.state.documents.suite import SuiteDocument

    document = SuiteDocument(
        suite_id=suite_id,
        status=status,
        models=tuple(models),
        cases=tuple(cases),
        case_snapshots=dict(case_snapshots or {}),
        baseline_model=baseline_model,
        interviewer_model=interviewer_model,
        settings=settings,
        sessions=tuple(_session(session, judged) for session in sessions),
        transfer=None if transfer is None else tuple(transfer),
        optimized_prompts=_optimized_prompts(sessions),
        processing_times=_processing_times(sessions),
        started_at=started_at.isoformat(),
        finished_at=finished_at.isoformat() if finished_at else None,
    )
    if judged:
        _judge(document, judged, sessions)
    return document


def _session(session: SuiteSession, judged: Judged | None) -> SessionRow:
    from llmopt_tui.state.documents.suite import SessionRow

    record = session.record or SessionRecord()
    finished, best, key = record.finished, record.best, (session.model, session.case)
    gain = judged.analysis.gains.get(key) if judged else None
    runs = [run for iteration in record.iterations for run in iteration.runs]
    return SessionRow(
        session_id=session.session_id,
        folder=session.folder,
        model=session.model,
        case=session.case,
        status=session.status,
        stop_reason=finished.stop_reason if finished else None,
        error_message=session.error_message or (finished.error_message if finished else ""),
        baseline_score=record.baseline_score,
        best_score=record.best_score,
        scores=tuple(iteration.score or 0.0 for iteration in record.scored),
        iterations=len(record.scored),
        best_iteration=best.n if best else None,
        validation=gain if gain and gain.held_out else None,
        selection=judged.analysis.luck.get(key) if judged else None,
        calls=record.totals.calls,
        loads=record.totals.loads,
        interviewer_loads=record.interviewer_totals.loads,
        truncated=sum(run.metrics.truncated for run in runs),
        **_speed(record),
    )


def _judge(document: SuiteDocument, judged: Judged, sessions: Sequence[SuiteSession]) -> None:
    """Fill in what only statistics can say."""
    from llmopt_tui.state.documents.suite import Against, Point

    analysis = judged.analysis
    document.rankings = {
        case: _ranking(ranked, analysis.measured_on[case])
        for case, ranked in analysis.rankings.items()
    }
    held_out = all(on == "validation" for on in analysis.measured_on.values())
    document.overall = _ranking(analysis.overall, "validation" if held_out else "train")
    document.against_baseline = tuple(
        Against(
            model=model,
            case=case,
            measured_on=analysis.measured_on[case],
            difference=judgement.comparison.difference,
            ci95=judgement.comparison.ci95,
            p_value=judgement.comparison.p_value,
            adjusted_p_value=judgement.adjusted_p_value,
            n=judgement.comparison.n,
            verdict=judgement.verdict.value,
            reason=judgement.reason,
        )
        for (model, case), judgement in analysis.against_baseline.items()
    )
    document.pareto = tuple(
        Point(
            case=case,
            model=point.model,
            score=point.score,
            seconds=point.seconds,
            on_front=point.on_front,
            beaten_by=point.beaten_by,
        )
        for case, points in analysis.pareto.items()
        for point in points
    )
    document.insights = tuple(judged.insights)
    document.constant_answers = dict(judged.constants)
    document.recommendation = _with_files(judged.recommendation, sessions)


def _ranking(ranked: Sequence[Ranked], measured_on: str) -> tuple[Standing, ...]:
    from llmopt_tui.state.documents.suite import Standing

    ranks = [model.rank for model in ranked]
    return tuple(
        Standing(
            model=model.model,
            score=model.score,
            measured_on=measured_on,
            ci95=model.ci95,
            n=model.n,
            rank=model.rank,
            tied=model.rank is not None and ranks.count(model.rank) > 1,
            differs_from_next=model.differs_from_next,
        )
        for model in ranked
    )


def _with_files(
    found: Recommendation | None, sessions: Sequence[SuiteSession]
) -> Recommendation | None:
    """The recommendation with the file that each prompt is in."""
    if found is None:
        return None
    files = {
        (s.session_id, best.n): f"{s.folder}/{BEST_PROMPT}"
        for s in sessions
        if s.folder and s.record and (best := s.record.best)
    }
    return replace(
        found,
        cases=tuple(
            replace(choice, prompt_file=files.get((choice.session_id, choice.iteration), ""))
            for choice in found.cases
        ),
    )


def _speed(record: SessionRecord) -> _Speed:
    seconds = [run.answer_seconds for i in record.iterations for run in i.runs if run.success]
    speeds = [s for i in record.iterations if (s := i.tokens_per_second) is not None]
    return {
        "mean_processing_time": fmean(seconds) if seconds else None,
        "tokens_per_second": fmean(speeds) if speeds else None,
    }


def _optimized_prompts(sessions: Sequence[SuiteSession]) -> tuple[OptimizedPrompt, ...]:
    from llmopt_tui.state.documents.suite import OptimizedPrompt

    return tuple(
        OptimizedPrompt(
            model=session.model,
            case=session.case,
            session_id=session.session_id,
            iteration=best.n,
            score=best.score,
            validation_score=_validation_score(best),
            prompt=best.prompt,
            variant=best.variant,
        )
        for session in sessions
        if session.record and (best := session.record.best)
    )


def _validation_score(iteration: IterationRecord) -> float | None:
    scores = [run.score for run in iteration.validation_runs]
    return fmean(scores) if scores else None


def _processing_times(sessions: Sequence[SuiteSession]) -> tuple[ProcessingTime, ...]:
    from llmopt_tui.state.documents.suite import ProcessingTime

    return tuple(
        ProcessingTime(
            model=session.model,
            case=session.case,
            session_id=session.session_id,
            total_seconds=sum(i.processing_time for i in session.record.iterations),
            **_speed(session.record),
        )
        for session in sessions
        if session.record
    )
