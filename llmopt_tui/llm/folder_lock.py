"""One holder at a time, across tasks and processes: an advisory lock on a file.

The system drops it when the holder dies, so there is nothing stale to clean up.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_POLL_SECONDS = 0.1

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@asynccontextmanager
async def locked(file: Path) -> AsyncIterator[None]:
    """Hold the lock of `file` (made if missing), waiting as long as somebody else does.

    Raises OSError where the file cannot be opened or its file system knows no locks.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                _try_lock(descriptor)
                break
            except (BlockingIOError, PermissionError):  # "held by another", POSIX and Windows
                await asyncio.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)
