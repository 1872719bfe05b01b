"""Past sessions: listing them, finding one, reading one. Needs no server, survives damage."""

from __future__ import annotations

import contextlib
import difflib
import json
import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from llmopt_tui.core.events import Event
from llmopt_tui.core.record import SessionRecord, Status
from llmopt_tui.store.documents import SESSION_DATA, session_data
from llmopt_tui.store.journal import FILE_NAME, read_journal
from llmopt_tui.store.writer import folded

PREFIX = "session_"
_SHOWN_IDS = 5
_ENDED: Mapping[str, Status] = {"completed": "completed", "failed": "failed"}
_BEGINNING_OF_TIME = datetime.min.replace(tzinfo=UTC)

T = TypeVar("T")


class SessionNotFoundError(LookupError):
    """No session, or more than one, answers to an id. The message says which there are."""


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A line of the list of sessions. Scores are None where none was reached.

    `seconds` is the time from the start to the end, or to the last thing that is recorded; `note`
    says what failed or what could not be read.
    """

    session_id: str
    folder: Path
    started_at: datetime | None
    model: str
    case_id: str
    case_title: str
    status: Status
    stop_reason: str
    before: float | None
    after: float | None
    iterations: int
    seconds: float | None
    note: str = ""

    @property
    def gain(self) -> float | None:
        """How much better the best prompt is than the original."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class LoadedSession:
    """A session read from disk. `notes` say what of its journal could not be used."""

    folder: Path
    record: SessionRecord
    events: tuple[Event, ...]
    notes: tuple[str, ...]

    @property
    def status(self) -> Status:
        """As the record's, but a session without an end is not running: it was interrupted."""
        return self.record.status if self.record.finished else "interrupted"


def list_sessions(results: Path, *, running: Container[str] = ()) -> list[SessionSummary]:
    """Every session of a results folder, newest first. What is not one is passed over.

    `running` holds the ids of sessions that are being worked on: any other one without an end was
    interrupted. Never raises.
    """
    summaries = [
        summary for folder in session_folders(results) if (summary := _summary(folder, running))
    ]
    return sorted(
        summaries, key=lambda s: (s.started_at or _BEGINNING_OF_TIME, s.session_id), reverse=True
    )


def session_folders(results: Path) -> Iterator[Path]:
    """The session folders, in no order."""
    with contextlib.suppress(OSError):
        for entry in results.iterdir():
            if entry.name.startswith(PREFIX) and entry.is_dir():
                yield entry


def find_session(results: Path, prefix: str) -> Path:
    """The folder of the session whose id begins so; the folder's whole name will do as well.

    Raises `SessionNotFoundError`. What was typed is compared and never becomes a path.
    """
    folders = {folder.name: folder for folder in session_folders(results)}
    if prefix in folders:
        return folders[prefix]
    wanted = prefix.removeprefix(PREFIX).casefold()
    exact = [f for f in folders.values() if _id(f).casefold() == wanted]
    found = exact or [
        f for name, f in folders.items() if name.removeprefix(PREFIX).casefold().startswith(wanted)
    ]
    if len(found) == 1 and wanted:
        return found[0]
    if exact:
        raise SessionNotFoundError(
            f"{prefix!r} is the id of more than one session; name the folder: "
            + _listed([f.name for f in exact])
        )
    if found:
        ids = _listed([_id(f) for f in found])
        raise SessionNotFoundError(f"{prefix!r} is not one session; it may be: {ids}")
    if not folders:
        raise SessionNotFoundError(f"no session {prefix!r}: {results} holds none")
    known = [_id(f) for f in folders.values()]
    if near := difflib.get_close_matches(wanted, known, n=3):
        raise SessionNotFoundError(f"no session {prefix!r}; did you mean {', '.join(near)}?")
    raise SessionNotFoundError(f"no session {prefix!r}; there is: {_listed(known)}")


