"""The request for a summary: where it fits, and in which words."""

from __future__ import annotations

import pytest

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.proposals.summary_request import summary_request
from llmopt_tui.core.scoring.base import Criterion
from llmopt_tui.core.scoring.text import Length, Structure
from llmopt_tui.core.scoring.words import Coverage, RougeL


def case_of(*criteria: Criterion) -> Case:
    inputs = {"title": "Oboe teacher", "club_letter": "We are a club of forty winds. " * 9}
    example = Example("t0", inputs, "train", {"reference": "A club seeks an oboe teacher."})
    prompt = Prompt("letters", "What do they want?\n\n{{title}}\n\n{{club_letter}}\n")
    return Case("letters", "Letters", prompt, criteria, (example,))


def test_the_longest_input_is_summarized_in_as_many_sentences_as_are_asked() -> None:
    case = case_of(Structure(min_sentences=2, max_sentences=3), Coverage())

    assert summary_request(case) == (
        "Summarize the letter above in two short sentences of plain text. "
        "Do not use lists or headings. Stop after two sentences."
    )


def test_one_sentence_and_allowed_lists() -> None:
    case = case_of(Structure(min_sentences=1, allow_lists=True, allow_headings=True), RougeL())

    assert summary_request(case) == (
        "Summarize the letter above in one sentence of plain text. Stop after one sentence."
    )


@pytest.mark.parametrize(
    "criteria",
    [
        (Structure(min_sentences=2),),  # nothing says that the answer is about the input
        (Coverage(), Length(max=60)),
        (Coverage(), Structure()),
    ],
)
def test_other_cases_are_asked_for_no_summary(criteria: tuple[Criterion, ...]) -> None:
    assert summary_request(case_of(*criteria)) is None
