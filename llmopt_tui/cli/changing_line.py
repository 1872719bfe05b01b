"""A line of the terminal that is drawn over itself: taken away, and drawn anew."""

from __future__ import annotations

import shutil
import sys

from llmopt_tui.core.text.plain import one_line


def cleared() -> str:
    """What takes the current line away when it is written."""
    if sys.platform == "win32":  # not every console there obeys escape sequences
        return f"\r{' ' * _width()}\r"
    return "\r\x1b[K"


def redrawn(text: str) -> str:
    """What shows this text, cut to the terminal's width, in place of the current line."""
    return cleared() + one_line(text, _width())


def _width() -> int:
    return shutil.get_terminal_size().columns - 1
