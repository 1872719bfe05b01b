"""Replay in the recorded view: started, held, stepped through, and the interviews that go along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from llmopt_tui.store.sessions import list_sessions
from llmopt_tui.tui.panes.interview_block import InterviewBlock
from llmopt_tui.tui.panes.interviewer import InterviewerPane
from llmopt_tui.tui.panes.iteration_card import IterationCard
from llmopt_tui.tui.panes.live_log import LiveLog
from llmopt_tui.tui.screens.recorded import RecordedScreen, ReplayLine
from llmopt_tui.tui.screens.report import ReportScreen
from llmopt_tui.tui.session_view import SessionView
from tests.factories import iteration_events, make_run, make_started
from tests.nasty import NASTY
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import events, record
from tests.tui_widgets.screen_text import obeyed, screen_text, widget_text

pytestmark = pytest.mark.long

EVENTS = len(events("a1b2c3d4"))
RUN = 30.0
"""Seconds that each answer took."""


@pytest.fixture
def results(one_session: Path) -> Path:
    return one_session


def opened(results: Path) -> Host:
    return Host(lambda: RecordedScreen(list_sessions(results)[0]))


def line(app: Host) -> str:
    return widget_text(app.screen.query_one(ReplayLine))


def view(app: Host) -> SessionView:
    return app.screen.query_one(SessionView)


async def ready(pilot: Pilot[Any], app: Host) -> None:
    await until(pilot, lambda: f"event {EVENTS}/{EVENTS}" in line(app))


def iterations(app: Host) -> int:
    state = view(app).state
    assert state
    return len(state.record.iterations)


async def test_it_opens_as_the_whole_session(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        assert "■" in line(app)
        assert "the end: plateau" in line(app)


async def test_space_replays_at_the_recorded_pace_and_holds(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        await pilot.press("space")
        await until(pilot, lambda: "▶" in line(app) and "event 1/" in line(app))
        assert "the session began" in line(app)
        app.clock.seconds += 2
        await until(pilot, lambda: "event 2/" in line(app))
        app.clock.seconds += RUN - 1
        await until(pilot, lambda: "00:31 of" in line(app))
        assert "event 2/" in line(app)
        app.clock.seconds += 1
        await until(pilot, lambda: "Interview 1" in screen_text(app))
        assert iterations(app) == 1
        await pilot.press("space")
        assert "‖" in line(app)
        app.clock.seconds += 1000
        await pilot.press("space")
        assert "00:32 of" in line(app)


async def test_at_its_end_it_is_the_whole_session_and_begins_again(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        await pilot.press("space")
        app.clock.seconds += 10_000
        await until(pilot, lambda: "■" in line(app))
        assert f"event {EVENTS}/{EVENTS}" in line(app)
        await pilot.press("space")
        assert "event 1/" in line(app)
        assert iterations(app) == 0


async def test_speeds(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        await pilot.press("space", "plus", "plus")
        await until(pilot, lambda: " 5x " in line(app))
        app.clock.seconds += 6.4
        await until(pilot, lambda: "00:32 of" in line(app))
        await pilot.press("minus")
        assert " 2x " in line(app)


async def test_single_steps_forth_and_back(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        await pilot.press("comma")
        assert f"event {EVENTS - 1}/" in line(app)
        assert "‖" in line(app)
        for _ in range(3):
            await pilot.press("comma")
        await until(pilot, lambda: len(app.screen.query(IterationCard)) == 2)
        assert iterations(app) == 2
        await pilot.press("full_stop")
        await until(pilot, lambda: len(app.screen.query(IterationCard)) == 3)
        assert app.screen.query_one(LiveLog).selected == 3
        await pilot.press("a")
        assert f"event {EVENTS}/{EVENTS}" in line(app)


async def test_a_step_holds_the_replay(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        await pilot.press("space", "full_stop")
        app.clock.seconds += 1000
        await pilot.pause(0.15)
        assert "‖" in line(app)
        assert "event 2/" in line(app)


async def test_what_is_not_seen_does_not_go_on(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        recorded = app.screen
        await pilot.press("space", "v")
        await until(pilot, lambda: isinstance(app.screen, ReportScreen))
        app.clock.seconds += 1000
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is recorded)
        assert "event 1/" in line(app)
        assert "‖" in line(app)


async def test_the_interview_goes_with_the_iteration(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot, app)
        talk = app.screen.query_one(InterviewerPane)

        def unfolded() -> list[int]:
            return [b.n for b in talk.query(InterviewBlock) if b.query(".interview-body")]

        await until(pilot, lambda: unfolded() == [2])
        await pilot.press("left", "left")
        await until(pilot, lambda: unfolded() == [1])
        await pilot.press("right")
        await until(pilot, lambda: unfolded() == [2])
        # The last iteration was followed by none: the one that led to it stays.
        await pilot.press("right")
        await until(pilot, lambda: app.screen.query_one(LiveLog).selected == 3)
        assert unfolded() == [2]
        # A click on a card's line does the same.
        await pilot.click(".card-line")
        await until(pilot, lambda: unfolded() == [1])


@pytest.mark.parametrize("key", ["space", "plus", "comma", "full_stop", "a"])
async def test_keys_that_come_before_the_session_do_nothing(results: Path, key: str) -> None:
    summary = list_sessions(results)[0]
    (summary.folder / "events.jsonl").unlink()
    app = Host(lambda: RecordedScreen(summary))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "cannot be read" in screen_text(app))
        await pilot.press(key)
        assert line(app).strip() == ""


async def test_nasty_examples_are_replayed_inert(tmp_path: Path) -> None:
    # Those that a terminal would obey; how any name is put on the line is tested without a screen.
    runs = [make_run(text, 0.5, output=text) for text in NASTY if obeyed(text)]
    told = [make_started(), *iteration_events(1, "prompt", runs, start=1)]
    await record(tmp_path, told)
    app = opened(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: f"event {len(told)}/" in line(app))
        await pilot.press("space", "space")
        for n in range(2, len(told) + 1):
            await pilot.press("full_stop")
            assert f"event {n}/" in line(app)
            assert not obeyed(screen_text(app))
