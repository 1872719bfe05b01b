"""Which numbers in an answer only frame another: what it is out of, a year, a date, a rate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from llmopt_tui.core.scoring.numbers import Found, Number

_NEAR: Final = 40
_MONTH: Final = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?(?![a-z])"
_OUT_OF = re.compile(
    r"\bout of(?: the| a total of| all| his| her| their)?\s[*_]{0,2}", re.IGNORECASE
)
# What is between two numbers of which the second is the whole: "18 of the 30", "8 in 10".
_OF = re.compile(
    r"[*_]{0,3} (?:of|in|von|sur|de|di|van|из) [*_]{0,3}"
    r"|[*_]{0,3}(?: [^\W\d_]{1,12})? (?:of|von|sur|de|di|van|из)"
    r" (?:the|these|those|all|a total of|his|her|their|its|our|my|den|les|los|las) [*_]{0,3}",
    re.IGNORECASE,
)
_WHEN = re.compile(
    rf"\b(?:in|since|by|until|till|before|after|during|from|for|of|on|as of|as at|between|to|and)"
    rf"(?: (?:early|mid|late|the year|{_MONTH}|q[1-4])){{0,2}}(?: \d{{1,2}}(?:st|nd|rd|th)?,?)?"
    r"[ -]\Z",
    re.IGNORECASE,
)
_DAY_BEFORE = re.compile(
    rf"\b(?:on|since|by|until|till|before|after|from)(?: the)?(?: {_MONTH})? \Z", re.IGNORECASE
)
_MONTH_BEFORE = re.compile(rf"{_MONTH} \Z", re.IGNORECASE)
_MONTH_AFTER = re.compile(rf"(?:st|nd|rd|th)?(?: of)? {_MONTH}", re.IGNORECASE)
_RATE = re.compile(r"\b(?:per|every|for each|for every) \Z", re.IGNORECASE)
_PRICE = re.compile(r"(?:\bat|@)\s?\Z", re.IGNORECASE)
_EACH = re.compile(r"\s?(?:each|apiece|per\b|a piece|/)", re.IGNORECASE)
_ONE = re.compile(r"\b(?:in|for|every) \Z", re.IGNORECASE)
_COMPARED = re.compile(
    r"\b(?:(?:up|down|reduced|rounded|increased) from|compared (?:to|with)|versus|vs\.?|aged|ages"
    r"|between the ages of) \Z",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s?(?:to|and|-)\s?")
_SENTENCE_END = re.compile(r"[!?;\n。！？]|\.(?!\d)")
# A number after a name or after words for something known counts nothing: "Apollo 11", "the 2".
_NAME = re.compile(
    r"(?P<name>\b[A-Z][^\W\d_]*|\b(?:these|those|both|all|the|his|her|their|step)) \Z"
)
NO_NAMES: Final = frozenset(
    "There About Around Only Roughly Exactly Nearly Almost Some Just Total They We He She It You I "
    "Answer Is Are Was Were Approximately Sum Result In And So Then".split()
)
"""Capitalized words before a number that make no name of the two."""

PART_OF: Final = re.compile(
    r"(?: [^\W\d_]{1,12})? (?:out )?of(?: the| all| a total of| these| those)? ", re.IGNORECASE
)
"""What is between two numbers in words of which the second is the whole: "three out of ten"."""


def framing(text: str, numbers: Sequence[Found]) -> list[Found]:
    """Those of a text's numbers that only frame one before them in the same sentence.

    The second numbers of "18 out of 30", "48 left in 2024", "60 days after 1 March", "8, up
    from 6", "12 at $2 each" and "7 days in 1 week". "Out of 10" may also precede what it frames.
    """
    found: list[Found] = []
    counted: Found | None = None
    for place, number in enumerate(numbers):
        start = start_of(text, number)
        before = text[max(0, start - _NEAR) : start]
        if counted and _SENTENCE_END.search(text, counted[1], start):
            counted = None
        previous = numbers[place - 1] if place else number
        if _OUT_OF.search(before) or (counted and _frames(text, before, previous, number, found)):
            found.append(number)
        elif not number[3] and not _is_name(before) and not _is_day_or_year(text, before, number):
            counted = number
    return found


def _frames(
    text: str, before: str, previous: Found, number: Found, frames: Sequence[Found]
) -> bool:
    """Whether a number behind one that counts only frames it."""
    between = text[previous[1] : start_of(text, number)]
    return bool(
        _is_whole(text, previous, number)
        or _is_day_or_year(text, before, number)
        or _is_rate(text, before, number)
        or _COMPARED.search(before)
        or (frames[-1:] == [previous] and _RANGE.fullmatch(between))
    )


def start_of(text: str, number: Found) -> int:
    """Where a number itself starts, behind the space that may be before its digits."""
    return number[1] - len(text[number[0] : number[1]].lstrip())


def _is_whole(text: str, part: Found, whole: Found) -> bool:
    """Whether a number is what another is a part of: "18 of the 30", not "90% of 50"."""
    if part[2].percent or not _OF.fullmatch(text[part[1] : start_of(text, whole)]):
        return False
    return not _is_year(whole[2]) and part[2].readings[0] <= whole[2].readings[0]


def _is_day_or_year(text: str, before: str, number: Found) -> bool:
    """Whether a number is a part of when something was: "in May 2024", "on 5 March"."""
    if _is_year(number[2]) and _WHEN.search(before):
        return True
    day = number[2].readings[0] <= 31
    return day and bool(
        _DAY_BEFORE.search(before)
        and (_MONTH_BEFORE.search(before) or _MONTH_AFTER.match(text, number[1]))
    )


def _is_rate(text: str, before: str, number: Found) -> bool:
    """Whether a number says for how many or at which price: "per 100 g", "at $2 each"."""
    after = text[number[1] : number[1] + 12]
    return bool(
        _RATE.search(before)
        or (_PRICE.search(before) and _EACH.match(after))
        or (_ONE.search(before) and number[2].text == "1")
    )


def _is_year(number: Number) -> bool:
    return re.fullmatch(r"(?:1[5-9]|20)\d\d", number.text) is not None


def _is_name(before: str) -> bool:
    name = _NAME.search(before)
    return name is not None and name["name"] not in NO_NAMES
