"""The documents of a session: pure functions of its record, in the form that users rely on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256
from statistics import fmean
from typing import TYPE_CHECKING, Any

from llmopt_tui.core.events import SessionStarted
from llmopt_tui.core.loop.marks import marks_in
from llmopt_tui.core.loop.record import InterviewRecord, IterationRecord, SessionRecord, Status
from llmopt_tui.reports.session_report import session_report
from llmopt_tui.store.values import json_text, plain, toml_text

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.findings import Gain
    from llmopt_tui.state.documents.session import (
        Interview,
        IterationDocument,
        IterationLine,
        JudgeAgreement,
        RecordedDecision,
        SessionData,
        Unmeasured,
    )

SCHEMA_VERSION = 1
SESSION_DATA = "session_data.json"
BEST_PROMPT = "best_prompt.toml"
REPORT = "optimization_report.md"


def documents(
    record: SessionRecord, *, status: Status | None = None
) -> dict[str, Callable[[], str]]:
    """Every document that a record gives rise to: by file name, the way to its text.

    None before the session has begun. `status` overrides the record's.
    """
    if record.started is None:
        return {}
    made: dict[str, Callable[[], str]] = {}
    for iteration in record.iterations:
        n = iteration.n
        made[iteration_file(n)] = partial(_iteration_text, record, n)
    for talk in record.interviews:
        n = talk.n
        made[interview_file(n)] = partial(_interview_text, record, n)
    if prompt := best_prompt(record):
        made[BEST_PROMPT] = lambda: toml_text(prompt)
    made[SESSION_DATA] = lambda: json_text(session_data(record, status=status))
    made[REPORT] = lambda: session_report(record, status=status)
    return made


def iteration_file(n: int) -> str:
    """The name of an iteration's document."""
    return f"test_iteration_{n}.json"


def interview_file(n: int) -> str:
    """The name of an interview's document."""
    return f"interview_{n}.json"


def session_data(record: SessionRecord, *, status: Status | None = None) -> SessionData:
    """session_data.json. `status` overrides the record's.

    Raises ValueError where the session has no beginning.
    """
    from llmopt_tui.state.documents.session import CaseFacts, SessionData

    started, finished, best = _beginning(record), record.finished, record.best
    case: dict[str, Any] = plain(started.case)
    return SessionData(
        session_id=started.session_id,
        suite_id=started.suite_id or None,
        status=status or record.status,
        stop_reason=finished.stop_reason if finished else None,
        error_message=finished.error_message if finished else "",
        model=started.model,
        interviewer_model=started.interviewer_model,
        baseline_model=started.baseline_model,
        case=CaseFacts(
            id=case.get("id", ""),
            title=case.get("title", ""),
            sha256=case.get("sha256", ""),
            snapshot=case,
            prompt=plain(started.prompt),
        ),
        settings=started.settings,
        iterations=tuple(_iteration_line(record, iteration) for iteration in record.iterations),
        best_iteration=best.n if best else None,
        best_prompt=best.prompt if best else None,
        baseline_score=record.baseline_score,
        best_score=record.best_score,
        improvement=record.improvement,
        validation=_validation(record),
        judge_agreement=_judge_agreement(record),
        totals=record.totals,
        interviewer_totals=record.interviewer_totals,
        environment=plain(started.environment),
        started_at=started.at.isoformat(),
        finished_at=finished.at.isoformat() if finished else None,
    )


def test_iteration(record: SessionRecord, n: int) -> IterationDocument:
    """test_iteration_N.json. Raises KeyError for an iteration that is not there."""
    from llmopt_tui.state.documents.session import IterationDocument

    iteration = record.iteration(n)
    if iteration is None:
        raise KeyError(n)
    worst = iteration.worst_run
    errors = dict.fromkeys(run.error_message for run in iteration.runs if not run.success)
    return IterationDocument(
        iteration=iteration.n,
        origin=iteration.origin,
        parent=iteration.parent,
        system=_system(record),
        prompt=iteration.prompt,
        full_prompt=worst.full_prompt if worst else "",
        output=worst.output if worst else "",
        processing_time=iteration.processing_time,
        success=iteration.score is not None and not errors,
        error_message="; ".join(errors),
        score=iteration.score,
        validation_score=_validation_score(iteration),
        timestamp=(iteration.finished_at or iteration.started_at).isoformat(),
        runs=tuple(iteration.runs),
    )


