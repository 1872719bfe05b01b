"""The borders of words in any script, including scripts that are written without spaces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from llmopt_tui.core.text.word_breaks import word_breaks

# Thai, Lao, Myanmar, Khmer, Chinese, Japanese: words follow each other without spaces.
_WITHOUT_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_SPACELESS: Final = re.compile(f"[{_WITHOUT_SPACES}]")
# Scripts whose words hold marks, or that are written without spaces: `re` cannot tell their words.
_BEYOND: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0590-\u1cff\u2e80-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U00010000-\U0003ffff]"
)
_LETTER: Final = r"[\p{L}\p{M}\p{N}]"
_HANGUL: Final = re.compile("[\uac00-\ud7a3]{1,6}")
_PARTICLES: Final = frozenset(
    "은 는 이 가 을 를 의 에 에서 에게 께 께서 한테 로 으로 와 과 도 만 까지 부터 보다 처럼 마다 "
    "이나 나 라고 이라고 라는 이라는 입니다 이다 이며 이고 였다 이었다 이었습니다 였습니다 예요 "
    "이에요 이야 야 요 들 들이 들은 들을 들의 들에게 에는 에도 에서는 에서도 으로는 로는 으로도 "
    "만의 이란 란 인 에서의 님".split()
)
"""The particles that Korean adds to a noun without a space."""


def found_words(text: str, simple: re.Pattern[str], joined: str) -> list[str]:
    """The words of a text: by `simple` where its script allows, else by segmentation.

    `joined` is `simple` for the `regex` module, with LETTER for a letter, mark or digit.
    """
    if not _BEYOND.search(text):
        return simple.findall(text)
    pattern = _compiled(joined)
    if not _SPACELESS.search(text):
        return [match.group() for match in pattern.finditer(text)]
    breaks: set[int] | None = None
    found: list[str] = []
    for match in pattern.finditer(text):
        word = match.group()
        if len(word) == 1 or not _SPACELESS.search(word):
            found.append(word)
            continue
        breaks = breaks or word_breaks(text)
        found += _split(text, match.start(), match.end(), breaks)
    return found


def _split(text: str, start: int, end: int, breaks: set[int]) -> Iterator[str]:
    first = start
    for place in range(start + 1, end + 1):
        if place == end or place in breaks:
            word = text[first:place]
            if any(map(is_part_of_word, word)):
                yield word
            first = place


@lru_cache(maxsize=8)
def _compiled(joined: str) -> Any:
    import regex

    return regex.compile(joined.replace("LETTER", _LETTER))


def characters(text: str) -> int:
    """The number of characters as a reader counts them: a letter with its marks is one."""
    if text.isascii():
        return len(text)
    import regex

    return sum(1 for _ in regex.finditer(r"\X", text))


def is_part_of_word(char: str) -> bool:
    """Whether a character can be inside a word: letters, digits, and marks on them."""
    return char.isalnum() or char == "_" or unicodedata.category(char)[0] == "M"


def holds_word(text: str, word: str) -> bool:
    """Whether a text holds a word or phrase, as `word_places` finds it."""
    return next(word_places(text, word), None) is not None


def word_places(text: str, word: str) -> Iterator[int]:
    """The positions of a word or phrase in a text, except inside longer words or numbers.

    Both are `sameness.comparable`. + and # belong to words: C is not in C++. 3 is not in 3.5. In
    scripts without spaces a compound may begin with the word (日本 in 日本人), but not end with it.
    """
    breaks: set[int] | None = None
    place = text.find(word)
    while place >= 0:
        end = place + len(word)
        if _number_ends(text, place, end):
            edges = [edge for edge in (place, end) if _inside(text, edge)]
            spaceless = {edge for edge in edges if _SPACELESS.search(text[edge - 1 : edge + 1])}
            if spaceless and breaks is None:
                breaks = word_breaks(text)
            if all(
                edge in (breaks or ()) or (edge == end and len(word) > 1)
                if edge in spaceless
                else edge == end and _is_particle(text, end)
                for edge in edges
            ):
                yield place
        place = text.find(word, place + 1)


def _inside(text: str, edge: int) -> bool:
    """Whether a position is inside a word, or inside a name such as C++."""
    if not 0 < edge < len(text) or not is_part_of_word(text[edge - 1]):
        return False
    return is_part_of_word(text[edge]) or (text[edge] in "+#" and text[edge - 1].isalpha())


_DIGITS_BEFORE = re.compile(r"(?:\d[.,:/']|[.]|(?<!\w)-)\Z")
_DIGITS_AFTER = re.compile(r"[.,:/']\d")


def _number_ends(text: str, start: int, end: int) -> bool:
    """Whether digits at the ends of a match are whole numbers, not parts of longer ones."""
    before = text[max(0, start - 3) : start]
    if text[start].isdecimal() and _DIGITS_BEFORE.search(before):
        return False
    return not (text[end - 1].isdecimal() and _DIGITS_AFTER.match(text, end))


def without_particle(word: str) -> str:
    """A Korean noun without the particle after it; other words unchanged."""
    if not _HANGUL.fullmatch(word[-3:]):
        return word
    for length in (3, 2, 1):
        if len(word) - length >= 2 and word[-length:] in _PARTICLES:
            return word[:-length]
    return word


def _is_particle(text: str, place: int) -> bool:
    run = _HANGUL.match(text, place)
    after = text[run.end() : run.end() + 1] if run else ""
    return run is not None and run.group() in _PARTICLES and not (after and is_part_of_word(after))
