"""Durations in words; what is left no more exact than it is known: 05:12, or 2–6 min."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmopt_tui.state.time_left import Estimate

WIDTH = len("10–25 min")
"""Cells that the time left fits in."""

_WIDE = 2.0
"""A range is shown where its ends are more than so many times apart."""


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any."""
    minutes, secs = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes:02}:{secs:02}"


def left_words(found: Estimate, left: float | None) -> str:
    """The time left in words, when `left` seconds are estimated; "" while no speed is known.

    As wide as WIDTH from 10 s to 100 h, so that what is beside it does not move.
    """
    if left is None or found.seconds_left is None or found.between is None:
        return ""
    low, high = found.between
    gone = found.seconds_left - left
    words = _span(low - gone, high - gone) if high > _WIDE * low else clock(left)
    return words.ljust(WIDTH)


def _span(low: float, high: float) -> str:
    unit, name = (1, "s") if high < 90 else (60, "min") if high < 90 * 60 else (3600, "h")
    first, last = math.floor(low / unit), max(1, math.ceil(high / unit))
    return f"{first}–{last} {name}" if 0 < first < last else f"< {last} {name}"
