"""Trees of files: what one holds, and moving it so that at every instant all of it is somewhere."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from llmopt_tui.store.atomic import write_text
from llmopt_tui.store.disk import is_junction, sync_folder

Kind = Literal["file", "folder", "link"]


class OddFileError(OSError):
    """Neither a file, a folder nor a link: a device, a pipe, a socket, a junction of Windows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a tree. `path` is relative to the tree's top, with slashes; the top's is "".

    `size` (bytes) and `sha256` are those of a file, `target` is a link's text. `mtime_ns` is
    nanoseconds since 1970.
    """

    path: str
    kind: Kind
    mode: int
    mtime_ns: int
    size: int = 0
    sha256: str = ""
    target: str = ""

    @property
    def content(self) -> tuple[str, Kind, int, str, str]:
        """What must be equal in a copy."""
        return (self.path, self.kind, self.size, self.sha256, self.target)

    @property
    def look(self) -> tuple[str, Kind, int, str, int]:
        """What shows, without reading files, whether something was changed."""
        written = self.mtime_ns if self.kind == "file" else 0
        return (self.path, self.kind, self.size, self.target, written)


class Disk:
    """The operations that change something on disk, one by one; each raises OSError.

    A tree is safe between any two of them. Tests put a disk here that fails at one of them.
    """

    def write(self, path: Path, text: str) -> None:
        """Replace a file as a whole."""
        write_text(path, text)

    def make_folder(self, path: Path) -> None:
        """Make a folder for the owner alone."""
        path.mkdir(mode=0o700)

    def rename(self, old: Path, new: Path) -> None:
        """Give something another place. Raises FileExistsError where something is there."""
        if os.path.lexists(new):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
        os.rename(old, new)  # noqa: PTH104 (Path.rename is the same; this says: never shutil.move)

    def copy_file(self, source: Path, target: Path) -> None:
        """Copy a file's content to a new file and on to the device."""
        with source.open("rb") as old, target.open("xb") as new:
            shutil.copyfileobj(old, new, 1 << 20)
            new.flush()
            os.fsync(new.fileno())

    def make_link(self, target: str, path: Path, *, to_folder: bool) -> None:
        """Make a link with this text. `to_folder` matters where links have two kinds."""
        path.symlink_to(target, target_is_directory=to_folder)

    def copy_attributes(self, source: Path, target: Path) -> None:
        """Give a copy the mode, the times and what else the system keeps with the source."""
        shutil.copystat(source, target, follow_symlinks=False)

    def set_mode(self, path: Path, mode: int) -> None:
        """Change who may do what."""
        path.chmod(mode)

    def remove(self, path: Path) -> None:
        """Remove a file or a link."""
        path.unlink()

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder."""
        path.rmdir()


def scan(top: Path, *, hashed: bool = True) -> tuple[Entry, ...]:
    """Everything in a tree, folders before what is in them. No link is followed.

    Without `hashed` no file is read. Raises OSError, OddFileError for what is no file.
    """
    entries: list[Entry] = []
    waiting = [""]
    while waiting:
        path = waiting.pop()
        entry = _entry(top / path, path, hashed)
        entries.append(entry)
        if entry.kind == "folder":
            names = reversed(names_in(top / path))
            waiting += [f"{path}/{name}" if path else name for name in names]
    return tuple(entries)


def names_in(folder: Path) -> list[str]:
    """The names in a folder, sorted. Raises OSError."""
    return sorted(entry.name for entry in folder.iterdir())


def _entry(place: Path, path: str, hashed: bool) -> Entry:
    status = place.lstat()
    mode, written = stat.S_IMODE(status.st_mode), status.st_mtime_ns
    if stat.S_ISLNK(status.st_mode):
        return Entry(path, "link", mode, written, target=os.readlink(place))  # noqa: PTH115
    if is_junction(status):
        raise OddFileError(errno.EINVAL, "is a junction, which leads elsewhere", str(place))
    if stat.S_ISDIR(status.st_mode):
        return Entry(path, "folder", mode, written)
    if not stat.S_ISREG(status.st_mode):
        raise OddFileError(errno.EINVAL, "is neither a file, a folder nor a link", str(place))
    digest = ""
    if hashed:
        with place.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Entry(path, "file", mode, written, status.st_size, digest)


def differences(before: Iterable[Entry], after: Iterable[Entry]) -> dict[str, str]:
    """The paths at which two scans of a tree differ in content: "changed", "gone" or "new"."""
    old = {entry.path: entry.content for entry in before}
    new = {entry.path: entry.content for entry in after}
    return {
        path: "new" if path not in old else "changed" if path in new else "gone"
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    }


def move(
    source: Path, target: Path, partial: Path, disk: Disk, when_copied: Callable[[], object]
) -> None:
    """Move a tree to a place where nothing is: renamed, or across devices copied and compared.

    A copy is made at `partial`, beside the target. When it is proved equal, `when_copied` is
    called; then it takes the target's place and the source is removed. Raises OSError; the tree
    is then whole at one of the two places.
    """
    try:
        return disk.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    entries = scan(source)
    try:
        _copy(source, partial, entries, disk)
    except OSError:
        with contextlib.suppress(OSError):  # the first error is the one to report
            clear(partial, disk)
        raise
    when_copied()
    disk.rename(partial, target)
    sync_folder(target.parent)
    _remove(source, entries, disk)


def _copy(source: Path, target: Path, entries: Sequence[Entry], disk: Disk) -> None:
    for entry in entries:
        old, new = source / entry.path, target / entry.path
        match entry.kind:
            case "folder":
                disk.make_folder(new)
            case "link":
                disk.make_link(entry.target, new, to_folder=old.is_dir())
            case "file":
                disk.copy_file(old, new)
    # Children first: filling a folder changes its time, and a read-only one takes nothing.
    for entry in reversed(entries):
        if entry.kind == "folder":
            sync_folder(target / entry.path)
        disk.copy_attributes(source / entry.path, target / entry.path)
    if differing := differences(entries, scan(target)):
        path = source / next(iter(differing))
        raise OSError(errno.EIO, "changed or broke while it was copied", str(path))


def remove_copied(source: Path, copy: Path, disk: Disk) -> None:
    """Resume removing a tree that a whole copy exists of. What the copy lacks stays."""
    there = {entry.content for entry in scan(copy)}
    _remove(source, [entry for entry in scan(source) if entry.content in there], disk)


def clear(top: Path, disk: Disk) -> None:
    """Remove a copy that was not completed, if there is one."""
    if os.path.lexists(top):
        _remove(top, scan(top, hashed=False), disk)


def _remove(top: Path, entries: Sequence[Entry], disk: Disk) -> None:
    """Remove these things of a tree; what came to it or changed since they were read stays."""
    # A link has no mode worth changing, and chmod would follow it.
    for entry in entries:
        if entry.kind == "folder" and entry.mode & 0o700 != 0o700:
            disk.set_mode(top / entry.path, entry.mode | 0o700)
        # Windows does not remove a file that is read-only.
        if sys.platform == "win32" and entry.kind == "file" and not entry.mode & stat.S_IWRITE:
            disk.set_mode(top / entry.path, entry.mode | stat.S_IWRITE)
    for entry in reversed(entries):
        place = top / entry.path
        if entry.kind == "folder":
            if not names_in(place):
                disk.remove_folder(place)
        elif _entry(place, entry.path, hashed=False).look == entry.look:
            disk.remove(place)
