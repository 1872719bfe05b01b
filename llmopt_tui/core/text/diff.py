"""What changed between two prompts, line by line, for screens and reports."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a comparison: kept (" "), taken out ("-") or put in ("+")."""

    mark: Literal[" ", "-", "+"]
    text: str


def diff_lines(old: str, new: str) -> list[DiffLine]:
    """Every line of both texts in one list, in reading order."""
    before, after = old.splitlines(), new.splitlines()
    lines: list[DiffLine] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            lines += [DiffLine(" ", text) for text in before[i1:i2]]
        else:
            lines += [DiffLine("-", text) for text in before[i1:i2]]
            lines += [DiffLine("+", text) for text in after[j1:j2]]
    return lines
