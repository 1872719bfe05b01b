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
