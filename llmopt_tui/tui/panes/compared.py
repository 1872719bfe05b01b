"""The parts of the comparison of two sessions: figures, the table of examples, answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from llmopt_tui.core.loop.marks import BY_HAND, mark_words, marks_in
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.plain import Plain, plain_text
from llmopt_tui.tui.widgets.row_table import Cell, TableColumn, fitted
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.core.events import Run
    from llmopt_tui.reports.comparison import ExampleRow, Figure

_QUIET = "$foreground-muted"
_NAME_WIDTH = 12
_CHANGE_WIDTH = 7


class Figures(Plain):
    """The figures of both sessions, in columns that use the width there is."""

    figures: tuple[Figure, ...] = ()

    def show(self, figures: tuple[Figure, ...]) -> None:
        """Show the figures of these two sessions."""
        self.figures = figures
        self._draw()

    def on_resize(self) -> None:
        """Draw the columns with their new widths."""
        self._draw()

    def _draw(self) -> None:
        room = max(20, self.size.width - _NAME_WIDTH - _CHANGE_WIDTH)
        width = room // 2 - 1
        lines = [
            Content.assemble(
                (fitted(figure.name, _NAME_WIDTH), _QUIET),
                fitted(figure.first, width, "right"),
                "  ",
                fitted(figure.second, width, "right"),
                (fitted(figure.change, _CHANGE_WIDTH, "right"), "bold"),
            )
            for figure in self.figures
        ]
        head = " " * _NAME_WIDTH + f"{'A':>{width}}  {'B':>{width}}" + f"{'B-A':>{_CHANGE_WIDTH}}"
        self.update(Content("\n").join([Content.styled(head, _QUIET), *lines]))


class AnswerPane(VerticalScroll):
    """What one session's model answered to an example, and what was wrong with the answer."""

    def __init__(self, letter: str) -> None:
        super().__init__(id=f"answer-{letter}", classes="pane")
        self.border_title = letter
        self._letter = letter

    def compose(self) -> ComposeResult:
        """One text, filled by `show`."""
        yield Plain()

    def show(self, example_id: str, runs: tuple[Run, ...], score: float | None) -> None:
        """Show every answer to an example, and their mean score."""
        known = "no answer" if score is None else score_text(score)
        self.border_title = plain_text(f"{self._letter}  {one_line(example_id, 40)}  {known}")
        parts: list[Content] = []
        for run in runs:
            if len(runs) > 1:
                parts.append(Content.styled(f"answer {run.repeat}  {run.score:.2f}", _QUIET))
            if run.mark:
                parts.append(plain_text(mark_words(run.mark), "bold"))
            if run.error_message:
                parts.append(plain_text(f"! {run.error_message}", "$text-warning"))
            parts.append(plain_text(run.output.rstrip() or "(empty)"))
            faults = [f"{c.kind} {score_text(c.score)}: {c.feedback}" for c in run.criteria]
            parts.append(plain_text("\n".join(faults) + "\n", _QUIET))
        self.query_one(Plain).update(Content("\n\n").join(parts))
        self.scroll_home(animate=False)


def example_columns(width: int) -> list[TableColumn]:
    """The columns of the table of examples, for a width in cells."""
    fixed = [
        TableColumn("split", "", 8),
        TableColumn("first", "A", 4, "right"),
        TableColumn("second", "B", 4, "right"),
        TableColumn("difference", "B-A", 5, "right", strong=True),
    ]
    left = width - 1 - sum(column.width + 2 for column in fixed)
    name = max(10, min(24, left // 2 - 2))
    note = max(0, left - name - 4)
    first = TableColumn("example", "Example", name)
    return [first, *fixed, *([TableColumn("note", "", note)] if note > 3 else [])]


def example_cell(row: ExampleRow, column: TableColumn) -> Cell:
    """The text of a row in a column, and its style."""
    first, second = row.scores
    match column.key:
        case "example":
            return row.example_id, ""
        case "split":
            return ("held out" if row.split == "validation" else ""), "dim"
        case "first":
            return (score_text(first) if first is not None else "–"), ""
        case "second":
            return (score_text(second) if second is not None else "–"), ""
        case "difference":
            return _difference(row), "bold"
        case _:
            missing = "" if row.first and row.second else "only in A" if row.first else "only in B"
            marked = BY_HAND if marks_in((*(row.first or ()), *(row.second or ()))) else ""
            return row.note or missing or marked, "dim"


def _difference(row: ExampleRow) -> str:
    # The + 0.0 turns -0.0 into 0.0: no difference has no minus sign.
    return "–" if row.difference is None else fmt.gain(round(row.difference, 2) + 0.0)


def weight(row: ExampleRow) -> float:
    """The sort key: the greatest difference first, of either sign; unknown differences last."""
    return 1.0 if row.difference is None else -abs(row.difference)
