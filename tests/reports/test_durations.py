"""What is left in words: never more exact than it is known, never wider than its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.reports.durations import WIDTH, left_words
from llmopt_tui.state.time_left import Estimate


def found(left: float | None, between: tuple[float, float] | None) -> Estimate:
    return Estimate(1, 1, 1, 1.0, left, (), between)


@pytest.mark.parametrize(
    ("left", "between", "words"),
    [
        (312.0, (250.0, 400.0), "05:12"),
        (200.0, (130.0, 330.0), "2–6 min"),
        (40.0, (21.0, 72.0), "21–72 s"),
        (60.0, (30.0, 200.0), "< 4 min"),
        (9000.0, (7300.0, 16000.0), "2–5 h"),
        (3723.0, (3000.0, 4000.0), "1:02:03"),
        (0.0, (0.0, 0.0), "00:00"),
    ],
)
def test_a_range_where_it_is_wide_and_a_clock_where_it_is_not(
    left: float, between: tuple[float, float], words: str
) -> None:
    assert left_words(found(left, between), left).rstrip() == words


def test_it_is_counted_down_between_answers() -> None:
    wide, narrow = found(200.0, (130.0, 330.0)), found(312.0, (250.0, 400.0))
    assert left_words(wide, 80.0).rstrip() == "< 4 min"
    assert left_words(narrow, 300.0).rstrip() == "05:00"


def test_without_a_speed_there_are_no_words() -> None:
    assert left_words(found(None, None), None) == ""


@given(st.floats(1, 350_000), st.floats(0.1, 1), st.floats(1, 4), st.floats(0, 1))
def test_it_is_always_equally_wide(left: float, low: float, high: float, gone: float) -> None:
    estimate = found(left, (left * low, min(left * high, 350_000)))
    assert len(left_words(estimate, left * gone)) == WIDTH
