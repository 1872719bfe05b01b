"""Differences word by word: they join to both texts, in any script, and read as a person would."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.text.word_diff import diff_words

TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(["red", "green", " ", ", ", "\n", "日本語", "สวัสดี", "👩‍🔬"])).map(
        "".join
    ),
)


def marked(old: str, new: str) -> str:
    """The differences as one line: [-removed-] and {+added+}."""
    signs = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(signs[segment.kind].format(segment.text) for segment in diff_words(old, new))


@given(old=TEXTS, new=TEXTS)
def test_segments_join_to_both_texts(old: str, new: str) -> None:
    segments = diff_words(old, new)
    assert "".join(s.text for s in segments if s.kind != "added") == old
    assert "".join(s.text for s in segments if s.kind != "removed") == new
    assert all(s.text for s in segments)
    neighbours = [(a.kind, b.kind) for a, b in pairwise(segments)]
    assert all(one != other for one, other in neighbours)
    assert ("added", "removed") not in neighbours


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "", ""),
        ("the same", "the same", "the same"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("Write two sentences.", "Write three sentences.", "Write [-two-]{+three+} sentences."),
        ("Price: 3.5 EUR", "Price: 3.7 EUR", "Price: [-3.5-]{+3.7+} EUR"),
        ("私は東京に住んでいます", "私は大阪に住んでいます", "私は[-東京-]{+大阪+}に住んでいます"),
        ("ฉันกินข้าว", "ฉันกินปลา", "ฉันกิน[-ข้าว-]{+ปลา+}"),
        ("Job posting:\nA cook", "<posting>\nA cook", "[-Job posting:-]{+<posting>+}\nA cook"),
        ("Two sentences, please", "Two sentences please", "Two sentences[-,-] please"),
        # A space that both have does not cut one change into several.
        ("We seek a baker", "Our bakery hires a baker", "[-We seek-]{+Our bakery hires+} a baker"),
    ],
)
def test_what_differs_is_whole_words(old: str, new: str, shown: str) -> None:
    assert marked(old, new) == shown


def test_long_texts_are_compared_by_lines() -> None:
    same = "one two three four\n" * 4_000
    segments = diff_words(same + "first end", same + "second end")
    assert [s.kind for s in segments] == ["same", "removed", "added"]
    assert segments[1].text == "first end"
