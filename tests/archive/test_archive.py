from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import re
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.archive.archiving import (
    begun,
    find_archive,
    list_archives,
    look_at,
    opened,
    plan_archive,
)
from llmopt_tui.archive.manifest import ArchiveError, Manifest, ManifestError, read_manifest
from llmopt_tui.archive.moves import Outcome
from llmopt_tui.archive.request import ArchiveRequestError, clean_name, name_for, select
from llmopt_tui.archive.trees import Disk, OddFileError, scan
from llmopt_tui.store.lock import FolderLock, FolderTakenError
from tests.nasty import NASTY, acted_on

NOW = datetime(2026, 3, 1, 14, 25, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
TWO = ("ty_extract_b", "ty_extract_link")
IDENTITY = "ty_extract_archive_20260301_142530"
WITHOUT_DEEP = ("dangling", "run.sh", "to_folder")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="no POSIX modes there")


class Killed(BaseException):
    """Stands for kill -9: nothing of the program catches it."""


class Failing(Disk):
    """A disk whose operation number `last` does not happen, or happens by half.

    With `apart`, archive/ is on a device of its own.
    """

    def __init__(
        self, last: int, error: BaseException, *, half: bool = False, apart: bool = False
    ) -> None:
        self._last = last
        self._error = error
        self._half = half
        self.apart = apart
        self.count = 0

    def _step(self) -> None:
        self.count += 1
        if self.count == self._last:
            raise self._error

    def _freeing_step(self) -> None:
        if not isinstance(self._error, OSError):  # a full disk keeps nobody from removing
            self._step()

    def write(self, path: Path, text: str) -> None:
        self._step()
        super().write(path, text)

    def make_folder(self, path: Path) -> None:
        self._step()
        super().make_folder(path)

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        if self.apart and ("archive" in old.parts) != ("archive" in new.parts):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(old), None, str(new))
        super().rename(old, new)

    def copy_file(self, source: Path, target: Path) -> None:
        try:
            self._step()
        except BaseException:
            if self._half:
                target.write_bytes(source.read_bytes()[:1])
            raise
        super().copy_file(source, target)

    def make_link(self, target: str, path: Path, *, to_folder: bool) -> None:
        self._step()
        super().make_link(target, path, to_folder=to_folder)

    def copy_attributes(self, source: Path, target: Path) -> None:
        self._step()
        super().copy_attributes(source, target)

    def set_mode(self, path: Path, mode: int) -> None:
        self._step()
        super().set_mode(path, mode)

    def remove(self, path: Path) -> None:
        self._freeing_step()
        super().remove(path)

    def remove_folder(self, path: Path) -> None:
        self._freeing_step()
        super().remove_folder(path)


def healthy(*, apart: bool = False) -> Failing:
    return Failing(0, Killed(), apart=apart)


def make(root: Path) -> Path:
    """A workspace with three legacy folders of one prefix, and more."""
    for part in ("prompts", "cases", "results"):
        (root / part).mkdir(parents=True)
    (root / "llmopt.toml").write_text("")
    for name in ("a", "b", "final"):
        folder = root / f"ty_extract_{name}"
        (folder / "deep" / "empty").mkdir(parents=True)
        (folder / "deep" / "data.bin").write_bytes(name.encode() * 50)
        (folder / "run.sh").write_text("#!/bin/sh\n")
        (folder / "run.sh").chmod(0o755)
        (folder / "dangling").symlink_to("nowhere/at all")
        (folder / "to_folder").symlink_to("deep", target_is_directory=True)
    (root / "ty_extract_b" / "deep").chmod(0o555)
    (root / "ty_extract_link").symlink_to("ty_extract_final", target_is_directory=True)
    (root / "notes.txt").write_text("mine")
    for n, path in enumerate(sorted(root.rglob("*"), reverse=True)):
        if not path.is_symlink():
            os.utime(path, ns=(10**18, 10**18 + n * 1_000_000_007))
    return root


def tree(root: Path) -> set[tuple[Any, ...]]:
    """All of a workspace but its archives and its own folder: content, modes, times."""
    found = set()
    for entry in scan(root):
        if entry.path.partition("/")[0] not in ("", "archive"):
            written = 0 if entry.kind == "link" else entry.mtime_ns
            found.add((*entry.content, entry.mode, written))
    return found


