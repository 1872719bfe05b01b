"""Letters without their accents, for comparing words that many people write without."""

from __future__ import annotations

import unicodedata


def without_accents(text: str) -> str:
    """The text with each letter's marks left out: é becomes e, ё becomes е."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text)
    return "".join(char for char in apart if not unicodedata.combining(char))
