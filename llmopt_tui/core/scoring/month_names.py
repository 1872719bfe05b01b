"""The names of months in many languages, as Unicode's locale data has them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from llmopt_tui.core.text.accents import without_accents

_LANGUAGES: Final = (
    "en de de_AT fr es it pt nl pl cs ru uk bg tr sv da nb fi hu ro el he ar hi id ko"
    " fa-u-ca-gregory th-u-ca-gregory"
).split()
# Month and day, month alone, and both short: many languages inflect the name before a day.
_FORMS: Final = ("MMMMd", "LLLL", "MMMd", "MMM")
_ALSO_WRITTEN: Final = {"sept": 9, "mrz": 3, "juni": 6, "juli": 7, "fev": 2, "aout": 8, "dec": 12}


def months(name: str) -> Collection[int]:
    """The months, 1 to 12, that a name in any language may mean; empty where it means none."""
    return _months().get(_key(name), ())


@lru_cache(maxsize=1)
def _months() -> dict[str, set[int]]:
    """The months that each name means."""
    from datetime import UTC, datetime

    from icu4py.messageformat import MessageFormat

    names: defaultdict[str, set[int]] = defaultdict(set)
    for language in _LANGUAGES:
        for form in _FORMS:
            written = MessageFormat(f"{{day,date,::{form}}}", language).format
            for month in range(1, 13):
                said = written({"day": datetime(2024, month, 5, 12, tzinfo=UTC)})
                # "5 de marzo": the name is the longest word; "5.3." has none.
                words = [_key(word) for word in re.split(r"[\s\d]+", said)]
                if len(name := max(words, key=len)) > 1:
                    names[name].add(month)
    for name, month in _ALSO_WRITTEN.items():
        names[name].add(month)
    return dict(names)


def _key(name: str) -> str:
    """A name in the form for comparing: no stop at its end, no accents on Latin letters."""
    text = name.strip(" .,،॰׳'").casefold()
    if text and unicodedata.name(text[0], "").startswith("LATIN"):
        text = without_accents(text)
    return text
