"""SessionsScreen: listed, filtered, sorted, previewed, opened and copied, all from disk."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from llmopt_tui.core.events import SessionStarted
from llmopt_tui.store.index import SessionIndex
from llmopt_tui.store.sessions import list_sessions
from llmopt_tui.store.writer import SessionWriter
from llmopt_tui.tui.panes.session_preview import SessionPreview
from llmopt_tui.tui.screens.dialogs import Ask, Choose
from llmopt_tui.tui.screens.recorded import RecordedScreen
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.session_table import COLUMNS, Row
from llmopt_tui.tui.suite_files import suite_of
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.row_table import RowTable
from tests.nasty import NASTY, naming
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import (
    BEGIN,
    PROMPTS,
    events,
    record,
    write_suite,
)
from tests.tui_widgets.screen_text import obeyed, screen_text

WIDE = (120, 40)


BY_KEY = {column.key: column for column in COLUMNS}


def table(app: Host) -> RowTable[Row]:
    return app.screen.query_one(RowTable)


def column(app: Host, key: str) -> list[str]:
    return [BY_KEY[key].text(row.summary) for row in table(app).rows]


async def listed(pilot: Pilot[Any], count: int) -> None:
    await until(pilot, lambda: table(pilot.app).row_count == count)  # type: ignore[arg-type]


@pytest.fixture
def results(six_sessions: Path) -> Path:
    return six_sessions


async def test_the_first_frame_does_not_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = asyncio.Event()

    async def slow(function: Any, *arguments: Any) -> Any:
        await read.wait()
        return function(*arguments)

    monkeypatch.setattr(asyncio, "to_thread", slow)
    app = Host(lambda: SessionsScreen(tmp_path / "results"))
    async with app.run_test() as pilot:
        await pilot.pause()
        await until(pilot, lambda: "Reading the results folder" in screen_text(app))
        read.set()
        await until(pilot, lambda: "No sessions yet." in screen_text(app))


async def test_an_empty_workspace_says_what_to_do_next(tmp_path: Path) -> None:
    app = Host(lambda: SessionsScreen(tmp_path / "results"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "No sessions yet." in screen_text(app))
        await until(pilot, lambda: "ctrl+r" in screen_text(app))
        await pilot.press("enter", "y", "o")
        assert isinstance(app.screen, SessionsScreen)


async def test_sessions_are_listed_newest_first(results: Path) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 6)
        assert column(app, "model")[:3] == ["gemma3n", "deepseek-r1:8b", "qwen3"]
        assert (column(app, "held")[0], column(app, "gain")[0]) == ("–", "+0.35")
        assert column(app, "case")[-1] == "unreadable"
        await until(pilot, lambda: "6 sessions" in screen_text(app))


async def test_the_filter_narrows_as_one_types_and_escape_lifts_it(results: Path) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 6)
        await pilot.press("slash", "q", "w", "e")
        await listed(pilot, 1)
        assert column(app, "model") == ["qwen3"]
        await until(pilot, lambda: "1 of 6 sessions" in screen_text(app))
        await pilot.press("q", "q")
        await until(pilot, lambda: "No session matches" in screen_text(app))
        await pilot.press("escape")
        await listed(pilot, 6)
        assert app.screen.query_one(Input).value == ""
        assert app.focused is table(app)


async def test_enter_in_the_filter_goes_on_to_the_table(results: Path) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 6)
        await pilot.press("slash", "d", "o", "l", "enter")
        assert app.focused is table(app)


async def test_a_click_on_a_title_sorts_and_a_second_one_reverses(results: Path) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 6)
        await until(pilot, lambda: "Model" in screen_text(app))
        await pilot.click(RowTable, offset=(20, 0))
        await until(pilot, lambda: column(app, "model")[0] == "deepseek-r1:8b")
        await pilot.click(RowTable, offset=(20, 0))
        await until(pilot, lambda: column(app, "model")[0] == "qwen3")
        await until(pilot, lambda: "Model ↓" in screen_text(app))


async def test_keys_sort_too_and_the_cursor_stays_on_its_session(results: Path) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 6)
        await pilot.press("down", "down")
        screen = app.screen
        assert isinstance(screen, SessionsScreen)
        before = screen.selected
        assert before
        await pilot.press("o")
        await until(pilot, lambda: column(app, "model")[0] == "deepseek-r1:8b")
        assert screen.selected == before
        await pilot.press("O")
        await until(pilot, lambda: column(app, "model")[0] == "qwen3")
        assert screen.selected == before


async def test_the_preview_shows_curve_best_prompt_and_end(results: Path) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 6)
        await until(pilot, lambda: "Name trade, place" in screen_text(app))
        shown = " ".join(screen_text(app).split())
        assert "0.42 0.63 0.77" in shown
        assert "The best prompt, iteration 3" in shown
        assert "scores stopped" in shown
        await pilot.press("down")
        await until(pilot, lambda: "The original prompt, iteration 1" in screen_text(app))


async def test_an_unreadable_session_is_shown_with_its_note(results: Path) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await listed(pilot, 6)
        await pilot.press("end")
        await until(pilot, lambda: "its journal holds no" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "There is nothing to open" in screen_text(app))
        assert isinstance(app.screen, SessionsScreen)


async def test_enter_opens_the_session_and_escape_comes_back(results: Path) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 6)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, RecordedScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
        await listed(pilot, 6)
        assert table(app).cursor_row == 1


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("1", PROMPTS[2]), ("2", "Experienced electrician"), ("3", "# ")],
)
async def test_copy_offers_prompt_outputs_and_report(
    results: Path, choice: str, expected: str
) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 6)
        await until(pilot, lambda: "Name trade, place" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press(choice)
        await until(pilot, lambda: app.copied)
        assert expected in app.copied[0]


async def test_sessions_that_came_since_are_there_on_return(results: Path) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 6)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordedScreen))
        await record(results, events("99999999", model="phi4:latest"))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
        await listed(pilot, 7)


@pytest.mark.parametrize(
    ("size", "preview"), [((80, 24), False), ((80, 40), True), ((120, 24), True)]
)
async def test_the_preview_stands_where_there_is_room(
    results: Path, size: tuple[int, int], preview: bool
) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=size) as pilot:
        await listed(pilot, 6)
        assert app.screen.query_one(SessionPreview).display is preview
        assert table(app).max_scroll_x == 0


async def test_a_results_folder_that_cannot_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(index: SessionIndex, progress: object) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(SessionIndex, "look", failing)
    app = Host(lambda: SessionsScreen(tmp_path))
    async with app.run_test() as pilot:
        await until(pilot, lambda: "Permission denied" in screen_text(app))


@pytest.mark.long
async def test_nasty_sessions_are_shown_inert(tmp_path: Path) -> None:
    for n, text in enumerate(NASTY):
        told = events(
            f"{n:08x}",
            model=text,
            case=text,
            output=text,
            prompts=(text, "{{posting}} " + text),
            scores=(n / 100, 1.0),  # by its scores a preview is told from the previous one's
            begin=BEGIN - timedelta(hours=n),
        )
        await record(tmp_path, told)
    app = Host(lambda: SessionsScreen(tmp_path))
    async with app.run_test(size=(160, 40)) as pilot:
        await listed(pilot, len(NASTY))
        for n, text in enumerate(NASTY):
            with naming(text):
                curve = f"{n / 100:.2f} 1.00"
                await until(pilot, lambda: curve in " ".join(screen_text(app).split()))  # noqa: B023
                await until(pilot, lambda: "The best prompt, iteration 2" in screen_text(app))
                assert not obeyed(screen_text(app))
                if text.startswith("[bold red]"):
                    assert screen_text(app).count(text) >= 2
                await pilot.press("down")


async def test_texts_are_searched_after_a_pause_and_the_place_is_shown(results: Path) -> None:
    rare = events("99999999", model="phi4:latest", output="A zebra in the workshop.", scores=(0.5,))
    await record(results, rare)
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 7)
        await pilot.press("slash", *"zebr")
        await listed(pilot, 1)
        assert column(app, "model") == ["phi4"]
        await until(pilot, lambda: "1 of 7 sessions, 1 by text" in screen_text(app))
        await until(pilot, lambda: "in its text: …" in screen_text(app))
        await until(pilot, lambda: "A zebra" in screen_text(app))
        await until(pilot, lambda: "”2026-11-02" in screen_text(app))
        await pilot.press("a", "x")
        await until(pilot, lambda: "No session matches" in screen_text(app))


async def test_a_suite_opens_to_its_sessions_which_are_marked_and_labelled(results: Path) -> None:
    ids = ("99999999", "88888888")
    scores: dict[str, object] = {"baseline_score": 0.2, "best_score": 0.6}
    file = write_suite(results, "5u17e000", [{"session_id": each} | scores for each in ids])
    for each in ids:
        told = events(each, model="phi4:latest")
        assert isinstance(told[0], SessionStarted)
        await record(results, [replace(told[0], suite_id="5u17e000"), *told[1:]])
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 7)
        await until(pilot, lambda: "8 sessions, 1 suite" in screen_text(app))
        assert column(app, "model")[0] == "suite: phi4, qwen3"
        said = app.screen.query_one("#preview-verdict", Plain)
        await until(pilot, lambda: "l shows it on the Leaderboard" in str(said.content))
        await pilot.press("enter")
        await listed(pilot, 9)
        assert column(app, "model")[1:3] == ["phi4", "phi4"]
        await pilot.press("down", "left")
        await listed(pilot, 7)
        assert app.screen.suite == file  # type: ignore[attr-defined]
        await pilot.press("right")
        await listed(pilot, 9)

        # Tags for what is marked, a name for what is selected, a pin that brings it to the top.
        await pilot.press("down", "space", "space", "t")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press(*"good, v2", "enter")
        await until(
            pilot, lambda: column(app, "case")[1:3] == ["concise_description #good #v2"] * 2
        )
        assert len(table(app).marks) == 2
        await pilot.press("home", "down", "space", "space", "end", "n")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press(*"old", "enter")
        await until(pilot, lambda: column(app, "model")[-1].startswith("old · "))
        await pilot.press("p")
        await until(pilot, lambda: column(app, "model")[0].startswith("old · "))


@pytest.mark.parametrize("suite_id", ["", "../x", "a/b", "ü", "\0", "missing"])
async def test_a_suite_that_a_session_names_is_no_way_out(results: Path, suite_id: str) -> None:
    (results.parent / "x.json").write_text("{}")
    found = replace(list_sessions(results)[0], suite_id=suite_id)
    assert suite_of(found) is None


async def test_what_was_deleted_is_gone_when_one_looks_again(results: Path) -> None:
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 6)
        screen = app.screen
        assert isinstance(screen, SessionsScreen)
        assert screen.selected
        shutil.rmtree(screen.selected.folder)
        screen.refresh_sessions()
        await listed(pilot, 5)
        assert column(app, "model")[0] == "deepseek-r1:8b"


async def test_first_indexing_says_how_far_it_is_and_can_be_left(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(index: SessionIndex, progress: Callable[[int, int], None], stop: object) -> None:
        progress(1_240, 10_000)
        go_on.wait(10)

    monkeypatch.setattr(SessionIndex, "read_texts", slow)
    app = Host(lambda: SessionsScreen(results))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: "indexing 1,240 of 10,000" in screen_text(app))
        assert table(app).row_count == 6
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, RecordedScreen))
        await pilot.press("escape")
        go_on.set()
        await until(pilot, lambda: "indexing" not in screen_text(app))


async def test_a_session_that_is_being_written_is_running(tmp_path: Path) -> None:
    told = events("a1b2c3d4", scores=(0.4,), stop=None)
    writer = SessionWriter.create(tmp_path, "a1b2c3d4", "gemma3n:latest")
    for event in told:
        await writer.keep(event)
    app = Host(lambda: SessionsScreen(tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        await listed(pilot, 1)
        assert column(app, "stop") == ["running"]
        await writer.close()
        app.screen.refresh_sessions()  # type: ignore[attr-defined]
        await until(pilot, lambda: column(app, "stop") == ["interrupted"])
