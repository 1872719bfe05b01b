"""Numbers as people of all countries write them: finding them in a text, and their meanings."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from llmopt_tui.core.scoring.number_marks import RAISED, with_plain_marks
from llmopt_tui.core.scoring.number_scales import scaled
from llmopt_tui.core.scoring.number_words import number_words

_MOST_DIGITS = 40
ANNOUNCED: Final = re.compile(r"(?:\b(?:is|are|be|answer|equals?|total)|[=:])\s?\Z", re.IGNORECASE)
"""Words and signs directly before a number that announce a result."""

_LARGEST = 10**1000
_LONGEST = 200
"""How many characters a text may have that is read as one number."""

_CHUNK = r"\d+(?:[.,' \u00a0_⎖]\d+)*"
_VULGAR = "".join(chr(code) for code in (*range(0xBC, 0xBF), *range(0x2150, 0x215F), 0x2189))
_BODY = re.compile(
    rf"(?P<whole>(?<![\d.,/])\d{{1,20}})(?:[ \u00a0-]|\sand\s)"
    rf"(?P<over>\d{{1,20}})\s?/\s?(?P<under>\d{{1,20}})(?![\d/]|[.,]\d)"
    rf"|(?<![\d/])(?<!\d[.,'])(?P<top>\d{{1,20}})\s?/\s?(?P<bottom>\d{{1,20}})(?![\d/]|[.,]\d)"
    rf"|(?P<before>\d{{1,20}})?[ \u00a0]?(?P<vulgar>[{_VULGAR}])"
    rf"|(?<![\w.)\]])[.⎖](?P<decimals>\d+)"
    rf"|(?P<chunk>{_CHUNK})"
)
_BEFORE = re.compile(
    r"(?P<sign>[-+]|\b(?:minus|negative|moins|menos|meno|minus)\s)?(?P<gap>\s?)"
    r"(?:(?:\b[A-Z]{1,3})?\$|\b(?:USD|EUR|GBP|JPY|CNY|INR|CHF|CAD|AUD|BRL|MXN|KRW|Rs\.?|kr\.?)"
    r")?\s?(?P<inner>[-+])?\Z",
    re.IGNORECASE,
)
_EXPONENT = re.compile(r"[eE]([-+]?\d{1,3})(?!\w)")
_POWER_OF_TEN = re.compile(
    rf"\s?[x×*]\s?10\s?(?:\^|\*\*|{RAISED})\s?[({{]?\s?([-+]?\d{{1,3}})(?!\d)[)}}]?"
)
_POWER = re.compile(rf"\s?(?P<how>\^|\*\*|{RAISED})[({{]?([-+]?\d{{1,3}})(?![\d.,])[)}}]?")
_PERCENT = re.compile(
    r"\s?(?:%|percent\b|per cent\b|pct\b|prozent\b|pour ?cents?\b|por ciento\b|por cento\b"
    r"|per cento\b|процент)",
    re.IGNORECASE,
)
_HALF = re.compile(r"\s(?:and\s)(?:(a|one|three)\s)(half|third|quarter)s?\b", re.IGNORECASE)
_GROUPED = re.compile(
    r"\d{1,3}(?P<mark>[.,' \u00a0_])\d{3}(?:(?P=mark)\d{3})*(?P<decimals>[.,⎖]\d+)?"
    r"|\d{1,2},(?:\d{2},)+\d{3}(?P<indian>[.⎖]\d+)?"
)
_PLAIN = re.compile(r"\d+(?:[.,⎖]\d+)?")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: `text` as it is written there, and `readings`, what it may mean.

    `readings` has the likeliest meaning first: "1,234" is 1234, or 1.234 where decimals are set off
    by commas. `percent`: a percent sign follows; the readings do not divide by 100.
    """

    text: str
    readings: tuple[Fraction, ...]
    percent: bool = False

    def equals(self, other: Number, tolerance: Fraction = Fraction(0)) -> bool:
        """Whether one of its readings is what the other most likely means.

        Where only one of the two has a percent sign, 50 % equals both 50 and 0.5.
        """
        wanted = {other.readings[0]}
        if self.percent != other.percent:
            factor = Fraction(1, 100)
            wanted |= {value * (factor if other.percent else 100) for value in wanted}
        return any(abs(mine - value) <= tolerance for mine in self.readings for value in wanted)


