"""Names of skills: their normal form, and whether two names mean the same skill."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from llmopt_tui.core.scoring.sameness import unified
from llmopt_tui.core.scoring.similar_words import STOP_WORDS

FUZZY_FROM: Final = 5
"""Shortest word, in letters, that may differ a little: Go is not Git, class B not class C."""
ALIKE: Final = 88.0
"""Likeness, 0 to 100, from which two names are the same (rapidfuzz `ratio`).

It is not WRatio, which gives a high likeness to a name that is a part of another: Java and
JavaScript, SQL and NoSQL, React and React Native.
"""
DICE: Final = 0.6
LONGEST_NAME: Final = 200
"""Characters of a name; anything longer is a text, and matches nothing by likeness."""

ALIASES: Final[Mapping[str, str]] = {
    "js": "javascript",
    "ecmascript": "javascript",
    "ts": "typescript",
    "k8s": "kubernetes",
    "postgres": "postgresql",
    "mongo": "mongodb",
    "node": "node.js",
    "nodejs": "node.js",
    "react.js": "react",
    "reactjs": "react",
    "vue.js": "vue",
    "vuejs": "vue",
    "angularjs": "angular",
    "angular.js": "angular",
    "golang": "go",
    "csharp": "c#",
    "c sharp": "c#",
    "cpp": "c++",
    "c plus plus": "c++",
    "dotnet": ".net",
    "dot net": ".net",
    "restful": "rest",
    "cicd": "ci cd",
    "continuous integration": "ci cd",
    "continuous integration continuous deployment": "ci cd",
    "continuous integration continuous delivery": "ci cd",
    "aws": "amazon web services",
    "gcp": "google cloud platform",
    "google cloud": "google cloud platform",
    "azure": "microsoft azure",
    "mssql": "microsoft sql server",
    "ms sql": "microsoft sql server",
    "ms sql server": "microsoft sql server",
    "sql server": "microsoft sql server",
    "microsoft excel": "excel",
    "ms excel": "excel",
    "microsoft word": "ms word",
    "microsoft powerpoint": "powerpoint",
    "ms powerpoint": "powerpoint",
    "ms office": "microsoft office",
    "sklearn": "scikit learn",
    "ml": "machine learning",
    "nlp": "natural language processing",
    "ki": "künstliche intelligenz",
    "oop": "object oriented programming",
    "tdd": "test driven development",
    "iac": "infrastructure as code",
    "cad": "computer aided design",
}
"""Other spelling -> usual one, both in normal form; of a whole name or of one of its words."""

_NO_PART_OF_A_NAME = re.compile(r"[^\w+#.\s]|_")
_LOOSE_SIGNS = re.compile(r"(?<!\S)[+#.]++(?!\S)|\.++(?!\S)|(?<!\S)\.(?=[^\w])")
_BRACKETS = re.compile(r"\s*\(([^()]{1,60})\)\s*")


def normal_name(text: str) -> str:
    """A name unified, in lower case, with no punctuation except + # and leading or inner stops.

    Of a long text only the beginning is read, which is enough to see that it is not a name.
    """
    return _normal_name(text[: LONGEST_NAME * 5])


@lru_cache(maxsize=4096)
def _normal_name(text: str) -> str:
    folded = unified(text).casefold()
    spaced = _NO_PART_OF_A_NAME.sub(" ", folded)
    return " ".join(_LOOSE_SIGNS.sub(" ", spaced).split())


def aliased(name: str, aliases: Mapping[str, str]) -> str:
    """The usual spelling of a name in normal form; `aliases` come before the built-in ones."""
    for table in (aliases, ALIASES):
        if name in table:
            name = table[name]
        elif compact(name) in table:
            name = table[compact(name)]
        elif " " in name:
            name = " ".join(table.get(word, word) for word in name.split())
    return name


def spellings(text: str, aliases: Mapping[str, str]) -> tuple[str, ...]:
    """The possible readings of one entry, the unchanged entry first.

    "Advanced Life Support (ALS)" is also either part of it, as the second is short for the first;
    "German (fluent)" is also "German".
    """
    found = [normal_name(text)]
    if len(text) <= LONGEST_NAME and (bracketed := _BRACKETS.search(text)):
        outer = normal_name(_BRACKETS.sub(" ", text))
        inner = normal_name(bracketed.group(1))
        found.append(outer)
        if _short_for(inner, outer) or aliased(inner, aliases) == aliased(outer, aliases):
            found.append(inner)
    return tuple(dict.fromkeys(aliased(name, aliases) for name in found if name))


def _short_for(name: str, words: str) -> bool:
    return len(name) > 1 and name == "".join(word[0] for word in words.split())


def compact(name: str) -> str:
    """A name without spaces and stops, so that "Node JS" is "Node.js"; short names unchanged."""
    joined = name.replace(" ", "").replace(".", "")
    return joined if len(joined) >= FUZZY_FROM else name


def in_order(name: str) -> str:
    """A name with its words sorted, so that their order does not matter."""
    return " ".join(sorted(name.split()))


@lru_cache(maxsize=4096)
def exact_words(name: str) -> tuple[str, ...]:
    """The words of a name that must be equal in a matching name: short ones, those with signs.

    Function words do not count, nor does the s of a plural ("REST APIs", but not "AWS").
    """
    exact = [
        _singular(word)
        for word in name.split()
        if (len(word) < FUZZY_FROM or not word.isalpha()) and word not in STOP_WORDS
    ]
    return tuple(sorted(exact))


def _singular(word: str) -> str:
    plural = len(word) == FUZZY_FROM - 1 and word.endswith("s") and word[-2] != "s"
    return word[:-1] if plural else word


def same_beginnings(one: str, other: str) -> bool:
    """Whether the long words of two names form pairs that begin alike.

    Endings vary with grammar and typing; a different beginning changes the sense: supervised and
    unsupervised, internal and external, hardware and software.
    """
    return _beginnings(one) == _beginnings(other)


@lru_cache(maxsize=4096)
def _beginnings(name: str) -> tuple[str, ...]:
    return tuple(
        sorted(
            word[:2]
            for word in name.split()
            if len(word) >= FUZZY_FROM and word.isalpha() and word not in STOP_WORDS
        )
    )


def dice(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice coefficient of two sets of words: 2 |A ∩ B| / (|A| + |B|)."""
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 0.0
