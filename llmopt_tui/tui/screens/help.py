"""HelpScreen: what the focused pane is for, and every key with what it does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from llmopt_tui.tui.commands import BY_ID, COMMANDS, Command, grouped, scopes_of
from llmopt_tui.tui.keys import keys_of
from llmopt_tui.tui.widgets.plain import Plain

Row = tuple[str, str, str]
"""One row of the help: key, title, help."""


class HelpScreen(ModalScreen[None]):
    """Opens over a screen and explains it. Escape, q and the help key close it."""

    # The screen below stays visible, even though the style sheet gives screens a background.
    CSS = "HelpScreen { background: $background 60%; }"
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > #help {
        width: 100; max-width: 96%; height: auto; max-height: 92%; padding: 0 2;
        background: $surface; border: round $border; border-title-color: $foreground;
        border-subtitle-color: $text-muted; scrollbar-size-vertical: 1;
    }
    HelpScreen .help--pane { padding: 1 0 0 0; }
    HelpScreen .help--group { text-style: bold; margin-top: 1; }
    HelpScreen .help--elsewhere { color: $text-muted; margin-top: 2; border-top: solid $border; }
    HelpScreen .help--row { height: auto; }
    HelpScreen .help--key { width: 8; text-style: bold; }
    HelpScreen .help--title { width: 29; padding-right: 1; }
    HelpScreen .help--help { width: 1fr; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "close", "Close"),
    ]

    def compose(self) -> ComposeResult:
        """The pane's help, its keys, this screen's commands, then those of other screens."""
        below = self._below()
        with VerticalScroll(id="help") as box:
            box.border_title = "Help"
            box.border_subtitle = "esc closes"
            if below and (about := _about(below)):
                yield Plain(about, classes="help--pane")
            if below and (own := list(_own_keys(below))):
                yield from _group("Here", own)
            scopes = scopes_of(_ids(below)) if below else set()
            here = [c for c in COMMANDS if c.scope in scopes]
            # What only this screen can do comes before what every screen can.
            yield from self._groups(sorted(here, key=lambda command: command.scope == "app"))
            if others := [c for c in COMMANDS if c.scope not in scopes]:
                yield Plain("On other screens", classes="help--elsewhere")
                yield from self._groups(others)

    def _groups(self, commands: list[Command]) -> Iterator[Widget]:
        keymap = getattr(self.app, "keymap", {})
        for name, group in grouped(commands).items():
            rows = [(" ".join(keys_of(c.id, keymap)), c.title, c.help) for c in group]
            yield from _group(name, rows)

    def _below(self) -> Screen[Any] | None:
        others = [screen for screen in self.app.screen_stack if screen is not self]
        return others[-1] if others else None

    def action_close(self) -> None:
        """Close the help and go back to the screen below."""
        self.dismiss(None)


def _group(name: str, rows: list[Row]) -> Iterator[Widget]:
    yield Plain(name, classes="help--group")
    for key, title, text in rows:
        yield Horizontal(
            Plain(key, classes="help--key"),
            Plain(title, classes="help--title"),
            Plain(text, classes="help--help"),
            classes="help--row",
        )


def _about(screen: Screen[Any]) -> str:
    """The help text of the focused widget, or of the nearest pane around it that has one."""
    focused = screen.focused or screen
    texts = (node.HELP for node in focused.ancestors_with_self if isinstance(node, Widget))
    text = next((text for text in texts if text), "")
    # Line ends within a paragraph come from the source file; they are not part of the text.
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _ids(screen: Screen[Any]) -> list[str]:
    return [active.binding.id or "" for active in screen.active_bindings.values()]


def _own_keys(screen: Screen[Any]) -> Iterator[Row]:
    """Keys that only this screen has."""
    for active in screen.active_bindings.values():
        binding = active.binding
        if active.node is screen and binding.show and binding.id not in BY_ID:
            yield screen.app.get_key_display(binding), binding.description, binding.tooltip