def read_number(text: str) -> Number | None:
    """The number that makes up a whole text, currency and percent sign aside; else None."""
    if len(text.strip()) > _LONGEST:
        return None
    plain = with_plain_marks(text.strip())
    found = list(numbers_in(plain))
    if len(found) == 1:
        start, end, number, _ = found[0]
        around = plain[:start] + plain[end:]
        rest = re.sub(
            r"[\s$().\[\]{}*_~]|\\boxed|USD|EUR|GBP|JPY|CNY|INR|CHF|[-+](?=\W*\Z)", "", around
        )
        return number if not rest else None
    if not found:
        words = list(number_words(plain))
        if (
            len(words) == 1
            and not plain[: words[0][0]].strip()
            and not plain[words[0][1] :].strip(" .!")
        ):
            return Number(text.strip(), (words[0][2],))
    return None


def written(value: Fraction) -> str:
    """A value in text form: as a decimal number where it has few decimals, else as a fraction."""
    if value.denominator == 1:
        return str(value.numerator) if abs(value) < 10**_MOST_DIGITS else "a huge number"
    twos_and_fives = value.denominator
    for prime in (2, 5):
        while twos_and_fives % prime == 0:
            twos_and_fives //= prime
    if twos_and_fives == 1 and value.denominator < 10**_MOST_DIGITS:
        return f"{float(value):.12g}"
    return f"{value.numerator}/{value.denominator}" if value.denominator < 10**6 else "a tiny part"


