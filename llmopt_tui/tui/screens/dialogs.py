"""Small questions over any screen: yes or no, one line of text, one of a few choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Button, Input, OptionList
from textual.widgets.option_list import Option

from llmopt_tui.tui.widgets.plain import Plain, plain_text


class Dialog(ModalScreen[ScreenResultType]):
    """A box in the middle that asks one thing."""

    # The screen below stays visible, even though the style sheet gives screens a background.
    SCOPED_CSS = False
    CSS = "Dialog { background: $background 60%; }"
    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > .dialog {
        width: 64; max-width: 90%; height: auto; max-height: 90%;
        padding: 1 2; background: $surface; border: round $accent;
    }
    Dialog .dialog--title { text-style: bold; }
    Dialog .dialog--detail { color: $text-muted; margin-top: 1; }
    Dialog .dialog--problem { color: $text-error; height: auto; min-height: 1; }
    Dialog .dialog--buttons { height: auto; margin-top: 1; align-horizontal: right; }
    Dialog .dialog--buttons > Button {
        margin-left: 2; min-width: 10; background: $panel; color: $foreground;
    }
    Dialog .dialog--buttons > Button:focus {
        background: $foreground; color: $background; text-style: bold;
    }
    Dialog Input, Dialog Input:focus {
        margin-top: 1; height: 1; border: none; padding: 0 1; background: $panel;
    }
    Dialog OptionList, Dialog OptionList:focus {
        margin-top: 1; height: auto; max-height: 16; border: none; padding: 0;
        background: transparent;
        & > .option-list--option-highlighted {
            background: $panel; color: $foreground; text-style: bold;
        }
    }
    """


class Confirm(Dialog[bool]):
    """Asks before something is lost. `yes` and `no` are labels that say what will happen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "No"),
        Binding("y", "answer(True)", "Yes"),
        Binding("left", "app.focus_previous", "Previous", show=False),
        Binding("right", "app.focus_next", "Next", show=False),
    ]

    def __init__(self, question: str, detail: str = "", *, yes: str = "Yes", no: str = "No"):
        super().__init__()
        self._question, self._detail, self._yes, self._no = question, detail, yes, no

    def compose(self) -> ComposeResult:
        """The question and two buttons, with the harmless one in focus."""
        with Vertical(classes="dialog"):
            yield Plain(self._question, classes="dialog--title")
            if self._detail:
                yield Plain(self._detail, classes="dialog--detail")
            with Horizontal(classes="dialog--buttons"):
                yield Button(plain_text(self._no), id="no", compact=True)
                yield Button(plain_text(self._yes), id="yes", compact=True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Close with the answer of a key."""
        self.dismiss(answer)


def ask_to_leave(editor: ModalScreen[Any], lost: str) -> None:
    """Close an editor with None if the person confirms; `lost` is the sentence on what is lost."""

    def answered(leave: bool | None) -> None:
        if leave:
            editor.dismiss(None)

    question = Confirm("Leave without saving?", lost, yes="Leave", no="Keep editing")
    editor.app.push_screen(question, answered)


class Leave(Confirm):
    """Asks before the app ends during a run."""


def anything(text: str) -> str:
    """The problem with a text where any text is right: always ""."""
    return ""


class Ask(Dialog[str | None]):
    """Asks for one line. `problem_with` returns what is wrong with a text, "" if nothing is.

    `placeholder` is our own text, never text from outside.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(
        self,
        title: str,
        detail: str = "",
        *,
        value: str = "",
        placeholder: str = "",
        ok: str = "OK",
        problem_with: Callable[[str], str] = anything,
    ) -> None:
        super().__init__()
        self._heading, self._detail, self._ok = title, detail, ok
        self._value, self._placeholder = value, placeholder
        self._problem_with = problem_with

    def compose(self) -> ComposeResult:
        """The title, the line, what is wrong with it, and two buttons."""
        with Vertical(classes="dialog"):
            yield Plain(self._heading, classes="dialog--title")
            if self._detail:
                yield Plain(self._detail, classes="dialog--detail")
            yield Input(self._value, placeholder=self._placeholder)
            yield Plain("", classes="dialog--problem")
            with Horizontal(classes="dialog--buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button(plain_text(self._ok), id="ok", compact=True)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one(".dialog--problem", Plain).update("")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._finish()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "ok":
            self._finish()
        else:
            self.dismiss(None)

    def _finish(self) -> None:
        text = self.query_one(Input).value
        if problem := self._problem_with(text):
            self.query_one(".dialog--problem", Plain).update(problem)
            self.query_one(Input).focus()
        else:
            self.dismiss(text)

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


class Choose(Dialog[str | None]):
    """Asks for one of a few (id, label) pairs; the first nine have number keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        *(Binding(str(n), f"pick({n - 1})", show=False) for n in range(1, 10)),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._heading, self._choices = title, list(choices)

    def compose(self) -> ComposeResult:
        """The title and the list."""
        with Vertical(classes="dialog"):
            yield Plain(self._heading, classes="dialog--title")
            options = [
                Option(plain_text(f"{n}  {label}" if n <= 9 else f"   {label}"))
                for n, (_, label) in enumerate(self._choices, start=1)
            ]
            yield OptionList(*options)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_pick(event.option_index)

    def action_pick(self, index: int) -> None:
        """Choose an offer by its place, counted from 0."""
        if index < len(self._choices):
            self.dismiss(self._choices[index][0])

    def action_cancel(self) -> None:
        """Close without a choice."""
        self.dismiss(None)
