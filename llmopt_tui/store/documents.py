"""The documents of a session: pure functions of its record, in the form that users rely on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from llmopt_tui.core.events import SessionStarted
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.marks import marks_in
from llmopt_tui.core.loop.record import SessionRecord, Status
from llmopt_tui.core.prompt import variant_sha256
from llmopt_tui.reports.session_report import session_report
from llmopt_tui.store.best_prompt import best_prompt, validation_score
from llmopt_tui.store.prompt_document import SCHEMA_VERSION
from llmopt_tui.store.round_documents import interview, lost_before, trial_counts
from llmopt_tui.store.values import json_text, plain, toml_text

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.explanation import ExplainedPart
    from llmopt_tui.core.analysis.findings import Gain
    from llmopt_tui.state.documents.session import (
        IterationDocument,
        IterationLine,
        JudgeAgreement,
        SessionData,
        Unmeasured,
    )

__all__ = [
    "BEST_PROMPT",
    "REPORT",
    "SCHEMA_VERSION",
    "SESSION_DATA",
    "best_prompt",
    "documents",
    "interview",
    "interview_file",
    "iteration_file",
    "listed_data",
    "session_data",
    "test_iteration",
]

SESSION_DATA = "session_data.json"
BEST_PROMPT = "best_prompt.toml"
REPORT = "optimization_report.md"
LISTED = (
    *("session_id", "suite_id", "status", "stop_reason", "error_message", "model", "case"),
    *("iterations", "baseline_score", "best_score", "validation", "started_at", "finished_at"),
)
"""The fields of session_data.json that a list of sessions takes from it."""


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
    from llmopt_tui.core.analysis.measure import backends
    from llmopt_tui.state.constant_answers import constant_answer_of
    from llmopt_tui.state.documents.session import SessionData

    started, best = _beginning(record), record.best
    return SessionData(
        **_listed(record, status),
        interviewer_model=started.interviewer_model,
        baseline_model=started.baseline_model,
        settings=started.settings,
        best_iteration=best.n if best else None,
        best_prompt=best.prompt if best else None,
        best_variant=best.variant if best else None,
        improvement=record.improvement,
        constant_answer=constant_answer_of(record),
        trials=trial_counts(record),
        parts=_parts(record),
        judge_agreement=_judge_agreement(record),
        totals=record.totals,
        interviewer_totals=record.interviewer_totals,
        system_fingerprints=backends(record),
        environment=plain(started.environment),
    )


def listed_data(record: SessionRecord, *, status: Status | None = None) -> SessionData:
    """session_data.json with the fields of `LISTED` alone.

    To work out the others takes half a second where the case is large: the constant answer is
    scored on every example. Raises as `session_data` does.
    """
    from llmopt_tui.state.documents.session import SessionData

    return SessionData(**_listed(record, status))


def _listed(record: SessionRecord, status: Status | None) -> dict[str, Any]:
    """The values of the fields in `LISTED`."""
    from llmopt_tui.state.documents.session import CaseFacts

    started, finished = _beginning(record), record.finished
    case: dict[str, Any] = plain(started.case)
    return {
        "session_id": started.session_id,
        "suite_id": started.suite_id or None,
        "status": status or record.status,
        "stop_reason": finished.stop_reason if finished else None,
        "error_message": finished.error_message if finished else "",
        "model": started.model,
        "case": CaseFacts(
            id=case.get("id", ""),
            title=case.get("title", ""),
            sha256=case.get("sha256", ""),
            snapshot=case,
            prompt=plain(started.prompt),
        ),
        "iterations": tuple(_iteration_line(record, each) for each in record.iterations),
        "baseline_score": record.baseline_score,
        "best_score": record.best_score,
        "validation": _validation(record),
        "started_at": started.at.isoformat(),
        "finished_at": finished.at.isoformat() if finished else None,
    }


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
        system=iteration.variant.system,
        prompt=iteration.prompt,
        variant=iteration.variant,
        full_prompt=worst.full_prompt if worst else "",
        output=worst.output if worst else "",
        processing_time=iteration.processing_time,
        success=iteration.score is not None and not errors,
        error_message="; ".join(errors),
        score=iteration.score,
        validation_score=validation_score(iteration),
        timestamp=(iteration.finished_at or iteration.started_at).isoformat(),
        runs=tuple(iteration.runs),
        trials=lost_before(record, n),
    )


def _parts(record: SessionRecord) -> tuple[ExplainedPart, ...]:
    """What each part of the best variant brings, where that was measured."""
    if not record.part_runs:
        return ()
    from llmopt_tui.core.analysis.explanation import explanation

    return explanation(record)


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
        validation_score=validation_score(iteration),
        processing_time=iteration.processing_time,
        prompt_sha256=variant_sha256(iteration.variant),
        accepted=iteration.n in record.improvements,
        origin=iteration.origin,
        parent=iteration.parent,
        trials=len(lost_before(record, iteration.n)),
        marked=marks_in(iteration.runs),
    )


def _beginning(record: SessionRecord) -> SessionStarted:
    if record.started is None:
        raise ValueError("the session has no beginning")
    return record.started
