"""Ways: a question with a yes, a no, and a way to cancel what led to it."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from llmopt_tui.tui.screens.dialogs import Dialog
from llmopt_tui.tui.widgets.plain import Plain, plain_text

Way = Literal["yes", "no"]


class Ways(Dialog[Way | None]):
    """Returns "yes", "no", or None to cancel. Without a text for `no`, there is no such button.

    The labels of the buttons say what each does.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("n", "take('no')", "No"),
        Binding("y", "take('yes')", "Yes"),
        Binding("left", "app.focus_previous", "Previous", show=False),
        Binding("right", "app.focus_next", "Next", show=False),
    ]

    def __init__(self, question: str, detail: str, *, yes: str, no: str) -> None:
        super().__init__()
        self._question, self._detail, self._yes, self._no = question, detail, yes, no

    def compose(self) -> ComposeResult:
        """The question and the buttons, with the harmless one in focus."""
        with Vertical(classes="dialog"):
            yield Plain(self._question, classes="dialog--title")
            yield Plain(self._detail, classes="dialog--detail")
            with Horizontal(classes="dialog--buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                if self._no:
                    yield Button(plain_text(self._no), id="no", compact=True)
                yield Button(plain_text(self._yes), id="yes", compact=True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "yes" | "no" as way:
                self.dismiss(way)
            case _:
                self.dismiss(None)

    def action_take(self, way: Way) -> None:
        """Close with the answer of a key."""
        if way == "yes" or self._no:
            self.dismiss(way)

    def action_cancel(self) -> None:
        """Close without doing anything."""
        self.dismiss(None)