def load_session(folder: Path) -> LoadedSession:
    """Read a session from its journal. Raises OSError where there is none to read."""
    reading = read_journal(folder / FILE_NAME)
    return LoadedSession(folder, folded(reading.events), reading.events, reading.notes)


def _summary(folder: Path, running: Container[str]) -> SessionSummary | None:
    """A session's line; None for a folder that holds none.

    From session_data.json where that says how the session ended, else from the journal.
    """
    document = _read_document(folder / SESSION_DATA)
    with contextlib.suppress(_OddDocumentError):
        return _from_document(folder, document, _ENDED.get(str(document.get("status"))))
    try:
        loaded = load_session(folder)
    except FileNotFoundError:
        with contextlib.suppress(_OddDocumentError):
            return _from_document(folder, document, "interrupted", note="its journal is missing")
        return None
    except OSError as error:
        return _broken(folder, f"cannot be read: {error.strerror or error}")
    if loaded.record.started is None:
        return _broken(folder, "its journal holds no beginning")
    live = loaded.record.started.session_id in running
    status = loaded.record.status if live else loaded.status
    try:
        data = session_data(loaded.record, status=status)
        summary = _from_document(folder, data, status, note="; ".join(loaded.notes))
    except (_OddDocumentError, RecursionError) as error:
        return _broken(folder, f"its journal is odd: {error}")
    return replace(summary, seconds=loaded.record.duration)


class _OddDocumentError(ValueError):
    """A document lacks something or has it in the wrong form: edited by hand, or of others."""


def _read_document(path: Path) -> dict[str, Any]:
    """The document; empty where there is none that can be read."""
    try:
        document = json.loads(path.read_bytes()) if path.is_file() else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _from_document(
    folder: Path, document: dict[str, Any], status: Status | None, *, note: str = ""
) -> SessionSummary:
    """Raises _OddDocumentError, also without a status."""
    if status is None:
        raise _OddDocumentError("status")
    model, case = _get(document, "model", dict), _get(document, "case", dict)
    started, finished = _time(document, "started_at"), _time(document, "finished_at")
    if started is None:
        raise _OddDocumentError("started_at")
    return SessionSummary(
        session_id=_get(document, "session_id", str),
        folder=folder,
        started_at=started,
        model=_get(model, "name", str),
        case_id=_get(case, "id", str),
        case_title=_get(case, "title", str),
        status=status,
        stop_reason=""
        if document.get("stop_reason") is None
        else _get(document, "stop_reason", str),
        before=_number(document, "baseline_score"),
        after=_number(document, "best_score"),
        iterations=len(_get(document, "iterations", list)),
        seconds=max(0.0, (finished - started).total_seconds()) if finished else None,
        note=note or _get(document, "error_message", str),
    )


def _broken(folder: Path, note: str) -> SessionSummary:
    return SessionSummary(
        _id(folder), folder, None, "", "", "", "interrupted", "", None, None, 0, None, note
    )


def _id(folder: Path) -> str:
    """The id in a folder's name."""
    return folder.name.removeprefix(PREFIX).partition("_")[0]


def _listed(names: list[str]) -> str:
    shown = sorted(names)[:_SHOWN_IDS]
    return ", ".join(shown) + (", ..." if len(names) > _SHOWN_IDS else "")


def _get(document: Mapping[str, Any], key: str, kind: type[T]) -> T:
    value = document.get(key)
    if not isinstance(value, kind):
        raise _OddDocumentError(key)
    return value


def _number(document: Mapping[str, Any], key: str) -> float | None:
    value = document.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _OddDocumentError(key)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _OddDocumentError(key)
    return number


def _time(document: Mapping[str, Any], key: str) -> datetime | None:
    """A time of the document in local time; one without an offset is taken for UTC."""
    if document.get(key) is None:
        return None
    try:
        at = datetime.fromisoformat(_get(document, key, str))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone()
    except (ValueError, OverflowError) as error:
        raise _OddDocumentError(key) from error
