"""ExampleForm: an example's fields, to be written or changed."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Input

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.screens.editor import editable
from llmopt_tui.tui.screens.form import Field, Form
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.core.case import Case, Example

Shape = Literal["text", "list", "json"]
_HOW = {"text": "", "list": ", one a line", "json": ", as JSON"}


def shape_of(value: Any) -> Shape:
    """How a value of `expected` is edited: a text as it is, texts a line each, all else as JSON."""
    if isinstance(value, str):
        return "text"
    if isinstance(value, list | tuple) and all(_is_line(item) for item in value):
        return "list"
    return "json"


def _is_line(item: object) -> bool:
    return isinstance(item, str) and bool(item.strip()) and item.splitlines() == [item.strip()]


def as_shown(value: Any, shape: Shape) -> str:
    """A value as its field shows it."""
    if shape == "text":
        return str(value)
    return "\n".join(value) if shape == "list" else json.dumps(value, ensure_ascii=False, indent=2)


def as_meant(text: str, shape: Shape) -> Any:
    """What a field says. Raises ValueError where it is to be JSON and is none."""
    if shape == "list":
        return [line.strip() for line in text.splitlines() if line.strip()]
    return json.loads(text) if shape == "json" else text


class ExampleForm(Form["bool | None"]):
    """Closes with True once the example as entered is saved, or with None.

    `save` saves it, and returns what is wrong with it, in words; "" for nothing. The fields of
    `expected` are those that any example of the case has. With `new`, it is in no file yet: to
    leave would lose it, even where nothing was typed.
    """

    saves = "Save"

    def __init__(
        self,
        case: Case,
        example: Example,
        save: Callable[[Example], Awaitable[str]],
        title: str,
        *,
        new: bool = False,
    ) -> None:
        super().__init__()
        self._example, self._save, self._new = example, save, new
        self.heading = title
        self._split, self._pinned = example.split, example.pinned
        likes: dict[str, Any] = dict(example.expected)
        for other in case.examples:
            for name, value in other.expected.items():
                likes.setdefault(name, value)
        self._shapes: Mapping[str, Shape] = {name: shape_of(v) for name, v in likes.items()}

    def fields(self) -> Iterable[Widget]:
        """Id and split, then a field for each input and each thing that is expected."""
        example = self._example
        yield Horizontal(
            Plain("id", classes="form--label"),
            Input(editable(example.id)[0], id="example-id"),
            classes="form--line",
        )
        yield Horizontal(
            Plain("split", classes="form--label"),
            Button(self._split_words, id="example-split", compact=True),
            Plain("  pinned", classes="form--label"),
            Button(self._pinned_words, id="example-pinned", compact=True),
            classes="form--line",
        )
        for n, (name, text) in enumerate(example.inputs.items()):
            yield Field(f"input {one_line(name, 60)}", text, id=f"input-{n}")
        for n, (name, shape) in enumerate(self._shapes.items()):
            value = example.expected.get(name)
            text = "" if value is None else as_shown(value, shape)
            yield Field(f"expected {one_line(name, 60)}{_HOW[shape]}", text, id=f"expected-{n}")
        yield Field(
            "ideal answer, for demonstrations (may stay empty)", example.answer, id="answer"
        )

    @property
    def _split_words(self) -> str:
        return "train" if self._split == "train" else "held out"

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Switch the split, or whether the example is pinned; a held-out one is not."""
        match event.button.id:
            case "example-split":
                self._split = "validation" if self._split == "train" else "train"
                self._pinned = self._pinned and self._split == "train"
            case "example-pinned":
                self._pinned = not self._pinned and self._split == "train"
            case _:
                return
        event.stop()
        self.query_one("#example-split", Button).label = self._split_words
        self.query_one("#example-pinned", Button).label = self._pinned_words

    @property
    def _pinned_words(self) -> str:
        return "yes" if self._pinned else "no"

    @property
    def changed(self) -> bool:
        """Whether anything differs from the example."""
        named = self.query_one("#example-id", Input).value != editable(self._example.id)[0]
        old = self._example
        turned = (self._split, self._pinned) != (old.split, old.pinned)
        return self._new or named or turned or super().changed

    async def finish(self) -> str:
        """What is wrong with the example; with "" the form has closed."""
        try:
            example = self._entered()
        except ValueError as error:
            return str(error)
        if problem := await self._save(example):
            return problem
        self.dismiss(True)
        return ""

    def _entered(self) -> Example:
        """The example as entered. Raises ValueError in words."""
        from dataclasses import replace

        old = self._example
        typed = self.query_one("#example-id", Input).value.strip()
        inputs = {
            name: self.query_one(f"#input-{n}", Field).text for n, name in enumerate(old.inputs)
        }
        if inputs and not any(text.strip() for text in inputs.values()):
            raise ValueError("the input is empty")
        expected = {}
        for n, (name, shape) in enumerate(self._shapes.items()):
            field = self.query_one(f"#expected-{n}", Field)
            if not field.changed:
                if name in old.expected:
                    expected[name] = old.expected[name]
            elif field.text.strip():
                try:
                    expected[name] = as_meant(field.text, shape)
                except ValueError as error:
                    raise ValueError(f"expected {name} is not JSON: {error}") from error
        return replace(
            old,
            id=old.id if typed == editable(old.id)[0] else typed,
            split=self._split,
            inputs=inputs,
            expected=expected,
            answer=self.query_one("#answer", Field).text,
            pinned=self._pinned,
        )
