"""How the screens look, pixel for pixel: the last word after the tests on what they do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from llmopt_tui.tui.screens.editor import PromptEditor
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.widgets.row_table import RowTable
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import PROMPTS
from tests.tui_widgets.screen_text import screen_text

SIZES = [(80, 24), (120, 40)]
Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def results(six_sessions: Path) -> Path:
    return six_sessions


@pytest.mark.parametrize("size", SIZES)
def test_sessions(snap_compare: Compare, results: Path, size: tuple[int, int]) -> None:
    async def ready(pilot: Pilot[Any]) -> None:
        table = pilot.app.screen.query_one(RowTable)
        await until(pilot, lambda: table.row_count == 6)
        if size[0] > 100:
            await until(pilot, lambda: "Name trade" in screen_text(pilot.app))

    app = Host(lambda: SessionsScreen(results))
    assert snap_compare(app, terminal_size=size, run_before=ready)


@pytest.mark.parametrize("size", SIZES)
def test_editor(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def ready(pilot: Pilot[Any]) -> None:
        area = pilot.app.screen.query_one(TextArea)
        area.cursor_blink = False
        area.move_cursor(area.document.end)
        await pilot.press("backspace")
        await until(pilot, lambda: "missing {{posting}}" in screen_text(pilot.app))

    app = Host(lambda: PromptEditor(PROMPTS[2], PROMPTS[0]))
    assert snap_compare(app, terminal_size=size, run_before=ready)
