"""Form: a page of labelled fields over a screen, which closes with what was entered or without."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget
from textual.widgets import Button, Input, TextArea
from textual.worker import Worker

from llmopt_tui.tui import commands
from llmopt_tui.tui.error_words import failure_words
from llmopt_tui.tui.key_bar import KeyBar
from llmopt_tui.tui.screens.editor import editable
from llmopt_tui.tui.widgets.plain import Plain, plain_text


class Field(Vertical):
    """A label above a text of several lines. Hidden characters are left out and told of.

    `text` is the original where nothing was typed, so that what is not touched stays as it was.
    """

    DEFAULT_CSS = """
    Field { height: auto; }
    Field > .field--label { color: $text-muted; }
    Field > TextArea {
        height: auto; min-height: 1; max-height: 8; border: none; padding: 0 1; background: $panel;
    }
    Field > TextArea:focus { border: none; border-left: outer $foreground; padding: 0 0 0 1; }
    """

    def __init__(self, label: str, text: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id, classes="form--field")
        self._label, self._original = label, text
        self._shown, self._removed = editable(text)

    def compose(self) -> ComposeResult:
        """The label and the text."""
        left_out = f"  ({self._removed} hidden characters are left out)" if self._removed else ""
        yield Plain(f"{self._label}{left_out}", classes="field--label")
        area = TextArea(self._shown, compact=True)
        self._shown = area.text  # it may write line ends in its own way
        yield area

    @property
    def text(self) -> str:
        """What is entered."""
        text = self.query_one(TextArea).text
        return self._original if text == self._shown else text

    @property
    def changed(self) -> bool:
        """Whether anything was typed."""
        return self.text != self._original


class Form(ModalScreen[ScreenResultType]):
    """The frame of a form. A subclass has the fields, says what is wrong, and makes the result."""

    SCOPED_CSS = False
    CSS = "Form { background: $background 60%; }"
    DEFAULT_CSS = """
    Form { align: center middle; }
    Form > #form {
        width: 100%; max-width: 110; height: 100%; max-height: 48; background: $surface;
        border: round $border; border-title-color: $foreground; border-title-style: bold;
    }
    Form #form-fields { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    Form .form--line { height: 1; margin-bottom: 1; }
    Form .form--line > .form--label { width: 10; color: $text-muted; }
    Form .form--line > Input, Form .form--line > Input:focus {
        width: 1fr; height: 1; border: none; padding: 0 1; background: $panel;
    }
    Form .form--line > Input:focus { border-left: outer $foreground; padding: 0 0 0 1; }
    Form .form--line > Button { min-width: 12; background: $panel; color: $foreground; }
    Form .form--line > Button:focus {
        background: $foreground; color: $background; text-style: bold;
    }
    Form .form--field { margin-bottom: 1; }
    Form #form-problem { height: auto; max-height: 6; padding: 0 1; color: $text-error; }
    Form #form-buttons { height: 1; align-horizontal: right; padding: 0 1; }
    Form #form-buttons > Button {
        margin-left: 2; min-width: 10; background: $panel; color: $foreground;
    }
    Form #form-buttons > Button:focus {
        background: $foreground; color: $background; text-style: bold;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = commands.bindings("form", priority=True)
    heading = ""
    saves = "Save"

    def compose(self) -> ComposeResult:
        """The fields in a box that scrolls, what is wrong, and the two ways out."""
        with Vertical(id="form") as box:
            box.border_title = plain_text(self.heading)
            with VerticalScroll(id="form-fields", can_focus=False):
                yield from self.fields()
            yield Plain("", id="form-problem")
            with Horizontal(id="form-buttons"):
                yield Button("Cancel", id="form-cancel", compact=True)
                yield Button(plain_text(self.saves), id="form-save", compact=True)
            yield KeyBar("form_save", "form_cancel", right=())

    def fields(self) -> Iterable[Widget]:
        """The fields from above."""
        raise NotImplementedError

    @property
    def changed(self) -> bool:
        """Whether leaving would lose something."""
        return any(field.changed for field in self.query(Field))

    async def finish(self) -> str:
        """What is wrong with what is entered. With "" the form has closed."""
        raise NotImplementedError

    def say(self, problem: str) -> None:
        """Show what is wrong; "" for nothing."""
        self.query_one("#form-problem", Plain).update(problem and f"✗ {problem}")

    @work(exclusive=True, group="save", exit_on_error=False)
    async def action_save(self) -> None:
        """Close with what is entered, unless something is wrong with it."""
        self.say("")
        if problem := await self.finish():
            self.say(problem)
            self.app.bell()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Save or leave."""
        if event.button.id in ("form-save", "form-cancel"):
            event.stop()
            if event.button.id == "form-save":
                self.action_save()
            else:
                self.action_cancel()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next field with enter."""
        event.stop()
        self.focus_next()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show an unexpected failure in the form."""
        if event.worker.node is self and (said := failure_words(event)):
            self.say(said)

    def action_cancel(self) -> None:
        """Close without a result; ask first if changes would be lost."""
        if not self.changed:
            self.dismiss(None)
            return
        from llmopt_tui.tui.screens.dialogs import ask_to_leave

        ask_to_leave(self, "What you typed would be lost.")