def interview(record: SessionRecord, n: int) -> Interview:
    """interview_N.json. Raises KeyError for an interview that is not there."""
    from llmopt_tui.state.documents.session import Interview

    talk = record.interview(n)
    if talk is None:
        raise KeyError(n)
    suggestion = talk.suggestion
    return Interview(
        interview=talk.n,
        iteration=talk.iteration,
        interviewer_model=record.started.interviewer_model if record.started else "",
        interview_prompt=talk.interview_prompt,
        interview_response=talk.response,
        analysis=talk.analysis,
        improved_prompt=suggestion.prompt if suggestion else None,
        reasoning=suggestion.reasoning if suggestion else "",
        change=suggestion.kind if suggestion else "",
        source=suggestion.source if suggestion else None,
        has_improvement=suggestion is not None,
        problems=tuple(talk.problems),
        messages=tuple(talk.messages),
        decision=_decision(talk),
        timestamp=(talk.finished_at or talk.started_at).isoformat(),
    )


def best_prompt(record: SessionRecord) -> dict[str, Any] | None:
    """best_prompt.toml: a prompt file with its provenance; None before anything is scored.

    It keeps the original prompt's name, so that it can take that file's place. A validation score
    that was not measured is left out: TOML has no null.
    """
    started, best = record.started, record.best
    if started is None or best is None:
        return None
    from llmopt_tui.state.documents.case import RecordedPrompt

    prompt = RecordedPrompt.read(started.prompt)
    provenance = {
        "session_id": started.session_id,
        "case": started.case_id,
        "model": started.model.name,
        "digest": started.model.digest,
        "iteration": best.n,
        "train_score": best.score,
        "validation_score": _validation_score(best),
        "date": (best.finished_at or best.started_at).isoformat(),
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "name": prompt.name,
        "description": prompt.description,
        "system": prompt.system,
        "text": best.prompt,
        "provenance": {key: value for key, value in provenance.items() if value is not None},
    }


def _validation(record: SessionRecord) -> Gain | Unmeasured:
    """What the best prompt gains on held-out examples, once the session has ended."""
    from llmopt_tui.state.documents.session import Unmeasured

    measured = any(iteration.validation_runs for iteration in record.iterations)
    if not (record.finished and measured):
        return Unmeasured()
    from llmopt_tui.core.analysis.suite import judged_gains

    gain = judged_gains({("", ""): record}).get(("", ""))
    return gain if gain and gain.held_out else Unmeasured()


def _judge_agreement(record: SessionRecord) -> JudgeAgreement | None:
    """How far the judge agrees with a person's marks; None where no model judges."""
    from llmopt_tui.core.analysis.agreement import judge_agreement
    from llmopt_tui.state.documents.session import JudgeAgreement

    found = judge_agreement(record)
    if found is None:
        return None
    error = found.mean_error if found.n else None
    return JudgeAgreement(
        n=found.n, kappa=found.kappa, mean_error=error, calibrated=found.calibrated
    )


def _iteration_text(record: SessionRecord, n: int) -> str:
    return json_text(test_iteration(record, n))


def _interview_text(record: SessionRecord, n: int) -> str:
    return json_text(interview(record, n))


def _iteration_line(record: SessionRecord, iteration: IterationRecord) -> IterationLine:
    from llmopt_tui.state.documents.session import IterationLine

    return IterationLine(
        n=iteration.n,
        score=iteration.score,
        validation_score=_validation_score(iteration),
        processing_time=iteration.processing_time,
        prompt_sha256=_prompt_sha256(_system(record), iteration.prompt),
        accepted=iteration.n in record.improvements,
        origin=iteration.origin,
        parent=iteration.parent,
        marked=marks_in(iteration.runs),
    )


def _decision(talk: InterviewRecord) -> RecordedDecision:
    from llmopt_tui.state.documents.session import RecordedDecision

    found, at = talk.decision, talk.decided_at
    if found is None:
        return RecordedDecision()
    return RecordedDecision(
        action=found.action,
        by=found.by,
        prompt=found.prompt,
        note=found.note,
        timestamp=at.isoformat() if at else None,
    )


def _validation_score(iteration: IterationRecord) -> float | None:
    scores = [run.score for run in iteration.runs if run.split == "validation"]
    return fmean(scores) if scores and iteration.score is not None else None


def _prompt_sha256(system: str, text: str) -> str:
    """As `Prompt.sha256`, for texts too that hold lone surrogates."""
    return sha256(f"{system}\x00{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _system(record: SessionRecord) -> str:
    from llmopt_tui.state.documents.case import RecordedPrompt

    return RecordedPrompt.read(record.started.prompt if record.started else None).system


def _beginning(record: SessionRecord) -> SessionStarted:
    if record.started is None:
        raise ValueError("the session has no beginning")
    return record.started
