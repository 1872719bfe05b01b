"""The Leaderboard while a suite runs: it fills, says how much is left, and opens live sessions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from llmopt_tui.core.ports import ChatRequest
from llmopt_tui.state.plan import Past
from llmopt_tui.tui.bars import StatusLine
from llmopt_tui.tui.controller import RunController
from llmopt_tui.tui.panes.cases import CasesPane
from llmopt_tui.tui.panes.matrix import Matrix
from llmopt_tui.tui.panes.models import ModelsPane
from llmopt_tui.tui.panes.plan_line import PlanLine
from llmopt_tui.tui.panes.transfer import TransferGrid
from llmopt_tui.tui.screens import leaderboard
from llmopt_tui.tui.screens.dialogs import Choose, Confirm
from llmopt_tui.tui.screens.leaderboard import LeaderboardScreen
from llmopt_tui.tui.screens.recorded import RecordedScreen
from llmopt_tui.tui.widgets.plain import Plain
from tests import suites
from tests.app.test_transfer import shorter_each_time
from tests.tui.harness import ONE_IDEA, Stage, make_case, text_of, until, words_of

SIZE = (120, 40)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaderboard, "_LAG_SECONDS", 0.1)


def board(stage: Stage) -> LeaderboardScreen:
    screen = stage.app.screen
    assert isinstance(screen, LeaderboardScreen)
    return screen


async def pick(stage: Stage, pilot: Pilot[None], models: int, cases: int) -> None:
    """Pick so many models and cases in the Workbench."""
    await stage.ready(pilot)
    for rows, count in (
        (stage.workbench.query_one(ModelsPane).rows, models),
        (stage.workbench.query_one(CasesPane).rows, cases),
    ):
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
        stage.app.controller.toggle_mode(what_waits=True)
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
        controller.toggle_mode(what_waits=True)
        await until(pilot, lambda: not controller.running)
        await until(pilot, lambda: board(stage).board.status == "completed")
        # What has ended is a record.
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(stage.app.screen, RecordedScreen))


@pytest.mark.long
async def test_a_session_that_was_asked_for_stays_in_sight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
        controller._sight._changed = seen.append
        monkeypatch.setattr(RunController, "waiting", property(lambda _: []))
        from llmopt_tui.core.signals import RunStarted

        controller.follower.signalled(first, RunStarted(2, "cd-001", 1, "p"))
        assert controller.shown is second
        assert seen == []
        second.ended = True
        controller.follower.signalled(first, RunStarted(2, "cd-002", 1, "p"))
        assert controller.shown is first
        second.ended = False


async def test_before_the_start_the_plan_is_said(tmp_path: Path) -> None:
    cases = [make_case(train=24), make_case("skills_extraction", train=24)]
    stage = Stage(tmp_path, cases=cases)
    past = suites.suite(["gemma3n:latest"], ["c"], held_out=24)
    suites.write(stage.endpoints.workspace.results, past)
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


def _past(model: str, seconds: float) -> Past:
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
        about = stage.app.screen.query(Plain)
        assert "Another suite" in [str(plain.content) for plain in about]
        await pilot.press("escape", "w")
        await until(pilot, lambda: stage.app.screen is stage.workbench)


@pytest.mark.long
async def test_trials_fill_live_and_are_opened_like_any_session(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path, settings=replace(ONE_IDEA, mode="auto", max_iterations=2, transfer=True)
    )
    answer = shorter_each_time()

    def held_at_trials(request: ChatRequest) -> str:
        controller = stage.app.controller
        if controller and controller.suite and controller.suite.transfers:
            stage.client.hold()
        return answer(request)

    stage.client._answer = held_at_trials
    async with stage.app.run_test(size=SIZE) as pilot:
        await pick(stage, pilot, 2, 1)
        await pilot.press("ctrl+r", "l", "6")
        await until(pilot, lambda: isinstance(stage.app.screen, LeaderboardScreen))
        await until(pilot, lambda: board(stage).board.transferring)
        line = board(stage).query_one("#suite-line")
        await until(pilot, lambda: "trying prompts on other models 0/2" in words_of(line))
        trials = board(stage).query_one(TransferGrid)
        await until(pilot, lambda: "testing 0/1" in text_of(trials))
        controller = stage.app.controller
        assert controller is not None
        assert controller.suite is not None
        first = controller.suite.transfers[0]
        trials.select(first.origin.model, first.target.model)
        await pilot.press("6", "enter")
        await until(pilot, lambda: stage.app.screen is stage.workbench)
        await until(pilot, lambda: controller.shown is first.trial)
        assert (controller.position, controller.total) == (3, 4)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(stage.app.screen, LeaderboardScreen))
        stage.client._answer = answer
        stage.client.let_go()
        await until(pilot, lambda: board(stage).board.status == "completed")
        await until(pilot, lambda: "UNDERPOWERED" in text_of(trials))
        assert len(board(stage).board.trials) == 2
        # What has ended is a record.
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(stage.app.screen, RecordedScreen))


@pytest.mark.long
async def test_a_run_is_paused_stopped_and_switched_from_the_leaderboard(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=SIZE) as pilot:
        await pick(stage, pilot, 1, 2)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(stage.app.screen, LeaderboardScreen))
        controller, screen = stage.app.controller, board(stage)
        assert controller is not None
        keys = screen.query_one("#key-bar")
        await pilot.press("p", "s")  # nothing runs
        assert not controller.running
        assert "p pause" not in words_of(keys)
        await pilot.press("w", "ctrl+r")
        await stage.deciding(pilot)
        await until(pilot, lambda: len(controller.waiting) == 2)
        await pilot.press("l")
        await until(pilot, lambda: stage.app.screen is screen)
        await until(pilot, lambda: "n suggestion N inbox p pause s stop" in words_of(keys))
        line = screen.query_one("#suite-line")
        await until(pilot, lambda: "● 2 suggestions wait: n" in words_of(line))
        await pilot.press("p")
        assert controller.paused
        await until(pilot, lambda: "p resume" in words_of(keys))
        assert "paused, p resumes" in words_of(line)
        await pilot.press("p")
        assert not controller.paused
        await pilot.press("n")
        await until(pilot, lambda: stage.app.screen is stage.workbench)
        assert controller.shown is controller.waiting[0]
        await pilot.press("l")
        await until(pilot, lambda: stage.app.screen is screen)
        stage.client.hold()
        await pilot.press("m")
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        await pilot.press("2")
        assert controller.mode == "auto"
        await until(pilot, lambda: "m manual" in words_of(keys))
        await until(pilot, lambda: "wait: n" not in words_of(line))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(stage.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: not controller.running)
        await until(pilot, lambda: screen.board.status == "interrupted")
        await until(pilot, lambda: "p pause" not in words_of(keys))


@pytest.mark.long
async def test_a_run_that_begins_takes_the_place_of_a_suite_chosen_before(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    suites.write(stage.endpoints.workspace.results, suites.suite(["old"], ["c"]))
    async with stage.app.run_test(size=SIZE) as pilot:
        await pick(stage, pilot, 1, 1)
        await pilot.press("l", "o")
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        await pilot.press("1")
        await until(pilot, lambda: board(stage).board.suite_id == "e5f6a7b8")
        await pilot.press("w", "ctrl+r")
        await stage.deciding(pilot)
        await pilot.press("l")
        await until(pilot, lambda: board(stage).board.models == ("gemma3n:latest",))


@pytest.mark.long
async def test_the_next_run_tries_prompts_on_other_models_where_it_is_turned_on(
    tmp_path: Path,
) -> None:
    stage = Stage(tmp_path, cases=[make_case(train=24)])
    async with stage.app.run_test(size=SIZE, notifications=True) as pilot:
        await pick(stage, pilot, 1, 1)
        controller, line = stage.workbench.controller, stage.workbench.query_one(PlanLine)
        keys = stage.workbench.query_one("#key-bar")
        await until(pilot, lambda: "Planned:" in words_of(line))
        assert "T transfer" in words_of(keys)
        assert "transfer" not in words_of(line)
        await pilot.press("T")
        assert controller.transfer
        await until(pilot, lambda: "one model has no other to try its prompt on" in words_of(line))
        assert "T no transfer" in words_of(keys)
        rows = stage.workbench.query_one(ModelsPane).rows
        rows.pick(list(rows._rows)[1].key)
        await until(pilot, lambda: "transfer on: up to about 24 calls more" in words_of(line))
        await pilot.press("ctrl+r")
        await stage.deciding(pilot)
        assert controller.suite is not None
        assert controller.suite.plan.transfer
        assert controller.suite.document.transfer == ()
        await pilot.press("T")
        assert not controller.transfer
        assert controller.suite.plan.transfer
        (said,) = [n.message for n in stage.app._notifications]
        assert said == "The next run tries no prompts on other models."
