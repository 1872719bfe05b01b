"""The list of past sessions as a table: its columns, its order, and its filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
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
    """The model, or the session's id if the model is unknown; for a suite, its models."""
    models = SEPARATOR.join(map(fmt.short_model, summary.model.split(SEPARATOR)))
    text = models or summary.session_id
    return f"suite: {text}" if summary.kind == "suite" else text


def case_text(summary: SessionSummary) -> str:
    """The case; for a session that cannot be read, a note that says so."""
    return summary.case_id if readable(summary) else "unreadable"


def scores_text(summary: SessionSummary) -> str:
    """The scores of the original and of the best prompt: "0.42 → 0.77"."""
    if summary.before is None or summary.after is None:
        return _UNKNOWN
    return f"{score_text(summary.before)} → {score_text(summary.after)}"


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
    Column("after", "Before→after", 12, scores_text, lambda s: s.after, "right", True),
    Column("gain", "Gain", 6, lambda s: fmt.gain(s.gain).strip(), lambda s: s.gain, "right", True),
    Column("stop", "Stop", 11, stop_text, stop_text),
    Column("duration", "Time", 7, _duration, lambda s: s.seconds, "right", True),
)
_BY_KEY = {column.key: column for column in COLUMNS}
_DISPENSABLE = ("duration", "stop", "gain")
_NAME_WIDTH = 15
"""The least width of names, in cells: less important columns are left out before that."""


def columns_for(width: int) -> list[tuple[Column, int]]:
    """The columns that fit into `width` cells, each with its width without padding."""
    kept = list(COLUMNS)
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
    """A session in the list, with the names that a filter searches, computed once."""

    summary: SessionSummary
    names: str

    @property
    def key(self) -> str:
        """The unique key of the session: its folder's name."""
        return self.summary.folder.name


def row_of(summary: SessionSummary) -> Row:
    """The session as a row. The filter searches its date and stop reason too, as shown."""
    shown = f"{stop_text(summary)}\n{date_text(summary)}".casefold()
    return Row(summary, f"{names(summary)}\n{shown}")


def ordered(rows: Iterable[Row], column: Column, *, descending: bool) -> list[Row]:
    """The rows sorted by a column: unknown values last either way, equal ones newest first."""
    newest = sorted(rows, key=_began, reverse=True)
    known = [row for row in newest if column.order(row.summary) is not None]
    unknown = [row for row in newest if column.order(row.summary) is None]
    return sorted(known, key=lambda r: column.order(r.summary), reverse=descending) + unknown


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


class SessionList:
    """Rows in the order of a column, and the filter that chooses which are shown.

    `in_texts` has the keys of sessions whose texts match the filter, `by_text` the keys of rows
    that are shown only because of their texts.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.column, self.descending = DATE, True
        self.query = ""
        self.in_texts: set[str] = set()
        self.by_text: set[str] = set()

    def sort(self, column: Column, *, descending: bool) -> None:
        """Sort the rows by a column."""
        self.column, self.descending = column, descending
        self.rows = ordered(self.rows, column, descending=descending)

    def ask(self, query: str) -> None:
        """Change the filter. If it only grew, text matches stay until the next search."""
        if not (self.query and query.startswith(self.query)):
            self.in_texts = set()
        self.query = query

    def shown(self) -> list[Row]:
        """The rows that match the filter: all words are in their names, or all in their texts."""
        self.by_text = set()
        words = self.query.casefold().split()
        if not words:
            return self.rows
        found = []
        for row in self.rows:
            if all(word in row.names for word in words):
                found.append(row)
            elif self.in_texts and row.key in self.in_texts:
                self.by_text.add(row.key)
                found.append(row)
        return found


def cell(row: Row, column: TableColumn) -> Cell:
    """The text of a row in a column, and its style."""
    text = _BY_KEY[column.key].text(row.summary)
    if column.key == "model" and len(text) > column.width and "/" in text:
        # Long names differ at their ends.
        text = "…/" + text.rsplit("/", 1)[1]
    quiet = text in {_UNKNOWN, "+0.00"} or column.key in {"stop", "duration"}
    return text, "dim" if quiet else ""


def nothing_matches(query: str) -> str:
    """The text that is shown when no row matches the filter."""
    return f"No session matches “{one_line(query, 40)}”. Escape clears the filter."


def nothing_yet(results: Path) -> str:
    """The text that is shown when there is no session."""
    return (
        "No sessions yet.\n\n"
        "Press w for the Workbench, pick a model and a case with space, and run with ctrl+r.\n"
        "Everything that happens is kept and can be read here later, without a server.\n\n"
        f"Looked in {results}"
    )


def how_many(rows: list[Row]) -> str:
    """The number of sessions and of suites, in words."""
    suites = sum(row.summary.kind == "suite" for row in rows)
    counts = ((len(rows) - suites, "session"), (suites, "suite"))
    return ", ".join(f"{n:,} {name}{'s' * (n != 1)}" for n, name in counts if n)


def worth_searching(query: str) -> bool:
    """Whether a filter is longer than one letter: every text contains a single letter."""
    return len(query.strip()) > 1 or not query.isascii()
