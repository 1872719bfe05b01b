"""What the disk is asked for beyond files, and what a person reads where it fails."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

_ADVICE: Mapping[int, str] = {
    errno.ENOSPC: "Free some space",
    errno.EDQUOT: "Free some space",
    errno.EROFS: "Make it writable",
    errno.EACCES: "Make it writable",
    errno.EPERM: "Make it writable",
    errno.EEXIST: "Move away what is in its place",
    errno.ENOTDIR: "Move away what is in its place",
    errno.EISDIR: "Move away what is in its place",
    errno.ENOENT: "Let nothing remove it",
}

BINARY: int = getattr(os, "O_BINARY", 0)
"""A flag for `os.open`: without it, Windows writes two characters for a line end."""

# Windows lets no file be replaced while somebody reads it, a virus scanner for example.
_ATTEMPTS = 20 if sys.platform == "win32" else 1
_PAUSE_SECONDS = 0.02
_JUNCTION = 0xA0000003


@contextlib.contextmanager
def at(path: Path) -> Iterator[None]:
    """Let an OSError name this path: a descriptor has no name, a temporary file a foreign one."""
    try:
        yield
    except OSError as error:
        if error.errno:
            error.filename = str(path)
        raise


def sync_folder(path: Path) -> None:
    """Let the names in a folder reach the device, where the system can be asked to."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def put_in_place(new: Path, path: Path) -> None:
    """Give a file the place of another, which is replaced in one step. Raises OSError."""
    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(PermissionError):
            new.replace(path)
            return
        time.sleep(_PAUSE_SECONDS)
    new.replace(path)


def is_junction(status: os.stat_result) -> bool:
    """Whether this is a link of the kind that Windows tells for a folder."""
    return getattr(status, "st_reparse_tag", 0) == _JUNCTION


def reason(error: OSError) -> str:
    """Why it failed, in the system's words."""
    return error.strerror or str(error) or type(error).__name__


def cannot_be_written(error: OSError, place: Path, then: str) -> str:
    """The sentence for a write that failed. `then` says what to do once that is fixed.

    `place` is used where the error does not name the file.
    """
    advice = _ADVICE.get(error.errno or 0)
    what = f"{advice} and {then}" if advice else then[:1].upper() + then[1:]
    return f"{error.filename or place} cannot be written: {reason(error)}. {what}"
