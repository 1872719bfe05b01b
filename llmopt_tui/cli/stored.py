"""What results/ holds, found by an id or the beginning of one: sessions and suites."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmopt_tui.cli.common import PROGRAM, CommandError, ExitCode
from llmopt_tui.store.disk import reason
from llmopt_tui.store.reading import parse_json
from llmopt_tui.store.sessions import (
    LoadedSession,
    SessionNotFoundError,
    find_session,
    load_session,
)

if TYPE_CHECKING:
    from llmopt_tui.state.documents.suite import SuiteDocument

_SUITE_PREFIX = "optimization_suite_"


@dataclass(frozen=True, slots=True)
class StoredSuite:
    """A suite's document, and `stored`: the JSON object exactly as its file has it."""

    file: Path
    document: SuiteDocument
    stored: dict[str, Any]

    @property
    def suite_id(self) -> str:
        """Its id, by the name of its file."""
        return self.file.stem.removeprefix(_SUITE_PREFIX)


def find_stored(results: Path, prefix: str) -> LoadedSession | StoredSuite:
    """The one session or suite whose id begins so. Raises CommandError."""
    suites = _suites(results, prefix)
    try:
        folder = find_session(results, prefix)
    except SessionNotFoundError as error:
        if len(suites) != 1:
            raise CommandError(f"{error}. See {PROGRAM} sessions") from error
        return _read_suite(suites[0])
    if suites:
        ids = ", ".join([folder.name, *(suite.stem for suite in suites)])
        raise CommandError(f"{prefix!r} may be: {ids}. Give more of the id")
    return read_session(folder)


def find_stored_session(results: Path, prefix: str) -> LoadedSession:
    """The one session whose id begins so. Raises CommandError."""
    found = find_stored(results, prefix)
    if isinstance(found, StoredSuite):
        ids = [row.session_id for row in found.document.sessions if row.session_id]
        of = f": {', '.join(ids)}" if ids else ""
        raise CommandError(f"{prefix!r} is a suite; name one of its sessions{of}")
    return found


def read_session(folder: Path) -> LoadedSession:
    """The session in a folder. Raises CommandError where nothing of it can be read."""
    try:
        session = load_session(folder)
    except OSError as error:
        raise CommandError(
            f"{folder}: the journal cannot be read: {error.strerror}", code=ExitCode.FAILED
        ) from error
    if session.record.started is None:
        raise CommandError(f"{folder}: the journal holds no beginning", code=ExitCode.FAILED)
    return session


def _suites(results: Path, prefix: str) -> list[Path]:
    wanted = prefix.removeprefix(_SUITE_PREFIX).casefold()
    return [
        file
        for file in sorted(results.glob(f"{_SUITE_PREFIX}*.json"))
        if wanted and file.stem.removeprefix(_SUITE_PREFIX).casefold().startswith(wanted)
    ]


def _read_suite(file: Path) -> StoredSuite:
    from llmopt_tui.state.documents.suite import SuiteDocument

    try:
        stored = parse_json(file.read_bytes())
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else f"it is damaged ({error})"
        raise CommandError(
            f"{file} cannot be read: {why}. Its sessions are kept on their own: {PROGRAM} sessions "
            "lists them, and each can be shown or resumed by its id",
            code=ExitCode.FAILED,
        ) from error
    if not isinstance(stored, dict):
        raise CommandError(f"{file} does not hold a suite", code=ExitCode.FAILED)
    return StoredSuite(file, SuiteDocument.read(stored), stored)
