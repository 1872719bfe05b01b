"""Other ways to write a label: sci-tech for Sci/Tech, "two stars" or ★★ for "2 stars"."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Final

from llmopt_tui.core.scoring.sameness import bare
from llmopt_tui.core.scoring.spelled_numbers import spelled

_LEAST_LETTERS: Final = 5
"""How many letters a label has at least that is also known with its parts written as one word."""

_SEPARATOR: Final = re.compile(r"(\s?[/&+_-]\s?|\s(?:and|und|et|y)\s|\s)")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_NUMBERED: Final = re.compile(
    r"(?:(?P<before>[a-z]{2,20})[ -]?)?(?P<n>\d{1,3})(?:[ -]?(?P<after>[a-z]{2,20}))?"
)
_STARS: Final = re.compile(r"(?P<full>(?:[★⭐🌟]\ufe0f?\s?){1,10})(?:[☆✩✰]\ufe0f?\s?){0,10}")


def in_its_labels(output: str, labels: Sequence[str]) -> str:
    """The answer with each label written as it is in `labels`."""
    for pattern, label in _patterns(tuple(labels)):
        output = pattern.sub(label.replace("\\", r"\\"), output)
    numbers = numbers_of(tuple(labels))
    if numbers and (stars := _STARS.search(output)):
        count = sum(char in "★⭐🌟" for char in stars["full"])
        if count in numbers:
            output = f"{output[: stars.start()]}{numbers[count]} {output[stars.end() :]}"
    return output


@lru_cache(maxsize=64)
def numbers_of(labels: tuple[str, ...]) -> Mapping[int, str]:
    """The label of each number where the labels are numbers, or numbers of one thing: "2 stars"."""
    found: dict[int, str] = {}
    things: set[tuple[str, str]] = set()
    for label in labels:
        match = _NUMBERED.fullmatch(bare(label))
        if match is None or int(match["n"]) in found:
            return {}
        found[int(match["n"])] = label
        things.add((match["before"] or "", (match["after"] or "").removesuffix("s")))
    return found if len(things) == 1 else {}


@lru_cache(maxsize=64)
def _patterns(labels: tuple[str, ...]) -> list[tuple[re.Pattern[str], str]]:
    """A pattern for each label that has other ways to write it, the longest label first."""
    known = {bare(label) for label in labels}
    numbers = numbers_of(labels)
    found = []
    for label in sorted(labels, key=len, reverse=True):
        pattern = _numbered(label, max(numbers)) if numbers else _joined(label, known)
        if pattern:
            borders = rf"(?<![\w/+#-])(?:{pattern})(?![\w+#]|[-/]\w)"
            found.append((re.compile(borders, re.IGNORECASE), label))
    return found


def _joined(label: str, known: Collection[str]) -> str:
    """A pattern for a label whose parts are joined otherwise: sci-tech, SciTech, "sci & tech"."""
    pieces = _SEPARATOR.split(bare(_HUMP.sub("-", label)))
    words, separators = pieces[::2], pieces[1::2]
    if not all(map(str.isalnum, words)):
        return ""
    letters = sum(map(len, words))
    if len(words) == 1:
        whole = words[0].isascii() and words[0].isalpha() and letters >= _LEAST_LETTERS
        return "-?".join(words[0]) if whole else ""
    joins = []
    for separator in separators:
        if all(word in known or len(word) == 1 for word in words):
            joins.append(r"\s?[/&+-]\s?" if separator.strip() else r"\s")
        elif separator.isspace():
            joins.append(r"[\s_-]")
        else:
            apart = r"\s?[/&+_-]\s?|\s(?:and|und|et|y)\s|\s"
            joins.append(f"(?:{apart}|)" if letters >= _LEAST_LETTERS else f"(?:{apart})")
    return "".join(map("".join, zip(map(re.escape, words), [*joins, ""], strict=True)))


def _numbered(label: str, largest: int) -> str:
    """A pattern for a label that counts something: "two stars", 2-star, 2/5, "level two"."""
    match = _NUMBERED.fullmatch(bare(label))
    if match is None or not (match["before"] or match["after"]):
        return ""
    number, most = (rf"(?:{n}|{spelled(int(n), 'en')})" for n in (match["n"], largest))
    thing = rf"{(match['before'] or match['after']).removesuffix('s')}s?"
    if match["before"]:
        return rf"{thing}[\s-]?{number}"
    return rf"{number}[\s-]?{thing}|{number}\s?(?:/|out of)\s?{most}(?:[\s-]?{thing})?"
