"""Cards: the part of the Live log that scrolls."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import MouseScrollDown, MouseScrollUp
from textual.message import Message


class Cards(VerticalScroll, inherit_bindings=False):
    """The part that scrolls. Left, right and enter act on the iterations; they do not scroll.

    Up and down move among the examples of an open iteration: the log does that, or has it scroll.
    """

    DEFAULT_CSS = """
    Cards {
        height: 1fr; display: none; background: transparent;
        scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $border;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Previous example, or scroll up", show=False),
        Binding("down", "move(1)", "Next example, or scroll down", show=False),
        Binding("pageup", "scroll('page_up')", "Page up", show=False),
        Binding("pagedown", "scroll('page_down')", "Page down", show=False),
        Binding("home", "scroll('home')", "Top", show=False),
        Binding("end", "scroll('end')", "Bottom", show=False),
    ]

    class Scrolled(Message):
        """The person scrolled the log by a key or the wheel."""

    class Moved(Message):
        """The person pressed up (-1) or down (1)."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def action_move(self, by: int) -> None:
        """Tell the log of up and down."""
        self.post_message(self.Moved(by))

    def action_scroll(self, where: str) -> None:
        """Scroll by a key, and tell the log."""
        getattr(self, f"scroll_{where}")(animate=False)
        self.post_message(self.Scrolled())

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Tell the log that the person scrolls by the wheel."""
        self.post_message(self.Scrolled())

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Tell the log that the person scrolls by the wheel."""
        self.post_message(self.Scrolled())
