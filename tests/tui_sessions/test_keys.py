"""The keys of the screens for past sessions: on none of them does one mean two things."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen
from textual.widgets import Input

from llmopt_tui.store.sessions import SessionSummary, list_sessions
from llmopt_tui.tui import commands
from llmopt_tui.tui.app import LlmoptApp
from llmopt_tui.tui.screens.compare import CompareScreen
from llmopt_tui.tui.screens.help import HelpScreen
from llmopt_tui.tui.screens.recorded import RecordedScreen
from llmopt_tui.tui.screens.report import ReportScreen
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.widgets.plain import Plain
from tests.tui_sessions.host import Host, until
from tests.tui_sessions.recordings import events, record

SCREENS: dict[str, Callable[[SessionSummary], Screen[Any]]] = {
    "Sessions": lambda summary: SessionsScreen(summary.folder.parent),
    "Recorded": RecordedScreen,
    "Compare": lambda summary: CompareScreen(summary, summary),
    "Report": ReportScreen,
}
SAME = {"enter"}
"""The table's own key for what the screen's command says."""


@pytest.fixture
async def summary(tmp_path: Path) -> SessionSummary:
    await record(tmp_path, events("a1b2c3d4"))
    return list_sessions(tmp_path)[0]


@pytest.mark.parametrize("name", SCREENS)
async def test_no_widget_takes_a_key_from_a_command(name: str, summary: SessionSummary) -> None:
    app = Host(lambda: SCREENS[name](summary))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        promised = {
            key
            for command in commands.COMMANDS
            if command.scope in commands.SCREENS[name] and command.scope != "app"
            for key in command.key.split(",")
        }
        stops = [widget for widget in app.screen.query("*") if widget.can_focus]
        assert stops
        for stop in stops:
            if isinstance(stop, Input):
                continue
            for key, binding in stop._bindings:
                taken = key in promised - SAME and binding.id is None
                # Scrolling sideways gives way where there is nothing to scroll to.
                assert not taken or not stop.allow_horizontal_scroll, (stop, key)


@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_has_the_scopes_that_are_declared(name: str, summary: SessionSummary) -> None:
    screen = SCREENS[name](summary)
    bound = {
        binding.id for bindings in screen._bindings.key_to_bindings.values() for binding in bindings
    }
    scopes = commands.scopes_of(b for b in bound if b)
    assert scopes == set(commands.SCREENS[name]) - {"app", "session"}


@pytest.mark.parametrize("name", SCREENS)
def test_every_command_of_a_screen_can_be_carried_out_and_is_in_the_palette(
    name: str, summary: SessionSummary
) -> None:
    screen = SCREENS[name](summary)
    for command in commands.COMMANDS:
        if command.scope in set(commands.SCREENS[name]) - {"app"} and command.in_palette:
            assert hasattr(screen, f"action_{command.action}"), command.id
    assert hasattr(LlmoptApp, "action_sessions")


async def test_help_names_the_keys_of_this_screen_first(summary: SessionSummary) -> None:
    app = Host(lambda: RecordedScreen(summary))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.focused)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and app.screen.query(Plain))
        shown = [str(plain.content) for plain in app.screen.query(Plain)]
        here, elsewhere = shown.index("Replay or pause"), shown.index("On other screens")
        assert here < elsewhere < shown.index("Pick or unpick")
        assert shown[here - 1] == "space"


async def test_a_changed_key_works_and_is_shown(summary: SessionSummary) -> None:
    app = Host(lambda: RecordedScreen(summary))
    app.keymap = {"replay": "f5"}
    app.set_keymap(app.keymap)
    async with app.run_test(size=(120, 40)) as pilot:
        from tests.tui_widgets.screen_text import screen_text

        await until(pilot, lambda: "f5 replay" in screen_text(app))
        await until(pilot, lambda: "event 17/17" in screen_text(app))
        await pilot.press("f5")
        await until(pilot, lambda: "event 1/17" in screen_text(app))
