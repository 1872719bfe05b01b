"""Edits: what was changed in a workspace's files, each change whole, checked, and undone again."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.app.case_editing.errors import ChangedOnDiskError, EditError

if TYPE_CHECKING:
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.config.problems import Problem

Versions = Mapping[Path, bytes | None]
"""What files hold by their paths; None: there is no such file."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a person did: `words` say what, for "undone: ..."."""

    words: str
    before: Versions
    after: Versions


class Edits:
    """Saves changes of a workspace's files and undoes them, the newest first.

    Files are read and written whole. One that is no longer as it was read is never overwritten.
    Use it from one thread at a time.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._done: list[Change] = []

    @property
    def last(self) -> str:
        """What `undo` would undo, in words; "" if there is nothing."""
        return self._done[-1].words if self._done else ""

    def problems(self, after: Mapping[Path, bytes]) -> tuple[Problem, ...]:
        """What the strict reader would say of these contents that it does not say already."""
        known = set(map(str, self._workspace.load_cases().problems))
        found = self._workspace.load_cases(after).problems
        return tuple(problem for problem in found if str(problem) not in known)

    def save(self, words: str, before: Versions, after: Mapping[Path, bytes]) -> None:
        """Write the files; `before` is how they were read.

        Raises ChangedOnDiskError where one has changed, OSError where one cannot be written.
        """
        change = Change(words, {path: before.get(path) for path in after}, dict(after))
        _put(change.before, change.after)
        self._done.append(change)

    def undo(self) -> str:
        """Bring the files back to how they were before the last change; its words.

        Raises EditError where there is none or a file has changed since, OSError.
        """
        if not self._done:
            raise EditError("there is nothing to undo")
        change = self._done[-1]
        _put(change.after, change.before)
        self._done.pop()
        return change.words


def _put(before: Versions, after: Versions) -> None:
    """Bring files from one version to another: all of them, or none where one is not as before."""
    for path in after:
        if _content(path) != before[path]:
            raise ChangedOnDiskError(path, new=before[path] is None)
    done: list[Path] = []
    try:
        for path, content in after.items():
            _write(path, content)
            done.append(path)
    except OSError:
        for path in done:
            with contextlib.suppress(OSError):
                _write(path, before[path])
        raise


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, content: bytes | None) -> None:
    """Replace a file, a link's target in the place of the link; its permissions stay."""
    from llmopt_tui.store.atomic import write_bytes

    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path.resolve()
    write_bytes(target, content, private=False)
