"""The Sessions screen inside the program: reached, read and left by key, with no server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from llmopt_tui.core.events import SessionStarted
from llmopt_tui.tui.app import LlmoptApp
from llmopt_tui.tui.panes.live_log import LiveLog
from llmopt_tui.tui.screens.help import HelpScreen
from llmopt_tui.tui.screens.leaderboard import LeaderboardScreen
from llmopt_tui.tui.screens.recorded import RecordedScreen
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.widgets.row_table import RowTable
from tests import suites
from tests.tui.harness import Stage, until
from tests.tui_sessions.recordings import events, record
from tests.tui_widgets.screen_text import screen_text


async def test_from_the_workbench_to_a_session_and_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    app = stage.app
    await record(stage.endpoints.workspace.results, events("a1b2c3d4"))
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
        await until(pilot, lambda: "read only" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))


@pytest.mark.long
@pytest.mark.parametrize(
    "keys",
    [["l"], ["enter", "l"]],
)
async def test_what_is_of_a_suite_leads_to_it_on_the_leaderboard(
    tmp_path: Path, keys: list[str]
) -> None:
    stage = Stage(tmp_path)
    app, results = stage.app, stage.endpoints.workspace.results
    told = events("a1b2c3d4")
    assert isinstance(told[0], SessionStarted)
    await record(results, [replace(told[0], suite_id="01d00000"), *told[1:]])
    old = suites.suite(["old"], ["c"], suite_id="01d00000", started_at="2025-01-01T00:00:00+00:00")
    suites.write(results, old)
    suites.write(results, suites.suite(["new"], ["c"]))
    async with app.run_test(size=(120, 40)) as pilot:
        await stage.up(pilot)
        await pilot.press("l")
        await until(pilot, lambda: shown(app) == "e5f6a7b8")
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
        table = app.screen.query_one(RowTable)
        # A suite of one session is that session; one whose sessions are gone is still a row.
        await until(pilot, lambda: table.row_count == 2)
        place = [r.summary.session_id for r in table.rows].index("a1b2c3d4")
        await pilot.press(*["down"] * place)
        for key in keys:
            await pilot.press(key)
            if key == "enter":
                await until(pilot, lambda: isinstance(app.screen, RecordedScreen))
        await until(pilot, lambda: shown(app) == "01d00000")
        # What the person chose stays, until a run begins.
        await pilot.press("w", "l")
        await until(pilot, lambda: shown(app) == "01d00000")


async def test_a_session_of_a_suite_opened_from_the_leaderboard_leads_back_to_it(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    app, results = stage.app, stage.endpoints.workspace.results
    told = events("a1b2c3d4")
    assert isinstance(told[0], SessionStarted)
    folder = await record(results, [replace(told[0], suite_id="e5f6a7b8"), *told[1:]])
    document = suites.suite(["m"], ["c"])
    document["sessions"][0]["folder"] = folder.name
    suites.write(results, document)
    async with app.run_test(size=(120, 40)) as pilot:
        await stage.up(pilot)
        await pilot.press("l")
        await until(pilot, lambda: shown(app) == "e5f6a7b8")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordedScreen))
        await pilot.press("l")
        await until(pilot, lambda: shown(app) == "e5f6a7b8")


def shown(app: LlmoptApp) -> str:
    """The suite that is shown on the Leaderboard, "" where that is not on screen."""
    screen = app.screen
    return screen.board.suite_id if isinstance(screen, LeaderboardScreen) else ""


async def test_a_narrow_terminal_gives_the_names_all_the_room_there_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    app = stage.app
    await record(stage.endpoints.workspace.results, events("a1b2c3d4"))
    async with app.run_test(size=(80, 24)) as pilot:
        await stage.up(pilot)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
        await until(pilot, lambda: "concise_description" in screen_text(app))
