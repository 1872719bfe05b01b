"""The Leaderboard while a suite runs: it fills, says how much is left, and opens live sessions."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from llmopt_tui.tui.bars import StatusLine
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.matrix import Matrix
from llmopt_tui.tui.panes.models import ModelsPane
from llmopt_tui.tui.panes.plan_line import PlanLine
from llmopt_tui.tui.screens import leaderboard
from llmopt_tui.tui.screens.leaderboard import LeaderboardScreen
from llmopt_tui.tui.screens.recorded import RecordedScreen
from tests import suites
from tests.tui.harness import Stage, make_case, text_of, until, words_of

SIZE = (120, 40)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaderboard, "_TICK_SECONDS", 0.1)


def board(stage: Stage) -> LeaderboardScreen:
    screen = stage.app.screen
    assert isinstance(screen, LeaderboardScreen)
    return screen


async def pick(stage: Stage, pilot: Pilot[None], models: int, cases: int) -> None:
    """Pick so many models and cases in the Workbench."""
    await stage.ready(pilot)
    for pane, count in ((ModelsPane, models), (CasesPane, cases)):
        rows = stage.workbench.query_one(pane).rows
        for row in list(rows._rows)[:count]:
            rows.pick(row.key)
    await pilot.pause()


async def test_a_suite_fills_the_matrix_while_it_runs(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=SIZE) as pilot:
        await pick(stage, pilot, 1, 2)
        await pilot.press("ctrl+r")
        await stage.deciding(pilot)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(stage.app.screen, LeaderboardScreen))
        await until(pilot, lambda: board(stage).board.cells)
        # Both sessions wait for a decision after their first iteration.
        await until(
            pilot,
            lambda: [c.activity for c in board(stage).board.cells.values()] == ["deciding"] * 2,
        )
        await until(pilot, lambda: "asks you" in text_of(board(stage).query_one(Matrix)))
        cells = list(board(stage).board.cells.values())
        assert all(len(cell.scores) == 1 for cell in cells)
        line = words_of(board(stage).query_one("#suite-line"))
        assert line.startswith("1 model × 2 cases ")
        assert "call 10 of about" in line
        assert "0 of 2 sessions have ended" in words_of(board(stage).query_one("#headline"))
        stage.app.controller.toggle_mode()  # type: ignore[union-attr]
        await until(pilot, lambda: board(stage).board.status == "completed")
        await until(pilot, lambda: "completed" in words_of(board(stage).query_one("#suite-line")))
        await until(pilot, lambda: board(stage).board.recommendation)


async def test_enter_shows_a_live_session_in_the_workbench_and_keeps_it_there(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=SIZE) as pilot:
        await pick(stage, pilot, 1, 2)
        await pilot.press("ctrl+r")
        await stage.deciding(pilot)
        controller = stage.app.controller
        assert controller is not None
        await until(pilot, lambda: len(controller.waiting) == 2)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(stage.app.screen, LeaderboardScreen))
        await until(pilot, lambda: len(board(stage).board.cells) == 2)
        await pilot.press("2", "end", "enter")
        await until(pilot, lambda: stage.app.screen is stage.workbench)
        assert controller.suite is not None
        second = controller.suite.members[1]
        await until(pilot, lambda: controller.shown is second)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(stage.app.screen, LeaderboardScreen))
        controller.toggle_mode()
        await until(pilot, lambda: not controller.running)
        await until(pilot, lambda: board(stage).board.status == "completed")
        # What has ended is a record.
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(stage.app.screen, RecordedScreen))


async def test_a_session_that_was_asked_for_stays_in_sight(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=SIZE) as pilot:
        await pick(stage, pilot, 1, 2)
        await pilot.press("ctrl+r")
        await stage.deciding(pilot)
        controller = stage.app.controller
        assert controller is not None
        await until(pilot, lambda: len(controller.waiting) == 2)
        assert controller.suite is not None
        first, second = controller.suite.members
        controller.show(second)
        assert controller.shown is second
        seen = []
        show = controller._show
        controller._show = lambda member: (seen.append(member), show(member))  # type: ignore[method-assign,assignment]
        controller.waiting.remove(second)
        controller.waiting.remove(first)
        from llmopt_tui.core.events import RunStarted

        controller._follow(first, RunStarted(2, "cd-001", 1, "p"))
        assert controller.shown is second
        assert seen == []
        second.ended = True
        controller._follow(first, RunStarted(2, "cd-002", 1, "p"))
        assert controller.shown is first
        second.ended = False


async def test_before_the_start_the_plan_is_said(tmp_path: Path) -> None:
    cases = [make_case(train=24), make_case("skills_extraction", train=24)]
    stage = Stage(tmp_path, cases=cases)
    past = suites.suite(["gemma3n:latest"], ["c"], held_out=24)
    suites.write(stage.launcher.workspace.results, past)
    async with stage.app.run_test(size=SIZE) as pilot:
        await stage.ready(pilot)
        line = stage.workbench.query_one(PlanLine)
        assert not line.display
        await until(pilot, lambda: stage.workbench.controller.time_left.past)
        await pick(stage, pilot, 1, 2)
        await until(pilot, lambda: line.display)
        await until(pilot, lambda: "Planned: 2 sessions, about" in words_of(line))
        said = words_of(line)
        assert "the smallest gain 12 held-out examples could prove: 0." in said
        assert "min" in said or "unknown" in said
        await pilot.press("ctrl+r")
        await stage.deciding(pilot)
        await until(pilot, lambda: not line.display)


async def test_the_status_line_says_how_much_time_is_left(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=SIZE) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        stage.workbench.controller.time_left.past = _past("gemma3n:latest", 30.0)
        line = stage.workbench.query_one(StatusLine)
        await until(pilot, lambda: "left " in text_of(line))
        left = stage.workbench.controller.time_left
        suite = stage.workbench.controller.suite
        assert suite is not None
        before = left.seconds(suite)
        assert before is not None
        stage.clock.seconds += 2
        assert left.seconds(suite) == pytest.approx(max(1.0, before - 2))


def _past(model: str, seconds: float) -> object:
    from llmopt_tui.state.plan import Past

    return Past({model: seconds})


async def test_l_leads_there_and_w_back_from_anywhere(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.up(pilot)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(stage.app.screen, LeaderboardScreen))
        await until(pilot, lambda: "No suite yet" in text_of(stage.app.screen))
        await pilot.press("b")
        await until(pilot, lambda: type(stage.app.screen).__name__ == "SessionsScreen")
        await pilot.press("l", "question_mark")
        await until(pilot, lambda: type(stage.app.screen).__name__ == "HelpScreen")
        assert "Another suite" in text_of(stage.app.screen)
        await pilot.press("escape", "w")
        await until(pilot, lambda: stage.app.screen is stage.workbench)
