"""The table of sessions without a terminal: columns, order, filter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.store.sessions import SessionSummary
from llmopt_tui.tui.session_list import SessionList
from llmopt_tui.tui.session_table import (
    COLUMNS,
    Row,
    columns_for,
    held_out_text,
    model_text,
    ordered,
    row_of,
    scores_text,
    stop_text,
)

BY_KEY = {column.key: column for column in COLUMNS}


def rows(*summaries: SessionSummary) -> list[Row]:
    return [row_of(summary) for summary in summaries]


def matching(rows: list[Row], query: str, in_texts: set[str] | None = None) -> list[str]:
    listed = SessionList()
    listed.rows = rows
    listed.ask(query)
    listed.in_texts = in_texts or set()
    return [row.key for row in listed.shown()]


def summary(session_id: str, **changes: Any) -> SessionSummary:
    fields: dict[str, Any] = {
        "session_id": session_id,
        "folder": Path(session_id),
        "started_at": datetime(2026, 11, 2, 14, 3, tzinfo=UTC),
        "model": "gemma3n:latest",
        "case_id": "concise_description",
        "case_title": "Concise description",
        "status": "completed",
        "stop_reason": "plateau",
        "before": 0.42,
        "after": 0.77,
        "iterations": 3,
        "seconds": 125.0,
    }
    return SessionSummary(**(fields | changes))


BROKEN = summary(
    "f", model="", case_id="", started_at=None, before=None, after=None, stop_reason="",
    seconds=None, status="failed",
)  # fmt: skip


@given(st.integers(60, 300))
def test_the_columns_fill_the_width_and_no_more(width: int) -> None:
    columns = columns_for(width)
    used = sum(cells + 2 for _, cells in columns)
    assert used == width
    assert [c.key for c, _ in columns][:4] == ["date", "model", "case", "held"]


def test_what_matters_less_goes_first() -> None:
    assert [c.key for c, _ in columns_for(150)] == [c.key for c in COLUMNS]
    assert [c.key for c, _ in columns_for(105)][-2:] == ["gain", "stop"]
    assert [c.key for c, _ in columns_for(77)][-2:] == ["held", "verdict"]
    assert [c.key for c, _ in columns_for(60)][-1] == "held"


@pytest.mark.parametrize("key", [column.key for column in COLUMNS if column.key != "stop"])
@pytest.mark.parametrize("descending", [True, False])
def test_the_unreadable_stand_last_in_every_order(key: str, descending: bool) -> None:
    other = summary("b", before=0.1, after=0.9, model="a", case_id="a")
    found = ordered(rows(BROKEN, summary("a"), other), BY_KEY[key], descending=descending)
    assert found[-1].summary is BROKEN


def test_equals_stand_newest_first() -> None:
    old = summary("old", started_at=datetime(2026, 1, 1, tzinfo=UTC))
    both = rows(old, summary("new"))
    for descending in (True, False):
        found = ordered(both, BY_KEY["gain"], descending=descending)
        assert [row.key for row in found] == ["new", "old"]


def test_every_word_must_be_found_in_some_name() -> None:
    listed = rows(
        summary("a1", suite_id="5u17e"),
        summary("b2", model="qwen3:latest"),
        summary("c3", case_id="s", case_title="Skills"),
    )
    assert matching(listed, "GEMMA concise") == ["a1"]
    assert matching(listed, "b2") == ["b2"]
    assert matching(listed, "5u17e") == ["a1"]
    assert matching(listed, "2026-11-02") == ["a1", "b2", "c3"]
    assert matching(listed, "gemma qwen") == []
    assert matching(listed, "  ") == ["a1", "b2", "c3"]


def test_what_texts_hold_joins_what_names_hold_in_the_order_of_the_list() -> None:
    listed = rows(summary("a1"), summary("b2", model="qwen3:latest"), summary("c3"))
    assert matching(listed, "qwen", {"c3"}) == ["b2", "c3"]
    found = SessionList()
    found.rows = listed
    found.ask("qwe")
    found.in_texts = {"b2", "c3"}
    found.ask("qwen")
    assert [row.key for row in found.shown()] == ["b2", "c3"]
    assert found.by_text == {"c3"}
    found.ask("qw")
    assert [row.key for row in found.shown()] == ["b2"]
    assert found.by_text == set()


def test_a_suite_is_called_one() -> None:
    suite = summary("e5", kind="suite", model="gemma3n:latest, qwen3:latest", suite_id="e5")
    assert model_text(suite) == "suite: gemma3n, qwen3"


def a_suite(*sessions: SessionSummary, **changes: Any) -> list[Row]:
    """A suite of these sessions, and the sessions, newest first, as rows."""
    members = tuple((session.session_id, "NOT PROVEN") for session in sessions)
    fields = {"kind": "suite", "suite_id": "e5", "members": members, "model": "a, b"} | changes
    return rows(summary("e5", **fields), *(replace(s, suite_id="e5") for s in sessions))


def test_a_suite_of_several_is_one_row_that_opens_to_its_sessions() -> None:
    listed = SessionList()
    listed.rows = [*a_suite(summary("a1", verdict="REAL"), summary("b2")), *rows(summary("c3"))]
    assert [row.key for row in listed.shown()] == ["e5", "c3"]
    assert [listed.fold(row) for row in listed.shown()] == ["▸ ", ""]
    listed.opened.add("e5")
    shown = listed.shown()
    assert [row.key for row in shown] == ["e5", "a1", "b2", "c3"]
    # In a suite the verdict is the one that the suite came to: its Leaderboard says the same.
    assert shown[1].summary.verdict == "NOT PROVEN"
    assert listed.suite_of(shown[1]) is shown[0]
    listed.opened.clear()
    listed.ask("b2")
    assert [row.key for row in listed.shown()] == ["e5", "b2"]


def test_a_suite_of_one_session_is_its_session() -> None:
    listed = SessionList()
    listed.rows = a_suite(summary("a1"))
    assert [row.key for row in listed.shown()] == ["a1"]
    listed.rows = a_suite()
    assert [row.key for row in listed.shown()] == ["e5"]


def test_labels_are_shown_and_found_and_pins_stand_first() -> None:
    named = summary("n", label="the good one", tags=("keep", "v2"), pinned=True)
    listed = rows(summary("a"), named)
    assert [row.key for row in ordered(listed, BY_KEY["model"], descending=True)] == ["n", "a"]
    assert matching(listed, "good v2") == ["n"]
    assert BY_KEY["model"].text(named) == "the good one · gemma3n"
    assert BY_KEY["case"].text(named) == "concise_description #keep #v2"


def test_scores_and_ends_read_in_a_word() -> None:
    assert scores_text(summary("a")) == "0.42 → 0.77"
    assert scores_text(BROKEN) == "–"
    assert held_out_text(summary("a", held_before=0.4, held_after=0.6)) == "0.40 → 0.60"
    assert stop_text(summary("a")) == "plateau"
    assert stop_text(summary("a", stop_reason="", status="interrupted")) == "interrupted"
    assert stop_text(BROKEN) == "unreadable"
