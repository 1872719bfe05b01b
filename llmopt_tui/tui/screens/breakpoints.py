"""Which classes a screen has for the size of the terminal, known before it is laid out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from textual.screen import Screen


def size_classes(screen: Screen[Any]) -> Iterator[str]:
    """The classes of the screen's breakpoints that hold for the terminal's size."""
    size = screen.app.size
    for length, breakpoints in (
        (size.width, screen.HORIZONTAL_BREAKPOINTS),
        (size.height, screen.VERTICAL_BREAKPOINTS),
    ):
        if (held := class_at(length, breakpoints or ())) is not None:
            yield held


def class_at(length: int, breakpoints: Sequence[tuple[int, str]]) -> str | None:
    """The class of the last breakpoint that a length, in cells, reaches; None below all of them."""
    return next(
        (name for least, name in sorted(breakpoints, reverse=True) if length >= least), None
    )
