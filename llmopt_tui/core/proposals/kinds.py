"""Kinds of prompt change: what an edit is called, by the playbook or by a model interviewer."""

from __future__ import annotations

import re
import unicodedata

from llmopt_tui.core.proposals.playbook import CATALOGUE

KINDS: tuple[str, ...] = tuple(entry.kind for entry in CATALOGUE)
"""The playbook's names."""

SHORTEST_NAME = 3
LONGEST_NAME = 40
MOST_WORDS = 5
"""One more than a model is asked for: a name that runs over a little still says something."""

_JOINS = re.compile(r"[\s_\u2010-\u2015-]+")
_STRIPPED = " \t\n.,;:!?'\"`*()“”‘’„«»"
_LETTERS = frozenset({"L", "M", "N"})
# No comma: a few names in a row are not the name of one kind.
_INSIDE = frozenset(" '’/+&#")
_ARTICLES = frozenset({"a", "an", "the"})


def kind_named(name: object) -> str:
    """What a model calls its change, as a short line of plain words; empty where it is no name.

    Letter case, spacing, hyphens and punctuation around it make no difference. A name that differs
    from one of the playbook's in no more than that, an article or a plural, is the playbook's.
    """
    # A name as long as the schema allows was most likely cut off there.
    if not isinstance(name, str) or len(name) >= LONGEST_NAME:
        return ""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    text = _JOINS.sub(" ", text).strip(_STRIPPED)
    if not SHORTEST_NAME <= len(text) < LONGEST_NAME or len(text.split()) > MOST_WORDS:
        return ""
    if not all(_is_plain(char) for char in text) or not any(map(str.isalpha, text)):
        return ""
    return _PLAYBOOK.get(_core(text), text)


def _is_plain(char: str) -> bool:
    """Whether a character can stand in a name: what could be markup, code or control cannot."""
    return char in _INSIDE or unicodedata.category(char)[0] in _LETTERS


def _core(name: str) -> str:
    """What is left of a name when nothing but its words counts."""
    words = re.sub(r"[^\w\s]", "", name).split()
    return "".join(word.removesuffix("s") for word in words if word not in _ARTICLES)


_PLAYBOOK = {_core(kind): kind for kind in KINDS}
