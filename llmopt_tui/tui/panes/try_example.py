"""ExamplePane: what is put into the prompt, and what is expected of the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import TextArea

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.widgets.lines import Line, WrappedLines
from llmopt_tui.tui.widgets.plain import Plain, StreamingText, plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.case import Case, Example


def expected_text(expected: Mapping[str, Any]) -> str:
    """What is expected, for people: a name and its value each, lists an item a line."""
    return "\n".join(line for name, value in expected.items() for line in _lines(name, value))


def _lines(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, list) and value and not any(isinstance(v, dict | list) for v in value):
        yield f"{name}:"
        yield from (f"  - {item}" for item in value)
    elif isinstance(value, str):
        yield f"{name}:\n{value}" if "\n" in value else f"{name}: {value}"
    elif isinstance(value, dict | list):
        yield f"{name}: {json.dumps(value, ensure_ascii=False, indent=2)}"
    else:
        yield f"{name}: {json.dumps(value, ensure_ascii=False)}"


class Reading(VerticalScroll):
    """A text to read, which scrolls by keys and by the wheel."""

    DEFAULT_CSS = """
    Reading {
        height: 1fr; padding: 0 1; background: transparent; scrollbar-size-vertical: 1;
        scrollbar-background: $background; scrollbar-color: $border;
    }
    """


class InputPane(Vertical):
    """The inputs of an example to read, or those of the person's own to write."""

    HELP = """\
The inputs that take the place of the prompt's placeholders: those of the chosen example, or, with
no case, a text of your own for each placeholder."""

    class Typed(Message):
        """The person changed an input of their own."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="pane")
        self.own: dict[str, str] = {}
        self._shown: tuple[str, ...] | Example | None = None

    def compose(self) -> ComposeResult:
        """The part that scrolls; what is in it follows from the choices."""
        yield Reading(id="input-text")

    @property
    def names(self) -> tuple[str, ...] | None:
        """The placeholders for which the person writes inputs; None while an example is shown."""
        return self._shown if isinstance(self._shown, tuple) else None

    def copyable(self) -> list[tuple[str, str]]:
        """The inputs of the example."""
        return [] if isinstance(self._shown, tuple | None) else [*self._shown.inputs.items()]

    def show_example(self, case: Case, example: Example) -> None:
        """Show the inputs of an example."""
        place = case.examples.index(example) + 1
        held_out = "  held out" if example.split == "validation" else ""
        self.border_title = plain_text(f"Input  {one_line(example.id, 40)}{held_out}")
        self.border_subtitle = f"{place} of {len(case.examples)}"
        if self._shown is not example:
            self._shown = example
            self._fill(self._example_widgets(example), typing=False)

    def show_own(self, names: Sequence[str]) -> None:
        """Let the person write an input for each of these placeholders. What was typed stays."""
        self.border_title, self.border_subtitle = "Input  your own text", ""
        wanted = tuple(names)
        if self._shown != wanted:
            self._shown = wanted
            self._fill(self._own_widgets(wanted), typing=bool(wanted))

    def inputs(self, names: Sequence[str]) -> dict[str, str]:
        """The person's own inputs for these placeholders."""
        return {name: self.own.get(name, "") for name in names}

    def _fill(self, widgets: Iterator[Widget], *, typing: bool) -> None:
        body = self.query_one(Reading)
        body.can_focus = not typing
        body.remove_children()
        body.mount(*widgets)
        body.scroll_home(animate=False)

    def _example_widgets(self, example: Example) -> Iterator[Widget]:
        for name, text in example.inputs.items():
            if len(example.inputs) > 1:
                yield Plain(one_line(name, 60), classes="try-label")
            yield StreamingText(text)

    def _own_widgets(self, names: tuple[str, ...]) -> Iterator[Widget]:
        if not names:
            yield Plain("The prompt has no placeholder: it is sent as it is.", classes="try-label")
        for name in names:
            if len(names) > 1:
                yield Plain(name, classes="try-label")
            yield TextArea(
                self.own.get(name, ""),
                placeholder="type or paste the input here",
                name=name,
                classes="try-own -only" if len(names) == 1 else "try-own",
                compact=True,
                highlight_cursor_line=False,
            )

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.own[event.text_area.name or ""] = event.text_area.text
        self.post_message(self.Typed())


class Demands(WrappedLines):
    """What the criteria of a case demand of an answer, one a line."""

    DEFAULT_CSS = "Demands { color: $text-muted; } Demands.-below { margin-top: 1; }"
    gutter_width: ClassVar[int] = 2


class ExpectedPane(Vertical):
    """What is expected of the answer, and the criteria that score it."""

    BORDER_TITLE = "Expected"
    HELP = "What the example expects of the answer, and the criteria by which it is scored."

    def compose(self) -> ComposeResult:
        """The part that scrolls."""
        with Reading(id="expected-text"):
            yield StreamingText()
            yield Demands()

    def copyable(self) -> list[tuple[str, str]]:
        """What is expected."""
        return [("what is expected", self.query_one(StreamingText).shown)]

    def show(self, case: Case | None, example: Example | None) -> None:
        """Show what is expected of the answer to an example, else that nothing is."""
        self.query_one(Reading).scroll_home(animate=False)
        text, demands = self.query_one(StreamingText), self.query_one(Demands)
        if case is None or example is None:
            text.display = True
            text.set_text("Nothing is expected of the answer to a text of your own: no score.")
            demands.set_lines([])
            return
        parts = [expected_text(example.expected)]
        if example.answer:
            parts.append(f"an ideal answer:\n{example.answer}")
        text.set_text("\n\n".join(filter(None, parts)))
        text.display = any(parts)
        described = [one_line(criterion.describe(), 300) for criterion in case.criteria]
        demands.set_class(text.display, "-below")
        demands.set_lines(Line(each, "", "·") for each in described)
