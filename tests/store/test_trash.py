"""Deleting: only what is a session's and at rest, to the trash or aside, never unlinked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmopt_tui.store import trash
from llmopt_tui.store.lock import FolderLock
from llmopt_tui.store.sessions import list_sessions, session_folders
from llmopt_tui.store.trash import NotDeletedError, NoTrashError
from tests.tui_sessions.recordings import events, record

links = pytest.mark.skipif(sys.platform == "win32", reason="links take a right there")


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    return await record(tmp_path / "results", events("a1b2c3d4"))


@pytest.fixture
def results(folder: Path) -> Path:
    return folder.parent


@pytest.fixture
def trashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What the system's trash got, which is out of reach of the tests."""
    got: list[Path] = []

    def send(path: Path) -> None:
        got.append(path)
        path.rename(path.parent.parent / f"trashed {path.name}")

    monkeypatch.setattr("send2trash.send2trash", send)
    return got


def no_trash(monkeypatch: pytest.MonkeyPatch, error: OSError | None) -> None:
    def send(path: Path) -> None:
        if error:
            raise error

    monkeypatch.setattr("send2trash.send2trash", send)


def test_a_session_goes_to_the_trash(results: Path, folder: Path, trashed: list[Path]) -> None:
    trash.move_to_trash(results, folder)
    assert trashed == [folder]
    assert list_sessions(results) == []


def test_its_size_is_that_of_its_files(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = trash.size_of(folder)
    assert size.files == len(files) > 3
    assert size.bytes == sum(path.stat().st_size for path in files)
    assert trash.size_of(folder / "nothing") == trash.Size(0, 0)


@pytest.mark.parametrize("place", [".", "..", "other", "session_a/inside", "../session_outside"])
def test_what_is_no_session_of_this_folder_is_refused(
    results: Path, trashed: list[Path], place: str
) -> None:
    for name in ("other", "session_a/inside", "../session_outside"):
        (results / name).mkdir(parents=True, exist_ok=True)
    assert "is not the folder of a session" in trash.problem_with(results, results / place)
    for delete in (trash.move_to_trash, trash.set_aside):
        with pytest.raises(NotDeletedError):
            delete(results, results / place)
    assert trashed == []
    assert (results / place).exists()


@links
def test_a_link_is_refused_and_what_it_leads_to_stays(
    results: Path, folder: Path, trashed: list[Path], tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    folder.rename(outside)
    folder.symlink_to(outside)
    assert folder in session_folders(results)
    for delete in (trash.move_to_trash, trash.set_aside):
        with pytest.raises(NotDeletedError, match="is a link"):
            delete(results, folder)
    assert trashed == []
    assert (outside / "events.jsonl").is_file()


def test_a_session_that_is_being_written_is_refused(
    results: Path, folder: Path, trashed: list[Path]
) -> None:
    lock = FolderLock(folder)
    with pytest.raises(NotDeletedError, match=f"process {os.getpid()}: stop the run first"):
        trash.move_to_trash(results, folder)
    lock.release()
    trash.move_to_trash(results, folder)
    assert trashed == [folder]


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError("no mount point"), None]
)
def test_where_there_is_no_trash_the_folder_stays(
    results: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, error: OSError | None
) -> None:
    no_trash(monkeypatch, error)
    with pytest.raises(NoTrashError, match="trash did not take it"):
        trash.move_to_trash(results, folder)
    assert (folder / "events.jsonl").is_file()


def test_what_is_set_aside_is_whole_and_in_no_list(results: Path, folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    target = trash.set_aside(results, folder)
    assert target == results / ".trash" / folder.name
    assert {path.name: path.read_bytes() for path in target.iterdir() if path.is_file()} == before
    assert list_sessions(results) == []
    assert not folder.exists()


async def test_what_was_set_aside_before_is_not_overwritten(results: Path, folder: Path) -> None:
    first = trash.set_aside(results, folder)
    again = await record(results, events("a1b2c3d4"))
    assert again == folder
    second = trash.set_aside(results, again)
    assert first.is_dir()
    assert second.name == f"{folder.name} 2"
    assert (second / "events.jsonl").is_file()


@links
def test_nothing_is_moved_through_a_link(results: Path, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (results / ".trash").symlink_to(elsewhere)
    with pytest.raises(NotDeletedError, match="is a link"):
        trash.set_aside(results, folder)
    assert folder.is_dir()
    assert list(elsewhere.iterdir()) == []


def test_a_folder_that_cannot_be_moved_is_said(results: Path, folder: Path) -> None:
    (results / ".trash").write_text("a file where the folder would be")
    with pytest.raises(NotDeletedError, match="cannot be moved to"):
        trash.set_aside(results, folder)
    assert folder.is_dir()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the trash is the person's own")
def test_the_real_trash_takes_it(results: Path, folder: Path, tmp_path: Path) -> None:
    """In a process of its own, whose home is the test's: the trash is found once a process."""
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "import sys, pathlib; from llmopt_tui.store.trash import move_to_trash; "
        "move_to_trash(*map(pathlib.Path, sys.argv[1:]))"
    )
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    subprocess.run(
        [sys.executable, "-c", code, str(results), str(folder)], check=True, env=environment
    )
    assert not folder.exists()
    (kept,) = tmp_path.rglob("files/session_*")
    assert (kept / "events.jsonl").is_file()
