"""The documents of a session: pure functions of its record, in the form that users rely on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from hashlib import sha256
from statistics import fmean
from typing import Any

from llmopt_tui.core.decisions import Decision
from llmopt_tui.core.events import Run, SessionStarted
from llmopt_tui.core.loop.record import InterviewRecord, IterationRecord, SessionRecord, Status
from llmopt_tui.reports.session_report import session_report
from llmopt_tui.store.values import json_text, plain, toml_text

SCHEMA_VERSION = 1
SESSION_DATA = "session_data.json"
BEST_PROMPT = "best_prompt.toml"
REPORT = "optimization_report.md"
_VALIDATION_FIELDS = ("baseline", "best", "difference", "ci95", "p_value", "test", "n")


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
        made[iteration_file(n)] = partial(_text, test_iteration, record, n)
    for talk in record.interviews:
        n = talk.n
        made[interview_file(n)] = partial(_text, interview, record, n)
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


def session_data(record: SessionRecord, *, status: Status | None = None) -> dict[str, Any]:
    """session_data.json: the whole session but for its answers and talks.

    In `iterations`, `accepted` says whether the prompt became the best one when it was tested.
    `totals` are the candidate's calls, `interviewer_totals` the interviewer's; see
    `core.record.Totals` for what counts as a load. `validation` has nulls until it is measured.
    `status` overrides the record's. Raises ValueError where the session has no beginning.
    """
    started, finished, best = _beginning(record), record.finished, record.best
    case: dict[str, Any] = plain(started.case)
    return {
        "schema_version": SCHEMA_VERSION,
        "session_id": started.session_id,
        "suite_id": started.suite_id or None,
        "status": status or record.status,
        "stop_reason": finished.stop_reason if finished else None,
        "error_message": finished.error_message if finished else "",
        "model": plain(started.model),
        "interviewer_model": started.interviewer_model,
        "baseline_model": started.baseline_model,
        "case": {
            "id": case.get("id", ""),
            "title": case.get("title", ""),
            "sha256": case.get("sha256", ""),
            "snapshot": case,
            "prompt": plain(started.prompt),
        },
        "settings": plain(started.settings),
        "iterations": [_iteration_line(record, iteration) for iteration in record.iterations],
        "best_iteration": best.n if best else None,
        "best_prompt": best.prompt if best else None,
        "baseline_score": record.baseline_score,
        "best_score": record.best_score,
        "improvement": record.improvement,
        "validation": _validation(record),
        "totals": plain(record.totals),
        "interviewer_totals": plain(record.interviewer_totals),
        "environment": plain(started.environment),
        "started_at": started.at.isoformat(),
        "finished_at": finished.at.isoformat() if finished else None,
    }


def test_iteration(record: SessionRecord, n: int) -> dict[str, Any]:
    """test_iteration_N.json: one prompt and every run of it, the worst train run's texts on top.

    `success` says that every planned run ended in an answer; `error_message` holds what failed.
    Raises KeyError for an iteration that is not there.
    """
    iteration = record.iteration(n)
    if iteration is None:
        raise KeyError(n)
    worst = iteration.worst_run
    errors = dict.fromkeys(run.error_message for run in iteration.runs if not run.success)
    return {
        "schema_version": SCHEMA_VERSION,
        "iteration": iteration.n,
        "origin": iteration.origin,
        "parent": iteration.parent,
        "system": _system(record),
        "prompt": iteration.prompt,
        "full_prompt": worst.full_prompt if worst else "",
        "output": worst.output if worst else "",
        "processing_time": iteration.processing_time,
        "success": iteration.score is not None and not errors,
        "error_message": "; ".join(errors),
        "score": iteration.score,
        "validation_score": _validation_score(iteration),
        "timestamp": (iteration.finished_at or iteration.started_at).isoformat(),
        "runs": [_run(run) for run in iteration.runs],
    }


def interview(record: SessionRecord, n: int) -> dict[str, Any]:
    """interview_N.json: what was asked, what came back, and what was decided.

    While nothing is decided, the decision's action is "none" and its other fields are null or
    empty. Raises KeyError for an interview that is not there.
    """
    talk = record.interview(n)
    if talk is None:
        raise KeyError(n)
    suggestion = talk.suggestion
    return {
        "schema_version": SCHEMA_VERSION,
        "interview": talk.n,
        "iteration": talk.iteration,
        "interviewer_model": record.started.interviewer_model if record.started else "",
        "interview_prompt": talk.interview_prompt,
        "interview_response": talk.response,
        "analysis": talk.analysis,
        "improved_prompt": suggestion.prompt if suggestion else None,
        "reasoning": suggestion.reasoning if suggestion else "",
        "change": suggestion.kind if suggestion else "",
        "source": suggestion.source if suggestion else None,
        "has_improvement": suggestion is not None,
        "problems": list(talk.problems),
        "messages": plain(talk.messages),
        "decision": _decision(talk.decision, talk.decided_at),
        "timestamp": _ended(talk).isoformat(),
    }


def best_prompt(record: SessionRecord) -> dict[str, Any] | None:
    """best_prompt.toml: a prompt file with its provenance; None before anything is scored.

    It keeps the original prompt's name, so that it can take that file's place. A validation score
    that was not measured is left out: TOML has no null.
    """
    started, best = record.started, record.best
    if started is None or best is None:
        return None
    provenance = {
        "session_id": started.session_id,
        "case": str(started.case.get("id", "")),
        "model": started.model.name,
        "digest": started.model.digest,
        "iteration": best.n,
        "train_score": best.score,
        "validation_score": _validation_score(best),
        "date": (best.finished_at or best.started_at).isoformat(),
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "name": str(started.prompt.get("name", "")),
        "description": str(started.prompt.get("description", "")),
        "system": _system(record),
        "text": best.prompt,
        "provenance": {key: value for key, value in provenance.items() if value is not None},
    }


def _validation(record: SessionRecord) -> dict[str, Any]:
    """What the best prompt gains on examples that nobody has seen, once the session has ended."""
    measured = any(iteration.validation_runs for iteration in record.iterations)
    if not (record.finished and measured):
        return dict.fromkeys(_VALIDATION_FIELDS)
    from llmopt_tui.core.analysis.suite import judged_gains
    from llmopt_tui.reports.suite_document import gain_document

    gain = judged_gains({("", ""): record}).get(("", ""))
    if gain is None or gain.on != "validation":
        return dict.fromkeys(_VALIDATION_FIELDS)
    return gain_document(gain)


def _text(
    make: Callable[[SessionRecord, int], dict[str, Any]], record: SessionRecord, n: int
) -> str:
    return json_text(make(record, n))


def _iteration_line(record: SessionRecord, iteration: IterationRecord) -> dict[str, Any]:
    return {
        "n": iteration.n,
        "score": iteration.score,
        "validation_score": _validation_score(iteration),
        "processing_time": iteration.processing_time,
        "prompt_sha256": _prompt_sha256(_system(record), iteration.prompt),
        "accepted": iteration.n in record.improvements,
        "origin": iteration.origin,
        "parent": iteration.parent,
    }


def _run(run: Run) -> dict[str, Any]:
    document: dict[str, Any] = plain(run)
    return document


def _decision(decision: Decision | None, at: datetime | None) -> dict[str, Any]:
    if decision is None:
        return {"action": "none", "by": None, "prompt": None, "note": "", "timestamp": None}
    return {**plain(decision), "timestamp": at.isoformat() if at else None}


def _validation_score(iteration: IterationRecord) -> float | None:
    scores = [run.score for run in iteration.runs if run.split == "validation"]
    return fmean(scores) if scores and iteration.score is not None else None


def _prompt_sha256(system: str, text: str) -> str:
    """As `PromptTemplate.sha256`, for texts too that hold lone surrogates."""
    return sha256(f"{system}\x00{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _system(record: SessionRecord) -> str:
    return str(record.started.prompt.get("system", "")) if record.started else ""


def _ended(talk: InterviewRecord) -> datetime:
    return talk.finished_at or talk.started_at


def _beginning(record: SessionRecord) -> SessionStarted:
    if record.started is None:
        raise ValueError("the session has no beginning")
    return record.started
