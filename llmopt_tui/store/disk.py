"""What the disk is asked for beyond files, and what a person reads where it fails."""

from __future__ import annotations

import contextlib
import errno
import os
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
