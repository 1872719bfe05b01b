"""The columns of the list of past sessions, and the order of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from llmopt_tui.core.endings import ending_word
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.durations import clock
from llmopt_tui.store.sessions import SessionSummary, names
from llmopt_tui.store.suite_summary import SEPARATOR
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.row_table import Cell, TableColumn
from llmopt_tui.tui.widgets.score import score_text

_PADDING = 2
_UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Columns of width 0 share the remaining cells. `order` returns None if unknown."""

    key: str
    title: str
    width: int
    text: Callable[[SessionSummary], str]
    order: Callable[[SessionSummary], Any]
    justify: Literal["left", "right"] = "left"
    descending: bool = False


def readable(summary: SessionSummary) -> bool:
    """Whether the session can be read; otherwise it is only a folder."""
    return bool(summary.model) or summary.started_at is not None


def date_text(summary: SessionSummary) -> str:
    """When the session began, to the minute."""
    return summary.started_at.strftime("%Y-%m-%d %H:%M") if summary.started_at else _UNKNOWN


def model_text(summary: SessionSummary) -> str:
    """The name that a person gave, and the model; for a suite, its models.

    The session's id where the model is unknown.
    """
    models = SEPARATOR.join(map(fmt.short_model, summary.model.split(SEPARATOR)))
    text = models or summary.session_id
    if summary.kind == "suite" and len(summary.members) != 1:
        text = f"suite: {text}"
    return f"{summary.label} · {text}" if summary.label else text


def case_text(summary: SessionSummary) -> str:
    """The case with the tags; for a session that cannot be read, a note that says so."""
    case = summary.case_id if readable(summary) else "unreadable"
    return " ".join((case, *(f"#{tag}" for tag in summary.tags)))


def scores_text(summary: SessionSummary) -> str:
    """The scores of the original and of the best prompt on train examples: "0.42 → 0.77"."""
    return _change(summary.before, summary.after)


def held_out_text(summary: SessionSummary) -> str:
    """As `scores_text`, on held-out examples."""
    return _change(summary.held_before, summary.held_after)


def _change(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return _UNKNOWN
    return f"{score_text(before)} → {score_text(after)}"


def _verdict(summary: SessionSummary) -> str:
    return one_line(summary.verdict, 20) or _UNKNOWN


def _held_out_gain(summary: SessionSummary) -> float | None:
    if summary.held_before is None or summary.held_after is None:
        return None
    return summary.held_after - summary.held_before


def stop_text(summary: SessionSummary) -> str:
    """Why the session ended, in a word; its status if it did not end."""
    if not readable(summary):
        return "unreadable"
    return ending_word(summary.stop_reason or summary.status)


def _duration(summary: SessionSummary) -> str:
    return _UNKNOWN if summary.seconds is None else clock(summary.seconds)


DATE = Column("date", "Date", 16, date_text, lambda s: s.started_at, descending=True)
COLUMNS: tuple[Column, ...] = (
    DATE,
    Column("model", "Model", 0, model_text, lambda s: s.model.casefold() or None),
    Column("case", "Case", 0, case_text, lambda s: s.case_id.casefold() or None),
    Column("held", "Held-out", 11, held_out_text, lambda s: s.held_after, "right", True),
    Column("verdict", "Verdict", 12, _verdict, _held_out_gain, descending=True),
    Column("gain", "Train", 6, lambda s: fmt.gain(s.gain).strip(), lambda s: s.gain, "right", True),
    Column("stop", "Stop", 11, stop_text, stop_text),
    Column("duration", "Time", 7, _duration, lambda s: s.seconds, "right", True),
)
DATE_ALONE = replace(DATE, width=10)
"""The date without the time, for narrow terminals."""
_ROOMY = 90
"""The least width of the list, in cells, in which the time of day is shown."""
_BY_KEY = {column.key: column for column in COLUMNS}
_DISPENSABLE = ("duration", "stop", "gain", "verdict")
_NAME_WIDTH = 16
"""The least width of names, in cells: less important columns are left out before that."""


def columns_for(width: int) -> list[tuple[Column, int]]:
    """The columns that fit into `width` cells, each with its width without padding."""
    kept = list(COLUMNS) if width >= _ROOMY else [DATE_ALONE, *COLUMNS[1:]]
    for key in _DISPENSABLE:
        if _left_for_names(kept, width) >= 2 * _NAME_WIDTH:
            break
        kept = [column for column in kept if column.key != key]
    names = max(2 * 8, _left_for_names(kept, width))
    # Case names are words; model names can often be cut without loss.
    shares = {"model": names * 4 // 9, "case": names - names * 4 // 9}
    return [(column, column.width or shares[column.key]) for column in kept]


def _left_for_names(columns: Sequence[Column], width: int) -> int:
    return width - sum(column.width + _PADDING for column in columns)


@dataclass(frozen=True, slots=True)
class Row:
    """A session in the list, with the names that a filter searches, computed once.

    `child` says that the row belongs under the one of its suite.
    """

    summary: SessionSummary
    names: str
    child: bool = False

    @property
    def key(self) -> str:
        """The unique key of the session: its folder's name."""
        return self.summary.folder.name


def row_of(summary: SessionSummary) -> Row:
    """The session as a row. The filter searches its date and stop reason too, as shown."""
    shown = f"{stop_text(summary)}\n{date_text(summary)}".casefold()
    return Row(summary, f"{names(summary)}\n{shown}")


def ordered(rows: Iterable[Row], column: Column, *, descending: bool) -> list[Row]:
    """The rows sorted by a column: pinned first, unknown values last, equal ones newest first."""
    newest = sorted(rows, key=_began, reverse=True)
    known = [row for row in newest if column.order(row.summary) is not None]
    unknown = [row for row in newest if column.order(row.summary) is None]
    known.sort(key=lambda row: column.order(row.summary), reverse=descending)
    return sorted(known + unknown, key=lambda row: not row.summary.pinned)


def rows_of(
    listing: Callable[[], Iterable[SessionSummary]],
    column: Column,
    descending: bool,
    known: list[Row],
) -> list[Row] | None:
    """The listed sessions as rows in the order of a column; None if `known` has them already."""
    rows = ordered(map(row_of, listing()), column, descending=descending)
    return rows if rows != known or not rows else None


def _began(row: Row) -> float:
    started = row.summary.started_at
    return started.timestamp() if started else 0.0


def cell(row: Row, column: TableColumn, fold: str = "") -> Cell:
    """The text of a row in a column, and its style. `fold` is put before the model."""
    text = _BY_KEY[column.key].text(row.summary)
    if column.key == "date":
        text = text[: column.width]
    if column.key == "model":
        room = column.width - len(fold)
        if len(text) > room and "/" in text and not row.summary.label:
            # Long names differ at their ends.
            text = "…/" + text.rsplit("/", 1)[1]
        text = fold + text
    if column.key == "verdict" and text == "REAL":
        return text, "bold"
    quiet = text in {_UNKNOWN, "+0.00"} or column.key in {"stop", "duration", "gain"}
    return text, "dim" if quiet else ""
