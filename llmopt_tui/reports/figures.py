"""Figures as reports show them: scores have two decimals, seconds one, tokens a second none.

What is not known is an empty text.
"""

from __future__ import annotations

from llmopt_tui.core.analysis.findings import Interval
from llmopt_tui.core.analysis.wording import p_words, signed


def decimals(value: float | None, places: int) -> str:
    """The number with so many decimals, and no minus before nothing."""
    return "" if value is None else f"{round(value, places) + 0.0:.{places}f}"


def score(value: float | None) -> str:
    """A score as text, such as "0.82"."""
    return decimals(value, 2)


def difference(value: float | None) -> str:
    """A difference of scores with its sign: "+0.12"."""
    return "" if value is None else signed(value)


def score_interval(value: Interval | None) -> str:
    """The interval of a score: "0.31 to 0.54"."""
    return f"{score(value[0])} to {score(value[1])}" if value else ""


def difference_interval(value: Interval | None) -> str:
    """The interval of a difference: "-0.02 to +0.31"."""
    return f"{signed(value[0])} to {signed(value[1])}" if value else ""


def p_value(value: float | None) -> str:
    """A p value as text: "0.031" or "< 0.001"."""
    return "" if value is None else p_words(value).removeprefix("p ").removeprefix("= ")
