"""LeavableInput: an input that Escape leaves, so that the keys of its pane work again."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class LeavableInput(Input):
    """An input that tells its pane when the person leaves it. What is typed stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave the input", show=False)
    ]

    class Left(Message):
        """The person left the input."""

    def action_leave(self) -> None:
        """Tell the pane that the person leaves the input."""
        self.post_message(self.Left())
