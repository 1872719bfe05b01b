"""LastAnswers: the answers of this sitting, a line each, to compare them and to look again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.row_table import Cell, RowTable, TableColumn
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmopt_tui.state.trying import Answered

_COLUMNS = (
    TableColumn("n", "", 4, "right"),
    TableColumn("score", "score", 5, "right", strong=True),
    TableColumn("prompt", "prompt", 6),
    TableColumn("model", "model", 20),
    TableColumn("example", "example", 16),
    TableColumn("seconds", "time", 7, "right"),
    TableColumn("speed", "speed", 9, "right"),
)
_SPARE = ("speed", "example", "seconds")
"""The columns that go first where there is no room."""
_LEAST_ANSWER = 24
_PADDING = 2


def columns_for(width: int) -> list[TableColumn]:
    """The columns that fit into so many cells; the beginning of the answer has what is left."""
    shown = list(_COLUMNS)
    for key in _SPARE:
        if _used(shown) + _LEAST_ANSWER + _PADDING > width:
            shown = [column for column in shown if column.key != key]
    left = max(_LEAST_ANSWER, width - _used(shown) - _PADDING)
    return [*shown, TableColumn("answer", "answer", left)]


def _used(columns: Sequence[TableColumn]) -> int:
    return sum(column.width + _PADDING for column in columns)


def answer_cell(row: Answered, column: TableColumn) -> Cell:
    """What a row says in a column, with its style."""
    tried = row.tried
    match column.key:
        case "n":
            return f"#{row.n}", ""
        case "score":
            return ("failed", "bold") if tried.error else (_score(tried.score), "bold")
        case "prompt":
            return f"P{row.prompt_n}", ""
        case "model":
            return fmt.model_in(tried.model.name, column.width), ""
        case "example":
            return tried.attempt.example.id if tried.attempt.example else "your own text", ""
        case "seconds":
            return fmt.seconds(tried.seconds), ""
        case "speed":
            return fmt.speed(tried.reply.metrics.tokens_per_second), ""
        case _:
            return tried.error or one_line(tried.reply.text, column.width), "dim"


def _score(score: float | None) -> str:
    return "-" if score is None else score_text(score)


class LastAnswers(Vertical):
    """The answers of this sitting, the newest first. The one under the cursor is shown above."""

    BORDER_TITLE = "Last answers"
    HELP = """\
The answers so far, the newest first: number, score, which prompt (P1 is the first that was tried),
model, example, time and speed. Up and down look at them again; u takes the prompt of one back into
the editor. They are gone when the app ends: save the prompt that you want to keep."""

    class LookedAt(Message):
        """The person moved the cursor to an answer, or (`chosen`) pressed enter or clicked."""

        def __init__(self, answered: Answered, *, chosen: bool) -> None:
            super().__init__()
            self.answered, self.chosen = answered, chosen

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="pane")
        self._filling = False

    def compose(self) -> ComposeResult:
        """The table, or a text while there is nothing in it."""
        yield Plain("Answers stay here to be compared.", classes="try-label")
        yield RowTable(answer_cell, lambda row: row.n, id="last-table")

    @property
    def table(self) -> RowTable[Answered]:
        """The table of the answers."""
        return self.query_one(RowTable)

    @property
    def current(self) -> Answered | None:
        """The answer under the cursor; None where there is none."""
        return self.table.current

    def show(self, answers: Sequence[Answered]) -> None:
        """Show these answers, given with the newest last; the cursor goes to the newest."""
        newest_first = list(reversed(answers))
        self.query_one(Plain).display = not answers
        self.set_class(not answers, "-empty")
        self.table.display = bool(answers)
        self._filling = True
        self.table.set_rows(newest_first)
        self.table.cursor_row = 0
        self.call_after_refresh(self._filled)

    def _filled(self) -> None:
        self._filling = False

    def on_row_table_highlighted(self, event: RowTable.Highlighted) -> None:
        """Show the answer that the person moved to."""
        event.stop()
        if not self._filling and self.table.has_focus:
            self._look(chosen=False)

    def on_row_table_chosen(self, event: RowTable.Chosen) -> None:
        """Show the answer under the cursor."""
        event.stop()
        self._look(chosen=True)

    def _look(self, *, chosen: bool) -> None:
        if self.current is not None:
            self.post_message(self.LookedAt(self.current, chosen=chosen))

    def on_row_table_resized(self, event: RowTable.Resized) -> None:
        """Choose the columns for the new width."""
        event.stop()
        self.table.set_columns(columns_for(self.table.size.width))
