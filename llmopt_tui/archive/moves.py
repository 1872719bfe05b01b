"""One archive: moving things to it and back, and going on after an interruption.

The manifest is written before the first move and says which way things go. How far it has come is
read from the disk: a thing stands at one of its two places, so nothing else has to be remembered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from llmopt_tui.archive.manifest import ITEMS, Item, Manifest, State, shown, write_manifest
from llmopt_tui.archive.request import obstacle
from llmopt_tui.archive.trees import Disk, Entry, clear, differences, move, remove_copied, scan
from llmopt_tui.store import sessions
from llmopt_tui.store.lock import FILE_NAME as LOCK_NAME
from llmopt_tui.store.lock import owner_of

UNFINISHED: tuple[State, ...] = ("archiving", "restoring")


class ArchiveError(Exception):
    """An archive cannot be made or used as things are. The message says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, or would be. All but `moved` is in the way of a perfect result.

    `taken` are places at which something else stands; `missing` are things at neither place;
    `changed` says what is otherwise than the manifest has it, path by path.
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

    `manifest` follows what is done. After an error or a kill, either goes on where it was.
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
        """How many of the items stand in the archive."""
        places = (self.folder / ITEMS / item.source for item in self.manifest.items)
        return sum(map(os.path.lexists, places))

    def preview(self) -> Outcome:
        """What `finish` would do. Changes nothing. Raises ArchiveError, OSError."""
        if self.manifest.state == "restoring":
            return self.preview_restore()
        if self.manifest.state != "archiving":
            return Outcome()
        moving, taken, missing = [], [], []
        for item in self.manifest.items:
            here = self._way_is_free(item) and os.path.lexists(self._origin(item))
            there = os.path.lexists(self._place(item))
            if here and there and not item.copied:
                taken.append(item.source)
            elif here and not there:
                moving.append(item)
            elif not there:
                missing.append(item.source)
        return Outcome(tuple(moving), tuple(taken), tuple(missing))

    def preview_restore(self) -> Outcome:
        """What `restore` would do; reads every file in the archive. Changes nothing.

        Raises ArchiveError, OSError.
        """
        moving, taken, missing = [], [], []
        changed: dict[str, str] = {}
        for item in self.manifest.items:
            here = os.path.lexists(self._origin(item)) and not item.copied
            there = os.path.lexists(self._place(item))
            if there and (here or not self._way_is_free(item)):
                taken.append(item.source)
            elif there:
                moving.append(item)
                changed |= _differences(item, self._place(item))
            elif not here:
                missing.append(item.source)
        return Outcome(tuple(moving), tuple(taken), tuple(missing), changed)

    def finish(self, now: datetime) -> Outcome:
        """Go on with what was begun, to archive or to restore, until it is done.

        Raises ArchiveError, OSError; what was moved until then stays moved.
        """
        if self.manifest.state == "restoring":
            return self.restore(now, skip_taken=True)
        self._settle()
        outcome = self.preview()
        if self.manifest.state != "archiving":
            return outcome
        for item in outcome.moved:
            self._record_changes(item)
            place = self._place(item)
            self._make_parents(place, self.folder)
            self._move(item, self._origin(item), place)
        self._save("archived", now)
        return replace(outcome, changed=_remains(outcome.moved, self._origin))

    def restore(self, now: datetime, *, skip_taken: bool = False) -> Outcome:
        """Bring back what the archive holds; an archive that is half made is undone.

        Nothing is overwritten: where something stands in the way, nothing at all is moved
        (`refused`), or with `skip_taken` the rest. What was changed in the archive comes back as
        it is and is reported. Raises ArchiveError, OSError; what was moved until then stays moved.
        """
        self._settle()
        outcome = self.preview_restore()
        if outcome.taken and not skip_taken:
            return replace(outcome, moved=(), refused=True)
        nothing = not outcome.moved and (not outcome.perfect or self.manifest.state == "restored")
        if nothing and self.manifest.state not in UNFINISHED:
            return outcome
        changed = dict(outcome.changed)
        if self.manifest.state != "restoring":
            self._save("restoring", now)
        for item in outcome.moved:
            origin = self._origin(item)
            self._make_parents(origin, self._root)
            self._move(item, self._place(item), origin)
            for path, what in _differences(item, origin).items():
                if changed.get(path) != what:
                    changed[path] = "not what left the archive"
        remains = _remains(outcome.moved, self._place)
        self._remove_empty_folders()
        self._save("partly_restored" if outcome.taken or remains else "restored", now)
        return replace(outcome, changed=changed | remains)

    def _origin(self, item: Item) -> Path:
        return self._root / item.source

    def _way_is_free(self, item: Item) -> bool:
        """Whether the way to the item's place in the workspace leads through folders alone."""
        return obstacle(self._root, item.source) is None

    def _place(self, item: Item) -> Path:
        path = f"{ITEMS}/{item.source}"
        if found := obstacle(self.folder, path):
            raise ArchiveError(f"{found} is no folder: nothing is moved through it")
        return self.folder / path

    def _partial(self, target: Path) -> Path:
        """Where a copy is made until it is complete: beside its target, under a name of ours."""
        return target.parent / f".{self.identity}.copying"

    def _move(self, item: Item, source: Path, target: Path) -> None:
        move(source, target, self._partial(target), self._disk, lambda: self._mark_copied(item))

    def _mark_copied(self, copied: Item) -> None:
        self._save_items(
            replace(item, copied=True) if item.source == copied.source else item
            for item in self.manifest.items
        )

    def _settle(self) -> None:
        """Complete what an interruption left of moving across devices."""
        for item in self.manifest.items:
            places = [self._origin(item), self._place(item)]
            if not self._way_is_free(item):
                continue
            for place in places:
                clear(self._partial(place), self._disk)
            if item.copied and all(map(os.path.lexists, places)):
                old, new = reversed(places) if self.manifest.state == "restoring" else places
                remove_copied(old, new, self._disk)
        if any(item.copied for item in self.manifest.items):
            self._save_items(replace(item, copied=False) for item in self.manifest.items)

    def _record_changes(self, item: Item) -> None:
        """Have the manifest say what is moved, should it have changed since it was read."""
        looks = [entry.look for entry in item.entries]
        if looks == [entry.look for entry in scan(self._origin(item), hashed=False)]:
            return
        fresh = examined(self._root, item.source)
        self._save_items(
            fresh if other.source == item.source else other for other in self.manifest.items
        )

    def _save(self, state: State, now: datetime) -> None:
        """Write how far things are; whatever was copied has been settled by then."""
        items = tuple(replace(item, copied=False) for item in self.manifest.items)
        self._write(replace(self.manifest, state=state, changed_at=now, items=items))

    def _save_items(self, items: Iterable[Item]) -> None:
        self._write(replace(self.manifest, items=tuple(items)))

    def _write(self, manifest: Manifest) -> None:
        write_manifest(self.folder, manifest, self._disk)
        self.manifest = manifest

    def _make_parents(self, path: Path, base: Path) -> None:
        missing = []
        while (path := path.parent) != base and not os.path.lexists(path):
            missing.append(path)
        for folder in reversed(missing):
            self._disk.make_folder(folder)

    def _remove_empty_folders(self) -> None:
        """Remove the folders that led to what is no longer in the archive."""
        for item in self.manifest.items:
            folder = self._place(item)
            while (folder := folder.parent) != self.folder:
                try:
                    self._disk.remove_folder(folder)
                except OSError:
                    break  # it holds more, or is gone already


def examined(root: Path, source: str) -> Item:
    """A thing of the workspace as an item. Raises ArchiveError where it is in use, OSError."""
    entries = scan(root / source)
    for entry in entries:
        if owner := _writer(root / source, entry):
            raise ArchiveError(f"{shown(source)} is in use: a session in it is written by {owner}")
    return Item(source, entries)


def _writer(top: Path, entry: Entry) -> str:
    """The living process that writes the session whose lock this is; "" for none."""
    file = top / entry.path
    if file.name != LOCK_NAME or not file.parent.name.startswith(sessions.PREFIX):
        return ""
    return str(owner_of(file.parent) or "")


def _differences(item: Item, place: Path) -> dict[str, str]:
    """What is otherwise in a place than the manifest has it, by paths in the workspace."""
    found = differences(item.entries, scan(place))
    return {
        f"{item.source}/{path}" if path else item.source: f"{what} since it was archived"
        for path, what in found.items()
    }


def _remains(moved: Iterable[Item], old_place: Callable[[Item], Path]) -> dict[str, str]:
    """Things that were copied away and something came to before they could be removed."""
    return {
        item.source: "moved, but what came to it meanwhile is still at its old place"
        for item in moved
        if os.path.lexists(old_place(item))
    }