def is_number(value: Any) -> bool:
    """Whether a value of a case is a number and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def expected_number(value: Any) -> Number | None:
    """The number that a value of a case means; a text is read. None where it is not a number."""
    if isinstance(value, str):
        return read_number(value)
    if (
        not is_number(value)
        or abs(value) > _LARGEST
        or (isinstance(value, float) and math.isnan(value))
    ):
        return None
    return Number(str(value), (Fraction(str(value)),))


Found = tuple[int, int, Number, bool]
"""Start, end, the number, and whether it is a part of a name."""


def numbers_in(text: str) -> Iterator[Found]:
    """Every number in digits, in the order of the text, which has `with_plain_marks`."""
    place = 0
    while match := _BODY.search(text, place):
        place = match.end()
        for start, end, values in _bodies(match):
            if not (start and text[start - 1] in f"^{RAISED}"):  # not the exponent of a unit
                found = _with_surroundings(text, start, end, values)
                place = max(place, found[1])
                yield found


def _bodies(match: re.Match[str]) -> Iterator[tuple[int, int, list[Fraction]]]:
    """The numbers in a match of `_BODY`, without sign: start, end and readings."""
    start, end = match.span()
    if match["over"]:
        whole, over, under = (int(match[name]) for name in ("whole", "over", "under"))
        if len(match["whole"]) > 3 or over >= under:
            yield start, match.end("whole"), [Fraction(whole)]
            start, whole = match.start("over"), 0
        if under:
            yield start, end, [whole + Fraction(over, under)]
    elif match["bottom"]:
        if bottom := int(match["bottom"]):
            yield start, end, [Fraction(int(match["top"]), bottom)]
    elif match["vulgar"]:
        part = Fraction(unicodedata.numeric(match["vulgar"])).limit_denominator(1000)
        yield start, end, [int(match["before"] or 0) + part]
    elif match["decimals"]:
        if len(match["decimals"]) <= _MOST_DIGITS:
            yield start, end, [Fraction(f"0.{match['decimals']}")]
    else:
        yield from _pieces(match["chunk"], start)


def _pieces(chunk: str, start: int) -> Iterator[tuple[int, int, list[Fraction]]]:
    """Start, end and readings of digits with marks between: one number where it can be, or more."""
    for separators in ("", " \u00a0", " \u00a0,", ".,' \u00a0_⎖"):
        parts = (
            [m.span() for m in re.finditer(rf"[^{separators}]+", chunk)]
            if separators
            else [(0, len(chunk))]
        )
        read = [_readings(chunk[first:last]) for first, last in parts]
        if all(read):
            for (first, last), values in zip(parts, read, strict=True):
                yield start + first, start + last, values
            return


def _readings(digits: str) -> list[Fraction]:
    """The possible values of digits with marks between, the likeliest first; may be empty."""
    if len(digits) > 2 * _MOST_DIGITS:
        return []
    grouped = _GROUPED.fullmatch(digits) if digits[0] != "0" else None
    if grouped is None:
        plain = re.sub(r"[,⎖]", ".", digits)
        return [Fraction(plain)] if _PLAIN.fullmatch(digits) else []
    mark, decimals = grouped["mark"] or ",", grouped["decimals"] or grouped["indian"] or ""
    if decimals[:1] == mark:
        return []
    whole = digits.removesuffix(decimals).replace(mark, "")
    value = Fraction(f"{whole}.{decimals[1:]}" if decimals else whole)
    if mark in ".," and digits.count(mark) == 1 and not decimals:
        other = Fraction(digits.replace(",", "."))
        return [other, value] if mark == "." else [value, other]
    return [value]


def _with_surroundings(text: str, start: int, end: int, values: list[Fraction]) -> Found:
    """A number read with the text around its digits: sign, currency, exponent, scale, percent."""
    begin, signs = _signed(text, start)
    begun, digits_end = start, end
    if match := _EXPONENT.match(text, end):
        values, end = [value * Fraction(10) ** int(match[1]) for value in values], match.end()
    if match := _POWER_OF_TEN.match(text, end):
        values, end = [value * Fraction(10) ** int(match[1]) for value in values], match.end()
    elif match := _POWER.match(text, end):
        powers = [power for value in values if (power := _power(value, int(match[2]))) is not None]
        # A raised number after another may also be a footnote's.
        footnote = match["how"] == RAISED and values != [10]
        values, end = [*powers, *values] if footnote else powers or values, match.end()
    if match := _HALF.match(text, end):
        times = 3 if match[1].casefold() == "three" else 1
        part = Fraction(times, {"half": 2, "third": 3, "quarter": 4}[match[2].casefold()])
        values, end = [value + part for value in values], match.end()
    values, end = scaled(text, end, values, letters=end == digits_end)
    percent = _PERCENT.match(text, end)
    end = percent.end() if percent else end
    readings = tuple(dict.fromkeys(sign * value for sign in signs for value in values))
    named = begin == begun and begun > 0 and (text[begun - 1] == "_" or _is_latin(text[begun - 1]))
    number = Number(text[begin:end].strip(), readings, bool(percent))
    return begin, end, number, named


def _signed(text: str, start: int) -> tuple[int, tuple[int, ...]]:
    """The start of a number with its sign and currency, and the signs (1, -1) it may have."""
    first = max(0, start - 16)
    before = _BEFORE.search(text[first:start])
    assert before is not None
    begin = first + before.start()
    sign, inner = before["sign"] or "", before["inner"] or ""
    if inner == "-":
        free = begin < start - 1 or not _continues(text, start - 1)
        return (begin, (-1,)) if free else (start, (1,))
    if not sign or sign == "+":
        return begin, (1,)
    if sign != "-":
        return begin, (-1,)
    attached = not before["gap"]
    if attached:
        return (begin, (-1,)) if not _continues(text, begin) else (begin + 1, (1,))
    line = text[:begin].rpartition("\n")[2].rstrip()
    if not line:
        # A dash with a space at the start of a line is a sign, or the mark of a list's entry.
        return begin, (-1, 1)
    announced = line[-1] in "=:(<>≈~$" or ANNOUNCED.search(line[-10:])
    return (begin, (-1,)) if announced else (begin + 1, (1,))


def _continues(text: str, place: int) -> bool:
    """Whether a dash joins the number to the text before it: "3-5", "B-5", "(a)-5"."""
    return place > 0 and (text[place - 1].isalnum() or text[place - 1] in ")]%_")


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _power(base: Fraction, exponent: int) -> Fraction | None:
    """The power, or None where it is too large or too small for any answer."""
    if abs(exponent) > (300 if base == 10 else 30) or (base == 0 and exponent < 0):
        return None
    return base**exponent
