"""Words and sentences of a text, counted as a careful reader would."""

from __future__ import annotations

import re

_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|etc|approx|incl|excl|max|min|no|vs|dr|mr|mrs|ms|prof|inc|ltd|co|st|"
    r"z\.\s?b|d\.\s?h|u\.\s?a|bzw|ca|ggf|inkl|evtl|usw|nr|tel|mio|abs)\.",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$)")
_WORD = re.compile(r"[^\W_]+(?:[-'’.&/][^\W_]+)*")
_LIST_ITEM = re.compile(r"^[ \t]*(?:[-*•‣◦–+]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])[ \t]+", re.MULTILINE)


def words(text: str) -> list[str]:
    """The words, with inner hyphens and apostrophes, as they stand."""
    return _WORD.findall(text)


def list_items(text: str) -> int:
    """How many lines are entries of a list."""
    return len(_LIST_ITEM.findall(text))


def sentences(text: str) -> list[str]:
    """The sentences. A line that ends without a stop ends its sentence where a blank line or a
    list entry follows; abbreviations and numbers do not end one.
    """
    plain = _ABBREVIATION.sub(lambda match: match.group().replace(".", " "), text)
    found: list[str] = []
    for block in re.split(r"\n\s*\n", _LIST_ITEM.sub("\n\n", plain)):
        start = 0
        for match in _END.finditer(block):
            before = block[max(0, match.start() - 3) : match.start()]
            if match.group() == "." and re.search(r"(?:^|\s)\d{1,2}$", before):
                continue  # an ordinal: "am 3. Mai"
            found.append(block[start : match.end()])
            start = match.end()
        found.append(block[start:])
    return [sentence.strip() for sentence in found if _WORD.search(sentence)]
