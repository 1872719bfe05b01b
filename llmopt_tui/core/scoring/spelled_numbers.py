"""Numbers spelled out in other languages than English, as Unicode's rules spell them."""

from __future__ import annotations

import re
import unicodedata
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from llmopt_tui.core.text.accents import without_accents

_LANGUAGES: Final = {
    "LATIN": ("de", "fr", "es", "it", "pt", "nl", "pl", "sv", "tr", "fr_CH"),
    "CYRILLIC": ("ru", "uk"),
    "GREEK": ("el",),
    "ARABIC": ("ar", "fa"),
    "HEBREW": ("he",),
    "DEVANAGARI": ("hi",),
    "HANGUL": ("ko",),
}
"""The languages that are known of each script, under the name that Unicode gives its letters."""

# Forms of small numbers; where a language lacks one, ICU gives its usual form instead.
_FORMS: Final = ("masculine", "feminine", "neuter", "native", "native-attributive")
_SMALL: Final = 1000
_MOST_WORDS: Final = 12
_ENGLISH: Final = re.compile(
    r"\b(?:the|and|there|this|that|you|with|have|has|answer|only|can|an|it|it's|for)\b",
    re.IGNORECASE,
)
_BEFORE_PERCENT: Final = frozenset({"por", "pour", "per"})
_WORD: Final = re.compile(r"[^\s\d.,;:!?()\[\]{}<>\"'’*_/=+\u2010-\u2015。！？-]+")


def spelled_numbers(text: str) -> Iterator[tuple[int, int, Fraction]]:
    """Start, end and value of each number that is spelled out in a language other than English.

    A text with common English words has none: "once" is 11 in Spanish alone. "Un" and "eine" count
    only where no other number is spelled, for they are articles, too; "null" alone is no number.
    """
    if _ENGLISH.search(text) or text.strip().casefold() == "null":
        return
    words = [(match.start(), match.end(), _key(match.group())) for match in _WORD.finditer(text)]
    scripts = {_script(key) for _, _, key in words}.intersection(_LANGUAGES)
    tables = []
    for language in (name for script in sorted(scripts) for name in _LANGUAGES[script]):
        tables.append(_spellings(language, large=False))
        if any(_sign_of_thousands(language) in word for _, _, word in words):
            tables.append(_spellings(language, large=True))
    found = list(_spelled(text, words, tables))
    yield from sorted([one for one in found if one[2] != 1] or found)


def spelled(number: int, language: str) -> str:
    """A number in the words of a language: "twenty-one"."""
    return _spell(language, number)


@dataclass(frozen=True, slots=True)
class _Spellings:
    """What spellings of numbers mean, and the words that one of them may begin with."""

    values: dict[str, Fraction]
    first_words: set[str]


def _spelled(
    text: str, words: list[tuple[int, int, str]], tables: list[_Spellings]
) -> Iterator[tuple[int, int, Fraction]]:
    """The numbers among the words; of those that begin at one word, the longest."""
    values = ChainMap(*(table.values for table in tables))
    place = 0
    while place < len(words):
        first = words[place][2]
        run = [words[place]] if any(first in table.first_words for table in tables) else []
        for word in words[place + 1 : place + _MOST_WORDS] if run else ():
            if text[run[-1][1] : word[0]] not in (" ", "-", "\u00a0", "\u2010", "\u2011"):
                break
            run.append(word)
        value = None
        while run and (value := values.get(" ".join(key for _, _, key in run))) is None:
            run.pop()
        # "Cinquenta por cento" is 50, not 100.
        if value is not None and not (place and words[place - 1][2] in _BEFORE_PERCENT):
            yield run[0][0], run[-1][1], value
        place += max(1, len(run))


@lru_cache(maxsize=50)
def _spellings(language: str, *, large: bool) -> _Spellings:
    """The spellings of a language's numbers, without or with thousands."""
    known: dict[str, Fraction] = {}
    for spelling, value in _large(language) if large else _small(language):
        known.setdefault(_key(spelling), value)
    known.pop("six cents", None)  # English money more often than a French number
    return _Spellings(known, {spelling.partition(" ")[0] for spelling in known})


def _small(language: str) -> Iterator[tuple[str, Fraction]]:
    """Spellings of the numbers from -99 to 999, some with tenths, in all forms; and of millions."""
    usual = [_spell(language, n) for n in range(_SMALL)]
    for number, spelling in enumerate(usual):
        yield spelling, Fraction(number)
    for number in (*range(-99, 0), *range(10**6, 10**8, 10**6)):
        yield _spell(language, number), Fraction(number)
    for tenths in range(200):
        yield _spell(language, Fraction(tenths, 10)), Fraction(tenths, 10)
    yield from _without_one(language, range(100, 200))
    for form in _FORMS:
        if any(_spell(language, n, form) != usual[n] for n in (1, 2, 200)):
            yield from ((_spell(language, n, form), Fraction(n)) for n in range(_SMALL))


def _large(language: str) -> Iterator[tuple[str, Fraction]]:
    """Spellings of thousands: of all numbers below 10,000, of round ones above."""
    for number in (*range(_SMALL, 10**4), *range(10**4, 10**6, 1000)):
        yield _spell(language, number), Fraction(number)
    yield from _without_one(language, range(_SMALL, 2 * _SMALL))


def _without_one(language: str, numbers: Iterable[int]) -> Iterator[tuple[str, Fraction]]:
    """The spellings of numbers without a "one" at their start: "hundert", "тысяча"."""
    first, space, _ = _spell(language, _SMALL).partition(" ")
    ones = {_spell(language, 1).removesuffix("s"), first if space else ""} - {""}
    for number in numbers:
        spelling = _spell(language, number)
        for one in ones:
            if spelling.startswith(one):
                yield spelling.removeprefix(one), Fraction(number)


def _spell(language: str, number: int | Fraction, form: str = "") -> str:
    return str(
        _speller(language, form)({"n": number if isinstance(number, int) else float(number)})
    )


@lru_cache(maxsize=200)
def _speller(language: str, form: str) -> Callable[[dict[str, Any]], str]:
    from icu4py.messageformat import MessageFormat

    style = f"spellout,%spellout-cardinal-{form}" if form else "spellout"
    return MessageFormat(f"{{n,{style}}}", language).format


@lru_cache(maxsize=50)
def _sign_of_thousands(language: str) -> str:
    """The first letters of a language's word for thousands."""
    word = _key(_spell(language, 2 * _SMALL)).removeprefix(_key(_spell(language, 2)))
    return word.split()[-1][:3]


def _key(spelling: str) -> str:
    """A spelling in the form for comparing: no accents, no soft hyphens, single spaces."""
    text = spelling.replace("\u00ad", "").replace("-", " ").replace("ʼ", "").casefold()
    if not text.isascii() and _script(text) != "DEVANAGARI":
        text = without_accents(text)
    return " ".join(text.split())


@lru_cache(maxsize=4096)
def _script_of(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _script(word: str) -> str:
    """The script of a word's first letter, by Unicode's name of it; "" where it has none."""
    return _script_of(word[0]) if word else ""
