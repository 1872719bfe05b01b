"""Past suites as lines of the list of sessions, read from their documents."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from llmopt_tui.core.loop.record import Status
from llmopt_tui.store.reading import (
    OddDocumentError,
    get,
    get_number,
    get_time,
    read_document,
)
from llmopt_tui.store.sessions import SessionSummary, as_they_stand, list_sessions, newest_first

PREFIX = "optimization_suite_"
SUFFIX = ".json"
SEPARATOR = ", "
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
    """A suite's line as its document has it. Never raises."""
    try:
        return _from_document(file, read_document(file))
    except OddDocumentError as error:
        note = f"its document cannot be used: {error} is missing or odd"
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
            note=note,
            suite_id=suite_id,
            kind="suite",
        )


def _from_document(file: Path, document: Mapping[str, Any]) -> SessionSummary:
    suite_id = get(document, "suite_id", str)
    status = _STATUSES.get(get(document, "status", str))
    started, finished = get_time(document, "started_at"), get_time(document, "finished_at")
    if status is None or started is None:
        raise OddDocumentError("status" if status is None else "started_at")
    sessions = [s for s in get(document, "sessions", list) if isinstance(s, dict)]
    scores = [
        (before, after)
        for s in sessions
        if (before := get_number(s, "baseline_score")) is not None
        and (after := get_number(s, "best_score")) is not None
    ]
    return SessionSummary(
        session_id=suite_id,
        folder=file,
        started_at=started,
        model=_names(document, "models"),
        case_id=_names(document, "cases"),
        case_title="",
        status=status,
        stop_reason="",
        before=fmean(before for before, _ in scores) if scores else None,
        after=fmean(after for _, after in scores) if scores else None,
        iterations=sum(n for s in sessions if isinstance(n := s.get("iterations"), int)),
        seconds=max(0.0, (finished - started).total_seconds()) if finished else None,
        suite_id=suite_id,
        kind="suite",
    )


def _names(document: Mapping[str, Any], key: str) -> str:
    names: Sequence[Any] = get(document, key, list)
    return SEPARATOR.join(name for name in names if isinstance(name, str))
