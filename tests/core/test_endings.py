"""The words for why sessions end."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

import llmopt_tui
from llmopt_tui.core.endings import ENDINGS, ending_clause, ending_phrase, ending_word
from llmopt_tui.core.settings import LoopSettings, StopReason

PACKAGE = Path(llmopt_tui.__file__).parent
WIDEST_CELL = 9


def test_every_stop_reason_has_its_own_words() -> None:
    reasons = get_args(StopReason)
    assert set(ENDINGS) == set(reasons)
    for said in (
        {ending_word(reason) for reason in reasons},
        {ending_phrase(reason) for reason in reasons},
        {ending_clause(reason, LoopSettings()) for reason in reasons},
    ):
        assert len(said) == len(reasons)
        assert not any(char in words for words in said for char in "_{}")
    assert max(len(ending_word(reason)) for reason in reasons) <= WIDEST_CELL


@pytest.mark.parametrize(("limit", "words"), [(1, "1 iteration"), (7, "7 iterations")])
def test_a_clause_names_the_settings(limit: int, words: str) -> None:
    settings = LoopSettings(max_iterations=limit)
    assert ending_clause("max_iterations", settings) == f"the limit of {words} was reached"


@pytest.mark.parametrize("recorded", ["interrupted", "of_a_later_version", ""])
def test_what_is_no_stop_reason_stays_as_it_is(recorded: str) -> None:
    assert ending_phrase(recorded) == ending_word(recorded) == recorded


def test_only_names_of_settings_are_made_words_by_their_underscores() -> None:
    """A stop reason said so would have two names: the one in the table, and this one."""
    wrong = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(f"replace({q}_{q}, {q} {q})" in path.read_text("utf-8") for q in "\"'")
    ]
    names_of_columns = {"app/importing/drafting.py", "app/importing/prompt_text.py"}
    assert set(wrong) - names_of_columns == {"reports/setting_names.py"}
