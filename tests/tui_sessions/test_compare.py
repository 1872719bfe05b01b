"""CompareScreen: marked in the list, read beside each other, at every width."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from llmopt_tui.store.sessions import SessionSummary, list_sessions
from llmopt_tui.tui.panes.compared import ComparedExample
from llmopt_tui.tui.screens.compare import CompareScreen
from llmopt_tui.tui.screens.dialogs import Choose
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.row_table import RowTable
from tests.factories import iteration_events, make_case_snapshot, make_run, make_started
from tests.nasty import NASTY
from tests.raced import raced_session_events
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import BEGIN, PROMPTS, events, record
from tests.tui_widgets.screen_text import obeyed, screen_text

WIDE = (120, 40)
IDS = ("se-001", "se-002", "se-003")


async def two(results: Path) -> tuple[SessionSummary, SessionSummary]:
    """Two sessions on the same three examples, of which the second has the last two the other way
    round."""
    for name, model, scores, order in (
        ("aaaa1111", "gemma3n:latest", (0.4, 0.5, 0.6), IDS),
        ("bbbb2222", "qwen3:latest", (0.4, 0.9, 0.1), (IDS[0], IDS[2], IDS[1])),
    ):
        runs = [make_run(i, s, output=f"{model} on {i}") for i, s in zip(IDS, scores, strict=True)]
        runs.sort(key=lambda run: order.index(run.example_id))
        told = [
            make_started(name, model, case=make_case_snapshot(IDS)),
            *iteration_events(1, PROMPTS[len(order[1]) % 2], runs, start=10),
        ]
        if name.startswith("b"):
            told += iteration_events(2, PROMPTS[1], runs, start=30, origin="accepted", parent=1)
        await record(results, told)
    found = {summary.session_id: summary for summary in list_sessions(results)}
    return found["aaaa1111"], found["bbbb2222"]


def compared(first: SessionSummary, second: SessionSummary) -> Host:
    return Host(lambda: CompareScreen(first, second))


def example(app: Host) -> list[str]:
    pane = app.screen.query_one(ComparedExample)
    sides = [str(side.render()) for side in pane.query(".side-name").results(Plain)]
    return [str(pane.border_title), *sides]


async def filled(pilot: Pilot[Any], app: Host, rows: int) -> RowTable[Any]:
    await until(pilot, lambda: app.screen.query("#rows"))
    table = app.screen.query_one("#rows", RowTable)
    await until(pilot, lambda: table.row_count == rows)
    return table


async def test_c_marks_and_unmarks_and_the_second_is_compared_with_the_first(
    six_sessions: Path,
) -> None:
    app = Host(lambda: SessionsScreen(six_sessions))
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: app.screen.query_one(RowTable).row_count == 6)
        table = app.screen.query_one(RowTable)
        await pilot.press("c")
        assert table.marks == {"session_a1b2c3d4_gemma3n_latest"}
        await until(pilot, lambda: "●2026-11-02" in screen_text(app))
        await pilot.press("c")
        assert table.marks == set()
        await pilot.press("c", "down", "down", "c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))
        await until(pilot, lambda: "qwen3" in screen_text(app))
        await until(pilot, lambda: "A  gemma3n" in screen_text(app))
        await until(pilot, lambda: "B  qwen3" in screen_text(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
        # The first stays marked, for the next comparison.
        assert len(table.marks) == 1
        await pilot.press("down", "c")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen))


async def test_what_cannot_be_read_is_not_marked(six_sessions: Path) -> None:
    app = Host(lambda: SessionsScreen(six_sessions))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await until(pilot, lambda: app.screen.query_one(RowTable).row_count == 6)
        await pilot.press("end", "c")
        await until(pilot, lambda: "Select a session that can be read" in screen_text(app))
        assert app.screen.query_one(RowTable).marks == set()


async def test_examples_stand_beside_each_other_by_their_ids(tmp_path: Path) -> None:
    app = compared(*await two(tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        await filled(pilot, app, 3)
        shown = screen_text(app)
        rows = [" ".join(line.split()) for line in shown.split("\n") if " se-0" in line]
        assert [row.split("┃")[-2].split() for row in rows[:3]] == [
            ["se-001", "0.40", "0.40", "+0.00"],
            ["se-002", "0.50", "0.90", "+0.40"],
            ["se-003", "0.60", "0.10", "-0.50"],
        ]
        await pilot.press("right")
        await until(pilot, lambda: example(app) == ["Example  se-002", "A  0.50", "B  0.90"])
        await until(pilot, lambda: "gemma3n:latest on se-002" in screen_text(app))
        await until(pilot, lambda: "qwen3:latest on se-002" in screen_text(app))
        assert "Input" in screen_text(app)
        await pilot.press("c")
        await until(pilot, lambda: "compared with A's" in " ".join(screen_text(app).split()))


async def test_the_order_can_be_that_of_the_differences(tmp_path: Path) -> None:
    app = compared(*await two(tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        table = await filled(pilot, app, 3)
        await pilot.press("o")
        assert [row.example_id for row in table.rows] == ["se-003", "se-002", "se-001"]
        await pilot.press("o")
        assert [row.example_id for row in table.rows] == list(IDS)


async def test_left_and_right_go_through_the_examples_from_any_pane(tmp_path: Path) -> None:
    app = compared(*await two(tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        table = await filled(pilot, app, 3)
        await pilot.press("2")
        await until(pilot, lambda: app.screen.query_one("#prompts").has_focus)
        await pilot.press("right", "right", "right", "left")
        assert table.cursor_row == 1


async def test_prompts_are_a_difference_and_figures_have_theirs(tmp_path: Path) -> None:
    first = await record(tmp_path, events("aaaa1111", scores=(0.4,)))
    second = await record(tmp_path, events("bbbb2222", scores=(0.4, 0.8)))
    found = {summary.folder: summary for summary in list_sessions(tmp_path)}
    app = compared(found[first], found[second])
    async with app.run_test(size=WIDE) as pilot:
        await filled(pilot, app, 1)
        assert app.screen.query_one(DiffView).marks.count("+") == 1
        shown = " ".join(screen_text(app).split())
        assert "best 0.40 0.80 +0.40" in shown
        assert "B is better on 1" in str(app.screen.query_one("#verdict", Plain).content)


async def test_demonstrations_are_a_difference_too(tmp_path: Path) -> None:
    await record(tmp_path, raced_session_events())
    await record(tmp_path, raced_session_events("beefbeef")[:8])
    by_id = {summary.session_id: summary for summary in list_sessions(tmp_path)}
    app = compared(by_id["beefbeef"], by_id["ace0face"])
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "A  no demonstrations" in screen_text(app))
        assert "B  1 demonstration" in screen_text(app)
        assert "se-002  We look for a cook." in screen_text(app)


async def test_another_case_is_said_above_all(tmp_path: Path) -> None:
    await record(tmp_path, events("aaaa1111", case="one", begin=BEGIN))
    await record(tmp_path, events("bbbb2222", case="two", begin=BEGIN - timedelta(days=1)))
    app = compared(*list_sessions(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await filled(pilot, app, 1)
        await until(pilot, lambda: "Different cases: one and two." in screen_text(app))
        assert "measured otherwise" in " ".join(screen_text(app).split())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_everything_can_be_reached_at_every_size(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = compared(*await two(tmp_path))
    async with app.run_test(size=size) as pilot:
        await filled(pilot, app, 3)

        def seen(selector: str) -> bool:
            widget = app.screen.query_one(selector, Widget)
            inside = app.screen.region.contains_region(widget.region)
            return bool(widget.region.area and inside)

        for key, selector in (("1", "#summary"), ("2", "#prompts"), ("3", "#rows")):
            await pilot.press(key)
            await until(pilot, lambda s=selector: seen(s))
            await until(
                pilot, lambda s=selector: app.screen.query_one(s).has_pseudo_class("focus-within")
            )
        assert seen("#example")
        await pilot.press("tab")
        assert app.screen.focused is app.screen.query_one("#example")
        assert app.screen.max_scroll_x == app.screen.max_scroll_y == 0


async def test_answers_and_prompts_can_be_copied(tmp_path: Path) -> None:
    app = compared(*await two(tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        await filled(pilot, app, 3)
        await pilot.press("right", "y")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("2")
        await until(pilot, lambda: app.copied == ["qwen3:latest on se-002"])


async def test_a_session_that_is_gone_is_said(tmp_path: Path) -> None:
    first, second = await two(tmp_path)
    (second.folder / "events.jsonl").unlink()
    app = compared(first, second)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: "cannot be read" in screen_text(app))
        await pilot.press("right", "o", "y", "escape")
        await until(pilot, lambda: app.results == [None])


@pytest.mark.long
async def test_nasty_sessions_are_compared_inert(tmp_path: Path) -> None:
    texts = [text for text in NASTY if len(text) < 1000]
    name = " ".join(texts)
    ids = NASTY[: len(NASTY) // 2 * 2 : 2]
    for session_id in ("aaaa1111", "bbbb2222"):
        # Two texts an example: one is its id, the other what was answered.
        runs = [make_run(i, 0.5, output=text) for i, text in zip(ids, NASTY[1::2], strict=False)]
        case = make_case_snapshot(ids) | {"id": session_id + name}
        started = make_started(session_id, name, case=case, interviewer_model=name)
        prompt = "\n".join([session_id, *texts])
        await record(tmp_path, [started, *iteration_events(1, prompt, runs, start=1)])
    app = compared(*list_sessions(tmp_path))
    async with app.run_test(size=WIDE) as pilot:
        await filled(pilot, app, len(ids))
        for _ in ids:
            assert not obeyed(screen_text(app))
            await pilot.press("right")
        await pilot.press("home")
        await until(pilot, lambda: "[bold red]not bold" in screen_text(app))
