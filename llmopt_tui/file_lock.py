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

    def _lock(descriptor: int) -> None:
        # Far behind the content, which others are to read while it is locked.
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def try_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed. Says whether it could: False means it is held.

    A second descriptor of the same process counts as another holder. Raises OSError where the
    file system knows no locks.
    """
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):  # "held by another", POSIX and Windows
        return False
    return True


@asynccontextmanager
async def locked(file: Path) -> AsyncIterator[None]:
    """Hold the lock of `file` (made if missing), waiting as long as somebody else does.

    Raises OSError where the file cannot be opened or its file system knows no locks.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not try_lock(descriptor):  # noqa: ASYNC110 - no event comes from other processes
            await asyncio.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)
