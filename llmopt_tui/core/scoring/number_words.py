"""Numbers written in words: English ones, Chinese and Japanese numerals, and other languages'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from llmopt_tui.core.scoring.spelled_numbers import spelled_numbers

_UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
} | {"fourty": 40}
_SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "lakh": 10**5,
    "million": 10**6,
    "crore": 10**7,
    "billion": 10**9,
    "trillion": 10**12,
}
_PARTS = {
    "half": 2,
    "halves": 2,
    "third": 3,
    "thirds": 3,
    "quarter": 4,
    "quarters": 4,
    "fourth": 4,
    "fourths": 4,
    "fifth": 5,
    "fifths": 5,
    "sixth": 6,
    "sixths": 6,
    "eighth": 8,
    "eighths": 8,
    "tenth": 10,
    "tenths": 10,
}
_SIGNS = ("minus", "negative")
_COUNTS = "|".join([*_UNITS, *_TENS, *_SCALES])
_AFTER_A = "|".join([*_SCALES, *_PARTS])
# A run starts with a number word, "a" before one, or "half"; "third" alone is not a number.
_RUN = re.compile(
    rf"\b(?:(?:{'|'.join(_SIGNS)})[ -])?(?:(?:{_COUNTS})s?|an? (?:{_AFTER_A})|half)\b"
    rf"(?:(?:[ -]|, )(?:(?:and|point|an?) ){{0,2}}"
    rf"(?:(?:{_COUNTS})s?|{'|'.join(_PARTS)})\b){{0,30}}",
    re.IGNORECASE,
)

_CJK_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "兩": 2,
}
_CJK_SMALL = {"十": 10, "百": 100, "千": 1000}
_CJK_LARGE = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8}
_CJK_RUN = re.compile(rf"[{''.join([*_CJK_DIGITS, *_CJK_SMALL, *_CJK_LARGE])}]{{1,30}}")


def number_words(text: str) -> Iterator[tuple[int, int, Fraction]]:
    """Start, end and value of each number in words, in the order of the text."""
    found = [(m.start(), m.end(), _english(m.group())) for m in _RUN.finditer(text)]
    found += [(m.start(), m.end(), _chinese(m.group())) for m in _CJK_RUN.finditer(text)]
    found += spelled_numbers(text)
    last = 0
    # "Trente-six" holds an English number: of what overlaps, the longest counts.
    for start, end, value in sorted(found, key=lambda match: (match[0], -match[1])):
        if value is not None and start >= last:
            yield start, end, value
            last = end


def _english(run: str) -> Fraction | None:
    """The value of words such as "two hundred and five", "one point five", "three quarters"."""
    said = [word.removesuffix("s") for word in re.split(r"[ ,-]+", run.casefold()) if word]
    sign = -1 if said[0].removesuffix("s") in {"minu", "negative"} else 1
    if sign < 0:
        said = said[1:]
    total, group, decimals = Fraction(0), Fraction(0), ""
    spoken = pending = False
    for place, word in enumerate(said):
        value = _UNITS.get(word, _UNITS.get(f"{word}s", _TENS.get(word)))
        if decimals:
            if value is None or value > 9:
                return None
            decimals += str(value)
        elif word == "point":
            decimals = "."
        elif value is not None:
            # "Nineteen eighty-four" counts hundreds without saying so.
            if group and group % 100 >= 10 and value >= 10 and not pending:
                group *= 100
            group, spoken, pending = group + value, True, False
        elif word in _SCALES:
            scale = _SCALES[word]
            if scale <= 100:
                group = (group or Fraction(1)) * scale
            else:
                total, group = total + (group or Fraction(1)) * scale, Fraction(0)
            spoken, pending = True, True
        elif word in _PARTS or f"{word}s" in _PARTS or word == "halve":
            part = Fraction(1, 2 if word == "halve" else _PARTS[word])
            joined = place > 1 and "and" in said[:place]
            if joined:
                # "Two and a half", "five and three quarters": the last unit counts the parts.
                last = said[place - 1]
                times = _UNITS.get(last, 1)
                group = group - (times if last in _UNITS else 0) + times * part
            else:
                group = (group or Fraction(1)) * part
            spoken = True
    if not spoken:
        return None
    value_said = total + group
    if len(decimals) > 1:
        value_said += Fraction(f"0{decimals}")
    return sign * value_said


def _chinese(run: str) -> Fraction | None:
    """The value of 四十二, 三千, 一万二千, 二〇二四."""
    if all(char in _CJK_DIGITS for char in run):
        return Fraction(int("".join(str(_CJK_DIGITS[char]) for char in run)))
    total = section = digit = 0
    for char in run:
        if char in _CJK_DIGITS:
            digit = _CJK_DIGITS[char]
        elif char in _CJK_SMALL:
            section, digit = section + (digit or 1) * _CJK_SMALL[char], 0
        else:
            total, section, digit = total + (section + digit or 1) * _CJK_LARGE[char], 0, 0
    return Fraction(total + section + digit)
