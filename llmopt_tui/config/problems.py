"""Problem: one mistake in something that a person wrote, and the nearest right name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from llmopt_tui.core.text.plain import one_line

_LONGEST_LINE = 600
_LONGEST_NAME = 80


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


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be."""
    import difflib

    by_key = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name[:_LONGEST_NAME].casefold(), by_key, n=1, cutoff=0.6)
    return by_key[near[0]] if near else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?`, to be put after a message, or nothing."""
    near = nearest(name, known)
    return f'; did you mean "{near}"?' if near else ""


def listed(names: Iterable[str]) -> str:
    """The names in quotes, for a sentence."""
    return ", ".join(f'"{name}"' for name in names)
