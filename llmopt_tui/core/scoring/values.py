"""Whether a value in an answer is the expected one: number, truth value, date, text, list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from llmopt_tui.core.scoring.numbers import expected_number, is_number, read_number
from llmopt_tui.core.scoring.sameness import bare, comparable, difference
from llmopt_tui.core.scoring.wording import quoted

_TRUE = frozenset({"true", "yes"})
_FALSE = frozenset({"false", "no"})
_NOTHING = frozenset({"null", "none", "nil"})
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.{0,20})?", re.ASCII)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier janv enero ene gennaio gen janeiro",
            "february feb februar février fevrier févr febrero febbraio fevereiro fev",
            "march mar märz mrz mars marzo março",
            "april apr avril avr abril aprile abr",
            "may mai mayo maggio maio mag",
            "june jun juni juin junio giugno junho giu",
            "july jul juli juillet juil julio luglio julho lug",
            "august aug août aout agosto ago",
            "september sep sept septembre septiembre settembre setembro set",
            "october oct oktober okt octobre octubre ottobre outubro ott out",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre déc diciembre dic dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_NUMERIC_DATE = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"|(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})"
    r"|(?P<cy>(?:19|20)\d\d)(?P<cm>\d\d)(?P<cd>\d\d)"
)
_NAMED_DATE = re.compile(
    r"(?:[^\W\d_]{2,12},? )?"
    r"(?:(?P<d1>\d{1,2})(?:st|nd|rd|th|er|\.|º|ª)?(?: of| de)? (?P<m1>[^\W\d_]{3,12})"
    r"|(?P<m2>[^\W\d_]{3,12})\.? (?P<d2>\d{1,2})(?:st|nd|rd|th)?)\.?,?(?: de)? (?P<y>\d{4})"
)


def same_value(found: Any, wanted: Any, *, ignore_case: bool = True) -> bool:
    """Whether a value in an answer's JSON is the expected one, compared by the expected type.

    A number may be written as a text, as people write numbers, a truth value in words, and a date
    in any common form. A number with a leading zero is a text. The order of lists does not matter.
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
        number = read_number(text)
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
    if _ISO_DATE.fullmatch(wanted.strip()):
        return _same_date(found, wanted.strip())
    # A day may be written otherwise than expected, but not read in two ways.
    days = set(_dates(comparable(wanted[:60])))
    return len(days) == 1 and bool(days.intersection(_dates(comparable(found[:60]))))


def _same_date(found: str, wanted: str) -> bool:
    try:
        moment = datetime.fromisoformat(wanted)
    except ValueError:
        return False
    text = comparable(found[:60])
    if len(wanted) > 10:
        try:
            other = datetime.fromisoformat(text.upper())
        except ValueError:
            return False
        zones = {moment.tzinfo is None, other.tzinfo is None}
        return len(zones) == 1 and _instant(moment) == _instant(other)
    return moment.date() in _dates(text)


def _instant(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def _dates(text: str) -> Iterator[date]:
    """The days that a text may mean: two where either number may be the month."""
    parts: list[tuple[int, int, int]] = []
    if match := _NUMERIC_DATE.fullmatch(re.sub(r"t00:00(?::00(?:\.0+)?)?z?$", "", text)):
        if match["y"]:
            parts = [(int(match["y"]), int(match["m"]), int(match["d"]))]
        elif match["cy"]:
            parts = [(int(match["cy"]), int(match["cm"]), int(match["cd"]))]
        else:
            year, one, other = _full_year(match["year"]), int(match["a"]), int(match["b"])
            parts = [(year, other, one)]
            if match["mark"] != ".":
                parts.append((year, one, other))
    elif match := _NAMED_DATE.fullmatch(text):
        month = _MONTHS.get(match["m1"] or match["m2"])
        if month:
            parts = [(int(match["y"]), month, int(match["d1"] or match["d2"]))]
    for year, month, day in parts:
        try:
            yield date(year, month, day)
        except ValueError:
            continue


def _full_year(digits: str) -> int:
    """A year of which perhaps only the last two digits are written: 1970 to 2069."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < 70 else 1900)


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
