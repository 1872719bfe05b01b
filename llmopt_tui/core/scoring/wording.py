"""Helpers for feedback: quotes, lists and counts, cut short and without control characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_QUOTE_LIMIT = 40
_LIST_LIMIT = 5


def shown(text: str, limit: int = _QUOTE_LIMIT) -> str:
    """A text on one line of at most `limit` characters, safe for any screen and any encoder.

    Control characters and lone surrogates, which cannot be encoded, become U+FFFD.
    """
    # A few times the limit is enough, even where much white space is collapsed.
    line = " ".join(text[: limit * 4].split())
    clean = "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in line)
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def quoted(text: str, limit: int = _QUOTE_LIMIT) -> str:
    """A text in single quotes, cut to `limit` characters."""
    return f"'{shown(text, limit)}'"


def listed(items: Iterable[str], limit: int = _LIST_LIMIT) -> str:
    """Items with commas between; beyond `limit`, "and 4 more"."""
    names = list(items)
    text = ", ".join(shown(name) for name in names[:limit])
    return f"{text} and {len(names) - limit} more" if len(names) > limit else text


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 word", "2 words", "3 entries"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def bounds(low: int | None, high: int | None, noun: str) -> str:
    """A range in words: "exactly 2 sentences", "20 to 60 words", "at most 1 word"."""
    if low is not None and low == high:
        return f"exactly {counted(low, noun)}"
    if low is not None and high is not None:
        return f"{low} to {high} {noun}s"
    if high is not None:
        return f"at most {counted(high, noun)}"
    return f"at least {counted(low or 0, noun)}"
