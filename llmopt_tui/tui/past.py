"""Past sessions, read only to be shown: each journal is read and folded once, then cached."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmopt_tui.store.sessions import LoadedSession

_KEPT = 4
"""How many are cached: two that are compared, the one in the preview, and the previous one."""


def load(folder: Path) -> LoadedSession:
    """A session, from memory if its journal has not changed. Raises OSError.

    The result is shared, so it must not be changed. To resume a session, read it from disk again.
    """
    from llmopt_tui.store.journal import FILE_NAME

    stat = (folder / FILE_NAME).stat()
    return _read(folder, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=_KEPT)
def _read(folder: Path, changed_at: int, size: int) -> LoadedSession:
    """A session. The journal's time of change (nanoseconds) and size (bytes) are the cache key."""
    from llmopt_tui.store.sessions import load_session

    return load_session(folder)
