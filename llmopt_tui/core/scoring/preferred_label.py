"""Which one of several labels an answer prefers: by its words, its order or its emphasis.

Pure functions of the answer's text and the mentions that it means.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from llmopt_tui.core.scoring.label_mentions import Mention, label_key, labels_of
from llmopt_tui.core.scoring.sameness import unified

_BETTER = re.compile(
    r"[\"')\]]*\s(?:it is\b|(?:is|was|seems|remains?|looks|fits)\b"
    r"(?:\s(?:the|a|much|most|still|[a-z]{2,12}ly)){0,2}"
    r"\s?(?:better|best|correct|right|true|more|likelier|stronger|most|dominant|closest|left|$)"
    r"|(?:remains|dominates|prevails|wins|(?:fits |the )?best|must hold"
    r"|must be (?:right|true|correct))\b)|\s?(?:[:=(?]|->)\s?(?:right|correct|true|yes)\b"
    r"|\s?[✓✔✅]"
)
_CHIEFLY = re.compile(
    r"\b(?:mostly|mainly|chiefly|primarily|largely|predominantly|overwhelmingly|clearly"
    r"|definitely|certainly|(?:most |more )?(?:probably|likely)|preferably)\s[\"'(]*\Z"
    r"|(?:\[x\]|\(x\)|[☑☒✅✔✓])\s*\Z"
)
_SHARE = re.compile(
    r"[\"')\]]*(?:\s[a-z]{2,20}(?=\s?[:=]))?\s?[:=(\u2013-]{0,2}\s?(\d{1,3}(?:\.\d{1,4})?)\s?%?(?!\w)"
)
_ENTRY_MARK = re.compile(r"\s?[).:]\s")
_EMPHASIZED = re.compile(r"(\*{1,3}|__|`)(?=\S)([^*_`\n]{1,80}?)(?<=\S)\1|boxed\{([^{}\n]{1,80})\}")
_SURELY_FIRST = re.compile(r"\s?(?:[.:!\n\u2013\u2014]|-\s)")
_FIRST = re.compile(
    r"\s?(?:[.:;!(\n\u2013\u2014]|-\s|\)|$"
    r"|,?\s(?:because|since|as|for|due|given|but not|not|rather|although|though|while|even|with"
    r"|leaning|tending|bordering)\b)"
)
_LISTED = re.compile(r"[\s,/|\"'()\[\]&-]*(?:or|and|to)?[\s\"'(\[]*")

_CHOSEN = re.compile(r"[\s\"')\]*]*(?::|=>|->|→)[\s\"'(\[*]*")


def largest(text: str, meant: Sequence[Mention]) -> str | None:
    """The label with the largest share, where each has one: "high (90%), low (10%)"."""
    shares: dict[str, float] = {}
    for mention in meant:
        if share := _SHARE.match(text, mention.end):
            shares.setdefault(mention.label, float(share[1]))
    if len(shares) < max(2, len(labels_of(meant))):
        return None
    largest = [label for label, share in shares.items() if share == max(shares.values())]
    return largest[0] if len(largest) == 1 else None


def preferred(text: str, meant: Sequence[Mention]) -> str | None:
    """The one label that the answer calls better or right, or says with more weight."""
    lowered = text.lower()
    found = labels_of(
        [
            one
            for one in meant
            if _BETTER.match(lowered, one.end)
            or _CHIEFLY.search(lowered[max(0, one.start - 30) : one.start])
        ]
    )
    return found[0] if len(found) == 1 else None


def _is_enumeration(text: str, meant: Sequence[Mention]) -> bool:
    """Whether each label begins a line or sentence of its own: "A. Rome", "B. Paris"."""
    listed = entries(text, meant)
    return bool(listed) and set(labels_of(listed)) == set(labels_of(meant))


def entries(text: str, meant: Sequence[Mention]) -> list[Mention]:
    """The mentions that begin an entry of a list of labels; empty where there is no such list."""
    found = [
        one
        for one in meant
        if re.search(r"(?:^|[.!?;\n])[\s\"'(\[]*\Z", text[max(0, one.start - 6) : one.start])
        and _ENTRY_MARK.match(text, one.end)
    ]
    return found if len(labels_of(found)) > 1 else []


def last_line(text: str, meant: Sequence[Mention]) -> str | None:
    """The label that the last line consists of."""
    line = text.rstrip().rpartition("\n")
    if not line[1]:
        return None
    begin = len(line[0])
    said = labels_of([mention for mention in meant if mention.start >= begin])
    return said[0] if len(said) == 1 and label_key(line[2]) == label_key(said[0]) else None


def behind_options(text: str, meant: Sequence[Mention]) -> str | None:
    """The last label where a list of labels and a colon precede it: "high, low: low"."""
    *options, last = meant
    between = [text[one.end : other.start] for one, other in itertools.pairwise(meant)]
    if len(labels_of(options)) < 2 or not _CHOSEN.fullmatch(between[-1]):
        return None
    listed = all(map(_LISTED.fullmatch, between[:-1])) and not text[last.end :].strip(" .!\"'*)")
    return last.label if listed else None


def first(text: str, meant: Sequence[Mention], *, surely: bool = False) -> str | None:
    """The label that the answer begins with, unless it is the first of a list.

    With `surely`, only where a stop or a line end follows it.
    """
    begun = meant[0] if meant else None
    if begun is None or _is_enumeration(text, meant):
        return None
    if text[: begun.start].strip(" \"'([{<#>*`-"):
        return None
    end = begun.end
    while text[end : end + 1] and text[end] in "\"')]}>":
        end += 1
    following = next((m for m in meant if m.start > begun.start), None)
    if following and _LISTED.fullmatch(text[end : following.start]):
        # "High - low disk space" gives its reason behind the dash.
        behind = text[following.end :].lstrip()[:1]
        if text[end : following.start] != " - " or not behind.isalpha():
            return None
    rest = "".join(
        text[one.end : other.start] for one, other in itertools.pairwise([*meant, _end_of(text)])
    )
    if following and not any(map(str.isalnum, rest)):
        return None  # a list of labels, one sentence each
    ending = (_SURELY_FIRST if surely else _FIRST).match(text, end)
    return begun.label if ending or end > begun.end else None


def _end_of(text: str) -> Mention:
    return Mention(len(text), len(text), "")


def emphasized(output: str, labels: Sequence[str]) -> str | None:
    """The one label that is set in bold, italics or a box."""
    keys = {label_key(label): label for label in labels}
    found = {
        keys[key]
        for match in _EMPHASIZED.finditer(unified(output))
        if (key := label_key(match[2] or match[3])) in keys
    }
    return found.pop() if len(found) == 1 else None
