"""Days as people of many countries write them, and whether two texts mean the same one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

from llmopt_tui.core.scoring.month_names import months
from llmopt_tui.core.scoring.sameness import comparable

_LONGEST = 60
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.{0,20})?", re.ASCII)
_MIDNIGHT = re.compile(r"t00:00(?::00(?:\.0+)?)?z?$")
_ASIDE = re.compile(r" \([^()\d]{1,20}\)$")
_NUMERIC = re.compile(
    r"(?P<y>\d{4}) ?[-/.年년] ?(?P<m>\d{1,2}) ?[-/.月월] ?(?P<d>\d{1,2})[日일.]?"
    r"|(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})"
    r"|(?P<cy>(?:19|20)\d\d)(?P<cm>\d\d)(?P<cd>\d\d)"
)
_NAME = r"[^\s\d,/-]{2,20}"
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|de|e|\.|º|ª)?"
# After a weekday or a preposition, in any language: "on", "le mardi", "вторник,", "terça-feira,".
_NAMED = re.compile(
    r"(?:[^\s\d]{2,20} ){0,2}"
    rf"(?:(?P<d1>{_DAY})(?: of| de|)(?:[ -]|(?<=\.))(?P<m1>{_NAME})"
    r"[ -]?(?:,? ?(?:de |del )?)(?P<y1>\d{4})"
    rf"|(?P<m2>{_NAME}) (?P<d2>{_DAY}),? (?P<y2>\d{{4}})"
    rf"|(?P<y3>\d{{4}})\.?[ -](?P<m3>{_NAME})[ -](?P<d3>{_DAY}))"
    r"(?: (?:г|р|г\.|р\.|года|року|yil[iı]))?\.?"
)


def same_day(found: str, wanted: str) -> bool:
    """Whether a text means the expected day, or the expected moment where a time is expected.

    The expected day may be written in any way that has one reading only.
    """
    if _ISO_DATE.fullmatch(wanted.strip()):
        return _same_as_iso(found, wanted.strip())
    expected = set(_days(wanted))
    return len(expected) == 1 and not expected.isdisjoint(_days(found))


def _same_as_iso(found: str, wanted: str) -> bool:
    try:
        moment = datetime.fromisoformat(wanted)
    except ValueError:
        return False
    if len(wanted) > 10:
        try:
            other = datetime.fromisoformat(comparable(found[:_LONGEST]).upper())
        except ValueError:
            return False
        zones = {moment.tzinfo is None, other.tzinfo is None}
        return len(zones) == 1 and _instant(moment) == _instant(other)
    return moment.date() in _days(found)


def _instant(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def _days(text: str) -> Iterator[date]:
    """The days that a text may mean: two where either number may be the month."""
    text = _ASIDE.sub("", comparable(text[:_LONGEST]))
    parts: list[tuple[int, int, int]] = []
    if match := _NUMERIC.fullmatch(_MIDNIGHT.sub("", text)):
        if match["y"]:
            parts = [(int(match["y"]), int(match["m"]), int(match["d"]))]
        elif match["cy"]:
            parts = [(int(match["cy"]), int(match["cm"]), int(match["cd"]))]
        else:
            year, one, other = _full_year(match["year"]), int(match["a"]), int(match["b"])
            parts = [(year, other, one)]
            if match["mark"] != ".":
                parts.append((year, one, other))
    elif match := _NAMED.fullmatch(text):
        said = {part: next(filter(None, (match[f"{part}{n}"] for n in "123"))) for part in "ymd"}
        number = int("".join(filter(str.isdecimal, said["d"])))
        parts = [(int(said["y"]), month, number) for month in months(said["m"])]
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
