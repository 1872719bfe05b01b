"""The Leaderboard on documents of all kinds: what it shows, where keys and clicks lead."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from llmopt_tui.state.leaderboard import OVERALL
from llmopt_tui.store.writer import SessionWriter
from llmopt_tui.tui.panes.advice import Numbers
from llmopt_tui.tui.panes.matrix import Matrix, MatrixPane, cell_lines
from llmopt_tui.tui.panes.plots import PlotsPane
from llmopt_tui.tui.panes.ranking import RankingPane, ranking_columns
from llmopt_tui.tui.panes.transfer import TransferPane
from llmopt_tui.tui.screens.dialogs import Choose
from llmopt_tui.tui.screens.leaderboard import LeaderboardScreen
from llmopt_tui.tui.screens.recorded import RecordedScreen
from tests import suites
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import events, record
from tests.tui_widgets.screen_text import obeyed, screen_text

pytestmark = pytest.mark.long

SIZES = [(80, 24), (120, 40), (200, 60)]
NARROW, WIDE = SIZES[0], SIZES[1]


def screen(pilot: Pilot[Any]) -> LeaderboardScreen:
    found = pilot.app.screen
    assert isinstance(found, LeaderboardScreen)
    return found


def host(results: Path) -> Host:
    return Host(lambda: LeaderboardScreen(results))


async def shown(pilot: Pilot[Any], suite_id: str = "") -> LeaderboardScreen:
    """Wait until a suite is shown."""
    await until(
        pilot,
        lambda: (
            isinstance(pilot.app.screen, LeaderboardScreen)
            and pilot.app.screen.board.cells
            and pilot.app.screen.board.suite_id.startswith(suite_id)
        ),
    )
    await pilot.pause()
    return screen(pilot)


def words(pilot: Pilot[Any]) -> str:
    return " ".join(screen_text(pilot.app).split())


@pytest.mark.parametrize("size", SIZES)
async def test_who_won_by_how_much_and_whether_to_believe_it_stands_first(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    suites.write(tmp_path, suites.suite())
    app = host(tmp_path)
    async with app.run_test(size=size) as pilot:
        await shown(pilot)
        assert "share the first place over all 4 cases" in words(pilot)
        await pilot.press("right")
        await until(pilot, lambda: "qwen3 is best on concise_description" in words(pilot))
        text = words(pilot)
        assert "0.07 ahead of deepseek-r1:8b, beyond noise" in text
        assert "+0.34 [0.26, 0.42] on 24 held-out examples: REAL, more than chance." in text
        assert "UNDERPOWERED" in text


@pytest.mark.parametrize("size", SIZES)
async def test_every_part_is_reached_by_its_number(tmp_path: Path, size: tuple[int, int]) -> None:
    suites.write(tmp_path, suites.suite())
    app = host(tmp_path)
    async with app.run_test(size=size) as pilot:
        await shown(pilot)
        for key, stop, text in (
            ("2", "matrix-grid", "0.77 +0.35"),
            ("3", "plots", "Score over iterations"),
            ("4", "insights-list", "responds most"),
            ("5", "advice", "Over all cases: gemma3n:latest"),
            ("6", "transfer-grid", "No prompt was tried on another model"),
            ("1", "ranking-table", "bef"),
        ):
            await pilot.press(key)
            await until(pilot, lambda stop=stop: app.screen.focused.id == stop)  # type: ignore[union-attr]
            await until(pilot, lambda text=text: text in words(pilot))


async def test_left_and_right_turn_through_the_cases_wherever_the_focus_is(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.suite())
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        board = await shown(pilot)
        seen = []
        for _ in range(5):
            await pilot.press("right")
            seen.append(board._board._view)
        assert seen == [*suites.CASES, OVERALL]
        await pilot.press("3", "left")
        assert board._board._view == suites.CASES[-1]
        assert board.query_one(RankingPane)._case == suites.CASES[-1]


async def test_the_matrix_cursor_turns_to_its_case_and_model(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.suite())
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        board = await shown(pilot)
        await pilot.press("2", "down", "right", "right")
        await until(pilot, lambda: board._board._view == suites.CASES[2])
        assert board.query_one(RankingPane).model == "qwen3:latest"
        assert board.query_one(Matrix).column == suites.CASES[2]
        await pilot.press("home", "pageup", "end", "pagedown")
        assert board.query_one(Matrix).model == suites.MODELS[-1]
        assert board._board._view == suites.CASES[-1]


async def test_what_does_not_fit_comes_in_sight_with_the_cursor(tmp_path: Path) -> None:
    cases = [f"case_number_{n}" for n in range(9)]
    suites.write(tmp_path, suites.suite(cases=cases))
    app = host(tmp_path)
    async with app.run_test(size=NARROW) as pilot:
        await shown(pilot)
        await pilot.press("2")
        await until(pilot, lambda: "more ←→" in words(pilot))
        assert "case_number_3" in words(pilot)
        assert "case_number_5" not in words(pilot)
        await pilot.press("end")
        await until(pilot, lambda: screen(pilot)._board._view == cases[-1])
        await until(pilot, lambda: "◂ case_number_8 ▸ 10 of 10" in words(pilot))
        await pilot.press("pagedown")
        assert screen(pilot).query_one(Matrix).model == suites.MODELS[-1]


@pytest.mark.parametrize("size", SIZES)
async def test_prompts_on_other_models_are_shown_of_the_case_in_view(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    suites.write(tmp_path, suites.with_transfer(suites.suite()))
    app = host(tmp_path)
    async with app.run_test(size=size) as pilot:
        board = await shown(pilot)
        await pilot.press("6")
        await until(pilot, lambda: "4/4 REAL" in words(pilot))
        await pilot.press("full_stop", "right")
        assert board._board._view == suites.CASES[0]
        await until(pilot, lambda: "prompt of gemma3n on qwen3: 0.79 against 0.84" in words(pilot))
        for mark in ("0.86 +0.09", "0.65 -0.12", "NOT PROVEN", "its own", "original"):
            assert mark in words(pilot)
        await pilot.press("comma")
        assert board._board._view == OVERALL


async def test_a_suite_without_trials_has_its_whole_place(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.suite())
    app = host(tmp_path)
    async with app.run_test(size=SIZES[2]) as pilot:
        board = await shown(pilot)
        matrix, trials = board.query_one(MatrixPane), board.query_one(TransferPane)
        assert matrix.display
        assert not trials.display
        await pilot.press("6")
        await until(pilot, lambda: trials.display and not matrix.display)
        assert "T in the Workbench" in words(pilot)
        await pilot.press("2")
        await until(pilot, lambda: matrix.display and not trials.display)


async def test_where_there_is_room_sessions_and_trials_are_shown_together(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.with_transfer(suites.suite()))
    app = host(tmp_path)
    async with app.run_test(size=SIZES[2]) as pilot:
        board = await shown(pilot)
        assert board.query_one(MatrixPane).display
        assert board.query_one(TransferPane).display
        await pilot.resize_terminal(*WIDE)
        await until(pilot, lambda: not board.query_one(TransferPane).display)
        assert "6 Prompts on other models" in words(pilot)


async def test_a_suite_without_trials_gives_the_place_back(tmp_path: Path) -> None:
    tried = suites.with_transfer(suites.suite(["a", "b"], ["c"]))
    suites.write(tmp_path, tried)
    other = suites.suite(["x", "y"], ["c"], suite_id="aaaaaaaa")
    file = suites.write(tmp_path, other | {"started_at": "2025-01-01T00:00:00+00:00"})
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        board = await shown(pilot, "e5f6")
        await pilot.press("6", "1")
        await until(pilot, lambda: board.query_one(TransferPane).display)
        board.choose(file)
        await shown(pilot, "aaaa")
        await until(pilot, lambda: board.query_one(MatrixPane).display)
        assert not board.query_one(TransferPane).display


@pytest.mark.parametrize("by", ["key", "click"])
async def test_a_trial_is_opened_as_the_session_that_it_is(tmp_path: Path, by: str) -> None:
    folder = await record(tmp_path, events("a1b2c3d4"))
    document = suites.with_transfer(suites.suite(suites.MODELS[:2], [suites.CASES[0]]))
    document["transfer"][0]["folder"] = folder.name
    suites.write(tmp_path, document)
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot)
        await pilot.press("6")
        if by == "key":
            await pilot.press("right", "enter")
        else:
            for _ in range(2):
                await pilot.click("#transfer-grid", offset=(46, 1))
        await until(pilot, lambda: isinstance(app.screen, RecordedScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LeaderboardScreen))
        await pilot.press("down", "left", "enter")
        await until(pilot, lambda: any("not tried there" in n.message for n in app._notifications))


async def test_over_all_cases_it_is_asked_which_trial(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.with_transfer(suites.suite()))
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot)
        await pilot.press("6", "right", "enter")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        assert "sql_from_question" in words(pilot)


async def test_the_table_of_trials_can_be_copied(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.with_transfer(suites.suite()))
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot)
        await pilot.press("right", "y")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        assert "prompts on other models as Markdown" in words(pilot)
        await pilot.press("4")
        await until(pilot, lambda: app.copied)
    assert app.copied[0].startswith(f"## Prompts on other models: {suites.CASES[0]}")
    assert "| 0.79 -0.05 NOT PROVEN |" in app.copied[0]


async def test_trials_that_somebody_else_runs_go_on(tmp_path: Path) -> None:
    """The only session that is written may be a trial of a prompt: the suite has not broken off."""
    document = suites.with_transfer(suites.suite(suites.MODELS[:2], [suites.CASES[0]]), ended=0)
    writer = SessionWriter.create(tmp_path, "a1b2c3d4", "qwen3:latest")
    document["transfer"][0]["folder"] = writer.folder.name
    suites.write(tmp_path, document)
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        board = await shown(pilot)
        assert board.board.transferring
        assert "trying prompts on other models 0/1" in words(pilot)
        await writer.close()
        await until(pilot, lambda: board.board.status == "interrupted")


@pytest.mark.parametrize("by", ["key", "click"])
async def test_a_session_is_opened_as_it_was_recorded(tmp_path: Path, by: str) -> None:
    folder = await record(tmp_path, events("a1b2c3d4"))
    document = suites.suite(["gemma3n:latest"], [suites.CASES[0]])
    document["sessions"][0]["folder"] = folder.name
    suites.write(tmp_path, document)
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot)
        if by == "key":
            await pilot.press("enter")
        else:
            await pilot.click("#matrix-grid", offset=(40, 1))
        await until(pilot, lambda: isinstance(app.screen, RecordedScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LeaderboardScreen))


async def test_over_all_cases_it_is_asked_which_session(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.suite())
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        assert "skills_extraction" in words(pilot)
        await pilot.press("2")
        await until(pilot, lambda: any("nothing to open" in n.message for n in app._notifications))


@pytest.mark.parametrize("folder", ["", "../session_a", "session_a/../..", "/etc", "session_\0", 7])
async def test_a_folder_named_in_a_document_is_no_way_out(tmp_path: Path, folder: object) -> None:
    document = suites.suite(["m"], ["c"])
    document["sessions"][0]["folder"] = folder
    suites.write(tmp_path, document)
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: any("nothing to open" in n.message for n in app._notifications))


async def test_an_insight_opens_the_numbers_behind_it(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.suite())
    app = host(tmp_path)
    async with app.run_test(size=NARROW) as pilot:
        await shown(pilot)
        await pilot.press("4", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, Numbers))
        assert "output format  +0.14 over 9" in screen_text(app)
        await pilot.press("y")
        await until(pilot, lambda: app.copied)
        assert "length         +0.09 over 12" in app.copied[0]
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LeaderboardScreen))


async def test_recommendation_table_and_prompt_can_be_copied(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.suite())
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot)
        await pilot.press("right", "y")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        assert "best prompt of qwen3:latest on concise_description" in words(pilot)
        for n in range(1, 4):
            await pilot.press(str(n))
            await until(pilot, lambda n=n: len(app.copied) == n)
            if n < 3:
                await pilot.press("y")
                await until(pilot, lambda: isinstance(app.screen, Choose))
    assert app.copied[0].startswith("Over all cases: gemma3n:latest")
    assert "| 1 | qwen3:latest |" in app.copied[1]
    assert app.copied[2] == suites.PROMPT


async def test_the_newest_suite_is_shown_and_another_can_be_chosen(tmp_path: Path) -> None:
    old = suites.suite(["old"], ["c"], suite_id="aaaaaaaa", started_at="2025-01-01T00:00:00+00:00")
    suites.write(tmp_path, suites.suite(["new"], ["c"]))
    os.utime(suites.write(tmp_path, old))
    (tmp_path / "optimization_suite_bad.json").write_text("{")
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await shown(pilot, "e5f6")
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        lines = [line for line in screen_text(app).splitlines() if "completed" in line]
        assert "new" in lines[-2]
        assert "old" in lines[-1]
        await pilot.press("2")
        await shown(pilot, "aaaa")
        assert "old scores" in words(pilot)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("3")
        await until(pilot, lambda: "lists no sessions" in words(pilot))
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("1")
        await shown(pilot, "e5f6")


async def test_with_nothing_there_it_says_what_to_do(tmp_path: Path) -> None:
    app = host(tmp_path / "none")
    async with app.run_test(size=NARROW) as pilot:
        await until(pilot, lambda: "No suite yet." in words(pilot))
        assert "pick models and cases" in words(pilot)
        for key in ("enter", "left", "o", "y", "1", "2", "3", "4", "5"):
            await pilot.press(key)
        assert "No suite yet." in words(pilot)


async def test_a_suite_that_nobody_runs_any_more_broke_off(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.running())
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        board = await shown(pilot)
        assert board.board.status == "interrupted"
        assert "was interrupted" in words(pilot)
        assert "llmopt-tui resume e5f6a7b8" in words(pilot)


async def test_a_document_that_changes_is_read_again_when_the_screen_comes_back(
    tmp_path: Path,
) -> None:
    suites.write(tmp_path, suites.suite(["first"], ["c"]))
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        board = await shown(pilot)
        known = board._suite._found
        board.on_screen_resume()
        await pilot.pause(0.05)
        assert board._suite._found is known
        suites.write(tmp_path, suites.suite(["first", "second"], ["c"]))
        board.on_screen_resume()
        await until(pilot, lambda: "second" in board.board.models)


@pytest.mark.parametrize("size", [NARROW, SIZES[2]])
async def test_names_and_texts_from_outside_do_nothing(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    document = suites.nasty() | {"suite_id": "e5f6a7b8"}
    suites.write(tmp_path, document)
    app = host(tmp_path)
    async with app.run_test(size=size) as pilot:
        await shown(pilot)
        for key in ("right", "2", "down", "3", "4", "end", "5", "1", "end", "6", "right", "down"):
            await pilot.press(key)
            await pilot.pause()
            assert not obeyed(screen_text(app))
        await pilot.press("4", "enter")
        await until(pilot, lambda: isinstance(app.screen, Numbers))
        assert not obeyed(screen_text(app))
    assert app.return_code in (None, 0)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda d: d.update(sessions=[]),
        lambda d: d.update(sessions=[None, 3, {"model": 1}]),
        lambda d: d.update(models=None, cases="x", rankings=[], overall={}, pareto=3),
        lambda d: d.update(settings={"target": "high"}, recommendation={"cases": [{}]}),
        lambda d: [s.update(scores=[2, None, "x"], validation=[]) for s in d["sessions"]],
    ],
)
async def test_an_odd_document_is_shown_as_far_as_it_goes(
    tmp_path: Path, break_it: Callable[[dict[str, Any]], object]
) -> None:
    document = suites.suite(["a", "b"], ["c", "d"])
    break_it(document)
    suites.write(tmp_path, document)
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: "Reading the results" not in words(pilot))
        await pilot.press("2", "right", "enter", "3", "4", "5")
        await pilot.pause()
        assert "Leaderboard" in words(pilot)


async def test_a_case_is_turned_to_with_the_mouse(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.suite())
    app = host(tmp_path)
    async with app.run_test(size=NARROW) as pilot:
        board = await shown(pilot)
        line = screen_text(app).splitlines()[board.query_one("#view-line").region.y]
        await pilot.click("#view-line", offset=(line.index("▸"), 0))
        await until(pilot, lambda: board._board._view == suites.CASES[0])
        await pilot.click("#tabs", offset=(15, 0))
        await until(pilot, lambda: app.screen.query_one("#matrix-grid").has_focus)
        await pilot.click("#matrix-grid", offset=(60, 3))
        await until(pilot, lambda: board.query_one(Matrix).model == "qwen3:latest")


async def test_as_many_plots_as_fit_share_the_height(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.suite())
    app = host(tmp_path)
    async with app.run_test(size=SIZES[2]) as pilot:
        board = await shown(pilot)
        boxes = list(board.query_one(PlotsPane).query(".plot"))
        assert all(box.region.height >= 12 for box in boxes)
        assert "Gain on train and held-out" in words(pilot)


async def test_insights_that_stay_keep_their_place(tmp_path: Path) -> None:
    suites.write(tmp_path, suites.suite())
    app = host(tmp_path)
    async with app.run_test(size=WIDE) as pilot:
        board = await shown(pilot)
        await pilot.press("4", "down", "down")
        board._board._draw_view()
        assert board.query_one(OptionList).highlighted == 2


def test_columns_leave_room_for_names_at_any_width() -> None:
    for width in range(60, 220):
        columns = ranking_columns(width)
        assert next(c for c in columns if c.key == "model").width >= 8
        if width >= 76:
            assert sum(c.width + 2 for c in columns) <= width
    keys = [c.key for c in ranking_columns(200)]
    assert keys[-3:] == ["against", "speed", "score"]


def test_a_cell_says_score_gain_and_state_in_two_lines() -> None:

    done = suites.board_of(suites.suite()).cells["qwen3:latest", suites.CASES[0]]
    assert cell_lines(done, 24) == (" 0.84 +0.34  ▅▆▇▇", " 4 it REAL limit")
    assert cell_lines(done, 12) == (" 0.84 +0.34", " 4 it REAL")
    running = suites.board_of(suites.running(ended=0)).cells
    tested = running["gemma3n:latest", suites.CASES[0]]
    assert cell_lines(tested, 16) == ("~0.62 +0.19  ▄▅", " 2 it running")
    assert cell_lines(running["dolphin3:8b", suites.CASES[3]], 16) == ("", " waits")


def test_documents_of_the_generator_are_json() -> None:
    for document in (suites.suite(), suites.running(), suites.with_failure(suites.suite())):
        assert json.loads(json.dumps(document)) == document
