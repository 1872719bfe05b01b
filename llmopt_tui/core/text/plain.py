"""Text from outside made safe to show: characters that control a terminal become symbols."""

from __future__ import annotations

import unicodedata

_KEPT = frozenset("\n\t")
_HIDDEN = frozenset({"Cc", "Cf", "Cs"})
_DELETE = 0x7F


def _symbol(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == _DELETE:
        return "\u2421"
    return f"<U+{code:04X}>"


def visible(text: str) -> str:
    """The text with visible symbols for control, format and surrogate characters.

    Newlines and tabs stay; a carriage return before a newline is removed. Joiners inside words and
    emoji become symbols too: it matters more that nothing is hidden than that it looks good.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    return "".join(
        char
        if char in _KEPT or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
        else _symbol(char)
        for char in text
    )


def one_line(text: str, width: int = 80) -> str:
    """The text as a single visible line of at most `width` characters, cut with an ellipsis."""
    flat = visible(" ".join(text[: width * 8].split()))
    return flat if len(flat) <= width else flat[: max(0, width - 1)] + "…"
