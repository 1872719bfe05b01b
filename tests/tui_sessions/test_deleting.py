"""Deleting from the list: asked twice, and where there is no trash, aside instead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from llmopt_tui.store import trash
from llmopt_tui.store.lock import FolderLock
from llmopt_tui.store.sessions import list_sessions
from llmopt_tui.tui.deleting import delete_session
from llmopt_tui.tui.screens.dialogs import Ask, Confirm
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.widgets.row_table import RowTable
from tests.nasty import NASTY
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import BEGIN, events, record
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


@pytest.mark.parametrize("key", ["delete", "x"])
async def test_it_is_asked_twice_and_then_in_the_trash(
    app: Host, folder: Path, bin_: Trash, key: str
) -> None:
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("c", key)
        await asked(pilot, app, Confirm)
        shown = screen_text(app)
        size = trash.size_of(folder)
        assert f"3 iterations, {size.files} files, {size.bytes // 1000} kB" in shown
        assert "gemma3n × concise_description" in shown
        assert "session_a1b2c3d4_gemma3n_latest" in "".join(shown.split())
        assert bin_.taken == []
        await pilot.press("y")
        await asked(pilot, app, Ask)
        assert bin_.taken == []
        await pilot.press(*"delete", "enter")
        await listed(pilot, app, 1)
        assert bin_.taken == [folder]
        assert app.screen.query_one(RowTable).marks == set()
        await until(pilot, lambda: "is in the system's trash" in screen_text(app))


@pytest.mark.parametrize("answers", [["escape"], ["enter"], ["y", "escape"], ["n"]])
async def test_any_other_answer_keeps_it(
    app: Host, folder: Path, bin_: Trash, answers: list[str]
) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("delete")
        await asked(pilot, app, Confirm)
        await pilot.press(answers[0])
        if len(answers) > 1:
            await asked(pilot, app, Ask)
            await pilot.press(answers[1])
        await listed(pilot, app, 2)
        assert there(folder)
        assert bin_.taken == []


async def test_only_the_word_deletes(app: Host, folder: Path, bin_: Trash) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("delete")
        await asked(pilot, app, Confirm)
        await pilot.press("y")
        await asked(pilot, app, Ask)
        await pilot.press(*"yes", "enter")
        await until(pilot, lambda: "Type delete, or cancel." in screen_text(app))
        assert there(folder)


def there(path: Path) -> bool:
    return path.exists()


def said(app: Host) -> str:
    return " ".join(note.message for note in app._notifications)


async def delete(pilot: Pilot[Any], app: Host) -> None:
    await pilot.press("delete")
    await asked(pilot, app, Confirm)
    await pilot.press("y")
    await asked(pilot, app, Ask)
    await pilot.press(*"delete", "enter")


async def test_without_a_trash_it_can_be_set_aside(app: Host, folder: Path, bin_: Trash) -> None:
    bin_.error = PermissionError(13, "Permission denied")
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, app, 2)
        await delete(pilot, app)
        await until(pilot, lambda: "There is no trash here" in screen_text(app))
        await until(pilot, lambda: "Permission denied" in screen_text(app))
        await pilot.press("y")
        await listed(pilot, app, 1)
        assert there(folder.parent / ".trash" / folder.name / "events.jsonl")


async def test_without_a_trash_it_can_be_kept(app: Host, folder: Path, bin_: Trash) -> None:
    bin_.error = OSError("no mount point")
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, app, 2)
        await delete(pilot, app)
        await until(pilot, lambda: "There is no trash here" in screen_text(app))
        await pilot.press("enter")
        await listed(pilot, app, 2)
        assert there(folder)


async def test_a_session_that_is_being_written_is_not_deleted(
    app: Host, folder: Path, bin_: Trash
) -> None:
    lock = FolderLock(folder)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("delete")
        await until(pilot, lambda: "is being written by process" in said(app))
        assert isinstance(app.screen, SessionsScreen)
    lock.release()


async def test_one_that_begins_to_be_written_meanwhile_is_not_deleted(
    app: Host, folder: Path, bin_: Trash
) -> None:
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("delete")
        await asked(pilot, app, Confirm)
        lock = FolderLock(folder)
        await pilot.press("y")
        await asked(pilot, app, Ask)
        await pilot.press(*"delete", "enter")
        await until(pilot, lambda: "is being written by process" in said(app))
        assert bin_.taken == []
        lock.release()


async def test_in_the_filter_the_key_deletes_a_letter(app: Host, bin_: Trash) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, app, 2)
        await pilot.press("slash", "g", "x", "home", "delete")
        assert isinstance(app.screen, SessionsScreen)
        assert app.screen.query_one(Input).value == "x"


async def test_nasty_names_are_asked_about_inert(folder: Path, app: Host, bin_: Trash) -> None:
    summary = next(s for s in list_sessions(folder.parent) if s.folder == folder)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(pilot, app, 2)
        screen = app.screen
        # Three texts a question: each has its own place in it.
        for model, case, name in zip(NASTY[::3], NASTY[1::3], NASTY[2::3], strict=False):
            odd = replace(summary, model=model, case_id=case, session_id=name)
            asking = app.screen.run_worker(delete_session(screen, folder.parent, odd))
            await asked(pilot, app, Confirm)
            assert not obeyed(screen_text(app))
            await pilot.press("escape")
            assert await asking.wait() is False
    assert bin_.taken == []
