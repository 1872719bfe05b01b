"""Text from outside as it is shown: what belongs to writing stays, what hides something shows."""

import pytest

from llmopt_tui.core.text.plain import visible

WRITING = [
    "می\u200cخواهم",  # Persian
    "क्\u200dष",  # Hindi
    "क्\u200c ",
    "শ্র\u200dী",  # Bengali
    "👩\u200d💻 writes",
    "👨\u200d👩\u200d👧",
    "🏳\ufe0f\u200d🌈",
    "👍🏽",
    "❤\ufe0f\u200d🔥",
    "🙋🏽\u200d♀\ufe0f",
    "🙂\u200d↔\ufe0f",
]


@pytest.mark.parametrize("text", WRITING, ids=ascii)
def test_joiners_that_writing_needs_stay(text):
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pass\u200dword", "pass<U+200D>word"),
        ("pass\u200cword", "pass<U+200C>word"),
        ("\u200c", "<U+200C>"),
        ("می\u200c\u200cخ", "می\u200c<U+200C>خ"),
        ("👩\u200dx", "👩<U+200D>x"),
        ("👩\u200d", "👩<U+200D>"),
        ("می\u202eخ", "می<U+202E>خ"),
        ("a\u2066b", "a<U+2066>b"),
        ("a\u200bb", "a<U+200B>b"),
        ("\x1b[2J", "␛[2J"),
    ],
    ids=ascii,
)
def test_what_hides_something_becomes_a_symbol(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize("text", WRITING, ids=ascii)
def test_text_in_pieces_needs_the_character_before(text):
    place = next((n for n, char in enumerate(text) if char in "\u200c\u200d"), 1)
    assert visible(text[:place]) + visible(text[place:], text[:place]) == text
