"""RecordedScreen: a past session in its panes, read only, from disk alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.screen import Screen

from llmopt_tui.store.sessions import list_sessions
from llmopt_tui.tui.panes.interviewer import InterviewerPane
from llmopt_tui.tui.panes.live_log import LiveLog
from llmopt_tui.tui.panes.session_preview import verdict
from llmopt_tui.tui.screens.recorded import RecordedScreen
from llmopt_tui.tui.session_view import SessionView
from tests.factories import record_of
from tests.nasty import bunches, naming
from tests.raced import raced_session_events
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import events, record
from tests.tui_widgets.screen_text import obeyed, screen_text


@pytest.fixture
def results(one_session: Path) -> Path:
    return one_session


def opened(results: Path) -> Host:
    return Host(lambda: RecordedScreen(list_sessions(results)[0]))


async def test_the_banner_says_that_it_is_a_record(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "Stop after two sentences" in screen_text(app))
        await until(pilot, lambda: ", read only" in screen_text(app))
        assert app.screen.query_one(SessionView).read_only


async def test_left_and_right_step_through_the_iterations(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(120, 40)) as pilot:
        log = app.screen.query_one(LiveLog)
        await until(pilot, lambda: log.selected == 3)
        await pilot.press("left", "left")
        await until(pilot, lambda: log.selected == 1)
        await pilot.press("right")
        await until(pilot, lambda: log.selected == 2)


async def test_hints_work_by_mouse(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(120, 40)) as pilot:
        log = app.screen.query_one(LiveLog)
        await until(pilot, lambda: log.selected == 3)
        at = screen_text(app).split("\n")[-1].index("examples")
        await pilot.click("#key-bar", offset=(at + 1, 0))
        view = log.examples
        assert view is not None
        await until(pilot, lambda: all(map(view.is_open, view.keys)))


async def test_a_narrow_terminal_shows_one_pane_at_a_time(results: Path) -> None:
    app = opened(results)
    async with app.run_test(size=(80, 24)) as pilot:
        log, talk = app.screen.query_one(LiveLog), app.screen.query_one(InterviewerPane)
        await until(pilot, lambda: log.selected == 3)
        assert (log.display, talk.display) == (True, False)
        await pilot.press("i")
        await until(pilot, lambda: talk.display and talk.has_pseudo_class("focus-within"))
        assert not log.display
        await pilot.press("i")
        await until(pilot, lambda: log.display and log.has_pseudo_class("focus-within"))
        assert app.screen.max_scroll_y == 0


@pytest.mark.long
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_race_is_recorded_too(tmp_path: Path, size: tuple[int, int]) -> None:
    await record(tmp_path, raced_session_events())
    app = opened(tmp_path)
    async with app.run_test(size=size) as pilot:
        log = app.screen.query_one(LiveLog)
        await until(pilot, lambda: log.selected == 2)
        await pilot.press("right", "enter")
        await until(pilot, lambda: "▾   2 ideas lost the race" in screen_text(app))
        await pilot.press("right", "enter")
        await until(pilot, lambda: "dropped: 0.15 behind the best so far" in screen_text(app))
        await pilot.press("right", "right")
        await until(pilot, lambda: "no idea won  2 ideas raced" in screen_text(app))
        await pilot.press("left", "left", "left")
        await until(pilot, lambda: log.selected == 1)


async def test_a_torn_journal_is_shown_as_far_as_it_goes(results: Path) -> None:
    summary = list_sessions(results)[0]
    journal = summary.folder / "events.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    app = Host(lambda: RecordedScreen(summary))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "is cut off" in screen_text(app))
        assert app.screen.query_one(LiveLog).selected == 3


async def test_a_session_that_is_gone_is_said(results: Path) -> None:
    summary = list_sessions(results)[0]
    (summary.folder / "events.jsonl").unlink()
    app = Host(lambda: RecordedScreen(summary))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "cannot be read" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: app.results == [None])


def test_the_preview_counts_the_ideas_that_lost() -> None:
    told = raced_session_events()
    assert "Iteration 2 of 2 was the best. 4 ideas lost their races. It ended" in verdict(
        record_of(told)
    )
    interrupted = verdict(record_of(told[:16]))
    assert "lost" not in interrupted


@pytest.mark.long
async def test_nasty_records_are_shown_inert(tmp_path: Path) -> None:
    texts = ["[bold red]not bold[/bold red]", *bunches()]
    app = Host(Screen)
    async with app.run_test(size=(120, 40)) as pilot:
        for n, text in enumerate(texts):
            with naming(text):
                told = events(
                    "a1b2c3d4",
                    model=text,
                    case=text,
                    output=text,
                    prompts=(text, "{{posting}} " + text),
                )
                await record(tmp_path / str(n), told)
                await app.push_screen(RecordedScreen(list_sessions(tmp_path / str(n))[0]))
                log = app.screen.query_one(LiveLog)
                await until(pilot, lambda: log.selected == 3)  # noqa: B023
                await pilot.press("o")
                await pilot.pause()
                assert not obeyed(screen_text(app))
                if text.startswith("[bold red]"):
                    assert screen_text(app).count(text) >= 2
                await app.pop_screen()
