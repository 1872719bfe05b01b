"""RankingPane: the models on a case or over all, best first, and details about the row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.leaderboard_words import (
    TRAIN_MARK,
    details,
    gain_words,
    interval_words,
    signed,
    state_word,
    two_decimals,
    verdict_of,
)
from llmopt_tui.reports.suite_report import rank_words
from llmopt_tui.state.documents.suite import Standing
from llmopt_tui.state.leaderboard import OVERALL, Leaderboard
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.plain import Plain, plain_text
from llmopt_tui.tui.widgets.plot import mark_of
from llmopt_tui.tui.widgets.row_table import Cell, RowTable, TableColumn

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.findings import Gain
    from llmopt_tui.state.documents.suite import Standing

CONSTANT, CONSTANT_SHORT = "one answer to everything", "one answer"
_ABOUT_CONSTANT = (
    "what the best single answer, whatever the input, would score. A prompt that scores no more "
    "has learned nothing of the task."
)
_LEGEND = f"= nothing tells them apart   {TRAIN_MARK} on the examples it was tuned on"
_BASE = " base"
_STYLES = {"REAL": "bold", "NOT PROVEN": "", "UNDERPOWERED": ""}
_COLUMNS = (
    ("rank", "#", 2),
    ("model", "model", 0),
    ("change", "before → after", 10),
    ("gain", "gain on held-out", 19),
    ("verdict", "verdict", 12),
    ("seconds", "s/answer", 5),
    ("against", "on the baseline", 19),
    ("speed", "tok/s", 5),
    ("score", "score [95%]", 17),
)
_OPTIONAL = (("score", 132), ("against", 112), ("speed", 92))


def ranking_columns(width: int, *, held_out: bool = True) -> list[TableColumn]:
    """The columns that fit; the name takes the rest of the width.

    `held_out` says whether any gain was measured on held-out examples.
    """
    left_out = {key for key, needed in _OPTIONAL if width < needed}
    kept = [column for column in _COLUMNS if column[0] not in left_out]
    roomy = width >= 84
    widths = {key: w for key, _, w in kept} | ({"change": 14, "seconds": 8} if roomy else {})
    titles = {key: title for key, title, _ in kept}
    if not roomy:
        titles |= {"change": "bef.→aft.", "seconds": "s/ans"}
    if not held_out:
        titles["gain"] = "gain on train"
    room = width - sum(w + 2 for w in widths.values())
    widths["model"] = max(8, min(44, room))
    right = ("seconds", "speed")
    return [
        TableColumn(key, titles[key], widths[key], "right" if key in right else "left")
        for key, _, _ in kept
    ]


@dataclass(frozen=True, slots=True)
class ConstantRow:
    """The row below the models: what one answer to everything would score, from 0 to 1."""

    score: float


Row = Standing | ConstantRow


class RankingPane(Vertical):
    """The table of a case, and under it details about the row under the cursor."""

    BORDER_TITLE = "1 Ranking"
    HELP = """\
