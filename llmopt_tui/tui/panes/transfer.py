"""TransferPane: each model's best prompt on the other models, and details about a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.transfer_words import none_words, pair_details, pair_lines
from llmopt_tui.state.leaderboard import OVERALL, Leaderboard
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.panes.board_grid import BoardGrid
from llmopt_tui.tui.widgets.plain import Plain, plain_text
from llmopt_tui.tui.widgets.plot import mark_of
from llmopt_tui.tui.widgets.row_table import fitted

_LEGEND = "row: whose prompt   column: on which model   ± to that model's own"
_MEANS = "means over cases   row: whose prompt   column: on which model"


class TransferGrid(BoardGrid):
    """The prompts of one model per row, tried on one model per column; own bests are diagonal."""

    narrowest: ClassVar[int] = 12

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._case = OVERALL

    @property
    def columns(self) -> Sequence[str]:
        """The models that prompts are tried on."""
        return self._board.models if self._board.trials else ()

    def show_case(self, board: Leaderboard, case: str) -> None:
        """Draw the trials of a case, or the means over all cases."""
        self._case = case
        self.show(board)

    def column_title(self, column: int, width: int) -> str:
        """The model of a column, with its mark."""
        name = fmt.model_in(self.columns[column], width - 2)
        return f"{mark_of(column)} {fitted(name, width - 2)}"

    def cell_text(self, model: str, column: str, width: int) -> tuple[str, str]:
        """The two lines about the prompt of `model` on the column's model."""
        first, second = pair_lines(self._board, model, column, self._case)
        return first, f" {fitted(second, width)}"

    def stands_out(self, model: str, column: str) -> bool:
        """Whether a prompt did better on the model than its own best, beyond noise."""
        found = [cell.judged for cell in self._board.of_pair(model, column, self._case)]
        return model != column and any(
            gain and gain.verdict == "REAL" and (gain.difference or 0.0) > 0 for gain in found
        )


class TransferPane(Vertical):
    """The grid, and below it details about the cell under the cursor."""

    BORDER_TITLE = "6 Prompts on other models"
    HELP = """\
Each model's best prompt, tried on the other models. A row has the prompts of one model, a column
the prompts tried on one model; the diagonal has each model's own best. After the score is the
difference to the own best of the model that it was tried on, below it the verdict: REAL is more
than chance, for better or worse. Numbers are of held-out examples; ~ marks those of examples that
prompts are tuned on. Arrows move, comma and full stop turn to another case; enter opens the trial's
session."""
    DEFAULT_CSS = """
    TransferPane { height: auto; max-height: 55%; }
    TransferPane > #transfer-more { height: 3; padding: 0 1; scrollbar-size-vertical: 1; }
    TransferPane > #transfer-none { padding: 0 1; color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__(id="transfer", classes="pane")
        self._board, self._case = Leaderboard(), OVERALL

    def compose(self) -> ComposeResult:
        """The grid and the details, and a text for when nothing was tried."""
        yield TransferGrid(id="transfer-grid")
        with VerticalScroll(id="transfer-more", can_focus=False):
            yield Plain(id="transfer-details")
        yield Plain(id="transfer-none")

    @property
    def grid(self) -> TransferGrid:
        """The grid of trials."""
        return self.query_one(TransferGrid)

    def show(self, board: Leaderboard, case: str) -> None:
        """Show the trials of a case, or the means over all cases."""
        self._board, self._case = board, case
        why = none_words(board, key_of("transfer", getattr(self.app, "keymap", {})))
        self.border_subtitle = "" if why else _MEANS if case == OVERALL else _LEGEND
        self.query_one("#transfer-more").display = not why
        none = self.query_one("#transfer-none", Plain)
        none.display = bool(why)
        none.update(why)
        self.grid.show_case(board, case)
        self._draw_details()

    def on_board_grid_moved(self, event: BoardGrid.Moved) -> None:
        """Show details about the cell under the cursor."""
        event.stop()
        self._draw_details()

    def _draw_details(self) -> None:
        origin, model = self.grid.model, self.grid.column
        names = [one_line(fmt.model_in(name, 36), 36) for name in (origin, model)]
        title = names[1] if origin == model else f"prompt of {names[0]} on {names[1]}"
        found = pair_details(self._board, origin, model, self._case) if model else ""
        self.query_one("#transfer-details", Plain).update(
            Content.assemble((f"{title}: ", "bold"), plain_text(found, "$foreground-muted"))
        )
