"""Values and words of a document that may be half written, edited by hand or somebody else's.

What is missing or of the wrong kind is nothing: an empty text, no rows, None. Never an error.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from llmopt_tui.core.analysis.wording import p_words, signed
from llmopt_tui.reports.markdown import inline

Row = Mapping[str, Any]


def row(value: object) -> Row:
    """The table that it is."""
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> list[Row]:
    """The tables in the list that it is."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def texts(value: object) -> list[str]:
    """The texts in the list that it is."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text(value: object) -> str:
    """The text that it is."""
    return value if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """The finite number that it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def count(value: object) -> int:
    """The number of things that it is; 0 where it is none."""
    found = number(value)
    return int(found) if found and found > 0 else 0


def interval(value: object) -> tuple[float, float] | None:
    """The pair of numbers that it is."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    low, high = map(number, value)
    return (low, high) if low is not None and high is not None else None


def decimals(value: object, places: int) -> str:
    """The number with so many decimals: scores have two, seconds one, tokens a second none."""
    found = number(value)
    return "" if found is None else f"{round(found, places) + 0.0:.{places}f}"


def score(value: object) -> str:
    """The score that it is."""
    return decimals(value, 2)


def difference(value: object) -> str:
    """The difference of scores that it is, with its sign."""
    found = number(value)
    return "" if found is None else signed(found)


def score_interval(value: object) -> str:
    """The interval of a score that it is: "0.31 to 0.54"."""
    found = interval(value)
    return f"{score(found[0])} to {score(found[1])}" if found else ""


def difference_interval(value: object) -> str:
    """The interval of a difference that it is: "-0.02 to +0.31"."""
    found = interval(value)
    return f"{signed(found[0])} to {signed(found[1])}" if found else ""


def p_value(value: object) -> str:
    """The p value that it is: "0.031" or "< 0.001"."""
    found = number(value)
    return "" if found is None else p_words(found).removeprefix("p ").removeprefix("= ")


def name(found: Row, key: str) -> str:
    """The name that stands there, safe in Markdown."""
    return inline(text(found.get(key)))


def sentence(found: Row, key: str) -> str:
    """The sentences that stand there, safe in Markdown."""
    return inline(text(found.get(key)), 1000)
