"""The Sessions screen inside the program: reached, read and left by key, with no server."""

from __future__ import annotations

from pathlib import Path

from llmopt_tui.tui.panes.live_log import LiveLog
from llmopt_tui.tui.screens.help import HelpScreen
from llmopt_tui.tui.screens.recorded import RecordedScreen
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.widgets.row_table import RowTable
from tests.tui.harness import Stage, until
from tests.tui_sessions.recordings import events, record
from tests.tui_widgets.screen_text import screen_text


async def test_from_the_workbench_to_a_session_and_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    app = stage.app
    await record(stage.launcher.workspace.results, events("a1b2c3d4"))
    async with app.run_test(size=(120, 40)) as pilot:
        await stage.up(pilot)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
        await until(pilot, lambda: app.screen.query_one(RowTable).row_count == 1)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, RecordedScreen))
        await until(pilot, lambda: app.screen.query_one(LiveLog).selected == 3)
        await pilot.press("w")
        await until(pilot, lambda: app.screen is stage.workbench)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, RecordedScreen))
        assert "read only" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))


async def test_a_narrow_terminal_gives_the_names_all_the_room_there_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    app = stage.app
    await record(stage.launcher.workspace.results, events("a1b2c3d4"))
    async with app.run_test(size=(80, 24)) as pilot:
        await stage.up(pilot)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
        await until(pilot, lambda: "concise_description" in screen_text(app))
