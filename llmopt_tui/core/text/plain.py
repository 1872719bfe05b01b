"""Text from outside made safe to show: characters that control a terminal become symbols."""

from __future__ import annotations

import unicodedata

_KEPT = frozenset("\n\t")
_HIDDEN = frozenset({"Cc", "Cf", "Cs"})
_DELETE = 0x7F
_JOINERS = frozenset("\u200c\u200d")
_JOINED_SCRIPTS = (
    *((0x0600, 0x0E00), (0x1000, 0x10A0), (0x1780, 0x18B0), (0x1B00, 0x1C50)),
    *((0xA840, 0xAAE0), (0xFB50, 0xFE00), (0xFE70, 0xFEFF), (0x11000, 0x11E00)),
)
"""Blocks of the scripts that need joiners: Arabic, Syriac, the scripts of India and its
neighbours, Mongolian. The second number of each is the first that no longer belongs to it."""
_EMOJI = frozenset({"So", "Sk", "Sm"})


def _symbol(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == _DELETE:
        return "\u2421"
    return f"<U+{code:04X}>"


def visible(text: str, before: str = "") -> str:
    """The text with visible symbols for control, format and surrogate characters.

    Newlines and tabs stay; a carriage return before a newline is removed. Joiners stay where a
    script needs them, as in Persian and Hindi, and inside emoji; elsewhere they hide something and
    become symbols too. `before` is the character that the text follows, for text in pieces.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    around = f"{before[-1:] or ' '}{text} "
    return "".join(
        char
        if char in _KEPT
        or unicodedata.category(char) not in _HIDDEN
        or (char in _JOINERS and _is_needed(*around[place : place + 3]))
        else _symbol(char)
        for place, char in enumerate(text)
    )


def _is_needed(before: str, joiner: str, after: str) -> bool:
    """Whether a joiner between two characters is a part of writing, and hides nothing."""
    code = ord(before)
    if any(first <= code < end for first, end in _JOINED_SCRIPTS):
        return unicodedata.category(before)[0] in "LM"
    return (
        joiner == "\u200d"
        and (before == "\ufe0f" or unicodedata.category(before) in _EMOJI)
        and unicodedata.category(after) in _EMOJI
    )


def one_line(text: str, width: int = 80) -> str:
    """The text as a single visible line of at most `width` characters, cut with an ellipsis."""
    flat = visible(" ".join(text[: width * 8].split()))
    return flat if len(flat) <= width else flat[: max(0, width - 1)] + "…"
