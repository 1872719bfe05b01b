"""Deleting from the list: asked once, undone by a key, then given to the system's trash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from llmopt_tui.store import trash
from llmopt_tui.store.lock import FolderLock
from llmopt_tui.store.sessions import list_sessions
from llmopt_tui.tui.deleting import Bin
from llmopt_tui.tui.screens.dialogs import Confirm
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.widgets.row_table import RowTable
from tests.nasty import NASTY
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import BEGIN, events, record, write_suite
from tests.tui_widgets.screen_text import obeyed, screen_text

WIDE = (120, 40)


class Trash:
    """A trash that takes what it is given, or refuses with an error."""

    def __init__(self) -> None:
        self.taken: list[Path] = []
        self.error: OSError | None = None

    def __call__(self, path: Path) -> None:
        if self.error:
            raise self.error
        self.taken.append(path)
        path.rename(path.parent.parent / f"trashed {path.name}")


@pytest.fixture
def bin_(monkeypatch: pytest.MonkeyPatch) -> Trash:
    made = Trash()
    monkeypatch.setattr("send2trash.send2trash", made)
    return made


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    await record(tmp_path / "results", events("b2c3d4e5", begin=BEGIN.replace(year=2025)))
    return await record(tmp_path / "results", events("a1b2c3d4"))


@pytest.fixture
def app(folder: Path) -> Host:
    return Host(lambda: SessionsScreen(folder.parent))


async def listed(pilot: Pilot[Any], app: Host, count: int) -> None:
    await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
    await until(pilot, lambda: app.screen.query_one(RowTable).row_count == count)


async def asked(pilot: Pilot[Any], app: Host, dialog: type[Any]) -> None:
    await until(pilot, lambda: isinstance(app.screen, dialog) and app.screen.is_current)


def kept(results: Path) -> list[str]:
    return sorted(summary.session_id for summary in list_sessions(results))


async def test_what_is_marked_is_asked_about_once_and_can_be_brought_back(
    app: Host, folder: Path, bin_: Trash
) -> None:
    results = folder.parent
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("space", "space", "x")
        await asked(pilot, app, Confirm)
        shown = screen_text(app)
        assert "Delete 2 sessions?" in shown
        assert "gemma3n × concise_description" in shown
        await pilot.press("escape")
        await listed(pilot, app, 2)
        await pilot.press("delete")
        await asked(pilot, app, Confirm)
        await pilot.press("y")
        await until(pilot, lambda: kept(results) == [])
        await until(pilot, lambda: "brings it back" in screen_text(app))
        assert bin_.taken == []
        await until(pilot, lambda: app.screen.is_current)
        await pilot.press("u")
        await listed(pilot, app, 2)
        assert kept(results) == ["a1b2c3d4", "b2c3d4e5"]

        # What is deleted before the next deletion, or before the screen ends, goes to the trash.
        for left in (1, 0):
            await pilot.press("x")
            await asked(pilot, app, Confirm)
            await pilot.press("y")
            await until(pilot, lambda left=left: len(kept(results)) == left)
            await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
            if left:
                await listed(pilot, app, left)
        assert len(bin_.taken) == 1
    assert len(bin_.taken) == 2
    assert not list((results / trash.ASIDE).iterdir())


async def test_what_the_trash_does_not_take_stays_aside(
    app: Host, folder: Path, bin_: Trash
) -> None:
    bin_.error = OSError("no trash on this file system")
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("x")
        await asked(pilot, app, Confirm)
        await pilot.press("y")
        await until(pilot, lambda: len(kept(folder.parent)) == 1)
    assert (folder.parent / trash.ASIDE / folder.name / "events.jsonl").is_file()


async def test_a_session_that_is_being_written_is_not_deleted(
    app: Host, folder: Path, bin_: Trash
) -> None:
    lock = FolderLock(folder)
    try:
        async with app.run_test(size=WIDE, notifications=True) as pilot:
            await listed(pilot, app, 2)
            await pilot.press("x")
            await until(pilot, lambda: "stop the run first" in screen_text(app))
            assert len(kept(folder.parent)) == 2
    finally:
        lock.release()


def test_a_suite_goes_with_its_files_and_comes_back(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    file = write_suite(results, "5u17e000", [])
    file.with_suffix(".md").write_text("# Suite")
    bin_ = Bin(results)
    bin_.take(trash.files_of_suite(file))
    assert not file.exists()
    assert bin_.undo() == 2
    assert file.is_file()
    with pytest.raises(trash.NotDeletedError):
        bin_.take([tmp_path / "elsewhere.json"])


async def test_nasty_names_are_asked_about_inert(tmp_path: Path, bin_: Trash) -> None:
    name = " ".join(text for text in NASTY if len(text) < 200)
    folder = await record(tmp_path / "r", events("a1b2c3d4", model=name, case=name))
    app = Host(lambda: SessionsScreen(folder.parent))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, app, 1)
        await pilot.press("x")
        await asked(pilot, app, Confirm)
        assert not obeyed(screen_text(app))
