"""Deleting a session: its folder goes to the system's trash, or aside, and is never unlinked."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from llmopt_tui.store.disk import is_junction
from llmopt_tui.store.labels import labels_file
from llmopt_tui.store.lock import owner_of
from llmopt_tui.store.sessions import session_folders
from llmopt_tui.store.suite_summary import suite_files

ASIDE = ".trash"
"""The folder in `results` for what no trash takes. No list of sessions looks into it."""


class NotDeletedError(Exception):
    """The folder was not deleted and is where it was. The message says why."""


class NoTrashError(NotDeletedError):
    """The system has no trash for this folder; `set_aside` may still move it."""


@dataclass(frozen=True, slots=True)
class Size:
    """What lies in a folder. Links count as themselves, what cannot be read not at all."""

    files: int
    bytes: int


def size_of(folder: Path) -> Size:
    """How much would be deleted with a folder. Never raises."""
    files = total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118
            except OSError:
                continue
            files += 1
    return Size(files, total)


def problem_with(results: Path, folder: Path) -> str:
    """Why a folder may not be deleted, "" where it may: only what is a session's, and at rest.

    The document of a suite may be deleted too, and the files beside it.
    """
    if folder in files_of_suites(results) and not folder.is_symlink():
        return ""
    if folder.parent != results or folder not in session_folders(results):
        return "is not the folder of a session of this workspace"
    try:
        status = os.lstat(folder)
    except OSError as error:
        return f"cannot be looked at: {error.strerror or error}"
    if not stat.S_ISDIR(status.st_mode) or is_junction(status):
        return "is a link: what it leads to lies elsewhere"
    if owner := owner_of(folder):
        return f"is being written by {owner}: stop the run first"
    return ""


def files_of_suites(results: Path) -> set[Path]:
    """The documents of suites, with the report and the labels beside each."""
    return {found for file in suite_files(results) for found in files_of_suite(file)}


def files_of_suite(file: Path) -> list[Path]:
    """The files of a suite as far as they exist: its labels, its report, and last its document,
    by which the others are known.
    """
    beside = (labels_file(file), file.with_suffix(".md"), file)
    return [path for path in beside if path.is_file()]


def put_back(results: Path, aside: Path, name: str) -> None:
    """Bring what was set aside back to its name in the results folder. Raises NotDeletedError."""
    target = results / name
    try:
        if os.path.lexists(target):
            raise NotDeletedError(f"{name} is there again")
        aside.rename(target)
    except OSError as error:
        raise NotDeletedError(f"{name} cannot be brought back: {_reason(error)}") from error


def move_to_trash(results: Path, folder: Path) -> None:
    """Put a session's folder into the system's trash.

    Raises NoTrashError where there is none for it, NotDeletedError where it may not be deleted.
    """
    _check(results, folder)
    from send2trash import send2trash

    try:
        send2trash(folder)
    except OSError as error:
        raise NoTrashError(f"the system's trash did not take it: {_reason(error)}") from error
    if os.path.lexists(folder):
        raise NoTrashError("the system's trash did not take it")


def set_aside(results: Path, folder: Path) -> Path:
    """Move a session's folder into the results' own trash. Returns where it is now.

    Raises NotDeletedError.
    """
    _check(results, folder)
    aside = results / ASIDE
    try:
        if aside.is_symlink():
            raise NotDeletedError(f"{aside} is a link, and nothing is moved through one")
        aside.mkdir(mode=0o700, exist_ok=True)
        target = _free(aside / folder.name)
        folder.rename(target)
    except OSError as error:
        raise NotDeletedError(f"it cannot be moved to {aside}: {_reason(error)}") from error
    return target


def _check(results: Path, folder: Path) -> None:
    if problem := problem_with(results, folder):
        raise NotDeletedError(f"{folder.name} {problem}")


def _free(path: Path) -> Path:
    """The path, or the first of its kind that nothing is at."""
    found, number = path, 1
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.name} {number}")
    return found


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
