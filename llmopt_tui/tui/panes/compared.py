"""The parts of the comparison of two sessions: figures, the table of examples, answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from llmopt_tui.core.loop.marks import BY_HAND, marks_in
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.example_words import Asked, Part, answer_parts, compared
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.panes.example_text import ExampleText
from llmopt_tui.tui.widgets.plain import Plain, plain_text
from llmopt_tui.tui.widgets.row_table import Cell, TableColumn, fitted
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.core.run import Run
    from llmopt_tui.reports.comparison import ExampleRow, Figure

LETTERS = ("A", "B")
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


class ComparedExample(VerticalScroll):
    """One example in full: what was asked and expected, then the answers of both, side by side."""

    DEFAULT_CSS = """
    ComparedExample > Horizontal { height: auto; margin-top: 1; }
    ComparedExample .side { width: 1fr; height: auto; }
    ComparedExample .side-name { text-style: bold; }
    ComparedExample #side-A { margin-right: 1; }
    CompareScreen.-narrow ComparedExample > Horizontal { layout: vertical; }
    """

    def __init__(self) -> None:
        super().__init__(id="example", classes="pane")
        self.border_title = "Example"
        self.offers: list[tuple[str, str]] = []
        """What was asked and expected, to be copied: names and texts."""

    def compose(self) -> ComposeResult:
        """What was asked, and a column for each session; all filled by `show`."""
        yield ExampleText(id="asked")
        with Horizontal():
            for letter in LETTERS:
                with Vertical(id=f"side-{letter}", classes="side"):
                    yield Plain(classes="side-name")
                    yield ExampleText()

    def show(self, row: ExampleRow, asked: tuple[Asked, Asked], *, against: bool) -> None:
        """Show an example. With `against`, B's answer is compared with A's word by word."""
        self.border_title = plain_text(f"Example  {one_line(row.example_id, 60)}")
        same = not row.note.startswith("another")
        has = 0 if row.example_id in asked[0].examples else 1
        common = asked[has].parts(row.example_id) if same else []
        self.query_one("#asked", ExampleText).show(common)
        self.offers = [(f"{part.heading} of {row.example_id}", part.text) for part in common]
        sides = zip(LETTERS, asked, (row.first, row.second), row.scores, strict=True)
        for letter, own, runs, score in sides:
            parts = [] if same else own.parts(row.example_id)
            for n, run in enumerate(runs):
                other = row.first[n] if letter == "B" and n < len(row.first) else None
                parts += _answers(run, other if against else None, several=len(runs) > 1)
            known = "no answer" if score is None else score_text(score)
            side = self.query_one(f"#side-{letter}")
            side.query_one(".side-name", Plain).update(f"{letter}  {known}")
            side.query_one(ExampleText).show(parts)
        self.scroll_home(animate=False)


def _answers(run: Run, other: Run | None, *, several: bool) -> list[Part]:
    """An answer with the criticism of it, compared with `other` unless that is None."""
    parts = list(answer_parts(run))
    if several:
        parts = [replace(part, heading=f"{part.heading}, repeat {run.repeat}") for part in parts]
    if other is not None:
        return [compared(parts[0], other.output, run.output, "A's"), *parts[1:]]
    return parts


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
