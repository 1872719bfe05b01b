"""Mentions of labels in an answer: whole words, and single letters only where they are labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from llmopt_tui.core.scoring.sameness import bare
from llmopt_tui.core.scoring.segments import word_places

_MOST_MENTIONS = 200
_WITHOUT_SPACES = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f"
_TOUCHES = re.compile(f"[{_WITHOUT_SPACES}]")
_JOINS = re.compile(r"(?<=\w)[_-](?=\w)")
_LEADS_TO_LETTER = re.compile(
    r"(?:\b(?:option|answer|choice|letter|label|category|class|grade|pick|choose|select|not|either"
    r"|neither|nor|or|and|but|than|of|is|be|with|say|between|among)|[:=(\[\"'*`/,]|\s-|->|→|\{)\s?\Z",
    re.IGNORECASE,
)
_LEADS_SURELY = re.compile(
    r"\b(?:answer|option|choice|letter)(?: is)?\s?[:=]?\s?[\"'(\[*]*\Z", re.IGNORECASE
)
_FOLLOWS_LETTER = re.compile(
    r"[)\]\"'*`}:.,;!?/]|\Z|\s*\n|\s?[-\u2013\u2014]\s|\s\(|\s(?:because|since|as|and|or|but|not|rather|is|seems|looks|remains"
    r"|fits|holds|applies|wins|must (?:be|hold))\b|\s?[✓✔✅☑✗❌✘]"
)


_ENDS_SENTENCE = re.compile(r"[.!]?\s*(?:\n|\Z)")
# English and French "a", "I", "y", Italian "e", "o"; small letters are too easily words or names.
_WORDS_OF_ONE_LETTER = frozenset("AIYEOabcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True)
class Mention:
    """A label that an answer says, from `start` to `end`."""

    start: int
    end: int
    label: str


def label_key(text: str) -> str:
    """A label in the form in which labels are compared: bare, hyphens and underscores as spaces."""
    return _JOINS.sub(" ", bare(text))


def labels_of(mentions: Iterable[Mention]) -> list[str]:
    """The labels that are mentioned, each once, in order."""
    return list(dict.fromkeys(mention.label for mention in mentions))


def label_mentions(text: str, labels: tuple[str, ...]) -> list[Mention]:
    """The mentions of labels, in order; of overlapping ones the longest."""
    folded = _lowered(text)
    found: list[Mention] = []
    for label in labels:
        key = label_key(label)
        places = (
            _letter_places(text, bare(label, ignore_case=False))
            if _is_letter(key)
            else ((place, place + len(key)) for place in word_places(folded, key))
        )
        for n, (start, end) in enumerate(places):
            if n == _MOST_MENTIONS:
                break
            found.append(Mention(start, end, label))
    found.sort(key=lambda mention: (mention.start, -mention.end))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
        elif mention.end - mention.start > kept[-1].end - kept[-1].start:
            kept[-1] = mention
    return kept


def _lowered(text: str) -> str:
    """The text in lower case with hyphens and underscores as spaces, at its original length."""
    lowered = "".join(low if len(low := char.casefold()) == 1 else char for char in text)
    return _JOINS.sub(" ", lowered)


def _is_letter(key: str) -> bool:
    return len(key) == 1 and key.isascii() and key.isalpha()


@lru_cache(maxsize=64)
def _letter(letter: str) -> re.Pattern[str]:
    # A letter may touch the signs of scripts without spaces: 答案是B。
    other = rf"[^\W{_WITHOUT_SPACES}]|['’]"
    return re.compile(rf"(?<!{other}|[.-]){re.escape(letter)}(?!{other}|\.\w)")


def _letter_places(text: str, letter: str) -> Iterator[tuple[int, int]]:
    """Start and end of a letter where it is a label, not a word: "(A)", "option A", not "A man"."""
    for match in _letter(letter).finditer(text):
        start, end = match.span()
        before, after = text[max(0, start - 12) : start], text[end : end + 12]
        first = not before.strip(" ([\"'*`") or before.endswith("\n")
        leads = first or _LEADS_TO_LETTER.search(before)
        if (
            after[:1] == ")"
            or _TOUCHES.match(before[-1:] or after[:1])
            or _TOUCHES.match(after[:1])
            or (leads and _FOLLOWS_LETTER.match(after))
            or (not first and letter not in _WORDS_OF_ONE_LETTER)
            or (letter == "A" and _ENDS_SENTENCE.match(after))  # no article ends a sentence
        ):
            yield start, end
    # In the other case only where it can mean nothing else: "answer: b", "(b)".
    for match in _letter(letter.swapcase()).finditer(text):
        start, end = match.span()
        before, after = text[max(0, start - 20) : start], text[end : end + 12]
        bracketed = before[-1:] == "(" and after[:1] == ")"
        if bracketed or (_LEADS_SURELY.search(before) and _FOLLOWS_LETTER.match(after)):
            yield start, end
