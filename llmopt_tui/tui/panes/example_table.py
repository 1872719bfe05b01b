"""ExampleTable: the examples of a case, each with the last score of every model that had it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from llmopt_tui.core.loop.marks import marks_in
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.row_table import Cell, RowTable, TableColumn
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.app.last_answers import ModelAnswers
    from llmopt_tui.core.case import Case, Example

_SCORE_WIDTH = 9
_LEAST_TEXT = 12


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """An example with its number, from 0."""

    n: int
    example: Example


def split_words(example: Example) -> str:
    """The split as people say it: "train" or "held out", and whether the example is pinned."""
    word = "train" if example.split == "train" else "held out"
    return f"{word} ◆" if example.pinned else word


def value_text(value: Any) -> str:
    """A value of `expected` in words: a text as it is, a list with commas, all else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def expected_text(example: Example) -> str:
    """What is expected, in one line: the value alone where there is one."""
    found = example.expected
    if len(found) == 1:
        return value_text(next(iter(found.values())))
    return "; ".join(f"{name}: {value_text(value)}" for name, value in found.items())


class ExampleTable(Vertical):
    """The table of the examples. A mark (●) is before those that have an ideal answer."""

    BORDER_TITLE = "Examples"
    HELP = """\
The examples of the case, in the order of the file. ● has an ideal answer for demonstrations, ◆ is
pinned. The columns at the right are the last score that each model got, * where you marked it.
Enter reads an example in full; a adds one, e edits, d duplicates, m moves it between train and
held-out, x deletes, u undoes. Everything is saved at once, in your file, with your comments."""

    class Selected(Message):
        """Another example is under the cursor."""

    class Chosen(Message):
        """The example under the cursor was chosen with enter or a click."""

    def __init__(self, *, id: str, classes: str) -> None:
        super().__init__(id=id, classes=classes)
        self._answers: tuple[ModelAnswers, ...] = ()

    def compose(self) -> ComposeResult:
        """The table, and a text for where there are no examples."""
        yield RowTable(self._cell, _key, id="example-table")
        yield Plain("", id="example-note", classes="note")

    @property
    def table(self) -> RowTable[ExampleRow]:
        """The table itself."""
        return self.query_one(RowTable)

    @property
    def current(self) -> int | None:
        """The number of the example under the cursor, from 0; None where there is none."""
        row = self.table.current if self.table.display else None
        return row.n if row else None

    def show(self, case: Case | None, answers: tuple[ModelAnswers, ...] = ()) -> None:
        """Show the examples of a case, with these answers."""
        self._answers = answers
        rows = [ExampleRow(n, e) for n, e in enumerate(case.examples)] if case else []
        table = self.table
        table.marks = {row.example.id for row in rows if row.example.answer}
        table.set_rows(rows)
        table.display = bool(rows)
        note = self.query_one("#example-note", Plain)
        note.display = not rows
        note.update("Its examples are shown once the file can be used.")
        self._lay_out()
        self.border_subtitle = fmt.plural(len(rows), "example") if rows else ""

    def select(self, n: int) -> None:
        """Put the cursor on the example of this number."""
        self.table.cursor_row = n

    def copyable(self) -> list[tuple[str, str]]:
        """The example under the cursor: its inputs, what is expected, its answer."""
        row = self.table.current
        if row is None:
            return []
        example = row.example
        inputs = [(f"input {name}", text) for name, text in example.inputs.items()]
        return [*inputs, ("expected", expected_text(example)), ("answer", example.answer)]

    def on_row_table_resized(self, event: RowTable.Resized) -> None:
        """Choose the columns that fit."""
        event.stop()
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.table.size.width - 1
        fixed = [TableColumn("id", "Id", 12), TableColumn("split", "Split", 10)]
        used = sum(column.width + 2 for column in fixed)
        scores: list[TableColumn] = []
        for place, answers in enumerate(self._answers):
            if width - used - _SCORE_WIDTH - 2 < 2 * (_LEAST_TEXT + 2):
                break
            title = fmt.model_in(answers.model, _SCORE_WIDTH)
            scores.append(TableColumn(f"score {place}", title, _SCORE_WIDTH, "right"))
            used += _SCORE_WIDTH + 2
        left = max(2 * _LEAST_TEXT, width - used - 4)
        expected = max(_LEAST_TEXT, min(40, left // 3))
        texts = [
            TableColumn("input", "Input", left - expected),
            TableColumn("expected", "Expected", expected),
        ]
        self.table.set_columns([*fixed, *texts, *scores])

    def _cell(self, row: ExampleRow, column: TableColumn) -> Cell:
        example = row.example
        match column.key:
            case "id":
                return example.id, ""
            case "split":
                return split_words(example), "dim" if example.split == "train" else ""
            case "input":
                return " · ".join(example.inputs.values()), ""
            case "expected":
                return expected_text(example), ""
        answers = self._answers[int(column.key.split()[1])]
        score = answers.score(example.id)
        if score is None:
            return "–", "dim"
        marked = "*" if marks_in(answers.runs[example.id]) else ""
        return f"{marked}{score_text(score)}", ""

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Tell the screen."""
        event.stop()
        self.post_message(self.Selected())

    def on_row_table_chosen(self, event: RowTable.Chosen) -> None:
        """Tell the screen."""
        event.stop()
        self.post_message(self.Chosen())

    def on_row_table_title_clicked(self, event: RowTable.TitleClicked) -> None:
        """The order is the file's."""
        event.stop()


def _key(row: ExampleRow) -> str:
    return row.example.id
