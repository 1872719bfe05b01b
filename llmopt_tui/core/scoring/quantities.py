"""Numbers with a unit or a hedge, as people fill in fields: "about 12 kg", "$1,200 per month"."""

from __future__ import annotations

import re

from llmopt_tui.core.scoring.number_marks import RAISED, with_plain_marks
from llmopt_tui.core.scoring.number_words import number_words
from llmopt_tui.core.scoring.numbers import Number, numbers_in, read_number

_LONGEST = 100
_HEDGE = re.compile(
    r"(?:[~≈]|\b(?:about|around|approx(?:imately|\.)?|roughly|circa|ca?\.|some|exactly|precisely"
    r"|just|nearly|almost|only|estimated(?: at)?|probably|likely|aged?"
    r"|etwa|ungefähr|rund|zirka|genau|fast|knapp|environ|à peu près|exactement|presque"
    r"|unos|unas|aproximadamente|alrededor de|cerca de|exactamente|casi|quase"
    r"|circa|all'incirca|esattamente|quasi|ongeveer|około|примерно|около|приблизительно|ровно)"
    r"|约|大约|大概|約|およそ|약)\s?",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"\$|\b(?:[A-Z]{3}|Rs\.?|kr\.?)(?=\s|\d|\Z)")
_SQUARED = re.compile(rf"(?<=[a-z]){RAISED}?[23]\b", re.IGNORECASE)
_ASIDE = re.compile(r"\s\([^()]{1,40}\)")
# What follows a number and is no unit makes it another number, or none.
_NO_UNIT = re.compile(
    r"\b(?:or|of|out|to|plus|minus|more|less|fewer|over|under|not|but|and|times|if|up|hundred"
    r"|thousand|million|billion|dozen|half|oder|bis|und|ou|o|mehr|plus|más|mais|più|или|до)\b",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s?(?:%|[^\W\d_][^\s,;:!?+]{0,20}|[°µ/€][^\s,;:!?+]{0,20})?"
    r"(?:[ -/]{1,2}[^\W\d_][^\s,;:!?+]{0,20}){0,3}(?:,? (?:maybe|perhaps|roughly|approximately"
    r"|approx|or so|I think))?[.!]?",
    re.IGNORECASE,
)


def read_quantity(text: str) -> Number | None:
    """The one number of a text that holds nothing else but its unit and a hedge; else None.

    What gives a bound or a choice ("over 12", "12 or 13", "12-15", "12+") is no such number.
    """
    if exact := read_number(text):
        return exact
    plain = with_plain_marks(text.strip())
    if len(plain) > _LONGEST:
        return None
    plain = _ASIDE.sub("", plain)
    found = [(start, end, number) for start, end, number, named in numbers_in(plain) if not named]
    if not found and not any(map(str.isdigit, plain)):
        found = [
            (start, end, Number(plain[start:end], (value,)))
            for start, end, value in number_words(plain)
        ]
    if len(found) != 1:
        return None
    start, end, number = found[0]
    before, after = _CURRENCY.sub("", plain[:start]), _SQUARED.sub("", plain[end:])
    if _HEDGE.sub("", before).strip(" .") or any(map(str.isdigit, after)):
        return None
    after = re.sub(r",? or so\b", "", after)
    if _NO_UNIT.search(after) or not _UNIT.fullmatch(after):
        return None
    return number
