"""Plots of text cells: nothing outside their size, nothing lost, told apart without colour."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from llmopt_tui.tui.widgets.bar_plot import Bars, bar_rows
from llmopt_tui.tui.widgets.curve_plot import Curve, curve_rows, spread_apart
from llmopt_tui.tui.widgets.plot import Canvas, mark_of
from llmopt_tui.tui.widgets.scatter_plot import Dot, scatter_rows
from tests.nasty import NASTY

SCORE = st.floats(0, 1)
NAME = st.sampled_from([name for name in NASTY if len(name) < 400]) | st.text(max_size=30)
SIZE = st.tuples(st.integers(0, 130), st.integers(0, 40))


def texts(rows: Sequence[Content]) -> list[str]:
    return [row.plain for row in rows]


def fits(rows: Sequence[Content], width: int, height: int) -> bool:
    shown = texts(rows)
    if len(shown) == 1:
        return True  # words instead of a plot, cut by the widget
    return len(shown) <= height and all(cell_len(line) <= width for line in shown)


@given(st.lists(st.tuples(NAME, st.lists(SCORE, max_size=12)), max_size=12), SCORE, SIZE)
def test_curves_keep_to_their_size(
    curves: list[tuple[str, list[float]]], target: float, size: tuple[int, int]
) -> None:
    made = [Curve(mark_of(n), name, scores) for n, (name, scores) in enumerate(curves)]
    assert fits(curve_rows(made, target, *size), *size)


@given(st.lists(st.tuples(NAME, SCORE, st.floats(0, 1e6)), max_size=12), SIZE)
def test_dots_keep_to_their_size(
    dots: list[tuple[str, float, float]], size: tuple[int, int]
) -> None:
    made = [Dot(mark_of(n), *dot, front=n % 2 == 0) for n, dot in enumerate(dots)]
    assert fits(scatter_rows(made, *size), *size)


GAIN = st.none() | st.floats(-1, 1)


@given(st.lists(st.tuples(NAME, GAIN, GAIN, st.booleans()), max_size=9), SIZE)
def test_bars_keep_to_their_size(
    bars: list[tuple[str, float | None, float | None, bool]], size: tuple[int, int]
) -> None:
    made = [
        Bars(mark_of(n), name, train, held, (held - 0.1, held + 0.2) if held and wide else None)
        for n, (name, train, held, wide) in enumerate(bars)
    ]
    assert fits(bar_rows(made, *size), *size)


def test_every_curve_has_its_mark_at_each_score_and_its_name_at_the_end() -> None:
    curves = [Curve("●", "gemma3n", (0.4, 0.6, 0.8)), Curve("▲", "qwen3", (0.4, 0.6, 0.8))]
    text = "\n".join(texts(curve_rows(curves, 0.95, 60, 12)))
    # Where both are in the same cell, one stands aside; each once more where it is named.
    assert text.count("●") == 4
    assert text.count("▲") == 4
    assert "● gemma3n" in text
    assert "┄" in text
    assert "iteration" in text


def test_the_front_is_a_line_and_names_stand_beside_their_marks() -> None:
    dots = [
        Dot("●", "slow", 0.9, 10.0, True),
        Dot("▲", "fast", 0.5, 2.0, True),
        Dot("■", "beaten", 0.4, 9.0, False),
    ]
    rows = texts(scatter_rows(dots, 60, 16))
    text = "\n".join(rows)
    assert "▲ fast" in text
    assert any(0x2800 < ord(char) < 0x2900 for char in text)
    assert rows[-1].split() == ["0", "s", "per", "answer", "10.0", "s"]
    unknown = [Dot(d.mark, d.name, d.score, d.seconds) for d in dots]
    assert not any(0x2800 < ord(c) < 0x2900 for c in "".join(texts(scatter_rows(unknown, 60, 16))))


def test_speeds_far_apart_are_drawn_on_a_logarithmic_scale_that_says_so() -> None:
    dots = [Dot("●", "a", 0.5, 0.5), Dot("▲", "b", 0.6, 50.0)]
    assert "log scale" in texts(scatter_rows(dots, 60, 12))[-1]


def test_an_interval_over_nothing_is_seen_to_cross_the_line_of_no_gain() -> None:
    proven = Bars("●", "a", 0.4, 0.3, (0.2, 0.4), "REAL")
    not_proven = Bars("▲", "b", 0.4, 0.05, (-0.1, 0.2), "NOT PROVEN")
    rows = texts(bar_rows([proven, not_proven], 76, 12))
    assert "▒" in rows[0]
    assert "├" in rows[1]
    assert "┼" not in rows[1]
    assert "├" in rows[3].partition("┼")[0]
    assert rows[1].rstrip().endswith("+0.30 REAL")
    assert rows[3].rstrip().endswith("+0.05 NOT PROVEN")


def test_where_height_is_short_both_gains_share_a_row() -> None:
    bars = [Bars(mark_of(n), f"m{n}", 0.4, 0.3, (0.2, 0.35)) for n in range(6)]
    rows = texts(bar_rows(bars, 60, 8))
    assert len(rows) == 7
    assert all("▒" in row and "●" in row and "┤" in row for row in rows[:6])


def test_without_numbers_there_is_nothing_to_draw() -> None:
    assert curve_rows([], None, 60, 12) == []
    assert scatter_rows([], 60, 12) == []
    assert bar_rows([Bars("●", "a", None)], 60, 12) == []


@given(st.lists(st.floats(0, 20), max_size=10).map(sorted), st.integers(10, 20))
def test_labels_get_rows_of_their_own_in_their_order(wanted: list[float], rows: int) -> None:
    places = spread_apart(wanted, rows)
    assert places == sorted(set(places))
    assert len(places) == len(wanted)
    assert all(0 <= place < rows for place in places)


def test_marks_are_distinct_for_dozens() -> None:
    assert len({mark_of(n) for n in range(36)}) == 36


def test_what_is_off_the_canvas_is_lost() -> None:
    canvas = Canvas(4, 1)
    canvas.put(-2, 0, "abcdef")
    canvas.line(-5, -5, 9, 9)
    assert [row.plain for row in canvas.rows()] == ["cdef"]
