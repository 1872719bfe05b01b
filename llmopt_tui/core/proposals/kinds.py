"""Kinds of prompt change: the names of edits, from the playbook or from a model interviewer."""

from __future__ import annotations

import re
import unicodedata

from llmopt_tui.core.proposals.playbook import CATALOGUE

KINDS: tuple[str, ...] = tuple(entry.kind for entry in CATALOGUE)
"""The names that the playbook gives its edits."""

SHORTEST_NAME = 3
LONGEST_NAME = 40
MOST_WORDS = 5
"""One more than a model is asked for: a name that is a little too long is still useful."""

_JOINS = re.compile(r"[\s_\u2010-\u2015-]+")
_STRIPPED = " \t\n.,;:!?'\"`*()“”‘’„«»"
_LETTERS = frozenset({"L", "M", "N"})
# No comma: a few names in a row are not the name of one kind.
_INSIDE = frozenset(" '’/+&#")
_ARTICLES = frozenset({"a", "an", "the"})


def kind_named(name: object) -> str:
    """A model's name for its change, as a short line of plain words; "" where it is not a name.

    Letter case, spacing, hyphens and punctuation around it make no difference. A name that differs
    from one of the playbook's only in these, in an article or a plural becomes the playbook's.
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
    """Whether a name may hold this character, which must not be markup, code or control."""
    return char in _INSIDE or unicodedata.category(char)[0] in _LETTERS


def _core(name: str) -> str:
    """A name reduced to its words, by which names are compared."""
    words = re.sub(r"[^\w\s]", "", name).split()
    return "".join(word.removesuffix("s") for word in words if word not in _ARTICLES)


_PLAYBOOK = {_core(kind): kind for kind in KINDS}
