"""Whether a value in an answer is the expected one: number, truth value, date, text, list."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from llmopt_tui.core.scoring.dates import same_day
from llmopt_tui.core.scoring.numbers import expected_number, is_number, read_number
from llmopt_tui.core.scoring.quantities import read_quantity
from llmopt_tui.core.scoring.sameness import bare, comparable, difference
from llmopt_tui.core.scoring.wording import quoted

_TRUE = frozenset({"true", "yes"})
_FALSE = frozenset({"false", "no"})
_NOTHING = frozenset({"null", "none", "nil"})
_SPACE_BEFORE_UNIT = re.compile(r"(?<=\d) (?=[^\W\d_])")


def same_value(found: Any, wanted: Any, *, ignore_case: bool = True) -> bool:
    """Whether a value in an answer's JSON is the expected one, compared by the expected type.

    A number may be written as a text, as people write numbers, with a unit or a hedge ("about 12
    kg"), a truth value in words, and a date in any common form. A number with a leading zero is a
    text. The order of lists does not matter.
    """
    match wanted:
        case None:
            return found is None or _word(found) in _NOTHING
        case bool():
            return found is wanted or _word(found) in (_TRUE if wanted else _FALSE)
        case int() | float():
            return _same_number(found, wanted)
        case Mapping():
            return (
                isinstance(found, dict)
                and found.keys() == wanted.keys()
                and all(
                    same_value(found[key], wanted[key], ignore_case=ignore_case) for key in wanted
                )
            )
        case list() | tuple():
            return isinstance(found, list) and _same_entries(found, wanted, ignore_case)
    return _same_text(found, str(wanted), ignore_case)


def how_they_differ(found: Any, wanted: Any) -> str:
    """Two different values in words, with their difference where a reader cannot see it."""
    one, other = _shown(found), _shown(wanted)
    if one != other:
        how = difference(*map(_text, (found, wanted))) if isinstance(wanted, str) else ""
        return f"{one}, not {other}{f' ({how})' if how else ''}"
    if _kind(found) != _kind(wanted):
        return f"{_kind(found)} {one}, not {_kind(wanted)} {other}"
    how = difference(_text(found), _text(wanted)) or "they differ further on"
    return f"{one}, not {other} ({how})"


def _word(value: Any) -> str:
    return bare(value) if isinstance(value, str) and len(value) < 20 else ""


def _same_number(found: Any, wanted: float) -> bool:
    if not (is_number(found) or isinstance(found, str)):
        return False
    if found == wanted:
        return True
    if isinstance(found, str):
        text = found.strip()
        if re.match(r"0\d", text):
            return False
        number = read_quantity(text)
    else:
        number = expected_number(found)
    expected = expected_number(wanted)
    if number is None or expected is None:
        return False
    return number.equals(expected, abs(expected.readings[0]) / 10**9 + Fraction(1, 10**12))


def _same_entries(found: list[Any], wanted: list[Any] | tuple[Any, ...], ignore_case: bool) -> bool:
    left = list(found)
    if len(left) != len(wanted):
        return False
    for entry in wanted:
        places = (
            n for n, other in enumerate(left) if same_value(other, entry, ignore_case=ignore_case)
        )
        place = next(places, None)
        if place is None:
            return False
        del left[place]
    return True


def _same_text(found: Any, wanted: str, ignore_case: bool) -> bool:
    if isinstance(found, bool):
        return comparable(wanted) == str(found).lower()
    if is_number(found):
        expected = None if re.match(r"[-+]?0\d", wanted.strip()) else read_number(wanted)
        number = expected_number(found)
        return expected is not None and number is not None and number.equals(expected)
    if not isinstance(found, str):
        return False
    if bare(found, ignore_case=ignore_case) == bare(wanted, ignore_case=ignore_case):
        return True
    one, other = (
        _SPACE_BEFORE_UNIT.sub("", bare(text, ignore_case=ignore_case)) for text in (found, wanted)
    )
    return one == other or same_day(found, wanted)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "the truth value"
        case int() | float():
            return "the number"
        case str():
            return "the text"
        case Mapping():
            return "the object"
    return "the list"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _shown(value: Any) -> str:
    return quoted(_text(value), 25)
