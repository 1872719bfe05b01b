"""Going on with what broke off, from the list of sessions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmopt_tui.core.settings import StopReason
from llmopt_tui.store.lock import FolderLock
from llmopt_tui.tui.screens.dialogs import Confirm
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.widgets.row_table import RowTable
from tests.tui.harness import Stage, until
from tests.tui_sessions.recordings import events, record


async def broken_off(root: Path) -> Path:
    """A run that was quit while its first suggestion waited. Returns the session's folder."""
    stage = Stage(root)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(stage.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: stage.endpoints.closed)
    return stage.opened[0].writer.folder


def rows_of(stage: Stage) -> int:
    screen = stage.app.screen
    assert isinstance(screen, SessionsScreen)
    return len(screen.query_one(RowTable).rows)


async def test_what_broke_off_goes_on_where_it_was(tmp_path: Path) -> None:
    folder = await broken_off(tmp_path)
    stage = Stage(tmp_path)
    app = stage.app
    async with app.run_test(size=(120, 40)) as pilot:
        await stage.up(pilot)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
        await until(pilot, lambda: rows_of(stage))
        await pilot.press("g")
        await until(pilot, lambda: app.screen is stage.workbench)
        await stage.deciding(pilot)
        assert stage.client.requests == []  # everything asked had been answered
        assert stage.state.record.iterations[0].score is not None
        await pilot.press("a")
        await until(pilot, lambda: len(stage.state.record.iterations) == 2)
        app.controller.toggle_mode(what_waits=True)
        await until(pilot, lambda: not app.controller.running)
    assert json.loads((folder / "session_data.json").read_text())["status"] == "completed"
    (suite,) = folder.parent.glob("optimization_suite_*.json")
    assert json.loads(suite.read_text())["status"] == "completed"


@pytest.mark.parametrize(
    ("stop", "words"),
    [("plateau", "nothing is left to do"), (None, "is being run by process")],
)
async def test_what_has_ended_or_is_being_run_is_not_gone_on_with(
    stop: StopReason | None, words: str, tmp_path: Path
) -> None:
    stage = Stage(tmp_path)
    app = stage.app
    said: list[str] = []
    app.notify = lambda text, **_: said.append(text)  # type: ignore[method-assign]
    told = events("a1b2c3d4", scores=(0.5,), stop=stop)
    folder = await record(stage.endpoints.workspace.results, told)
    lock = FolderLock(folder)
    try:
        async with app.run_test(size=(120, 40)) as pilot:
            await stage.up(pilot)
            await pilot.press("b")
            await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
            await until(pilot, lambda: app.screen.query_one(RowTable).row_count == 1)
            await pilot.press("g")
            await until(pilot, lambda: said)
            assert words in said[0]
            assert isinstance(app.screen, SessionsScreen)
    finally:
        lock.release()
