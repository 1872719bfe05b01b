"""One archive: moving things to it and back, and resuming after an interruption.

The manifest is written before the first move and says which way things go. How far it has come is
read from the disk: a thing is at one of its two places, so nothing else has to be remembered.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from llmopt_tui.archive.manifest import (
    ITEMS,
    UNFINISHED,
    ArchiveError,
    Item,
    Manifest,
    State,
    shown,
    write_manifest,
)
from llmopt_tui.archive.request import obstacle
from llmopt_tui.archive.trees import Disk, clear, differences, move, remove_copied, scan
from llmopt_tui.store import sessions
from llmopt_tui.store.lock import FILE_NAME as LOCK_NAME
from llmopt_tui.store.lock import owner_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, or would be. All but `moved` is in the way of a perfect result.

    `taken` are places at which something else is; `missing` are things at neither place;
    `changed` says what differs from the manifest, path by path. `refused` says that nothing was
    done because places are taken.
    """

    moved: tuple[Item, ...] = ()
    taken: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    changed: dict[str, str] = field(default_factory=dict)
    refused: bool = False

    @property
    def perfect(self) -> bool:
        """Whether everything is as it was asked for."""
        return not (self.taken or self.missing or self.changed)


class Archive:
    """One archive: `finish` what was begun, or `restore` what it holds.

    `manifest` follows what is done. After an error or a kill, either resumes where it was.
    """

    def __init__(self, root: Path, folder: Path, manifest: Manifest, disk: Disk) -> None:
        self.folder = folder
        self.manifest = manifest
        self._root = root
        self._disk = disk

    @property
    def identity(self) -> str:
        """The id: the folder's name."""
        return self.folder.name

    @property
    def inside(self) -> int:
        """How many of the items are in the archive."""
        places = (self.folder / ITEMS / item.source for item in self.manifest.items)
        return sum(map(os.path.lexists, places))

    def preview(self) -> Outcome:
        """What `finish` would do. Changes nothing. Raises ArchiveError, OSError."""
        if self.manifest.state not in UNFINISHED:
            return Outcome()
        return self._look(back=self.manifest.state == "restoring")

    def preview_restore(self) -> Outcome:
        """What `restore` would do; reads every file in the archive. Changes nothing.

        Raises ArchiveError, OSError.
        """
        return self._look(back=True)

    def finish(self, now: datetime) -> Outcome:
        """Resume what was begun, archiving or restoring, until it is done.

        Raises ArchiveError, OSError; what was moved until then stays moved.
        """
        if self.manifest.state == "restoring":
            return self.restore(now, skip_taken=True)
        self._settle()
        outcome = self.preview()
        if self.manifest.state == "archiving":
            for item in outcome.moved:
                self._move(self._recorded_as_it_is(item), back=False)
            self._write("archived", now)
        return replace(outcome, changed=self._remains(outcome.moved, back=False))

    def restore(self, now: datetime, *, skip_taken: bool = False) -> Outcome:
        """Bring back what the archive holds; an archive that is half made is undone.

        Nothing is overwritten: where something is in the way, nothing at all is moved
        (`refused`), or with `skip_taken` the rest. What was changed in the archive comes back as
        it is and is reported. Raises ArchiveError, OSError; what was moved until then stays moved.
        """
        self._settle()
        outcome = self._look(back=True)
        if outcome.taken and not skip_taken:
            return replace(outcome, moved=(), refused=True)
        state = self.manifest.state
        nothing_to_do = state == "restored" or (not outcome.perfect and state not in UNFINISHED)
        if nothing_to_do and not outcome.moved:
            return outcome
        if state != "restoring":
            self._write("restoring", now)
        for item in outcome.moved:
            self._move(item, back=True)
        remains = self._remains(outcome.moved, back=True)
        self._remove_empty_folders()
        self._write("partly_restored" if outcome.taken or remains else "restored", now)
        return replace(outcome, changed=outcome.changed | remains)

    def _look(self, *, back: bool) -> Outcome:
        """What is to be moved one way, and what keeps the rest from it."""
        moving, taken, missing = [], [], []
        changed: dict[str, str] = {}
        for item in self.manifest.items:
            here, there = map(os.path.lexists, self._places(item))
            if not self._way_is_free(item):
                here = there and back
            elif here and there and item.copied:  # one of them is what a move has left to remove
                here = self.manifest.state == "restoring"
                there = not here
            if here and there:
                taken.append(item.source)
            elif not here and not there:
                missing.append(item.source)
            elif there == back:
                moving.append(item)
                if back:
                    changed |= self._changes(item)
        return Outcome(tuple(moving), tuple(taken), tuple(missing), changed)

    def _changes(self, item: Item) -> dict[str, str]:
        """What is otherwise in the archive than the manifest has it, by paths in the workspace."""
        found = differences(item.entries, scan(self._places(item)[1]))
        return {item.path_of(path): f"{what} since it was archived" for path, what in found.items()}

    def _places(self, item: Item) -> tuple[Path, Path]:
        """Where the item is in the workspace, and where in the archive. Raises ArchiveError."""
        path = f"{ITEMS}/{item.source}"
        if found := obstacle(self.folder, path):
            raise ArchiveError(f"{found} is no folder: nothing is moved through it")
        return self._root / item.source, self.folder / path

    def _way_is_free(self, item: Item) -> bool:
        """Whether the way to the item's place in the workspace leads through folders alone."""
        return obstacle(self._root, item.source) is None

    def _move(self, item: Item, *, back: bool) -> None:
        places = self._places(item)
        source, target = reversed(places) if back else places
        self._make_folder(target.parent)
        copied = replace(item, copied=True)
        partial = self._partial(target)
        move(source, target, partial, self._disk, lambda: self._replace(copied))

    def _partial(self, target: Path) -> Path:
        """Where a copy is made until it is complete: beside its target, under a name of ours."""
        return target.parent / f".{self.identity}.copying"

    def _settle(self) -> None:
        """Complete what an interruption left of moving across devices."""
        for item in filter(self._way_is_free, self.manifest.items):
            places = self._places(item)
            for place in places:
                clear(self._partial(place), self._disk)
            if item.copied and all(map(os.path.lexists, places)):
                old, new = reversed(places) if self.manifest.state == "restoring" else places
                remove_copied(old, new, self._disk)
        if any(item.copied for item in self.manifest.items):
            self._write(self.manifest.state, self.manifest.changed_at)

    def _recorded_as_it_is(self, item: Item) -> Item:
        """The item as it is moved; the manifest says so, should it have changed meanwhile."""
        now = scan(self._places(item)[0], hashed=False)
        if [entry.look for entry in item.entries] == [entry.look for entry in now]:
            return item
        return self._replace(examined(self._root, item.source))

    def _remains(self, moved: Iterable[Item], *, back: bool) -> dict[str, str]:
        """What was copied away and got something new before it could be removed."""
        return {
            item.source: "moved, but what came to it meanwhile is still at its old place"
            for item in moved
            if os.path.lexists(self._places(item)[back])
        }

    def _replace(self, item: Item) -> Item:
        """Have the manifest say this of the item with the same source."""
        items = (item if it.source == item.source else it for it in self.manifest.items)
        self._save(replace(self.manifest, items=tuple(items)))
        return item

    def _write(self, state: State, now: datetime) -> None:
        """Write how far things are, once nothing that was copied is left to remove."""
        items = tuple(replace(item, copied=False) for item in self.manifest.items)
        self._save(replace(self.manifest, state=state, changed_at=now, items=items))

    def _save(self, manifest: Manifest) -> None:
        write_manifest(self.folder, manifest, self._disk)
        self.manifest = manifest

    def _make_folder(self, folder: Path) -> None:
        if not os.path.lexists(folder):
            self._make_folder(folder.parent)
            self._disk.make_folder(folder)

    def _remove_empty_folders(self) -> None:
        """Remove the folders that led to what is no longer in the archive."""
        for item in self.manifest.items:
            for parent in PurePosixPath(item.source).parents:
                with contextlib.suppress(OSError):  # it holds more, or is gone already
                    self._disk.remove_folder(self.folder / ITEMS / parent)


def examined(root: Path, source: str) -> Item:
    """A thing of the workspace as an item. Raises ArchiveError where it is in use, OSError."""
    entries = scan(root / source)
    for entry in entries:
        place = root / source / entry.path
        is_lock = place.name == LOCK_NAME and place.parent.name.startswith(sessions.PREFIX)
        if is_lock and (owner := owner_of(place.parent)):
            raise ArchiveError(f"{shown(source)} is in use: a session in it is written by {owner}")
    return Item(source, entries)
