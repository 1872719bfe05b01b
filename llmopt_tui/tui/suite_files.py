"""Suites as the Leaderboard reads them: the newest or a given one, read only if it changed.

Also which suite a screen names, and where its document is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from llmopt_tui.state.documents.suite import SuiteDocument
    from llmopt_tui.store.sessions import SessionSummary

Stamp = tuple[Path, int, int]


@dataclass(frozen=True)
class Found:
    """A suite's document. `problem` says why it cannot be shown; "" if there is no suite."""

    document: SuiteDocument | None = None
    stamp: Stamp | None = None
    problem: str = ""

    @property
    def suite_id(self) -> str:
        """The suite's id; "" if there is no suite."""
        return self.document.suite_id if self.document else ""

    @property
    def target(self) -> float | None:
        """The score at which the suite's sessions stop; None if unknown."""
        settings = self.document.settings if self.document else None
        return settings.target if settings and 0 <= settings.target <= 1 else None


@runtime_checkable
class NamesSuite(Protocol):
    """A screen on which a suite, or a session of one, is selected or shown."""

    @property
    def suite(self) -> Path | None:
        """The suite's document; None if what is selected belongs to no suite."""


def suite_of(session: SessionSummary) -> Path | None:
    """The document of a suite, or of the suite that a session belongs to, if it exists."""
    from llmopt_tui.store.suite_summary import PREFIX, SUFFIX

    if session.kind == "suite":
        return session.folder
    name = session.suite_id
    if not (name.isascii() and name.isalnum()):  # it becomes part of a path
        return None
    file = session.folder.parent / f"{PREFIX}{name}{SUFFIX}"
    return file if os.path.isfile(file) else None  # noqa: PTH113 - it never raises


def look(results: Path, wanted: Path | None, known: Found, *, running: bool = False) -> Found:
    """The wanted suite, or the newest; `known` if nothing has changed. Never raises.

    `running` says that this process runs the wanted one.
    """
    file = wanted or _newest(results)
    if file is None:
        return Found()
    try:
        stat = file.stat()
    except OSError as error:
        return Found(problem=f"{file.name} cannot be read: {error.strerror or error}.")
    stamp = (file, stat.st_mtime_ns, stat.st_size)
    if stamp == known.stamp and (running or not (known.document and known.document.running)):
        return known
    document = _read(file)
    if not document.knows("sessions"):
        return Found(stamp=stamp, problem=f"{file.name} cannot be used: it lists no sessions.")
    return Found(document if running else _up_to_date(results, document), stamp)


def list_suites(results: Path) -> list[SessionSummary]:
    """The suites of a results folder, newest first. Never raises."""
    from llmopt_tui.store.sessions import newest_first
    from llmopt_tui.store.suite_summary import read_suite, suite_files

    found = newest_first(read_suite(file) for file in suite_files(results))
    return [
        replace(suite, status="interrupted")
        if _broke_off(results, suite.folder, suite.status)
        else suite
        for suite in found
    ]


def _newest(results: Path) -> Path | None:
    from llmopt_tui.store.sessions import newest_first
    from llmopt_tui.store.suite_summary import read_suite, suite_files

    suites = newest_first(read_suite(file) for file in suite_files(results))
    return suites[0].folder if suites else None


def _broke_off(results: Path, file: Path, status: str) -> bool:
    return status == "running" and not _written(results, _read(file))


def _read(file: Path) -> SuiteDocument:
    from llmopt_tui.state.documents.suite import SuiteDocument
    from llmopt_tui.store.reading import read_document

    return read_document(file, SuiteDocument)


def _up_to_date(results: Path, document: SuiteDocument) -> SuiteDocument:
    """The document with its true status: a suite that no process writes is not running."""
    if not document.running or _written(results, document):
        return document
    broken_off = {"status": "interrupted"}
    sessions = tuple(
        row.model_copy(update=broken_off) if row.status in ("running", "paused") else row
        for row in document.sessions
    )
    return document.model_copy(update={**broken_off, "sessions": sessions})


def _written(results: Path, document: SuiteDocument) -> bool:
    """Whether a living process writes any of a suite's sessions, including trials of prompts."""
    from llmopt_tui.store.lock import owner_of
    from llmopt_tui.store.sessions import session_folder

    names = [row.folder for row in document.sessions]
    names += [trial.folder for trial in document.transfer or ()]
    folders = (session_folder(results, name) for name in names)
    return any(folder and owner_of(folder) for folder in folders)
