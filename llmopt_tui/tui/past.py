"""Past sessions as they are read to be looked at: each journal read and folded once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmopt_tui.store.sessions import LoadedSession

_KEPT = 4
"""Two that are compared, the one that is previewed, and the one before it."""


def load(folder: Path) -> LoadedSession:
    """A session, from memory where its journal is as it was. Raises OSError.

    It may be shared: nobody changes it. Whoever resumes a session reads it afresh.
    """
    from llmopt_tui.store.journal import FILE_NAME

    stat = (folder / FILE_NAME).stat()
    return _read(folder, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=_KEPT)
def _read(folder: Path, changed_at: int, size: int) -> LoadedSession:
    """A session whose journal has this time of change, in nanoseconds, and this size in bytes."""
    from llmopt_tui.store.sessions import load_session

    return load_session(folder)
