"""Matrix: models by cases, a session in each cell, filled as the sessions advance."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from llmopt_tui.core.plain import one_line
from llmopt_tui.state.leaderboard import Cell, Leaderboard
from llmopt_tui.state.leaderboard_words import (
    NOT_HELD_OUT,
    TRAIN_MARK,
    gain_words,
    state_word,
    verdict_of,
)
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.plot import mark_of
from llmopt_tui.tui.widgets.row_table import fitted
from llmopt_tui.tui.widgets.score import score_text, spark

_NARROWEST = 14
_NAMES = (12, 26)
_WIDE = 30
_LINES = 2
_HEADER = 1


def cell_lines(cell: Cell, width: int) -> tuple[str, str]:
    """A session in two lines: score, gain and its way; iterations, verdict or state."""
    gain = cell.gain
    if gain.after is None:
        return "", f" {state_word(cell)}"
    change = gain_words(gain).partition(" ")[0].removeprefix(TRAIN_MARK)
    mark = "" if gain.held_out else TRAIN_MARK
    first = f"{mark or ' '}{score_text(gain.after)} {change}"
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


class Matrix(ScrollView, can_focus=True):
    """A grid with a cursor on a session. Columns that do not fit come in sight with the cursor."""

    DEFAULT_CSS = """
    Matrix {
        height: auto; overflow-x: hidden; background: transparent; scrollbar-size: 1 1;
        & > .matrix--quiet { color: $text-muted; }
        & > .matrix--case { background: $surface; }
        & > .matrix--cursor { background: $panel; }
        &:focus > .matrix--cursor { background: $foreground; color: $background; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"matrix--quiet", "matrix--case", "matrix--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1, 0)", "Up", show=False),
        Binding("down", "move(1, 0)", "Down", show=False),
        Binding("left", "move(0, -1)", "Left", show=False),
        Binding("right", "move(0, 1)", "Right", show=False),
        Binding("home", "move(0, -999)", "First case", show=False),
        Binding("end", "move(0, 999)", "Last case", show=False),
        Binding("pageup", "move(-999, 0)", "First model", show=False),
        Binding("pagedown", "move(999, 0)", "Last model", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    class Moved(Message):
        """The cursor is on another session."""

    class Chosen(Message):
        """The session under the cursor was chosen, with enter or a click."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._board = Leaderboard()
        self._row = self._column = self._first = 0

    @property
    def model(self) -> str:
        """The model under the cursor, "" where there is none."""
        return self._board.models[self._row] if self._row < len(self._board.models) else ""

    @property
    def case(self) -> str:
        """The case under the cursor, "" where there is none."""
        return self._board.cases[self._column] if self._column < len(self._board.cases) else ""

    def show(self, board: Leaderboard) -> None:
        """Draw another state; the cursor stays where it is."""
        self._board = board
        self._row = max(0, min(self._row, len(board.models) - 1))
        self._column = max(0, min(self._column, len(board.cases) - 1))
        self._lay_out()
        self.refresh(layout=True)

    def select(self, model: str = "", case: str = "") -> None:
        """Put the cursor on a model, on a case, or both, without a message."""
        if model in self._board.models:
            self._row = self._board.models.index(model)
        if case in self._board.cases:
            self._column = self._board.cases.index(case)
        self._show_cursor()
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A line of cases, two for each model."""
        return _HEADER + _LINES * max(1, len(self._board.models))

    def on_resize(self) -> None:
        """More or fewer columns may fit."""
        self._lay_out()

    def _lay_out(self) -> None:
        rows = _HEADER + _LINES * len(self._board.models)
        self.virtual_size = Size(self.size.width, rows)
        self._show_cursor()

    @property
    def _widths(self) -> tuple[int, int, int]:
        """Cells for the models' names, for a session, and how many sessions fit beside another."""
        width, cases = max(20, self.size.width - 1), max(1, len(self._board.cases))
        longest = max((len(fmt.short_model(m)) for m in self._board.models), default=0) + 7
        names = min(max(longest, _NAMES[0]), _NAMES[1], max(_NAMES[0], width - cases * _NARROWEST))
        fit = max(1, min(cases, (width - names) // _NARROWEST))
        return names, min(_WIDE, (width - names) // fit), fit

    def _show_cursor(self) -> None:
        fit = self._widths[2]
        self._first = max(0, min(self._first, self._column, len(self._board.cases) - fit))
        self._first = max(self._first, self._column - fit + 1)
        top, height = round(self.scroll_target_y), self.size.height - _HEADER
        at = self._row * _LINES
        if at < top:
            self.scroll_to(y=at, animate=False)
        elif height > 0 and at + _LINES > top + height:
            self.scroll_to(y=at + _LINES - height, animate=False)

    def action_move(self, down: int, right: int) -> None:
        """Move the cursor; it stays on a session."""
        row = max(0, min(self._row + down, len(self._board.models) - 1))
        column = max(0, min(self._column + right, len(self._board.cases) - 1))
        self._go(row, column)

    def _go(self, row: int, column: int) -> None:
        if (row, column) != (self._row, self._column):
            self._row, self._column = row, column
            self._show_cursor()
            self.refresh()
            self.post_message(self.Moved())

    def action_choose(self) -> None:
        """Choose the session under the cursor."""
        if self.model and self.case:
            self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        """A session takes the cursor; the one that has it is chosen."""
        place = event.get_content_offset(self)
        if place is None or place.y < _HEADER:
            return
        event.stop()
        names, width, fit = self._widths
        row = (round(self.scroll_y) + place.y - _HEADER) // _LINES
        column = self._first + (place.x - names) // width if place.x >= names else self._column
        if row >= len(self._board.models) or column >= min(
            len(self._board.cases), self._first + fit
        ):
            return
        if (row, column) == (self._row, self._column):
            self.action_choose()
        else:
            self._go(row, column)

    def render_line(self, y: int) -> Strip:
        """The cases, or a line of a model's sessions."""
        base = self.rich_style
        if not self._board.models:
            return Strip.blank(self.size.width, base)
        if y < _HEADER:
            return self._header(base).adjust_cell_length(self.size.width, base)
        row, line = divmod(round(self.scroll_y) + y - _HEADER, _LINES)
        if row >= len(self._board.models):
            return Strip.blank(self.size.width, base)
        return self._line(row, line, base).adjust_cell_length(self.size.width, base)

    def _shown(self) -> range:
        return range(self._first, min(len(self._board.cases), self._first + self._widths[2]))

    def _header(self, base: Style) -> Strip:
        names, width, fit = self._widths
        quiet = base + self.get_component_rich_style("matrix--quiet", partial=True)
        hidden = len(self._board.cases) - fit
        left = fitted(f"{hidden} more ←→" if hidden > 0 else "", names)
        segments = [Segment(left, quiet)]
        for column in self._shown():
            style = base + Style(bold=True) if column == self._column else quiet
            segments.append(Segment(f" {fitted(self._board.cases[column], width - 2)} ", style))
        return Strip(segments)

    def _line(self, row: int, line: int, base: Style) -> Strip:
        names, width, _ = self._widths
        quiet = base + self.get_component_rich_style("matrix--quiet", partial=True)
        model = self._board.models[row]
        base_mark = "   baseline" if model == self._board.baseline else ""
        name = (
            base_mark
            if line
            else f" {mark_of(row)} {fitted(fmt.model_in(model, names - 4), names - 4)}"
        )
        segments = [Segment(set_cell_size(name, names), quiet if line else base)]
        for column in self._shown():
            cell = self._board.cells.get((model, self._board.cases[column]))
            text = cell_lines(cell, width - 2)[line] if cell else ""
            style = quiet if line else base
            if (row, column) == (self._row, self._column):
                style = base + self.get_component_rich_style("matrix--cursor")
            elif column == self._column:
                style += self.get_component_rich_style("matrix--case", partial=True)
            if line == 0 and cell and self._leads(cell):
                style += Style(bold=True)
            segments.append(Segment(set_cell_size(text, width - 1), style))
            segments.append(Segment(" ", base))
        return Strip(segments)

    def _leads(self, cell: Cell) -> bool:
        ranked = self._board.standings.get(cell.case, ())
        return any(s.model == cell.model and s.rank == 1 for s in ranked)


class MatrixPane(Vertical):
    """The grid of sessions."""

    BORDER_TITLE = "2 Matrix"
    HELP = """\
Every session: score of the best prompt and its gain, then iterations and how it stands. Numbers
with ~ are from the examples that the prompt was tuned on, until held-out ones have been run. Arrows
move; enter opens the session, in the Workbench while it runs."""
    DEFAULT_CSS = "MatrixPane { height: auto; max-height: 40%; }"

    def __init__(self) -> None:
        super().__init__(id="matrix", classes="pane")

    def compose(self) -> ComposeResult:
        """The grid."""
        yield Matrix(id="matrix-grid")
