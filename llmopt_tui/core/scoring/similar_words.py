"""Which words count as the same: case, number and common endings do not matter.

The endings are those of English and German, and Korean particles.
"""

from __future__ import annotations

import re

from llmopt_tui.core.scoring.sameness import unified
from llmopt_tui.core.scoring.segments import without_particle
from llmopt_tui.core.scoring.sentences import terms

STOP_WORDS = frozenset(
    "a an the and or nor for with without from that this these those are is was were be been will "
    "would has have had not no but if as at by in into of off on onto out over to up than then so "
    "you your our their its his her he she it we they them who whom what when where which while "
    "why how can could may might must shall should any all each other such also both more most "
    "some only own same under about after before between during through very us i me my per via "
    "der die das und oder mit ohne für von vom den dem des ein eine einen einem einer eines ist "
    "sind war wird werden auf aus bei beim nach vor über unter zu zum zur auch nicht sich als wie "
    "bis durch im am an um es er sie wir ihr ihre uns unser sowie dass man so nur noch sehr "
    "的 了 是 在 和 与 及 等 也 都 就 而 着 我 你 他 她 它 们 我们 你们 他们 这 那 这个 那个 一个 "
    "有 不".split()
)
_ENDINGS = ("ings", "ing", "ers", "ern", "ed", "es", "er", "en", "em", "s", "e", "n")
_STEM_LETTERS = 4
_HIRAGANA = re.compile("[\u3040-\u309f]{1,3}")
_DOUBLED = frozenset("bdgmnprt")


def folded(text: str) -> str:
    """The text in the form for comparing, without case."""
    return unified(text).casefold()


def stem(word: str) -> str:
    """A folded word without its ending: "planning", "planned" and "plans" come out alike.

    It is coarser than grammar ("manager" matches "manage"): it serves to find terms in an answer,
    where a wrong match does less harm than a missed one.
    """
    base = without_particle(word)
    if base != word:
        return base
    for ending in _ENDINGS:
        if ending == "s" and word.endswith(("ss", "us", "is")):
            continue
        shortest = 3 if ending == "s" else _STEM_LETTERS
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            base = word[: -len(ending)]
            break
    verbal = base != word and word.endswith(("ing", "ings", "ed", "er", "ers"))
    if verbal and len(base) > 3 and base[-1] == base[-2] and base[-1] in _DOUBLED:
        base = base[:-1]
    if len(base) > 3 and base.endswith("ie"):
        base = base[:-1]
    return base[:-1] + "i" if len(base) > 3 and base.endswith("y") else base


def _is_function_word(word: str) -> bool:
    """Whether a word means nothing alone: a single letter, or a few signs of Hiragana."""
    return (len(word) == 1 and word < "\u2e80") or _HIRAGANA.fullmatch(word) is not None


def stems(text: str) -> list[str]:
    """The stems of a text's words, in order."""
    return [stem(term) for term in terms(folded(text))]


def content_words(text: str) -> dict[str, str]:
    """The words that carry meaning, in order: stem -> the word as it first appears.

    Stop words and single letters are left out.
    """
    found: dict[str, str] = {}
    for term in terms(unified(text)):
        low = term.casefold()
        if low not in STOP_WORDS and not _is_function_word(low):
            found.setdefault(stem(low), term)
    return found
