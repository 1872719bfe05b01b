"""Words and sentences of a text, counted as a careful reader would.

It knows the words and full stops of any script, and abbreviations of English and German.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from llmopt_tui.core.scoring.segments import found_words

LONGEST: Final = 100_000
"""How many characters of an answer are read for sentences, faults and tone.

No case asks for a longer answer, and faults show up earlier.
"""

# Every pattern here takes linear time on any text: runs are matched whole (possessive `++`) and
# only from their first character.
_WORD = re.compile(r"[^\W_]++(?:[-'’.&/][^\W_]++)*")
_TERM = re.compile(r"(?:(?<![^\s(])\.)?[^\W_]++(?:[.'’][^\W_]++)*[+#]*+")
_WORD_ANYWHERE = r"LETTER++(?:[-'’.&/]LETTER++)*+"
_TERM_ANYWHERE = r"(?:(?<![^\s(])\.)?LETTER++(?:[.'’]LETTER++)*+[+#]*+"
# Stops that need a space after them, and those of scripts that need none. A quotation that ends
# there but is followed by more words ("「行く。」と言った") ends no sentence.
_STOP = re.compile(
    r"(?<![.!?…])[.!?…։።]++[\"'”’»)\]]*+(?=\s|$)"
    r"|[。！？｡．؟۔।॥။។]++(?:[\"'”’»)\]」』）】]++(?=\s|$|[^\w\s])|(?![\"'”’»)\]」』）】]))"
)
_LIST_ITEM = re.compile(
    r"^[ \t]*+(?:[-*•‣◦▪–+]|\(?\d{1,3}[.)]|\(?[a-zA-Z]\))[ \t]++(?=\S)", re.MULTILINE
)
_BLOCK = re.compile(r"\n[ \t]*+\n")
_LAST_WORD = re.compile(r"(?:[^\W_]+\.\s?)*[^\W_]+$")
# These may also be the last word of a sentence: then a capital follows.
_MAY_END = frozenset("etc usw inc ltd co corp".split())
_ABBREVIATIONS = _MAY_END | frozenset(
    "e.g i.e approx incl excl max min no vs dr mr mrs ms prof st jr sr fig dept "
    "z.b d.h u.a bzw ca ggf inkl evtl nr tel mio mrd abs str zzgl exkl vgl".split()
)
# German ordinals follow these: "seit dem 19. Jahrhundert".
_BEFORE_ORDINALS = frozenset("am der die das dem den des im vom zum zur beim jede jeden".split())
_MONTHS = frozenset(
    "januar februar märz april mai juni juli august september oktober november dezember".split()
)


def words(text: str) -> list[str]:
    """The words of a text, unchanged, with inner hyphens and apostrophes."""
    return found_words(text, _WORD, _WORD_ANYWHERE)


def terms(text: str) -> list[str]:
    """The words for comparing: compounds are split at hyphens; C++, C#, .NET, Node.js are not."""
    return found_words(text, _TERM, _TERM_ANYWHERE)


def list_items(text: str) -> int:
    """The number of lines that are entries of a list."""
    return sum(1 for _ in _LIST_ITEM.finditer(text))


def sentences(text: str) -> list[str]:
    """The sentences of the first `LONGEST` characters.

    A blank line or the start of a list entry ends one even without a stop; abbreviations,
    initials, numbers of entries and German ordinals ("am 3. Mai") do not.
    """
    blocks = _BLOCK.split(_LIST_ITEM.sub("\n\n", text[:LONGEST]))
    found = [sentence for block in blocks for sentence in _split(block)]
    return [sentence for sentence in found if _WORD.search(sentence)]


def _split(block: str) -> Iterator[str]:
    start = 0
    for stop in _STOP.finditer(block):
        if stop.group() == "." and _goes_on(block, start, stop.start(), stop.end()):
            continue
        yield block[start : stop.end()].strip()
        start = stop.end()
    yield block[start:].strip()


def _goes_on(block: str, start: int, dot: int, after: int) -> bool:
    """Whether a full stop belongs to the word before it rather than to the sentence."""
    before = _LAST_WORD.search(block[max(start, dot - 20) : dot])
    if not before:
        return False
    word = before.group().casefold()
    short = word.rsplit(" ", 1)[-1]
    following = block[after : after + 20].split()
    next_word = following[0] if following else ""
    earlier = block[max(start, dot - 60) : dot].split()[:-1]
    if short.isdecimal():
        ordinal = not earlier or earlier[-1].casefold() in _BEFORE_ORDINALS
        return len(short) <= 2 and (ordinal or next_word.strip(",.").casefold() in _MONTHS)
    if not next_word:
        return False
    if "." in short and next_word[0].islower() and max(map(len, short.split("."))) <= 3:
        return True  # "U.S. law", "5 p.m. the"
    if short in _ABBREVIATIONS or word.replace(" ", "") in _ABBREVIATIONS:
        return not (short in _MAY_END and next_word[0].isupper())
    if len(short) > 1:
        return False
    # "z. B." begins small; "J. Smith" and "John F. Kennedy" are names, "class B." is not.
    if before.group()[-1].islower():
        return len(next_word) == 2 and next_word[0].isalpha() and next_word[1] == "."
    return not earlier or earlier[-1][0].isupper()
