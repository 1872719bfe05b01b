"""Facts of single examples found in a text: a prompt for all examples must not hold them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from llmopt_tui.core.case import Example

COPIED_WORDS = 8
"""This many words in a row from an example are a copy, not a coincidence."""

SINGLE = 2
"""A fact in more examples than this belongs to the task, not to single examples."""

WEAK_FACTS = 3
"""This many words that may each be a fact or chance are taken for facts."""

_WORD = re.compile(r"[^\W_]+(?:[-'.+#&/][^\W_]+)*[+#]*")
_LIMIT = re.compile(r"\s*(?:words?|char|letters?|sentences?|items?|entries|lines?|tokens?)")
_LONG_WORD = 5

# Words that are capitalised for other reasons than being a name in an example.
_ORDINARY = frozenset(
    "i ok ai json xml yaml html css csv markdown utf-8 ascii cv hr it faq "
    "english german deutsch french spanish italian "
    "now start stop must only all any not no never always do and or "
    "assistant recruiter manager leader director engineer developer expert specialist analyst "
    "editor writer consultant human resources word "
    "requirements responsibilities duties tasks qualifications benefits".split()
)


def copied_words(text: str, known: str, examples: Sequence[Example]) -> str:
    """Words in a row that a text shares with an example but not with `known`; "" where none."""
    new = sorted(_runs(text) - _runs(known))
    for example in examples:
        said = _content(example).said
        for run in new:
            if f" {run} " in said:
                return run
    return ""


def leaked_facts(
    text: str, known: str, examples: Sequence[Example], *, nouns_capitalised: bool = False
) -> list[str]:
    """Names, figures and expected answers of single examples in a text.

    Facts that several examples share or that `known` holds belong to the task. Where the language
    capitalises its nouns (German), a capital letter alone does not make a name.
    """
    content = [_content(example) for example in examples]
    ordinary = _ORDINARY.union(_folded(known), *(item.lower for item in content))
    strong, weak = _names(text, ordinary)
    if nouns_capitalised:
        strong = {w for w in strong if not (w.isalpha() and w.istitle())}
        strong |= _pairs(text, ordinary)
        weak = set()
    single = set(_folded(text)) - set(_folded(known))
    squeezed, known_squeezed = _squeezed(text), _squeezed(known)
    certain: Counter[str] = Counter()
    possible: Counter[str] = Counter()
    for item in content:
        certain.update(name for name in strong if item.says(name))
        certain.update(
            phrase
            for phrase in item.phrases
            if phrase in squeezed and phrase not in known_squeezed and _stands(phrase, squeezed)
        )
        possible.update(weak & item.names)
        possible.update(single & item.answers)
    facts = _rare(certain, len(examples))
    hints = _rare(possible, len(examples))
    return facts + hints if facts or len(hints) >= WEAK_FACTS else []


class _Content:
    """The content of one example: its words, its names, and its expected answers."""

    def __init__(self, inputs: Sequence[str], expected: Sequence[str]) -> None:
        texts = (*inputs, *expected)
        words = [word for value in texts for word in _WORD.findall(value)]
        self.words = frozenset(words)
        self.lower = frozenset(word for word in words if word.islower())
        self.names = frozenset(name for value in inputs for name in _names(value, frozenset())[0])
        self.phrases = {_squeezed(value) for value in expected if " " in value.strip()}
        self.answers = {value for value in expected if value.islower() and len(value) >= _LONG_WORD}
        self.said = "\n".join(f" {' '.join(_folded(value))} " for value in texts)
        self._text = " ".join(words)

    def says(self, name: str) -> bool:
        """Whether the example holds a name of one or two words."""
        return name in self.words or (" " in name and _stands(name, self._text))


def _content(example: Example) -> _Content:
    return _content_of(tuple(_strings(example.inputs)), tuple(_strings(example.expected)))


@lru_cache(maxsize=1024)
def _content_of(inputs: tuple[str, ...], expected: tuple[str, ...]) -> _Content:
    # Cached, because many suggestions are checked against the same examples.
    return _Content(inputs, expected)


def _rare(counts: Counter[str], examples: int) -> list[str]:
    most = max(1, min(SINGLE, examples // 2))
    return sorted(fact for fact, count in counts.items() if count <= most)


def _names(text: str, ordinary: frozenset[str]) -> tuple[set[str], set[str]]:
    """Words that look like names or figures, and those capitalised only at a sentence's start."""
    sure: set[str] = set()
    first: set[str] = set()
    for match in _WORD.finditer(text):
        word = match.group()
        if word.casefold() in ordinary or word.islower():
            continue
        digits = sum(char.isdigit() for char in word)
        if not any(char.isalpha() for char in word):
            if digits >= 3 and not _LIMIT.match(text, match.end()):
                sure.add(word)
        elif len(word) > 1:
            starts = _starts_sentence(text, match.start()) and word[1:].islower() and not digits
            (first if starts else sure).add(word)
    return sure, first


def _pairs(text: str, ordinary: frozenset[str]) -> set[str]:
    """Pairs of capitalised words in a row, as in names of people and places."""
    words = _WORD.findall(text)
    return {
        f"{one} {two}"
        for one, two in pairwise(words)
        if one[0].isupper() and two[0].isupper() and not {one.casefold(), two.casefold()} & ordinary
    }


def _starts_sentence(text: str, position: int) -> bool:
    before = text[max(0, position - 80) : position].rstrip(" \t\"'([*_`-#>")
    return not before or before[-1] in ".!?:;\n"


def _strings(value: Any) -> Iterator[str]:
    """Every string inside an example's inputs or expectations."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _folded(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _runs(text: str) -> set[str]:
    words = _folded(text)
    return {" ".join(words[i : i + COPIED_WORDS]) for i in range(len(words) - COPIED_WORDS + 1)}


def _squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()


def _stands(phrase: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) is not None
