"""The list of past sessions as a table: its columns, its order, what a filter finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.store.sessions import SessionSummary

STOPS: dict[str, tuple[str, str]] = {
    "target_reached": ("target", "the target was reached"),
    "no_improvement_suggested": ("no change", "no improvement was suggested"),
    "plateau": ("plateau", "the score stopped rising"),
    "max_iterations": ("limit", "the limit of iterations was reached"),
    "stopped_by_user": ("stopped", "it was stopped"),
    "failed": ("failed", "it failed"),
}
"""Each stop reason in a word for the table and in words for a sentence."""
_PADDING = 2
_UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A width of 0 shares what the others leave. `order` gives None for unknown."""

    key: str
    title: str
    width: int
    text: Callable[[SessionSummary], str]
    order: Callable[[SessionSummary], Any]
    justify: Literal["left", "right"] = "left"
    descending: bool = False


def readable(summary: SessionSummary) -> bool:
    """Whether there is more to a session than a folder."""
    return bool(summary.model) or summary.started_at is not None


def date_text(summary: SessionSummary) -> str:
    """When the session began, to the minute."""
    return summary.started_at.strftime("%Y-%m-%d %H:%M") if summary.started_at else _UNKNOWN


def model_text(summary: SessionSummary) -> str:
    """The model, or where that is unknown the session's id."""
    return fmt.short_model(summary.model) if summary.model else summary.session_id


def case_text(summary: SessionSummary) -> str:
    """The case; of a session that cannot be read, that it cannot."""
    return summary.case_id if readable(summary) else "unreadable"


def scores_text(summary: SessionSummary) -> str:
    """The scores of the original and of the best prompt: "0.42 → 0.77"."""
    if summary.before is None or summary.after is None:
        return _UNKNOWN
    return f"{score_text(summary.before)} → {score_text(summary.after)}"


def stop_text(summary: SessionSummary) -> str:
    """Why it ended, in a word; how it stands where it did not."""
    if not readable(summary):
        return "unreadable"
    if summary.stop_reason in STOPS:
        return STOPS[summary.stop_reason][0]
    return summary.stop_reason or summary.status


def _duration(summary: SessionSummary) -> str:
    return _UNKNOWN if summary.seconds is None else fmt.clock(summary.seconds)


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
_DISPENSABLE = ("duration", "stop", "gain")
_NAME_WIDTH = 15
"""A column that says little goes before the names get narrower than this."""


def columns_for(width: int) -> list[tuple[Column, int]]:
    """The columns that fit into so many cells, each with its width without padding."""
    kept = list(COLUMNS)
    for key in _DISPENSABLE:
        if _left_for_names(kept, width) >= 2 * _NAME_WIDTH:
            break
        kept = [column for column in kept if column.key != key]
    names = max(2 * 8, _left_for_names(kept, width))
    # Names of cases are words; those of models are often cut at no loss.
    shares = {"model": names * 4 // 9, "case": names - names * 4 // 9}
    return [(column, column.width or shares[column.key]) for column in kept]


def _left_for_names(columns: Sequence[Column], width: int) -> int:
    return width - sum(column.width + _PADDING for column in columns)


def ordered(
    summaries: Iterable[SessionSummary], column: Column, *, descending: bool
) -> list[SessionSummary]:
    """By a column; what is unknown stands last either way, equals newest first."""
    newest = sorted(
        summaries, key=lambda s: s.started_at.timestamp() if s.started_at else 0.0, reverse=True
    )
    known = [s for s in newest if column.order(s) is not None]
    unknown = [s for s in newest if column.order(s) is None]
    return sorted(known, key=column.order, reverse=descending) + unknown


def matching(summaries: Iterable[SessionSummary], query: str) -> list[SessionSummary]:
    """Those whose names hold every word of the query, whatever its case."""
    words = query.casefold().split()
    return [s for s in summaries if all(word in _names(s) for word in words)]


def _names(summary: SessionSummary) -> str:
    names = (
        summary.model,
        summary.case_id,
        summary.case_title,
        summary.session_id,
        stop_text(summary),
        date_text(summary),
    )
    return "\n".join(names).casefold()
