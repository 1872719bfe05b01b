"""ChangeRow: one change of a suggestion, which can be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.variant_words import change_words
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.changes import Change

_RULE_CHARS = 160


class ChangeRow(Plain, can_focus=True):
    """A line with a box. Space or a click takes the change in or leaves it out."""

    DEFAULT_CSS = """
    ChangeRow { height: auto; padding: 0 1; }
    ChangeRow:focus { background: $panel; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "leave_out", "Take in or leave out", show=False)
    ]

    class Toggled(Message):
        """The change was taken in or left out."""

        def __init__(self, n: int) -> None:
            super().__init__()
            self.n = n

    def __init__(self, n: int, change: Change, *, kept: bool) -> None:
        super().__init__(self._words(n, change, kept))
        self.n, self._change = n, change

    def show(self, *, kept: bool) -> None:
        """Draw whether the change is taken in."""
        self.update(self._words(self.n, self._change, kept))

    @staticmethod
    def _words(n: int, change: Change, kept: bool) -> Content:
        style = "" if kept else "$foreground-muted"
        text = f"{n}. {change_words(change)}"
        if change.edit == "add rule":
            text += f"\n      “{one_line(change.text, _RULE_CHARS)}”"
        return Content.assemble(
            ("▣ " if kept else "☐ ", "bold"),
            plain_text(text, style),
            ("" if kept else "  left out", "italic"),
        )

    def action_leave_out(self) -> None:
        """Take the change in or leave it out."""
        self.post_message(self.Toggled(self.n))

    def on_click(self, event: Click) -> None:
        """Do the same by a click."""
        event.stop()
        self.action_leave_out()
