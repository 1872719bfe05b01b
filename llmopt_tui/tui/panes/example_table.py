"""ExampleTable: the examples of a case, each with the last score of every model that had it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmopt_tui.core.loop.marks import marks_in
from llmopt_tui.reports.example_words import value_text
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.panes.list_pane import ListPane
from llmopt_tui.tui.widgets.row_table import Cell, TableColumn
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


def expected_text(example: Example) -> str:
    """What is expected, in one line: the value alone where there is one."""
    found = example.expected
    if len(found) == 1:
        return value_text(next(iter(found.values())))
    return "; ".join(f"{name}: {value_text(value)}" for name, value in found.items())


class ExampleTable(ListPane[ExampleRow]):
    """The table of the examples. A mark (●) is before those that have an ideal answer."""

    BORDER_TITLE = "Examples"
    HELP = """\
The examples of the case, in the order of the file. ● has an ideal answer for demonstrations, ◆ is
pinned. The columns at the right are the last score that each model got, * where you marked it.
Enter reads an example in full; a adds one, e edits, d duplicates, m moves it between train and
held-out, x deletes, u undoes. Everything is saved at once, in your file, with your comments."""

    TABLE_ID = "example-table"

    class Selected(ListPane.Selected):
        """Another example is under the cursor."""

    class Chosen(ListPane.Chosen):
        """The example under the cursor was chosen with enter or a click."""

    def __init__(self, *, id: str, classes: str) -> None:
        super().__init__(id=id, classes=classes)
        self._answers: tuple[ModelAnswers, ...] = ()

    @property
    def current(self) -> int | None:
        """The number of the example under the cursor, from 0; None where there is none."""
        row = self.table.current if self.table.display else None
        return row.n if row else None

    def show(self, case: Case | None, answers: tuple[ModelAnswers, ...] = ()) -> None:
        """Show the examples of a case, with these answers."""
        self._answers = answers
        rows = [ExampleRow(n, e) for n, e in enumerate(case.examples)] if case else []
        self.table.marks = {row.example.id for row in rows if row.example.answer}
        nothing = "Its examples are shown once the file can be used."
        self.show_rows(rows, nothing, fmt.plural(len(rows), "example"))

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

    def key(self, row: ExampleRow) -> str:
        """The example's id, which no other of the case has."""
        return row.example.id

    def columns(self, width: int) -> list[TableColumn]:
        """As many models' scores as fit beside the texts, which share what is left."""
        width -= 1
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
        return [*fixed, *texts, *scores]

    def cell(self, row: ExampleRow, column: TableColumn) -> Cell:
        """A text of the example, or the last score of a model."""
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
