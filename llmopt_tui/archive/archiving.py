"""The archives of a workspace: planning one, beginning it, finding and opening those there are."""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from llmopt_tui.archive.manifest import (
    Manifest,
    ManifestError,
    read_manifest,
    shown,
    write_manifest,
)
from llmopt_tui.archive.moves import Archive, examined
from llmopt_tui.archive.request import FOLDER, ArchiveRequestError, clean_name, name_for, select
from llmopt_tui.archive.trees import Disk, names_in
from llmopt_tui.core.text.names import folder_slug
from llmopt_tui.store.lock import FolderLock

_SHOWN_IDS = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What an archive would hold. `staying` are things that matched but stay, with why."""

    root: Path
    identity: str
    manifest: Manifest
    staying: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def plan_archive(
    root: Path,
    items: Sequence[str],
    keep: Sequence[str] = (),
    *,
    now: datetime,
    name: str = "",
    why: str = "",
) -> Plan:
    """What archiving these items means. Reads every file, changes nothing.

    Raises ArchiveRequestError; ArchiveError where something is being written or is no file;
    OSError where something cannot be read.
    """
    selection = select(root, items, keep)
    name = clean_name(name) if name.strip() else name_for(items)
    manifest = Manifest(
        name=name,
        state="archiving",
        why=why,
        asked=tuple(items),
        kept=tuple(keep),
        workspace=str(root),
        created_at=now,
        changed_at=now,
        items=tuple(examined(root, source) for source in selection.moving),
    )
    identity = _free_identity(root, folder_slug(f"{name}_archive_{now:%Y%m%d_%H%M%S}"))
    return Plan(root, identity, manifest, selection.staying, selection.notes)


@contextmanager
def begun(plan: Plan, disk: Disk | None = None) -> Iterator[Archive]:
    """Make the archive with its manifest; `finish` moves what it is to hold.

    Nobody else works on archives of the workspace meanwhile. Raises FolderTakenError, OSError.
    """
    disk = disk or Disk()
    (plan.root / FOLDER).mkdir(mode=0o700, exist_ok=True)
    with _held(plan.root):
        folder = plan.root / FOLDER / _free_identity(plan.root, plan.identity)
        disk.make_folder(folder)
        try:
            write_manifest(folder, plan.manifest, disk)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)  # nothing was moved to it
            raise
        yield Archive(plan.root, folder, plan.manifest, disk)


@contextmanager
def opened(root: Path, identity: str, disk: Disk | None = None) -> Iterator[Archive]:
    """An archive to be finished or restored, by its id or the beginning of it.

    Nobody else works on archives of the workspace meanwhile. Raises ArchiveRequestError,
    ArchiveError, FolderTakenError, OSError.
    """
    folder = find_archive(root, identity)
    with _held(root):
        yield Archive(root, folder, read_manifest(folder), disk or Disk())


def look_at(root: Path, identity: str) -> Archive:
    """An archive that is only looked at. Raises ArchiveRequestError, ArchiveError."""
    folder = find_archive(root, identity)
    return Archive(root, folder, read_manifest(folder), Disk())


def list_archives(root: Path) -> list[tuple[Path, Manifest | ManifestError]]:
    """The folder of every archive with its manifest or why there is none, by name.

    Raises OSError where archive/ cannot be read.
    """
    found: list[tuple[Path, Manifest | ManifestError]] = []
    for folder in _folders(root):
        try:
            found.append((folder, read_manifest(folder)))
        except ManifestError as error:
            found.append((folder, error))
    return found


def find_archive(root: Path, identity: str) -> Path:
    """The folder of the archive whose id begins so; what was typed never becomes a path.

    Raises ArchiveRequestError, OSError.
    """
    folders = {folder.name: folder for folder in _folders(root)}
    begin_so = [name for name in folders if identity and name.startswith(identity)]
    found = [identity] if identity in folders else begin_so
    if len(found) == 1:
        return folders[found[0]]
    near = found or difflib.get_close_matches(identity, folders, n=3) or list(folders)
    there = ", ".join(map(shown, near[:_SHOWN_IDS])) + (", ..." if len(near) > _SHOWN_IDS else "")
    raise ArchiveRequestError(
        f'"{shown(identity)}" is {"more than one" if found else "no"} archive; '
        + (f"there is: {there}" if there else f"{root / FOLDER} holds none")
    )


def _free_identity(root: Path, wished: str) -> str:
    identity, n = wished, 1
    while os.path.lexists(root / FOLDER / identity):
        n += 1
        identity = f"{wished}_{n}"
    return identity


@contextmanager
def _held(root: Path) -> Iterator[None]:
    lock = FolderLock(root / FOLDER)
    try:
        yield
    finally:
        lock.release()


def _folders(root: Path) -> list[Path]:
    try:
        found = [root / FOLDER / name for name in names_in(root / FOLDER)]
    except FileNotFoundError:
        return []
    return [folder for folder in found if folder.is_dir() and not folder.name.startswith(".")]
