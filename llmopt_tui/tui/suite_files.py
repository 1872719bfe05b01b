"""Suites as the Leaderboard reads them: the newest or a given one, anew only when it changed.

Also which one a screen names, and where it is.
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
    """A suite's document. `problem` says why there is none, "" where there is just no suite."""

    document: SuiteDocument | None = None
    stamp: Stamp | None = None
    problem: str = ""

    @property
    def suite_id(self) -> str:
        """The suite's id, "" where there is none."""
        return self.document.suite_id if self.document else ""

    @property
    def target(self) -> float | None:
        """The score at which sessions stop."""
        settings = self.document.settings if self.document else None
        return settings.target if settings and 0 <= settings.target <= 1 else None


@runtime_checkable
class NamesSuite(Protocol):
    """A screen on which something of a suite is selected or shown."""

    @property
    def suite(self) -> Path | None:
        """The suite's document; None where it is of none."""


def suite_of(session: SessionSummary) -> Path | None:
    """The document of a suite, or of the one that a session belongs to, if it is there."""
    from llmopt_tui.store.suite_summary import PREFIX, SUFFIX

    if session.kind == "suite":
        return session.folder
    name = session.suite_id
    if not (name.isascii() and name.isalnum()):  # it becomes part of a path
        return None
    file = session.folder.parent / f"{PREFIX}{name}{SUFFIX}"
    return file if os.path.isfile(file) else None  # noqa: PTH113 - it never raises


def look(results: Path, wanted: Path | None, known: Found, *, running: bool = False) -> Found:
    """The wanted suite, or the newest; `known` where nothing has changed. Never raises.

    `running` says that it is this process that runs the wanted one.
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
    return Found(document if running else _as_it_stands(results, document), stamp)


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


def _as_it_stands(results: Path, document: SuiteDocument) -> SuiteDocument:
    """The document with what is true now: nothing runs that nobody writes."""
    if not document.running or _written(results, document):
        return document
    broken_off = {"status": "interrupted"}
    sessions = tuple(
        row.model_copy(update=broken_off) if row.status in ("running", "paused") else row
        for row in document.sessions
    )
    return document.model_copy(update={**broken_off, "sessions": sessions})


def _written(results: Path, document: SuiteDocument) -> bool:
    """Whether a living process writes any of a suite's sessions, trials of prompts among them."""
    from llmopt_tui.store.lock import owner_of
    from llmopt_tui.store.sessions import session_folder

    names = [row.folder for row in document.sessions]
    names += [trial.folder for trial in document.transfer or ()]
    folders = (session_folder(results, name) for name in names)
    return any(folder and owner_of(folder) for folder in folders)
