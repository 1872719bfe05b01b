"""Where words begin and end in any script, by Unicode's rules."""

from __future__ import annotations


def word_breaks(text: str) -> set[int]:
    """The positions of the borders between words, spaces and signs: 0 and the end among them."""
    from icu4py.breakers import WordBreaker

    place, places = 0, {0}
    # Lone surrogates are not text; each counts as one character.
    for segment in WordBreaker(text.encode("utf-8", "replace").decode(), "und"):
        place += len(segment)
        places.add(place)
    return places
