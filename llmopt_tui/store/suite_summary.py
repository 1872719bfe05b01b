"""Past suites as lines of the list of sessions, read from their documents."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from llmopt_tui.core.loop.record import Status
from llmopt_tui.state.documents.moments import moment
from llmopt_tui.store.reading import read_document
from llmopt_tui.store.sessions import (
    UNCHANGED,
    SessionSummary,
    as_they_stand,
    labelled,
    list_sessions,
    newest_first,
)

if TYPE_CHECKING:
    from llmopt_tui.state.documents.suite import SuiteDocument

PREFIX = "optimization_suite_"
SUFFIX = ".json"
SEPARATOR = ", "
_NEEDED = ("suite_id", "status", "started_at", "sessions", "models", "cases")
_STATUSES: Mapping[str, Status] = {
    "running": "running",
    "paused": "paused",
    "completed": "completed",
    "failed": "failed",
    "interrupted": "interrupted",
}


def list_all(results: Path) -> list[SessionSummary]:
    """Every session and every suite of a results folder, newest first. Never raises."""
    suites = [read_suite(file) for file in suite_files(results)]
    return newest_first(as_they_stand([*list_sessions(results), *suites]))


def suite_files(results: Path) -> Iterator[Path]:
    """The documents of suites, in no order."""
    with contextlib.suppress(OSError):
        for entry in results.iterdir():
            if entry.name.startswith(PREFIX) and entry.name.endswith(SUFFIX) and entry.is_file():
                yield entry


def read_suite(file: Path) -> SessionSummary:
    """A suite's line as its document has it, with its labels. Never raises."""
    return labelled(_recorded(file))


def _recorded(file: Path) -> SessionSummary:
    from llmopt_tui.state.documents.suite import SuiteDocument

    document = read_document(file, SuiteDocument)
    status, started = _STATUSES.get(document.status), moment(document.started_at)
    if status is None or started is None or not document.knows(*_NEEDED):
        return _unusable(file, document)
    finished = moment(document.finished_at)
    scores = [
        (session.baseline_score, session.best_score)
        for session in document.sessions
        if session.baseline_score is not None and session.best_score is not None
    ]
    gains = [session.validation for session in document.sessions if session.validation]
    return SessionSummary(
        session_id=document.suite_id,
        folder=file,
        started_at=started.astimezone(),
        model=SEPARATOR.join(document.models),
        case_id=SEPARATOR.join(document.cases),
        case_title="",
        status=status,
        stop_reason="",
        before=fmean(before for before, _ in scores) if scores else None,
        after=fmean(after for _, after in scores) if scores else None,
        iterations=sum(session.iterations for session in document.sessions),
        seconds=max(0.0, (finished - started).total_seconds()) if finished else None,
        suite_id=document.suite_id,
        kind="suite",
        held_before=fmean(g.baseline or 0.0 for g in gains) if gains else None,
        held_after=fmean(g.best or 0.0 for g in gains) if gains else None,
        verdict=f"{sum(g.is_real for g in gains)}/{len(gains)} REAL" if gains else "",
        members=tuple(
            (row.session_id, (row.validation.verdict or UNCHANGED) if row.validation else "")
            for row in document.sessions
        ),
    )


def _unusable(file: Path, document: SuiteDocument) -> SessionSummary:
    """The line of a suite whose document does not say enough: its id, and what is wrong."""
    odd = next((name for name in _NEEDED if not document.knows(name)), "")
    odd = odd or ("started_at" if document.status in _STATUSES else "status")
    suite_id = file.name.removeprefix(PREFIX).removesuffix(SUFFIX)
    return SessionSummary(
        session_id=suite_id,
        folder=file,
        started_at=None,
        model="",
        case_id="",
        case_title="",
        status="interrupted",
        stop_reason="",
        before=None,
        after=None,
        iterations=0,
        seconds=None,
        note=f"its document cannot be used: {odd} is missing or odd",
        suite_id=suite_id,
        kind="suite",
    )
