"""ReportScreen: the report as text, with the place of its file, and nothing in it that acts."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.containers import VerticalScroll

from llmopt_tui.core.events import Event
from llmopt_tui.reports.session_report import session_report
from llmopt_tui.store.sessions import list_sessions, load_session
from llmopt_tui.tui.report_lines import report_lines
from llmopt_tui.tui.screens.dialogs import Choose
from llmopt_tui.tui.screens.recorded import RecordedScreen
from llmopt_tui.tui.screens.report import ReportScreen, ReportText
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.widgets.row_table import RowTable
from tests.factories import iteration_events, make_run, make_started
from tests.nasty import NASTY
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import record
from tests.tui_widgets.screen_text import obeyed, screen_text


@pytest.fixture
def folder(one_session: Path) -> Path:
    (found,) = one_session.iterdir()
    return found


def opened(folder: Path) -> Host:
    return Host(lambda: ReportScreen(list_sessions(folder.parent)[0]))


async def test_it_is_the_report_and_says_where_it_lies(folder: Path) -> None:
    app = opened(folder)
    async with app.run_test(size=(200, 40)) as pilot:
        await until(pilot, lambda: "Iterations" in screen_text(app))
        loaded = load_session(folder)
        text = session_report(loaded.record, status=loaded.status)
        lines = report_lines(text, app.screen.query_one(ReportText).content_size.width)
        assert app.screen.query_one(ReportText).shown == "\n".join(line.text for line in lines)
        assert "| --- |" not in screen_text(app)
        await until(pilot, lambda: str(folder / "optimization_report.md") in screen_text(app))
        await pilot.press("pagedown")
        await until(pilot, lambda: app.screen.query_one(VerticalScroll).scroll_y > 0)
        await pilot.press("escape")
        await until(pilot, lambda: app.results == [None])


async def test_a_report_that_is_not_on_disk_is_made_and_that_is_said(folder: Path) -> None:
    (folder / "optimization_report.md").unlink()
    app = opened(folder)
    async with app.run_test(size=(200, 40)) as pilot:
        await until(pilot, lambda: "Iterations" in screen_text(app))
        await until(pilot, lambda: "not written yet" in screen_text(app))


@pytest.mark.parametrize(("choice", "begins"), [("1", "# "), ("2", "/")])
async def test_report_and_path_can_be_copied(folder: Path, choice: str, begins: str) -> None:
    app = opened(folder)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "Iterations" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press(choice)
        await until(pilot, lambda: app.copied)
        assert app.copied[0].startswith(begins)


async def test_v_opens_it_from_the_list_and_from_the_session(folder: Path) -> None:
    app = Host(lambda: SessionsScreen(folder.parent))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.query_one(RowTable).row_count == 1)
        for below in (SessionsScreen, RecordedScreen):
            await pilot.press("v")
            await until(pilot, lambda: isinstance(app.screen, ReportScreen))
            await pilot.press("escape")
            await until(pilot, lambda b=below: isinstance(app.screen, b))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, RecordedScreen))


async def test_a_session_that_is_gone_is_said(folder: Path) -> None:
    app = opened(folder)
    summary = list_sessions(folder.parent)[0]
    app = Host(lambda: ReportScreen(summary))
    (folder / "events.jsonl").unlink()
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "cannot be read" in screen_text(app))


@pytest.mark.long
async def test_nasty_sessions_are_reported_inert(tmp_path: Path) -> None:
    name = " ".join(text for text in NASTY if len(text) < 1000)
    told: list[Event] = [make_started(model=name, interviewer_model=name)]
    for n, text in enumerate(NASTY, start=1):
        run = make_run(text, 0.5, output=text, error_message=text)
        told += iteration_events(n, f"{text}\n{{{{posting}}}}", [run], start=n * 10)
    app = opened(await record(tmp_path, told))
    async with app.run_test(size=(80, 200)) as pilot:
        await until(pilot, lambda: "Iterations" in app.screen.query_one(ReportText).shown)
        scroll = app.screen.query_one(VerticalScroll)
        await until(pilot, lambda: scroll.max_scroll_y > 1000)  # laid out
        while True:
            assert not obeyed(screen_text(app))
            if scroll.scroll_y >= scroll.max_scroll_y:
                break
            scroll.scroll_page_down(animate=False)
            await pilot.pause()
        assert scroll.scroll_y > 1000
