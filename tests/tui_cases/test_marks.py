"""Marks given in the app: through the running session's own writer, and in sessions of the past."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from llmopt_tui.store.sessions import load_session
from llmopt_tui.tui.panes.live_log import LiveLog
from llmopt_tui.tui.screens.mark_answer import MarkAnswer, score_meant
from llmopt_tui.tui.screens.recorded import RecordedScreen
from llmopt_tui.tui.screens.sessions import SessionsScreen
from tests.tui.harness import Stage, until, words_of
from tests.tui_cases.test_screen import only_case, shown, staged


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0.8", 0.8),
        ("0,8", 0.8),
        (" G ", 1.0),
        ("bad", 0.0),
        ("1.1", None),
        ("nan", None),
        ("", None),
    ],
)
def test_a_score_is_read_as_people_write_it(typed, meant):
    assert score_meant(typed) == meant


def facts(folder: Path) -> list[str]:
    """The kinds of the events in a session's journal, with their order."""
    lines = (folder / "events.jsonl").read_text().splitlines()[1:]
    return [json.loads(line)["event"] for line in lines]


async def recorded(stage: Stage, pilot: Pilot[None]) -> RecordedScreen:
    """Open the newest session of the list as recorded."""
    app = stage.app
    await pilot.press("b")
    await shown(stage, pilot, SessionsScreen)
    sessions = app.screen
    assert isinstance(sessions, SessionsScreen)
    await until(pilot, lambda: sessions.selected)
    await pilot.press("enter")
    await shown(stage, pilot, RecordedScreen)
    screen = app.screen
    assert isinstance(screen, RecordedScreen)
    await until(pilot, lambda: screen.query_one(LiveLog).iteration)
    return screen


async def test_an_answer_is_marked_live_taken_back_and_kept_as_ideal(tmp_path):
    stage = staged(tmp_path)
    app = stage.app
    async with app.run_test(size=(120, 40)) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        record = stage.state.record
        (folder,) = stage.workspace.results.glob("session_*")
        before = record.iterations[0].score
        await pilot.press("3", "M")
        await shown(stage, pilot, MarkAnswer)
        output = record.iterations[0].runs[0].output
        await until(pilot, lambda: output[:20] in words_of(app.screen))
        await pilot.press("2", "enter")
        await until(pilot, lambda: "from 0 to 1" in words_of(app.screen))
        app.screen.query_one("#mark-score", Input).value = ""
        await pilot.press(*"0.75", "tab", *"too [b]curt", "enter")
        await until(pilot, lambda: record.iterations[0].runs[0].mark)
        assert record.iterations[0].score == 0.75
        log = stage.workbench.query_one(LiveLog)
        await until(pilot, lambda: "marked by hand" in words_of(log))
        assert "too [b]curt" in words_of(log)
        assert load_session(folder).record.iterations[0].score == 0.75
        document = json.loads((folder / "test_iteration_1.json").read_text())
        assert document["runs"][0]["mark"]["note"] == "too [b]curt"
        await pilot.press("M")
        await shown(stage, pilot, MarkAnswer)
        await pilot.click("#mark-back")
        await until(pilot, lambda: record.iterations[0].runs[0].mark is None)
        assert record.iterations[0].score == before
        assert facts(folder)[-2:] == ["OutputMarked", "MarkTakenBack"]
        await pilot.press("K")
        await until(pilot, lambda: only_case(stage.workspace).examples[0].answer)
        assert only_case(stage.workspace).examples[0].answer == record.iterations[0].runs[0].output
        # The same session opened as recorded is marked through the same writer.
        screen = await recorded(stage, pilot)
        await pilot.press("M")
        await shown(stage, pilot, MarkAnswer)
        await pilot.press("b", "enter")
        await until(pilot, lambda: record.iterations[0].score == 0.0)
        await until(pilot, lambda: "marked by hand" in words_of(screen.query_one(LiveLog)))
        assert load_session(folder).record.iterations == record.iterations


async def test_a_session_of_the_past_is_marked_by_another_start_of_the_app(tmp_path):
    stage = staged(tmp_path)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
    (folder,) = stage.workspace.results.glob("session_*")
    again = staged(tmp_path)
    async with again.app.run_test(size=(80, 24)) as pilot:
        await again.up(pilot)
        screen = await recorded(again, pilot)
        await pilot.press("M")
        await shown(again, pilot, MarkAnswer)
        await pilot.click("#mark-good")
        await until(pilot, lambda: load_session(folder).record.iterations[0].score == 1.0)
        await until(pilot, lambda: "marked by hand" in words_of(screen.query_one(LiveLog)))
