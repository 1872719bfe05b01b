"""Resuming a past session or suite: what to resume, or why it is not possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from llmopt_tui.state.documents.suite import SuiteDocument
    from llmopt_tui.store.sessions import LoadedSession, SessionSummary


class NotResumableError(Exception):
    """The session or suite cannot be resumed; the message says why."""


def resumable(summary: SessionSummary) -> LoadedSession | SuiteDocument:
    """What `RunController.resume` takes. Reads files. Raises NotResumableError."""
    from llmopt_tui.app.sessions import why_ended
    from llmopt_tui.store.lock import owner_of
    from llmopt_tui.store.sessions import load_session

    if summary.kind == "suite":
        if summary.status == "completed":
            raise NotResumableError("The suite has ended: nothing is left to do.")
        return _suite_in(summary.folder)
    try:
        loaded = load_session(summary.folder)
    except OSError as error:
        raise NotResumableError(f"It cannot be read: {error.strerror or error}.") from error
    if reason := why_ended(loaded.record):
        raise NotResumableError(f"The session has ended ({reason}): nothing is left to do.")
    if owner := owner_of(summary.folder):
        raise NotResumableError(f"The session is being run by {owner}.")
    return loaded


def resumable_at(place: Path) -> LoadedSession | SuiteDocument:
    """As `resumable`, of a session's folder or a suite's document. Raises NotResumableError."""
    from llmopt_tui.store.sessions import as_they_stand, read_summary
    from llmopt_tui.store.suite_summary import read_suite

    summary = read_summary(place) if place.is_dir() else read_suite(place)
    if summary is None:
        raise NotResumableError("Nothing of it is kept.")
    (found,) = as_they_stand([summary])
    return resumable(found)


def _suite_in(file: Path) -> SuiteDocument:
    from llmopt_tui.state.documents.suite import SuiteDocument
    from llmopt_tui.store.reading import parse_json

    try:
        found = parse_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise NotResumableError(f"The suite's document cannot be read: {error}.") from error
    if not isinstance(found, dict):
        raise NotResumableError("The suite's document contains no suite.")
    return SuiteDocument.read(found)
