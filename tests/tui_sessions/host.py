"""A small app around one screen: the program's themes and styles, nothing else of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding
from textual.pilot import Pilot
from textual.screen import Screen

import llmopt_tui.tui
from llmopt_tui.tui import theme
from tests.tui.harness import StillClock

_STYLES = Path(llmopt_tui.tui.__file__).parent / "styles" / "app.tcss"


class Host(App[Any]):
    """Opens one screen and keeps what it closes with in `results`."""

    CSS_PATH: ClassVar = [_STYLES]
    BINDINGS: ClassVar = [
        Binding("question_mark", "help", "Help", id="help"),
        Binding("y", "copy", "Copy", id="copy"),
    ]

    def __init__(self, screen: Callable[[], Screen[Any]]) -> None:
        super().__init__()
        self._make = screen
        self.results: list[Any] = []
        self.copied: list[str] = []
        self.suites: list[Path] = []
        self.clock = StillClock()
        self.keymap: dict[str, str] = {}

    def on_mount(self) -> None:
        self.register_theme(theme.DARK)
        self.theme = theme.DARK.name
        self.push_screen(self._make(), self.results.append)

    def action_help(self) -> None:
        from llmopt_tui.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

    def action_copy(self) -> None:
        from llmopt_tui.tui.copying import copy_from

        copy_from(self)  # type: ignore[arg-type]

    def show_suite(self, file: Path) -> None:
        self.suites.append(file)

    def say(self, text: str) -> None:
        self.notify(text, markup=False)

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)


async def until(pilot: Pilot[Any], condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait for a condition, event by event."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        await pilot.pause(0.005)
        if condition():
            return
    raise AssertionError("what was waited for did not come")
