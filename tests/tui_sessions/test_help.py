"""HelpScreen: every command with its key, and the words of the pane that has the focus."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.containers import VerticalScroll

from llmopt_tui.tui.commands import COMMANDS
from llmopt_tui.tui.screens.help import HelpScreen
from llmopt_tui.tui.screens.sessions import SessionsScreen
from llmopt_tui.tui.widgets.plain import Plain
from tests.tui_sessions.host import Host, until


def words(app: Host) -> list[str]:
    return [str(plain.content) for plain in app.screen.query(Plain)]


async def test_every_command_is_named_with_its_help(tmp_path: Path) -> None:
    app = Host(lambda: SessionsScreen(tmp_path))
    async with app.run_test() as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and words(app))
        shown = words(app)
        assert {command.title for command in COMMANDS} <= set(shown)
        assert {command.help for command in COMMANDS} <= set(shown)


async def test_the_screen_below_explains_itself_and_its_own_keys(tmp_path: Path) -> None:
    app = Host(lambda: SessionsScreen(tmp_path))
    async with app.run_test() as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and words(app))
        shown = words(app)
        assert any(text.startswith("Every run that was recorded") for text in shown)
        assert shown[shown.index("Filter") - 1] == "/"
        assert shown[shown.index("Delete") - 1] == "del x"


async def test_a_remapped_key_is_shown_as_it_is(tmp_path: Path) -> None:
    app = Host(lambda: SessionsScreen(tmp_path))
    app.keymap = {"run": "f5"}
    async with app.run_test() as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and words(app))
        shown = words(app)
        assert shown[shown.index("Run", shown.index("Run") + 1) - 1] == "f5"


@pytest.mark.long
@pytest.mark.parametrize("key", ["escape", "q", "question_mark"])
async def test_it_scrolls_by_key_and_closes(tmp_path: Path, key: str) -> None:
    app = Host(lambda: SessionsScreen(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen) and words(app))
        box = app.screen.query_one(VerticalScroll)
        await pilot.press("end")
        await until(pilot, lambda: box.scroll_y > 0)
        await pilot.press(key)
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen))
