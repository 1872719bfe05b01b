"""Examples in full in the Live log: by keys, by the mouse, against the previous answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from llmopt_tui.core.events import (
    Event,
    IterationFinished,
    IterationStarted,
    RunFinished,
    SessionFinished,
    ValidationStarted,
)
from llmopt_tui.store.sessions import list_sessions
from llmopt_tui.tui.panes.examples_view import ExamplesView
from llmopt_tui.tui.panes.live_log import LiveLog
from llmopt_tui.tui.screens.dialogs import Choose
from llmopt_tui.tui.screens.recorded import RecordedScreen
from tests.factories import make_case_snapshot, make_run, make_started
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import BEGIN, PROMPTS, record
from tests.tui_widgets.screen_text import screen_text

TRAIN, HELD_OUT = ("se-001", "se-002", "se-003"), ("sv-001", "sv-002")
COLOURS = ("red", "blue")


def told() -> list[Event]:
    """Two iterations on three train examples, both measured on two held-out ones."""
    case = make_case_snapshot((*TRAIN, *HELD_OUT))
    for example in case["examples"][len(TRAIN) :]:
        example["split"] = "validation"
    seconds = iter(range(1000))

    def now() -> datetime:
        return BEGIN + timedelta(seconds=next(seconds))

    events: list[Event] = [make_started("aaaa1111", at=now(), case=case)]
    for n, colour in enumerate(COLOURS, start=1):
        events.append(
            IterationStarted(
                at=now(),
                iteration=n,
                prompt=PROMPTS[n],
                origin="original" if n == 1 else "accepted",
                parent=None if n == 1 else 1,
                planned_runs=3,
            )
        )
        for place, name in enumerate(TRAIN):
            run = make_run(name, 0.2 * n + 0.1 * place, output=f"a {colour} cat")
            events.append(RunFinished(at=now(), iteration=n, run=run))
        events.append(IterationFinished(at=now(), iteration=n, score=0.2 * n + 0.1))
    events.append(ValidationStarted(at=now(), iterations=(1, 2), planned_runs=4))
    for n, colour in enumerate(COLOURS, start=1):
        for name in HELD_OUT:
            run = make_run(name, 0.3 * n, split="validation", output=f"a {colour} dog")
            events.append(RunFinished(at=now(), iteration=n, run=run))
    return [*events, SessionFinished(at=now(), stop_reason="plateau")]


async def opened(folder: Path) -> Host:
    await record(folder, told())
    return Host(lambda: RecordedScreen(list_sessions(folder)[0]))


async def examples(pilot: Pilot[None], app: Host) -> ExamplesView:
    await until(pilot, lambda: app.screen.query(LiveLog))
    log = app.screen.query_one(LiveLog)
    await until(pilot, lambda: log.selected == 2 and log.examples and log.examples.keys)
    assert log.examples is not None
    return log.examples


def words(app: Host) -> str:
    return " ".join(screen_text(app).replace("│", " ").replace("┃", " ").split())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_an_example_opens_closes_and_is_compared_by_keys(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = await opened(tmp_path)
    async with app.run_test(size=size) as pilot:
        view = await examples(pilot, app)
        assert [name for name, _ in view.keys] == [*TRAIN, *HELD_OUT]
        heads = [line.text for line in view._lines if line.kind == "example--split"]
        assert heads[0] == "train  3 examples  0.50 on average, worst first"
        assert heads[1] == "held out  2 examples  0.60 on average, worst first"
        while view.cursor != ("se-002", 1):  # scrolls until the first is in sight
            await pilot.press("down")
        await pilot.press("enter")
        await until(pilot, lambda: view.is_open(("se-002", 1)))
        shown = ("Input", "We look for a Python developer (se-002).", "Expected", "skills: Python")
        assert view.shown.index(shown[0]) < view.shown.index(shown[1]) < view.shown.index(shown[3])
        await until(pilot, lambda: "Why 0.50" in words(app))
        await pilot.press("c")
        await until(pilot, lambda: "that of iteration 1 (0.30 → 0.50)" in words(app))
        assert "a redblue cat" in view.shown
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await pilot.press("4")
        await until(pilot, lambda: app.copied == ["a blue cat"])
        await pilot.press("enter")
        await until(pilot, lambda: not view.is_open(("se-002", 1)))
        await pilot.press("up", "up")
        assert view.cursor is None


async def test_a_click_opens_an_example_and_a_drag_that_ends_on_one_does_not(
    tmp_path: Path,
) -> None:
    app = await opened(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        view = await examples(pilot, app)
        log = app.screen.query_one(LiveLog)
        key = ("se-001", 1)
        head = view.rows(key).start
        await pilot.mouse_down(ExamplesView, offset=(8, head - 1))
        await pilot.hover(ExamplesView, offset=(20, head))
        await pilot.mouse_up(ExamplesView, offset=(20, head))
        await until(pilot, app.screen.get_selected_text)
        assert not view.is_open(key)
        line = log.query(".card-line").last()
        await pilot.mouse_down(line, offset=(2, 0))
        await pilot.hover(line, offset=(20, 0))
        await pilot.mouse_up(line, offset=(20, 0))
        await until(pilot, lambda: "accepted" in (app.screen.get_selected_text() or ""))
        assert log.examples is view
        await pilot.click(ExamplesView, offset=(8, head))
        await until(pilot, lambda: view.is_open(key))
        assert view.cursor == key
        await pilot.click(ExamplesView, offset=(8, head))
        await until(pilot, lambda: not view.is_open(key))
