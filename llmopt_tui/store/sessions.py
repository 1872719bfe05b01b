"""Past sessions: listing them, finding one, reading one. Needs no server, survives damage."""

from __future__ import annotations

import contextlib
import difflib
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from llmopt_tui.core.analysis.findings import Gain
from llmopt_tui.core.events import Event
from llmopt_tui.core.loop.folding import folded
from llmopt_tui.core.loop.record import SessionRecord, Status
from llmopt_tui.state.documents.moments import moment
from llmopt_tui.store.documents import LISTED, SESSION_DATA, listed_data
from llmopt_tui.store.journal import FILE_NAME, read_journal
from llmopt_tui.store.labels import Labelled, read_labels
from llmopt_tui.store.lock import owner_of
from llmopt_tui.store.reading import read_document

if TYPE_CHECKING:
    from llmopt_tui.state.documents.session import SessionData

PREFIX = "session_"
_FOLDER = re.compile(r"session_[A-Za-z0-9-]+_[A-Za-z0-9._-]+")
_SHOWN_IDS = 5
_ENDED: Mapping[str, Status] = {"completed": "completed", "failed": "failed"}
_GOING_ON = ("running", "paused")
UNCHANGED = "unchanged"
"""The verdict where the original prompt stayed the best."""
_NEEDED = (
    *("session_id", "model", "case", "started_at", "finished_at", "stop_reason"),
    *("baseline_score", "best_score", "iterations", "error_message"),
)
"""What a line of the list needs of session_data.json: it is in every one that was written."""


class SessionNotFoundError(LookupError):
    """No session, or more than one, answers to an id. The message says which there are."""


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A line of the list of sessions. Scores are None where none was reached.

    `seconds` is the time from the start to the end, or to the last thing that is recorded; `note`
    says what failed or what could not be read.

    `held_before` and `held_after` are the scores on held-out examples, `verdict` the word on them,
    "" where they were not measured. `label`, `tags` and `pinned` are what a person made of it.

    A suite is a line too: its id, its document as the folder, its models and cases with commas
    between them, and the mean scores of its sessions. `members` are the ids of its sessions, each
    with the verdict that the suite as a whole came to.
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
    suite_id: str = ""
    kind: Literal["session", "suite"] = "session"
    held_before: float | None = None
    held_after: float | None = None
    verdict: str = ""
    label: str = ""
    tags: tuple[str, ...] = ()
    pinned: bool = False
    members: tuple[tuple[str, str], ...] = ()

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


def names(summary: SessionSummary) -> str:
    """Everything that a session is called, a line each, in folded case: what a filter looks in."""
    s = summary
    found = (s.model, s.case_id, s.case_title, s.session_id, s.suite_id, s.stop_reason, s.status)
    return "\n".join((*found, s.verdict, s.label, *s.tags)).casefold()


def holds(names: str, query: str) -> bool:
    """Whether names hold every word of a query, in upper or lower case."""
    return all(word in names for word in query.casefold().split())


def list_sessions(results: Path) -> list[SessionSummary]:
    """Every session of a results folder, newest first. Other files and folders are passed over.

    Never raises.
    """
    found = [summary for folder in session_folders(results) if (summary := read_summary(folder))]
    return newest_first(as_they_stand(found))


def newest_first(summaries: Iterable[SessionSummary]) -> list[SessionSummary]:
    """The summaries in the order of a list."""
    return sorted(summaries, key=lambda s: (_began(s), s.session_id, s.folder.name), reverse=True)


def _began(summary: SessionSummary) -> float:
    # As a number: times with offsets take five times as long to compare.
    return summary.started_at.timestamp() if summary.started_at else -math.inf


def as_they_stand(summaries: Iterable[SessionSummary]) -> list[SessionSummary]:
    """The summaries of files as they are now: a session that no process writes does not run."""
    standing = [_as_it_stands(summary) for summary in summaries]
    alive = {s.suite_id for s in standing if s.kind == "session" and s.status in _GOING_ON}
    return [
        replace(s, status="interrupted")
        if s.kind == "suite" and s.status in _GOING_ON and s.session_id not in alive
        else s
        for s in standing
    ]


def _as_it_stands(summary: SessionSummary) -> SessionSummary:
    if summary.kind == "session" and summary.status in _GOING_ON and not owner_of(summary.folder):
        return replace(summary, status="interrupted")
    return summary


def session_folders(results: Path) -> Iterator[Path]:
    """The session folders, in no order."""
    with contextlib.suppress(OSError):
        for entry in results.iterdir():
            if entry.name.startswith(PREFIX) and os.path.isdir(entry):  # noqa: PTH112
                yield entry


def session_folder(results: Path, name: object) -> Path | None:
    """The folder that a document names; None where no session of ours could have that name."""
    if isinstance(name, str) and _FOLDER.fullmatch(name):
        return results / name
    return None


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


def read_summary(folder: Path) -> SessionSummary | None:
    """A session's line as its files have it; None for a folder that holds none. Never raises."""
    summary = _recorded_summary(folder)
    return labelled(summary) if summary else None


def labelled(summary: SessionSummary) -> SessionSummary:
    """The line with what a person made of the session or suite."""
    labels = read_labels(summary.folder)
    if labels == Labelled():
        return summary
    return replace(summary, label=labels.name, tags=labels.tags, pinned=labels.pinned)


def _recorded_summary(folder: Path) -> SessionSummary | None:
    """A session's line without its labels.

    From session_data.json where that says how the session ended, else from the journal. One
    without an end is "running" or "paused", as it was left: `as_they_stand` knows better.
    """
    from llmopt_tui.state.documents.session import SessionData

    document = read_document(folder / SESSION_DATA, SessionData, only=LISTED)
    ended = _ENDED.get(document.status)
    if ended and (summary := _from_document(folder, document, ended)):
        return summary
    try:
        loaded = load_session(folder)
    except FileNotFoundError:
        return _from_document(folder, document, "interrupted", note="its journal is missing")
    except OSError as error:
        return _broken(folder, f"cannot be read: {error.strerror or error}")
    if loaded.record.started is None:
        return _broken(folder, "its journal holds no beginning")
    status, summary = loaded.record.status, None
    with contextlib.suppress(RecursionError):
        data = listed_data(loaded.record, status=status)
        summary = _from_document(folder, data, status, note="; ".join(loaded.notes))
    if summary is None:
        return _broken(folder, "its journal is odd: what it says of the case cannot be used")
    return replace(summary, seconds=loaded.record.duration)


def _from_document(
    folder: Path, document: SessionData, status: Status, *, note: str = ""
) -> SessionSummary | None:
    """The line; None where the document does not say enough."""
    started, finished = moment(document.started_at), moment(document.finished_at)
    known = document.knows(*_NEEDED) and document.case.knows("id", "title")
    if not (known and document.model and started):
        return None
    if document.finished_at and not finished:
        return None
    gain = document.validation
    held_out = gain if isinstance(gain, Gain) and gain.held_out else None
    return SessionSummary(
        session_id=document.session_id,
        folder=folder,
        started_at=started.astimezone(),
        model=document.model.name,
        case_id=document.case.id,
        case_title=document.case.title,
        status=status,
        stop_reason=document.stop_reason or "",
        before=document.baseline_score,
        after=document.best_score,
        iterations=len(document.iterations),
        seconds=max(0.0, (finished - started).total_seconds()) if finished else None,
        note=note or document.error_message,
        suite_id=document.suite_id or "",
        held_before=held_out.baseline if held_out else None,
        held_after=held_out.best if held_out else None,
        verdict=(held_out.verdict or UNCHANGED) if held_out else "",
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
