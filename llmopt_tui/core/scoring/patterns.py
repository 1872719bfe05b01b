"""Regular expressions of cases, with bounds on time and memory for any pattern and any text."""

from __future__ import annotations

import math
import re
import time
from functools import lru_cache

_MOST_COPIES = 100_000
_ESCAPED = re.compile(r"\\.|\s", re.DOTALL)
_COUNT = re.compile(r"\{(\d+)")


class PatternTime:
    """The time, in seconds, that the patterns of one judgement may take together."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    def finds(self, pattern: str, text: str, *, whole: bool = False) -> bool:
        """Whether the text has a match of the pattern; with `whole`, whether all of it matches.

        Raises TimeoutError where no time is left, ValueError as `check_pattern`.
        """
        import regex

        check_pattern(pattern)
        if self._left <= 0:
            raise TimeoutError
        match = regex.fullmatch if whole else regex.search
        began = time.perf_counter()
        try:
            return match(pattern, text, timeout=self._left) is not None
        finally:
            self._left -= time.perf_counter() - began


@lru_cache(maxsize=256)
def check_pattern(pattern: str) -> None:
    """Raise ValueError for an invalid regular expression, or one that needs too much memory."""
    import regex

    if _copies(pattern) > _MOST_COPIES:
        raise ValueError(f"pattern repeats something more than {_MOST_COPIES} times")
    try:
        regex.compile(pattern)
    except (regex.error, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ValueError(f"pattern is no regular expression: {reason}") from error


def _copies(pattern: str) -> int:
    """An upper bound on the parts that the engine makes of a pattern: it copies for `{1000}`."""
    plain = _ESCAPED.sub("", pattern)
    depth = deepest = 0
    for char in plain:
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)
    counts = sorted((int(count[:9]) for count in _COUNT.findall(plain)), reverse=True)
    return sum(counts) * math.prod(max(count, 1) for count in counts[:deepest])
