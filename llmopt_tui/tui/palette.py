"""What the command palette offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.screen import Screen

from llmopt_tui.tui import commands, keys

if TYPE_CHECKING:
    from llmopt_tui.tui.app import LlmoptApp


def palette_commands(app: LlmoptApp, screen: Screen[Any]) -> Iterator[SystemCommand]:
    """Every command that this screen can carry out, with its key, and the themes."""
    for command in commands.COMMANDS:
        name = command.action.partition("(")[0]
        if not command.in_palette:
            continue
        if command.scope == "app":
            action = f"app.{command.action}"
        elif hasattr(screen, f"action_{name}"):
            action = f"screen.{command.action}"
        else:
            continue
        key = keys.key_of(command.id, app.keymap)
        yield SystemCommand(command.title, f"{command.help} Key: {key}", _runner(app, action))
    yield SystemCommand("Theme", "Change colours.", app.action_change_theme)


def _runner(app: LlmoptApp, action: str) -> Callable[[], None]:
    def run() -> None:
        app.call_later(app.run_action, action)

    return run
