"""Matrix: models by cases, with a session in each cell, filled while the sessions advance."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.leaderboard_words import (
    NOT_HELD_OUT,
    TRAIN_MARK,
    gain_words,
    state_word,
    verdict_of,
)
from llmopt_tui.state.leaderboard import Cell, Leaderboard
from llmopt_tui.tui.panes.board_grid import BoardGrid
from llmopt_tui.tui.widgets.score import score_text, spark


def cell_lines(cell: Cell, width: int) -> tuple[str, str]:
    """A session in two lines: score and gain; then iterations, and its verdict or state."""
    gain = cell.gain
    if gain.best is None:
        return "", f" {state_word(cell)}"
    change = gain_words(gain).partition(" ")[0].removeprefix(TRAIN_MARK)
    mark = "" if gain.held_out else TRAIN_MARK
    first = f"{mark or ' '}{score_text(gain.best)} {change}"
    if width >= len(first) + 2 + len(cell.scores):
        first += f"  {spark(cell.scores)}"
    verdict = one_line(verdict_of(gain), 14)
    judged = cell.ended and cell.status == "completed" and verdict not in ("", NOT_HELD_OUT)
    words = [verdict if judged else state_word(cell)]
    if width >= len(words[0]) + 6:
        words.insert(0, f"{len(cell.scores)} it")
    if judged and width >= sum(map(len, words)) + 13:
        words.append(state_word(cell))
    return first, " " + " ".join(words)


class Matrix(BoardGrid):
    """The sessions of a suite: each cell is one model on one case."""

    @property
    def columns(self) -> Sequence[str]:
        """The ids of the cases."""
        return self._board.cases

    def cell_text(self, model: str, column: str, width: int) -> tuple[str, str]:
        """The two lines about the session of a model on a case."""
        cell = self._board.cells.get((model, column))
        return cell_lines(cell, width) if cell else ("", "")

    def stands_out(self, model: str, column: str) -> bool:
        """Whether the model is the best on the case."""
        ranked = self._board.standings.get(column, ())
        return any(s.model == model and s.rank == 1 for s in ranked)


class MatrixPane(Vertical):
    """The pane with the grid of sessions."""

    BORDER_TITLE = "2 Matrix"
    HELP = """\
Every session: score of the best prompt and its gain, then iterations and its state. Numbers
with ~ are from the examples that the prompt was tuned on, until held-out ones have been run. Arrows
move; enter opens the session, in the Workbench while it runs."""
    DEFAULT_CSS = "MatrixPane { height: auto; max-height: 40%; }"

    def __init__(self) -> None:
        super().__init__(id="matrix", classes="pane")

    def compose(self) -> ComposeResult:
        """The grid of sessions."""
        yield Matrix(id="matrix-grid")

    def show(self, board: Leaderboard) -> None:
        """Draw a new state; name the pane of trials on other models, if there are any."""
        self.query_one(Matrix).show(board)
        self.border_subtitle = "6 Prompts on other models" if board.transfer else ""
