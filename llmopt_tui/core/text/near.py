"""The known name that a mistyped one was probably meant to be, and names listed in a sentence."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST_NAME = 80


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
