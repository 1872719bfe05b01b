"""BoardGrid: a row per model, columns of another kind, two lines per cell, and a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from llmopt_tui.state.leaderboard import Leaderboard
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.cursor_table import HEADER, CursorTable
from llmopt_tui.tui.widgets.plot import mark_of
from llmopt_tui.tui.widgets.row_table import fitted

_NAMES = (12, 26)
_WIDE = 30


class BoardGrid(CursorTable):
    """A grid with a cursor on a cell. Columns that do not fit appear when the cursor reaches them.

    `narrowest` is the least width of a column, in terminal cells.
    """

    narrowest: ClassVar[int] = 14
    row_lines = 2

    DEFAULT_CSS = """
    BoardGrid {
        height: auto; overflow-x: hidden; background: transparent; scrollbar-size: 1 1;
        & > .board-grid--quiet { color: $text-muted; }
        & > .board-grid--column { background: $surface; }
        & > .board-grid--cursor { background: $panel; }
        &:focus > .board-grid--cursor { background: $foreground; color: $background; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "board-grid--quiet",
        "board-grid--column",
        "board-grid--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1, 0)", "Up", show=False),
        Binding("down", "move(1, 0)", "Down", show=False),
        Binding("left", "move(0, -1)", "Left", show=False),
        Binding("right", "move(0, 1)", "Right", show=False),
        Binding("home", "move(0, -999)", "First column", show=False),
        Binding("end", "move(0, 999)", "Last column", show=False),
        Binding("pageup", "move(-999, 0)", "First model", show=False),
        Binding("pagedown", "move(999, 0)", "Last model", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    class Moved(Message):
        """The cursor is on another cell."""

    class Chosen(Message):
        """The cell under the cursor was chosen, with enter or a click."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._board = Leaderboard()
        self._row = self._column = self._first = 0

    @property
    def row_count(self) -> int:
        """The number of models; 0 if there are no columns."""
        return len(self._board.models) if self.columns else 0

    @property
    def model(self) -> str:
        """The model under the cursor; "" if there is none."""
        return self._board.models[self._row] if self._row < len(self._board.models) else ""

    @property
    def column(self) -> str:
        """The title of the cursor's column; "" if there is none."""
        return self.columns[self._column] if self._column < len(self.columns) else ""

    @property
    def columns(self) -> Sequence[str]:
        """The titles of the columns."""
        raise NotImplementedError

    def column_title(self, column: int, width: int) -> str:
        """The title of a column as it is shown, at most `width` cells wide."""
        return fitted(self.columns[column], width)

    def cell_text(self, model: str, column: str, width: int) -> tuple[str, str]:
        """The two lines of a cell."""
        raise NotImplementedError

    def stands_out(self, model: str, column: str) -> bool:
        """Whether a cell is emphasized."""
        raise NotImplementedError

    def show(self, board: Leaderboard) -> None:
        """Draw a new state of the suite; the cursor stays where it is."""
        self._board = board
        self._row = max(0, min(self._row, len(board.models) - 1))
        self._column = max(0, min(self._column, len(self.columns) - 1))
        self._lay_out()
        self.refresh(layout=True)

    def select(self, model: str = "", column: str = "") -> None:
        """Put the cursor on a model, on a column, or both, without posting a message."""
        if model in self._board.models:
            self._row = self._board.models.index(model)
        if column in self.columns:
            self._column = list(self.columns).index(column)
        self._show_cursor()
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The height: a line of titles and two lines per model; 1 if the grid is empty."""
        return HEADER + self.row_lines * self.row_count

    def on_resize(self) -> None:
        """Draw as many columns as fit now."""
        self._lay_out()

    def _lay_out(self) -> None:
        self.fit_height()
        self._show_cursor()

    @property
    def _widths(self) -> tuple[int, int, int]:
        """The width of the models' names and of a column, in cells, and how many columns fit."""
        width, count = max(20, self.size.width - 1), max(1, len(self.columns))
        longest = max((len(fmt.short_model(m)) for m in self._board.models), default=0) + 7
        names = min(
            max(longest, _NAMES[0]), _NAMES[1], max(_NAMES[0], width - count * self.narrowest)
        )
        fit = max(1, min(count, (width - names) // self.narrowest))
        return names, min(_WIDE, (width - names) // fit), fit

    def _show_cursor(self) -> None:
        fit = self._widths[2]
        self._first = max(0, min(self._first, self._column, len(self.columns) - fit))
        self._first = max(self._first, self._column - fit + 1)
        self.bring_into_sight(self._row)

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor; it stays on a cell."""
        row = max(0, min(self._row + down, len(self._board.models) - 1))
        column = max(0, min(self._column + right, len(self.columns) - 1))
        self._go(row, column)

    def _go(self, row: int, column: int) -> None:
        if (row, column) != (self._row, self._column):
            self._row, self._column = row, column
            self._show_cursor()
            self.refresh()
            self.post_message(self.Moved())

    def action_choose(self) -> None:
        """Choose the cell under the cursor."""
        if self.model and self.column:
            self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked cell; if it is there already, choose the cell."""
        found = self.clicked(event)
        if found is None or found[0] is None:
            return
        row, place = found[0], found[1]
        names, width, fit = self._widths
        column = self._first + (place.x - names) // width if place.x >= names else self._column
        if column >= min(len(self.columns), self._first + fit):
            return
        if (row, column) == (self._row, self._column):
            self.action_choose()
        else:
            self._go(row, column)

    def _shown(self) -> range:
        return range(self._first, min(len(self.columns), self._first + self._widths[2]))

    def draw_header(self, base: Style) -> Strip:
        """The titles of the columns that fit, and how many more there are."""
        if not self.columns:
            return Strip([])
        names, width, fit = self._widths
        quiet = base + self.get_component_rich_style("board-grid--quiet")
        hidden = len(self.columns) - fit
        left = fitted(f"{hidden} more ←→" if hidden > 0 else "", names)
        segments = [Segment(left, quiet)]
        for column in self._shown():
            style = base + Style(bold=True) if column == self._column else quiet
            segments.append(Segment(f" {self.column_title(column, width - 2)} ", style))
        return Strip(segments)

    def draw_row(self, row: int, line: int, base: Style) -> Strip:
        """One of the two lines of a model's cells."""
        names, width, _ = self._widths
        quiet = base + self.get_component_rich_style("board-grid--quiet")
        model = self._board.models[row]
        base_mark = "   baseline" if model == self._board.baseline else ""
        name = (
            base_mark
            if line
            else f" {mark_of(row)} {fitted(fmt.model_in(model, names - 4), names - 4)}"
        )
        segments = [Segment(set_cell_size(name, names), quiet if line else base)]
        for column in self._shown():
            name = self.columns[column]
            text = self.cell_text(model, name, width - 2)[line]
            style = quiet if line else base
            if (row, column) == (self._row, self._column):
                style = base + self.get_component_rich_style("board-grid--cursor")
            elif column == self._column:
                style += self.get_component_rich_style("board-grid--column", partial=True)
            if line == 0 and self.stands_out(model, name):
                style += Style(bold=True)
            segments.append(Segment(set_cell_size(text, width - 1), style))
            segments.append(Segment(" ", base))
        return Strip(segments).adjust_cell_length(self.size.width, base)
