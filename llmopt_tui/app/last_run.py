"""The last run of a workspace, where it was interrupted: what the next start offers to resume."""

from __future__ import annotations

import os
from pathlib import Path

from llmopt_tui.store.journal import FILE_NAME
from llmopt_tui.store.sessions import (
    SessionSummary,
    as_they_stand,
    read_summary,
    session_folders,
)
from llmopt_tui.store.suite_summary import PREFIX as SUITE_PREFIX
from llmopt_tui.store.suite_summary import SUFFIX, read_suite


def interrupted_run(results: Path) -> SessionSummary | None:
    """The suite or session that was written last, if nothing works on it and it has no end.

    Only the last one: a person who has run something else since is done with it. Never raises.
    """
    newest = max(session_folders(results), key=_written_at, default=None)
    if newest is None or (session := read_summary(newest)) is None:
        return None
    suite_id = session.suite_id
    file = results / f"{SUITE_PREFIX}{suite_id}{SUFFIX}"
    # The id comes from a file and becomes part of a path.
    known = suite_id.isascii() and suite_id.isalnum() and os.path.isfile(file)  # noqa: PTH113
    found = as_they_stand([read_suite(file), session] if known else [session])
    return found[0] if found[0].status == "interrupted" else None


def _written_at(folder: Path) -> float:
    """When a session's journal was last written; 0 where it has none."""
    try:
        return os.stat(folder / FILE_NAME).st_mtime  # noqa: PTH116  (thousands of them)
    except OSError:
        return 0.0