Who is best on a case, or over all cases. Before and after are the scores of the original and of
the best prompt on held-out examples, which took no part in tuning; ~ marks numbers from the
examples that the prompt was tuned on. In brackets is the 95% interval behind the
verdict. REAL: more than chance. NOT PROVEN: chance could explain it. UNDERPOWERED: too few
examples to tell. Left and right turn to another case; enter opens the session."""

    DEFAULT_CSS = """
    RankingPane { height: auto; }
    RankingPane > RowTable { height: auto; max-height: 24; min-height: 3; }
    RankingPane > #ranking-more { height: auto; padding: 0 1; scrollbar-size-vertical: 1; }
    RankingPane > #ranking-legend { height: 1; padding: 0 1; color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__(id="ranking", classes="pane")
        self._board, self._case = Leaderboard(), OVERALL
        self._gains: dict[str, Gain] = {}

    def compose(self) -> ComposeResult:
        """The table, the details, and a legend of the marks."""
        table: RowTable[Row] = RowTable(self._cell, _key, self._sign, id="ranking-table")
        yield table
        yield Plain(_LEGEND, id="ranking-legend")
        with VerticalScroll(id="ranking-more", can_focus=False):
            yield Plain(id="ranking-details")

    @property
    def table(self) -> RowTable[Row]:
        """The table of models, and last the answer to everything where it is known."""
        return self.query_one(RowTable)

    @property
    def model(self) -> str:
        """The model under the cursor; "" if there is none."""
        return _key(self.table.current) if self.table.current else ""

    def show(self, board: Leaderboard, case: str) -> None:
        """Show the ranking of a case, or over all cases."""
        turned = (board.suite_id, case) != (self._board.suite_id, self._case)
        self._board, self._case = board, case
        self._gains.clear()
        self.border_subtitle = plain_text(one_line(case, 40) or "over all cases")
        constant = board.constant(case)
        rows: list[Row] = [*board.standings.get(case, ())]
        rows += [] if constant is None or not rows else [ConstantRow(constant)]
        self.table.styles.height = len(rows) + 1
        self._fit()
        self.table.set_rows(rows)
        if turned:
            self.table.cursor_row = 0
        self._draw_details()

    def select(self, model: str) -> None:
        """Put the cursor on a model."""
        names = [_key(row) for row in self.table.rows]
        if model in names:
            self.table.cursor_row = names.index(model)

    def on_resize(self) -> None:
        """Show the columns that fit now."""
        self._fit()

    def _fit(self) -> None:
        if self.content_size.width:
            held_out = any(cell.gain.held_out for cell in self._board.of_case(self._case))
            columns = ranking_columns(self.content_size.width, held_out=held_out)
            self.table.set_columns(columns)

    def on_row_table_highlighted(self) -> None:
        """Show details about the row under the cursor."""
        self._draw_details()

    def _draw_details(self) -> None:
        if isinstance(self.table.current, ConstantRow):
            named = Content.styled(f"{CONSTANT}: ", "bold")
            text = plain_text(_ABOUT_CONSTANT, "$foreground-muted")
            self.query_one("#ranking-details", Plain).update(named + text)
            return
        sentences = list(details(self._board, self.model, self._case))
        name = one_line(fmt.model_in(self.model, 40), 60)
        lines = "\n".join(sentences) or "nothing more is known about it yet."
        parts = Content.styled(f"{name}: ", "bold"), plain_text(lines, "$foreground-muted")
        glue = "\n" if self._case == OVERALL else ""
        self.query_one("#ranking-details", Plain).update(Content(glue).join(parts))

    def _sign(self, row: Row) -> str:
        return "" if isinstance(row, ConstantRow) else mark_of(self._board.models.index(row.model))

    def _cell(self, row: Row, column: TableColumn) -> Cell:
        if isinstance(row, ConstantRow):
            name = CONSTANT if column.width >= len(CONSTANT) else CONSTANT_SHORT
            shown = {"model": name, "change": two_decimals(row.score)}
            return shown.get(column.key, ""), "dim"
        return self._model_cell(row, column)

    def _model_cell(self, standing: Standing, column: TableColumn) -> Cell:
        board, case, model = self._board, self._case, standing.model
        gain = self._gain(model)
        match column.key:
            case "rank":
                return rank_words(standing), "bold"
            case "model":
                return self._called(model, column.width), "bold" if standing.rank == 1 else ""
            case "change" if gain.baseline is not None and gain.best is not None:
                mark = "" if gain.held_out else TRAIN_MARK
                arrow = " → " if column.width > 10 else "→"
                return f"{mark}{two_decimals(gain.baseline)}{arrow}{two_decimals(gain.best)}", ""
            case "change":
                return self._stands(model), "dim"
            case "gain":
                return gain_words(gain), ""
            case "verdict":
                word = self._judged(model)
                return word, _STYLES.get(word, "dim")
            case "seconds":
                seconds = board.mean_seconds(model, case)
                return "" if seconds is None else f"{seconds:.1f}", ""
            case "score" if standing.score is not None:
                return f"{two_decimals(standing.score)}{interval_words(standing.ci95)}", ""
            case "against":
                return self._against(model), "dim"
            case "speed":
                found = [c.tokens_per_second for c in board.of_model(model, case)]
                known = [speed for speed in found if speed is not None]
                return f"{sum(known) / len(known):.0f}" if known else "", "dim"
            case _:
                return "", ""

    def _gain(self, model: str) -> Gain:
        """A model's gain on the shown case: several columns of its row ask for it."""
        if model not in self._gains:
            self._gains[model] = self._board.mean_gain(model, self._case)
        return self._gains[model]

    def _called(self, model: str, width: int) -> str:
        base = _BASE if model == self._board.baseline else ""
        room = max(4, width - len(base))
        return one_line(fmt.model_in(model, room), room) + base

    def _stands(self, model: str) -> str:
        cells = self._board.of_model(model, self._case)
        if len(cells) == 1:
            return state_word(cells[0])
        return f"{sum(cell.ended for cell in cells)}/{len(cells)} ended"

    def _judged(self, model: str) -> str:
        cells = self._board.of_model(model, self._case)
        if len(cells) == 1:
            return verdict_of(cells[0].gain)
        judged = [verdict for cell in cells if cell.judged and (verdict := verdict_of(cell.gain))]
        return f"{judged.count('REAL')} of {len(judged)} REAL" if judged else ""

    def _against(self, model: str) -> str:
        found = self._board.against.get((model, self._case))
        if found is None or found.difference is None:
            return ""
        return f"{signed(found.difference)} {found.verdict}"


def _key(row: Row) -> str:
    return "" if isinstance(row, ConstantRow) else row.model
