"""What a model calls its change: one name for one kind, and nothing but a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.proposals.kinds import KINDS, LONGEST_NAME, MOST_WORDS, kind_named
from llmopt_tui.core.text.plain import one_line
from tests.core.replies import BETTER, NO_NAMES, PARENT
from tests.nasty import NASTY


@pytest.mark.parametrize("kind", KINDS)
def test_the_playbooks_kinds_keep_their_names(kind: str) -> None:
    assert kind_named(kind) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Exact Length", "exact length"),
        ("exact lengths", "exact length"),
        ("exact_length", "exact length"),
        ("exactLength", "exact length"),
        ('"exact-length".', "exact length"),
        ("an exact length", "exact length"),
        ("**Stop after**", "stop after"),
        ("stop\u2011after", "stop after"),
        ("mark input", "mark the input"),
        ("repeat at end", "repeat at the end"),
        ("\uff4eo  \n preamble!", "no preamble"),
    ],
)
def test_a_name_that_is_nearly_the_playbooks_is_the_playbooks(name: str, kind: str) -> None:
    assert kind_named(name) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("JSON only.", "json only"),
        ("json-only", "json only"),
        (" json\tONLY ", "json only"),
        ("Straße", "strasse"),
        ("C++/C# skills", "c++/c# skills"),
        ("don't guess", "don't guess"),
        ("preamble", "preamble"),
        ("格式优先", "格式优先"),
        ("one two three four five", "one two three four five"),
    ],
)
def test_a_name_of_its_own_stays_in_one_spelling(name: str, kind: str) -> None:
    assert kind_named(name) == kind


@pytest.mark.parametrize("name", [*NO_NAMES, PARENT, BETTER], ids=lambda n: repr(n)[:30])
def test_what_is_no_name_is_none(name: object) -> None:
    assert kind_named(name) == ""


def test_a_name_that_the_schema_may_have_cut_is_none() -> None:
    assert kind_named("x" * (LONGEST_NAME - 1)) == "x" * (LONGEST_NAME - 1)
    assert kind_named("x" * LONGEST_NAME) == ""
    # One character that stands for eighteen.
    assert kind_named("\ufdfa" * 9) == ""


@given(st.sampled_from(NASTY) | st.text(max_size=60) | st.none() | st.integers())
def test_a_name_is_one_plain_short_line_or_empty(name: object) -> None:
    kind = kind_named(name)
    assert len(kind) < LONGEST_NAME
    assert len(kind.split()) <= MOST_WORDS
    assert kind == one_line(kind) == " ".join(kind.split())
    assert not set(kind) & set('<>[]{}()`*_|\\$%@=~^"\n\t')
    assert kind_named(kind) == kind
