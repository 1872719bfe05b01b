"""Problem: one mistake in something that a person wrote."""

from __future__ import annotations

from dataclasses import dataclass

from llmopt_tui.core.text.plain import one_line

_LONGEST_LINE = 600


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong (`message`), in which file, and where in it; as text it is one line.

    `file` may also be "environment" or "command line". `case` is the id of the case that cannot
    be used because of it, where there is one.
    """

    file: str
    where: str
    message: str
    case: str = ""

    def __str__(self) -> str:
        parts = (self.file, self.where, self.message)
        return one_line(": ".join(part for part in parts if part), _LONGEST_LINE)
