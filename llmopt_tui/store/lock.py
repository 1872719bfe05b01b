"""Who is writing a session's folder: one process at a time, and others can tell which.

The lock is the system's, on a file in the folder that says who holds it. The system drops it when
its holder dies, so a file that is left behind is not held. The library `filelock` does not serve
here: on Windows it locks a file's first byte, and nobody else could read who holds it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.store.disk import at

FILE_NAME = ".lock"
# A look at who holds a lock holds it for an instant itself.
_ATTEMPTS = 20
_PAUSE_SECONDS = 0.005

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


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that writes a folder. `pid` is 0 and `machine` empty where it does not say."""

    pid: int = 0
    machine: str = ""

    def __str__(self) -> str:
        if not self.pid:
            return "another program"
        here = self.machine == socket.gethostname()
        return f"process {self.pid}" + ("" if here else f" on {one_line(self.machine, 60)}")


class FolderTakenError(Exception):
    """A living process writes this folder, or runs this suite."""

    def __init__(self, name: str, owner: Owner) -> None:
        super().__init__(f"{name} is being written by {owner}")
        self.owner = owner


class Lock:
    """The right to write what is called `name`, until `release` or the end of the process.

    `path` is the file that says who has it. Raises FolderTakenError where somebody else has it,
    OSError where the file cannot be written.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        for attempt in range(_ATTEMPTS):
            with at(path.parent):
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                # A file that its holder has just removed can be locked and guards nothing.
                if _locked(descriptor) and _is_at(descriptor, self._path):
                    _say_who(descriptor)
                    self._descriptor: int | None = descriptor
                    return
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            if attempt + 1 < _ATTEMPTS:
                time.sleep(_PAUSE_SECONDS)
        raise FolderTakenError(name, _read(self._path))

    def release(self) -> None:
        """Give the right up. More than once does nothing."""
        if self._descriptor is None:
            return
        # Removed while it is still held, so that nobody else's is removed. Windows removes no file
        # that is open, so there it is closed first: what another has opened by then stays.
        descriptor, self._descriptor = self._descriptor, None
        if sys.platform == "win32":
            os.close(descriptor)
        with contextlib.suppress(OSError):
            self._path.unlink()
        if sys.platform != "win32":
            os.close(descriptor)


class FolderLock(Lock):
    """The right to write a session's folder. Raises as `Lock` does."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / FILE_NAME, folder.name)


def owner_of(folder: Path) -> Owner | None:
    """The living process that writes a folder; None where there is none. Never raises."""
    path = folder / FILE_NAME
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    except OSError:
        return _read(path)  # it is there and cannot be tried: say what it says
    try:
        return None if _locked(descriptor) else _read(path)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Lock an open file until it is closed. Says whether it could: False means it is held.

    A second descriptor of the same process counts as another holder.
    """
    try:
        _lock(descriptor)
    except (BlockingIOError, PermissionError):  # "held by another", POSIX and Windows
        return False
    except OSError:
        pass  # a file system without locks: one writer at a time is up to the person
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _say_who(descriptor: int) -> None:
    """For others to read. It is the lock that counts: without room for the words it holds too."""
    text = json.dumps(asdict(Owner(os.getpid(), socket.gethostname()))).encode()
    with contextlib.suppress(OSError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, text)


def _read(path: Path) -> Owner:
    with contextlib.suppress(OSError, ValueError, RecursionError):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict) and isinstance(found.get("pid"), int):
            return Owner(found["pid"], str(found.get("machine", "")))
    return Owner()
