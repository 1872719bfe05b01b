"""Scores as bars, sparks, figures and trends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.tui.widgets.score import ScoreBar, score_bar, score_text, spark
from llmopt_tui.tui.widgets.trend import ScoreTrend, column_eighths, trend_labels, trend_rows
from tests.nasty import NASTY, naming
from tests.tui_widgets.hosts import Host
from tests.tui_widgets.screen_text import obeyed, screen_text, widget_text

SCORES = st.lists(st.none() | st.floats(0, 1), max_size=40)


@given(st.floats(-1, 2), st.integers(0, 60))
def test_a_bar_is_as_wide_as_asked(score: float, width: int) -> None:
    assert len("".join(score_bar(score, width))) == width


def test_a_bar_grows_by_half_cells() -> None:
    assert [score_bar(s, 4)[0] for s in (0, 0.125, 0.5, 1, 3)] == ["", "╸", "━━", "━━━━", "━━━━"]


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_score_never_draws_a_shorter_bar(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert len(score_bar(low, 20)[0]) <= len(score_bar(high, 20)[0])


def test_a_spark_has_a_character_per_example() -> None:
    assert spark([0, 0.5, 1, None]) == "▁▅█·"


@pytest.mark.parametrize(
    ("score", "text"), [(0, "0.00"), (0.996, "0.99"), (1, "1.00"), (None, "   …")]
)
def test_only_a_full_score_reads_as_one(score: float | None, text: str) -> None:
    assert score_text(score) == text


async def test_a_score_bar_names_what_was_wrong() -> None:
    bar = ScoreBar("length", 0.5, "3 sentences where 2 were asked", label_width=8, bar_width=4)
    async with Host(bar).run_test(size=(40, 5)) as pilot:
        await pilot.pause()
        rows = [row.rstrip() for row in widget_text(bar).split("\n")]
        assert rows == ["length   ━━── 0.50", "  3 sentences where 2 were asked"]
        bar.set("length", 1.0)
        await pilot.pause()
        assert widget_text(bar).rstrip() == "length   ━━━━ 1.00"


@pytest.mark.long
async def test_nasty_labels_and_feedback_are_shown_inert() -> None:
    app = Host()
    async with app.run_test(size=(120, 40)) as pilot:
        for text in NASTY:
            with naming(text):
                bar = ScoreBar(text, 0.5, text)
                await app.show(bar)
                await pilot.pause()
                assert not obeyed(screen_text(app))
                if text.startswith("[bold red]"):
                    assert f"\n  {text}" in widget_text(bar)


@given(SCORES, st.none() | st.floats(0, 1), st.integers(1, 80), st.integers(1, 6))
def test_a_trend_keeps_to_its_room(
    scores: list[float | None], target: float | None, width: int, rows: int
) -> None:
    drawn = trend_rows(scores, target, width, rows)
    assert len(drawn) in {0, rows}
    assert all(len(row) <= width for row in drawn)


@given(st.floats(0, 1), st.integers(1, 8))
def test_a_column_is_filled_from_below(score: float, rows: int) -> None:
    filled = column_eighths(score, rows)
    assert filled == sorted(filled)
    assert 1 <= sum(filled) <= rows * 8
    assert sum(n not in {0, 8} for n in filled) <= 1


def test_the_target_is_a_line_behind_the_columns() -> None:
    rows = trend_rows([0.5, 1.0], 0.95, 20, 2)
    assert rows == ["┄┄┄┄┄███┄┄┄┄┄┄┄ 0.95", "███  ███"]
    assert trend_labels([0.5, 1.0], 15) == "0.50 1.00"


def test_many_scores_get_slim_columns_without_figures() -> None:
    assert trend_rows([1.0] * 10, None, 20, 1) == ["█ █ █ █ █ █ █ █ █ █"]
    assert trend_labels([1.0] * 10, 20) == ""


async def test_the_trend_widget_draws_at_its_width() -> None:
    trend = ScoreTrend([0.25, 0.75], 0.95, rows=2)
    async with Host(trend).run_test(size=(24, 8)) as pilot:
        await pilot.pause()
        rows = [row.rstrip() for row in widget_text(trend).split("\n")]
        assert rows == ["┄┄┄┄┄▄▄▄┄┄┄┄┄┄┄┄┄┄┄ 0.95", "▄▄▄  ███", "0.25 0.75"]
        trend.update([])
        await pilot.pause()
        assert "no score yet" in widget_text(trend)