def names(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()}


def archive(root: Path, *items: str, keep: tuple[str, ...] = (), **options: Any) -> Outcome:
    disk = options.pop("disk", None)
    plan = plan_archive(root, items or ("ty_extract*",), keep, now=NOW, **options)
    with begun(plan, disk) as made:
        return made.finish(NOW)


def restore(
    root: Path, identity: str = "", *, skip_taken: bool = False, disk: Disk | None = None
) -> Outcome:
    with opened(root, identity or IDENTITY, disk) as found:
        return found.restore(LATER, skip_taken=skip_taken)


def finish(root: Path, identity: str = IDENTITY) -> Outcome:
    with opened(root, identity) as found:
        return found.finish(LATER)


def state(root: Path, identity: str = IDENTITY) -> str:
    return read_manifest(root / "archive" / identity).state


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here asks what a loss of power leaves."""
    monkeypatch.setattr("os.fsync", lambda descriptor: None)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield make(tmp_path / "ws")
    open_up(tmp_path)


def test_what_matches_is_moved_and_comes_back_as_it_was(root: Path) -> None:
    before = tree(root)
    outcome = archive(root, "ty_extract*", keep=("ty_extract_final",), why="superseded")
    assert [item.source for item in outcome.moved] == [
        "ty_extract_a",
        "ty_extract_b",
        "ty_extract_link",
    ]
    assert outcome.perfect
    assert names(root) == {
        *("prompts", "cases", "results", "llmopt.toml", "notes.txt"),
        *("archive", "ty_extract_final"),
    }
    items = root / "archive" / IDENTITY / "items"
    assert names(items) == {"ty_extract_a", "ty_extract_b", "ty_extract_link"}
    assert (items / "ty_extract_link").readlink() == Path("ty_extract_final")
    assert restore(root).perfect
    assert tree(root) == before
    assert state(root) == "restored"
    assert names(root / "archive" / IDENTITY) == {"manifest.json", "manifest.md"}


@posix_only
def test_the_manifest_names_every_file_with_size_hash_and_reason(root: Path) -> None:
    archive(root, keep=("ty_extract_final",), why="superseded by *final*")
    folder = root / "archive" / IDENTITY
    document = json.loads((folder / "manifest.json").read_text())
    assert document["schema_version"] == 1
    assert document["state"] == "archived"
    assert document["why"] == "superseded by *final*"
    assert (document["asked"], document["kept"]) == (["ty_extract*"], ["ty_extract_final"])
    entries = {entry["from"]: entry for item in document["items"] for entry in item["entries"]}
    data = b"a" * 50
    assert entries["ty_extract_a/deep/data.bin"] == {
        "from": "ty_extract_a/deep/data.bin",
        "path": "items/ty_extract_a/deep/data.bin",
        "kind": "file",
        "mode": "0644",
        "mtime_ns": entries["ty_extract_a/deep/data.bin"]["mtime_ns"],
        "size": 50,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    assert entries["ty_extract_a/dangling"]["target"] == "nowhere/at all"
    assert entries["ty_extract_a/deep/empty"]["kind"] == "folder"
    for entry in entries.values():
        assert os.path.lexists(folder / entry["path"])
    text = (folder / "manifest.md").read_text()
    assert hashlib.sha256(data).hexdigest() in text
    assert "superseded by \\*final\\*" in text
    assert f"llmopt-tui archive --restore {IDENTITY}" in text
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.glob("manifest*")} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_planning_changes_nothing(root: Path) -> None:
    before = scan(root)
    plan = plan_archive(root, ["ty_extract*"], ["ty_extract_final"], now=NOW)
    assert [item.source for item in plan.manifest.items] == [
        *("ty_extract_a", "ty_extract_b", "ty_extract_link")
    ]
    assert plan.staying == (("ty_extract_final", "kept"),)
    assert plan.identity == IDENTITY
    assert scan(root) == before


def test_looking_at_an_archive_changes_nothing(root: Path) -> None:
    archive(root)
    before = scan(root)
    assert len(look_at(root, IDENTITY).preview_restore().moved) == 4
    assert look_at(root, IDENTITY).preview() == Outcome()
    assert scan(root) == before


def test_two_archives_of_one_second_do_not_meet(root: Path) -> None:
    archive(root, "ty_extract_a", name="x")
    archive(root, "ty_extract_b", name="x")
    assert names(root / "archive") == {
        "x_archive_20260301_142530",
        "x_archive_20260301_142530_2",
    }
    with pytest.raises(FileExistsError):  # the name is taken by making the folder
        Disk().make_folder(root / "archive" / "x_archive_20260301_142530")


def interruptions(begin: Callable[[Path, Failing], None], case: str) -> Iterator[Path]:
    """The workspace after each operation of `begin` in turn was the one that did not happen."""
    error, options = CASES[case]
    count = Failing(0, error, **options)
    with workspace() as root:
        begin(root, count)
    for n in range(1, count.count + 1):
        with workspace() as root:
            with pytest.raises(type(error)):
                begin(root, Failing(n, error, **options))
            yield root


@contextmanager
def workspace() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield make(Path(folder) / "ws")
        open_up(Path(folder))


def open_up(top: Path) -> None:
    """Let what is in a tree be removed."""
    for path in top.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


def begin_archiving(root: Path, disk: Failing) -> None:
    archive(root, *TWO, disk=disk)


def begin_restoring(root: Path, disk: Failing) -> None:
    archive(root, *TWO, disk=healthy(apart=disk.apart))
    restore(root, disk=disk)


CASES: dict[str, tuple[BaseException, dict[str, bool]]] = {
    "killed": (Killed(), {}),
    "killed, across devices": (Killed(), {"half": True, "apart": True}),
    "full disk, across devices": (
        OSError(errno.ENOSPC, "No space left on device"),
        {"half": True, "apart": True},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_wherever_archiving_is_interrupted_it_can_be_finished(case: str, root: Path) -> None:
    untouched = tree(root)
    archive(root, *TWO)
    stays, inside = tree(root), contents(root)
    seen = 0
    for here in interruptions(begin_archiving, case):
        if not has_manifest(here):
            assert tree(here) == untouched
            continue
        seen += 1
        assert finish(here).perfect
        assert state(here) == "archived"
        assert tree(here) == stays
        assert contents(here) == inside
        assert names(here / "archive") == {IDENTITY}
    assert seen > 5


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("begin", [begin_archiving, begin_restoring])
def test_wherever_moving_is_interrupted_it_can_be_undone(
    begin: Callable[[Path, Failing], None], case: str, root: Path
) -> None:
    untouched = tree(root)
    seen = 0
    for here in interruptions(begin, case):
        if has_manifest(here):
            seen += 1
            assert restore(here).perfect
            assert state(here) == "restored"
            assert names(here / "archive" / IDENTITY) == {"manifest.json", "manifest.md"}
        assert tree(here) == untouched
    assert seen > 5


@pytest.mark.parametrize("case", CASES)
def test_wherever_restoring_is_interrupted_it_can_be_finished(case: str, root: Path) -> None:
    untouched = tree(root)
    archive(root, *TWO)
    stays = tree(root)
    for here in interruptions(begin_restoring, case):
        begun_already = state(here) != "archived"
        assert finish(here).perfect
        assert state(here) == ("restored" if begun_already else "archived")
        assert tree(here) == (untouched if begun_already else stays)


def has_manifest(root: Path) -> bool:
    return (root / "archive" / IDENTITY / "manifest.json").exists()


def contents(root: Path) -> set[tuple[Any, ...]]:
    """What the archive holds: content, modes, times."""
    return tree(root / "archive" / IDENTITY / "items")


@posix_only
@pytest.mark.parametrize("step", range(1, 5))
def test_a_real_kill_leaves_what_can_be_finished_or_undone(step: int, root: Path) -> None:
    untouched = tree(root)
    child = os.fork()
    if not child:
        rename, left = Disk.rename, [step]

        def dying(disk: Disk, old: Path, new: Path) -> None:
            rename(disk, old, new)
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        Disk.rename = dying  # type: ignore[method-assign,assignment]
        archive(root)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert state(root) == "archiving"
    assert look_at(root, IDENTITY).inside == step
    assert len(finish(root).moved) == 4 - step
    assert restore(root).perfect
    assert tree(root) == untouched


@posix_only
def test_things_really_move_to_another_device_and_back(root: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == root.stat().st_dev:
        pytest.skip("there is one device only")
    with TemporaryDirectory(dir=other) as folder:
        (root / "archive").symlink_to(folder, target_is_directory=True)
        untouched, whole = tree(root), scan(root / "ty_extract_b")
        archive(root, keep=("ty_extract_final",))
        moved = scan(root / "archive" / IDENTITY / "items" / "ty_extract_b")
        assert [(e.content, e.mode) for e in moved] == [(e.content, e.mode) for e in whole]
        assert not list((root / "archive" / IDENTITY / "items").glob(".*"))
        assert restore(root).perfect
        assert tree(root) == untouched


# What may not be moved


@pytest.mark.parametrize(
    "item",
    [
        *("results", "prompts", "cases", "archive", "llmopt.toml", ".git"),
        *("results/session_x", "prompts/", "./cases", ".git/config"),
    ],
)
def test_the_workspaces_own_parts_stay(item: str, root: Path) -> None:
    (root / "archive").mkdir()
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("")
    (root / "results" / "session_x").mkdir()
    with pytest.raises(ArchiveRequestError, match="part of the workspace"):
        select(root, [item], [])


@pytest.mark.parametrize(
    "item", ["", ".", "./", "/", "..", "../ws", "a/../..", "/etc/passwd", "ty_extract_a/../../x"]
)
def test_nothing_outside_the_workspace_is_moved(item: str, root: Path) -> None:
    with pytest.raises(ArchiveRequestError, match="workspace"):
        select(root, [item], [])


def test_nothing_is_moved_through_a_link(root: Path) -> None:
    (root / "outside").symlink_to(root.parent, target_is_directory=True)
    with pytest.raises(ArchiveRequestError, match="leads through the link outside"):
        select(root, ["outside/ws"], [])
    assert select(root, ["outside"], []).moving == ("outside",)
    with pytest.raises(ArchiveRequestError, match="there is no"):
        select(root, ["out*/ws"], [])


def test_what_the_workspace_uses_by_a_link_stays(root: Path) -> None:
    (root / "results").rmdir()
    (root / "results").symlink_to("ty_extract_a/deep", target_is_directory=True)
    with pytest.raises(ArchiveRequestError, match="ty_extract_a is in use: results is a link"):
        select(root, ["ty_extract_*"], [])


def test_a_link_that_will_lead_nowhere_is_told(root: Path) -> None:
    assert select(root, ["ty_extract_final"], []).notes == (
        "the link ty_extract_link will lead nowhere: it leads into ty_extract_final",
    )
    assert select(root, ["ty_extract_final", "ty_extract_link"], []).notes == ()


def test_a_session_that_is_being_written_stays(root: Path) -> None:
    session = root / "old" / "results" / "session_a1b2c3d4_m"
    session.mkdir(parents=True)
    lock = FolderLock(session)
    before = scan(root)
    with pytest.raises(ArchiveError, match=f"written by process {os.getpid()}"):
        archive(root, "old")
    assert scan(root) == before
    lock.release()
    assert archive(root, "old").perfect


@posix_only
def test_what_is_no_file_is_refused(root: Path) -> None:
    os.mkfifo(root / "ty_extract_a" / "pipe")
    before = scan(root / "ty_extract_b")
    with pytest.raises(OddFileError, match="neither a file"):
        archive(root)
    assert scan(root / "ty_extract_b") == before
    assert not (root / "archive").exists()


# What a request means


@pytest.mark.parametrize(
    ("items", "keep", "moving"),
    [
        (["ty_extract_a"], [], {"ty_extract_a"}),
        (["./ty_extract_a/"], [], {"ty_extract_a"}),
        (["ty_extract_[ab]"], [], {"ty_extract_a", "ty_extract_b"}),
        (["ty_extract_?"], ["*_b"], {"ty_extract_a"}),
        (["ty_extract_a", "ty_extract_*"], ["ty_extract_final", "ty_extract_link"], {"a", "b"}),
        (["ty_extract_a/deep", "ty_extract_a"], [], {"ty_extract_a"}),
        (["ty_extract_a/*"], ["*/deep"], {f"ty_extract_a/{n}" for n in WITHOUT_DEEP}),
        (["*/deep/data.bin"], ["ty_extract_[ab]"], {"ty_extract_final/deep/data.bin"}),
        (["ty_extract_a"], ["ty_extract_*"], set()),
        (["*.txt"], [], {"notes.txt"}),
    ],
)
def test_names_and_patterns(
    items: list[str], keep: list[str], moving: set[str], root: Path
) -> None:
    full = {f"ty_extract_{name}" if len(name) == 1 else name for name in moving}
    assert set(select(root, items, keep).moving) == full


def test_a_pattern_for_all_leaves_what_is_in_use_and_what_is_hidden(root: Path) -> None:
    (root / ".venv").mkdir()
    found = select(root, ["*"], ["ty_*"])
    assert found.moving == ("notes.txt",)
    assert dict(found.staying)["results"] == "part of the workspace"
    assert dict(found.staying)["ty_extract_a"] == "kept"
    assert select(root, [".v*"], []).moving == (".venv",)


def test_a_thing_called_like_a_pattern_is_meant_itself(root: Path) -> None:
    (root / "ty_extract_[ab]").write_text("")
    (root / "*").write_text("")
    assert select(root, ["ty_extract_[ab]"], []).moving == ("ty_extract_[ab]",)
    assert select(root, ["*"], []).moving == ("*",)


def test_an_absolute_path_into_the_workspace_will_do(root: Path) -> None:
    assert select(root, [str(root / "notes.txt")], []).moving == ("notes.txt",)


@pytest.mark.parametrize(
    ("items", "keep", "message"),
    [
        (["ty_extact_a"], [], "did you mean ty_extract_a"),
        (["ty_extract_*"], ["ty_extract_fnal"], "did you mean ty_extract_final"),
        (["ty_extract"], [], r'"ty_extract\*" means the 4 that begin so'),
        (["zzz*"], [], r"there is no zzz\* in"),
        (["notes.txt/x"], [], "there is no notes.txt/x"),
        (["ty_extract_a"], ["ty_extract_a/deep"], "name what is to go one by one"),
    ],
)
def test_a_wrong_request_says_what_may_have_been_meant(
    items: list[str], keep: list[str], message: str, root: Path
) -> None:
    with pytest.raises(ArchiveRequestError, match=message):
        select(root, items, keep)


def test_all_that_is_wrong_is_said_at_once(root: Path) -> None:
    with pytest.raises(ArchiveRequestError) as caught:
        select(root, ["results", "nothing", "/etc"], ["neither"])
    assert len(caught.value.lines) == 4


@pytest.mark.parametrize(
    ("items", "name"),
    [
        (["ty_extract*"], "ty_extract"),
        (["ty_extract_v1", "ty_extract_v2"], "ty_extract"),
        (["ty_extract", "ty_extract_v2"], "ty_extract"),
        (["data1", "data2"], "data"),
        (["old/notes.txt"], "notes.txt"),
        (["apple", "alpha"], "items"),
        (["*"], "items"),
        (["全角"], "items"),
        (["-rf"], "rf"),
    ],
)
def test_an_archive_is_called_after_what_it_holds(items: list[str], name: str) -> None:
    assert name_for(items) == name


@pytest.mark.parametrize("name", NASTY, ids=lambda text: ascii(text)[:30])
def test_no_name_leads_out_of_the_archives(name: str, root: Path) -> None:
    assert not clean_name(name).startswith((".", "-"))
    archive(root, "notes.txt", name=name)
    (folder,) = (root / "archive").iterdir()
    assert len(folder.name) <= 80
    assert find_archive(root, folder.name) == folder


# Restoring


def test_restoring_overwrites_nothing(root: Path) -> None:
    archive(root, *TWO)
    (root / "ty_extract_b").mkdir()
    before = tree(root), scan(root / "archive" / IDENTITY)
    outcome = restore(root)
    assert outcome.refused
    assert outcome.taken == ("ty_extract_b",)
    assert (tree(root), scan(root / "archive" / IDENTITY)) == before
    assert state(root) == "archived"


@pytest.mark.parametrize("apart", [False, True])
def test_the_rest_can_be_restored_and_later_all(apart: bool, root: Path) -> None:
    untouched = tree(root)
    archive(root, *TWO, disk=healthy(apart=apart))
    (root / "ty_extract_b").symlink_to("elsewhere")
    outcome = restore(root, skip_taken=True, disk=healthy(apart=apart))
    assert [item.source for item in outcome.moved] == ["ty_extract_link"]
    assert outcome.taken == ("ty_extract_b",)
    assert (root / "ty_extract_b").readlink() == Path("elsewhere")
    assert state(root) == "partly_restored"
    (root / "ty_extract_b").unlink()
    assert restore(root).perfect
    assert tree(root) == untouched
    assert state(root) == "restored"
    assert restore(root) == Outcome()


def test_what_is_in_the_way_of_a_folder_is_not_gone_through(root: Path) -> None:
    archive(root, "ty_extract_a/deep", name="x")
    (root / "ty_extract_a").rename(root / "elsewhere")
    (root / "ty_extract_a").symlink_to("elsewhere", target_is_directory=True)
    assert restore(root, "x").taken == ("ty_extract_a/deep",)
    (root / "ty_extract_a").unlink()
    (root / "ty_extract_a").write_text("a file")
    assert restore(root, "x").taken == ("ty_extract_a/deep",)
    (root / "ty_extract_a").unlink()
    assert restore(root, "x").perfect
    assert (root / "ty_extract_a/deep/data.bin").read_bytes() == b"a" * 50


@pytest.mark.parametrize("apart", [False, True])
def test_what_was_changed_in_the_archive_comes_back_and_is_told(apart: bool, root: Path) -> None:
    archive(root, "ty_extract_a", "notes.txt", name="x", disk=healthy(apart=apart))
    items = root / "archive" / "x_archive_20260301_142530" / "items"
    (items / "ty_extract_a" / "deep" / "data.bin").write_text("other")
    (items / "ty_extract_a" / "dangling").unlink()
    (items / "ty_extract_a" / "added").write_text("")
    (items / "notes.txt").unlink()
    outcome = restore(root, "x", disk=healthy(apart=apart))
    assert outcome.changed == {
        "ty_extract_a/added": "new since it was archived",
        "ty_extract_a/dangling": "gone since it was archived",
        "ty_extract_a/deep/data.bin": "changed since it was archived",
    }
    assert outcome.missing == ("notes.txt",)
    assert (root / "ty_extract_a" / "deep" / "data.bin").read_text() == "other"


# Things that happen meanwhile


def test_what_appears_at_the_last_moment_is_not_overwritten(root: Path) -> None:
    class Late(Disk):
        def rename(self, old: Path, new: Path) -> None:
            new.write_text("just now")
            super().rename(old, new)

    archive(root, "notes.txt", name="x")
    with pytest.raises(FileExistsError):
        restore(root, "x", disk=Late())
    assert (root / "notes.txt").read_text() == "just now"
    assert restore(root, "x").refused
    (root / "notes.txt").unlink()
    assert restore(root, "x").perfect
    assert (root / "notes.txt").read_text() == "mine"


def test_what_is_equal_to_the_archived_is_not_taken_for_a_remainder(root: Path) -> None:
    archive(root, "notes.txt", name="x", disk=healthy(apart=True))
    (root / "notes.txt").write_text("mine")
    assert restore(root, "x").refused
    assert (root / "notes.txt").read_text() == "mine"


def test_a_half_removed_item_is_not_taken_for_something_else(root: Path) -> None:
    class Dying(Failing):
        def remove(self, path: Path) -> None:
            raise Killed

    with pytest.raises(Killed):
        archive(root, "ty_extract_a", name="x", disk=Dying(0, Killed(), apart=True))
    assert (root / "ty_extract_a").exists()
    assert look_at(root, "x").preview().perfect
    assert look_at(root, "x").preview_restore().perfect
    assert restore(root, "x").perfect


def test_an_item_that_changed_before_it_was_moved_is_recorded_as_it_went(root: Path) -> None:
    plan = plan_archive(root, ["ty_extract_a"], now=NOW, name="ty_extract")
    (root / "ty_extract_a" / "run.sh").write_text("later")
    with begun(plan) as made:
        assert made.finish(NOW).perfect
    (item,) = read_manifest(root / "archive" / IDENTITY).items
    (entry,) = [entry for entry in item.entries if entry.path == "run.sh"]
    assert entry.sha256 == hashlib.sha256(b"later").hexdigest()
    assert restore(root).perfect


def test_an_item_that_vanished_is_told_and_the_rest_moved(root: Path) -> None:
    plan = plan_archive(root, ["ty_extract*"], now=NOW)
    (root / "ty_extract_link").unlink()
    with begun(plan) as made:
        outcome = made.finish(NOW)
    assert outcome.missing == ("ty_extract_link",)
    assert len(outcome.moved) == 3
    assert restore(root).missing == ("ty_extract_link",)
    assert (root / "ty_extract_a").is_dir()


@pytest.mark.parametrize("apart", [False, True])
def test_what_was_made_anew_meanwhile_is_left_alone(apart: bool, root: Path) -> None:
    steps = healthy(apart=apart)
    archive(make(root / "count"), *TWO, disk=steps)
    with pytest.raises(Killed):  # the last operations are the two forms of the manifest
        archive(root, *TWO, disk=Failing(steps.count - 1, Killed(), apart=apart))
    assert state(root) == "archiving"
    (root / "ty_extract_b").write_text("new")
    assert restore(root).refused
    assert finish(root).taken == ("ty_extract_b",)
    assert (root / "ty_extract_b").read_text() == "new"
    (root / "ty_extract_b").unlink()
    assert restore(root).perfect


def test_what_comes_to_a_folder_while_it_is_copied_away_stays(root: Path) -> None:
    class Busy(Failing):
        def remove(self, path: Path) -> None:
            (root / "ty_extract_a" / "new.txt").write_text("just now")
            super().remove(path)

    outcome = archive(root, "ty_extract_a", name="x", disk=Busy(0, Killed(), apart=True))
    assert "still at its old place" in outcome.changed["ty_extract_a"]
    assert names(root / "ty_extract_a") == {"new.txt"}


def test_a_copy_that_is_not_equal_replaces_nothing(root: Path) -> None:
    class Lying(Failing):
        def copy_file(self, source: Path, target: Path) -> None:
            target.write_bytes(b"?" * source.stat().st_size)

    untouched = tree(root)
    with pytest.raises(OSError, match="while it was copied"):
        archive(root, *TWO, disk=Lying(0, Killed(), apart=True))
    assert tree(root) == untouched
    assert not list((root / "archive" / IDENTITY / "items").iterdir())
    assert restore(root).perfect


def test_one_works_on_the_archives_at_a_time(root: Path) -> None:
    plan = plan_archive(root, ["notes.txt"], now=NOW)
    with begun(plan) as made:
        with pytest.raises(FolderTakenError), opened(root, made.identity):
            pass
        with pytest.raises(FolderTakenError), begun(plan):
            pass
        assert made.finish(NOW).perfect
    assert names(root / "archive") == {made.identity}


# Manifests as they are found


def test_archives_are_listed_with_their_states(root: Path) -> None:
    assert list_archives(root) == []
    archive(root, "ty_extract_a", name="one")
    archive(root, "ty_extract_b", name="two")
    restore(root, "two")
    (root / "archive" / "foreign").mkdir()
    (root / "archive" / "readme.txt").write_text("mine")
    found = {
        folder.name.partition("_")[0]: manifest.state if isinstance(manifest, Manifest) else ""
        for folder, manifest in list_archives(root)
    }
    assert found == {"foreign": "", "one": "archived", "two": "restored"}


@pytest.mark.parametrize("wanted", ["", "zzz", "..", "/", "x_archive_202603", "\0"])
def test_an_id_of_no_single_archive_is_a_wrong_request(wanted: str, root: Path) -> None:
    archive(root, "ty_extract_a", name="x")
    archive(root, "ty_extract_b", name="x")
    with pytest.raises(ArchiveRequestError, match="x_archive_20260301_142530"):
        find_archive(root, wanted)


@pytest.mark.parametrize("source", ["../out", "/etc/x", "", ".", "a/../../x", "a//b", "a\0b", 5])
def test_a_manifest_leads_nowhere_else(source: object, root: Path) -> None:
    archive(root, "notes.txt")
    file = root / "archive" / "notes.txt_archive_20260301_142530" / "manifest.json"
    document = json.loads(file.read_text())
    document["items"][0]["from"] = source
    document["items"][0]["entries"][0]["from"] = source
    file.write_text(json.dumps(document))
    before = scan(root.parent)
    with pytest.raises(ArchiveError, match="damaged"):
        restore(root, "notes")
    assert [e.content for e in scan(root.parent)] == [e.content for e in before]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "null", "{}", '{"schema_version": 2}', "[" * 100_000, "\xff"]
)
def test_a_damaged_manifest_is_told(text: str, root: Path) -> None:
    archive(root, "notes.txt")
    folder = root / "archive" / "notes.txt_archive_20260301_142530"
    (folder / "manifest.json").write_text(text, "latin-1")
    with pytest.raises(ManifestError):
        read_manifest(folder)
    with pytest.raises(ArchiveError, match=r"manifest\.json is damaged"):
        restore(root, "notes")
    assert (folder / "items" / "notes.txt").read_text() == "mine"


def test_what_another_version_wrote_is_kept(root: Path) -> None:
    archive(root, "notes.txt")
    file = root / "archive" / "notes.txt_archive_20260301_142530" / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"later": [1]}))
    restore(root, "notes")
    assert json.loads(file.read_text())["later"] == [1]


# Names and trees of every kind

FILE_NAMES = [
    text
    for text in (*NASTY, "a\nb", "\udcff\udc80", "x" * 250, ".hidden", "it's", '"q"', "~", "a b ")
    if text not in ("", ".", "..") and "/" not in text and "\0" not in text
]


def can_be_a_name(text: str) -> bool:
    with TemporaryDirectory() as folder:
        try:
            (Path(folder) / text).write_text("")
        except (OSError, ValueError):
            return False
        return [path.name for path in Path(folder).iterdir()] == [text]


def test_names_of_every_kind_come_through_inert(root: Path) -> None:
    odd = [name for name in FILE_NAMES if can_be_a_name(name)]
    assert len(odd) > 20
    (root / "box").mkdir()
    for name in odd:
        (root / "box" / name).write_text(name[:3], errors="replace")
        (root / f"z{name}"[:60]).symlink_to(name)
    untouched = tree(root)
    archive(root, "box", "z*", name="x")
    folder = root / "archive" / "x_archive_20260301_142530"
    items = read_manifest(folder).items
    assert {entry.path for entry in items[0].entries} == {"", *odd}
    text = (folder / "manifest.md").read_text("utf-8")
    assert not acted_on(text)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 4 + len(items) + sum(len(item.entries) for item in items)
    borders = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
    assert borders == {5}
    assert restore(root, "x").perfect
    assert tree(root) == untouched


file_names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=8
).filter(lambda name: name not in (".", "..", "archive"))
trees = st.recursive(
    st.binary(max_size=20) | st.text("ab/.\n", min_size=1, max_size=5),
    lambda inner: st.dictionaries(file_names, inner, max_size=4),
    max_leaves=12,
)


def build(place: Path, node: Any) -> None:
    """A file of these bytes, a link with this text, a folder with these things."""
    match node:
        case bytes():
            place.write_bytes(node)
        case str():
            place.symlink_to(node)
        case _:
            place.mkdir()
            for name, inner in node.items():
                build(place / name, inner)


@posix_only
@settings(max_examples=30)
@given(
    content=st.dictionaries(file_names, trees, min_size=1, max_size=4),
    apart=st.booleans(),
    modes=st.randoms(use_true_random=False),
)
def test_any_tree_comes_back_as_it_was(content: Any, apart: bool, modes: random.Random) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "ws"
        build(root, content)
        for path in sorted(root.rglob("*"), reverse=True):
            if not path.is_symlink():
                path.chmod(modes.choice([0o700, 0o755, 0o750] if path.is_dir() else [0o400, 0o664]))
                os.utime(path, ns=(0, modes.randrange(2 * 10**18)))
        before = tree(root)
        archive(root, *names(root), name="x", disk=healthy(apart=apart))
        assert names(root) == {"archive"}
        assert restore(root, "x", disk=healthy(apart=apart)).perfect
        assert tree(root) == before
