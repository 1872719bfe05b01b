"""What one answer to every example would score."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.analysis import constant_answer as module
from llmopt_tui.core.analysis.constant_answer import MOST_ANSWERS, constant_answer
from llmopt_tui.core.analysis.findings import ConstantAnswer
from llmopt_tui.core.case import Example
from llmopt_tui.core.scoring import Criterion, read_criterion


def equals() -> Criterion:
    criterion, _ = read_criterion({"kind": "equals"})
    assert criterion is not None
    return criterion


def labelled(train: Sequence[str], validation: Sequence[str] = ()) -> list[Example]:
    found = [Example(f"t{n}", {}, "train", {"answer": label}) for n, label in enumerate(train)]
    held_out = enumerate(validation)
    return found + [Example(f"v{n}", {}, "validation", {"answer": word}) for n, word in held_out]


def test_the_most_frequent_label_is_what_everything_is_called() -> None:
    examples = labelled(["low", "high", "low", "low"], ["high", "low"])
    assert constant_answer([equals()], examples, ()) == ConstantAnswer("low", 0.75, 0.5)


def test_without_held_out_examples_their_score_is_unknown() -> None:
    assert constant_answer([equals()], labelled(["low"]), ()) == ConstantAnswer("low", 1.0, None)


def test_an_answer_that_the_model_gave_may_be_the_best() -> None:
    contains, _ = read_criterion({"kind": "contains", "values": ["b", "a"]})
    assert contains is not None
    examples = [Example("t", {}, "train")]
    given_answers = ["a", "a b and more", "b a", "b a", ""]
    found = constant_answer([contains], examples, given_answers)
    assert found == ConstantAnswer("b a", 1.0, None)
    assert constant_answer([contains], examples, given_answers[::-1]) == found


def test_an_ideal_answer_of_the_case_is_tried() -> None:
    length, _ = read_criterion({"kind": "length", "unit": "words", "max": 3})
    assert length is not None
    examples = [Example("t", {}, "train", answer="in three words")]
    assert constant_answer([length], examples, ()) == ConstantAnswer("in three words", 1.0, None)


@pytest.mark.parametrize("examples", [[], labelled([], ["low"]), [Example("t", {})]])
def test_where_nothing_can_be_said_there_is_none(examples: list[Example]) -> None:
    assert constant_answer([equals()], examples, ()) is None


def test_no_more_answers_are_tried_than_there_is_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    score = module._mean

    def noting(criteria: Sequence[Criterion], examples: Sequence[Example], answer: str) -> float:
        tried.append(answer)
        return score(criteria, examples, answer)

    monkeypatch.setattr(module, "_mean", noting)
    constant_answer([equals()], labelled(["low"] * 2), (str(n) for n in range(5000)))
    assert len(tried) == MOST_ANSWERS
    tried.clear()
    constant_answer([equals()], labelled(["low"] * 500), (str(n) for n in range(5000)))
    assert tried[0] == "low"
    assert len(tried) == module.MOST_SCORINGS // 500


labels = st.lists(st.sampled_from("abc"), min_size=1, max_size=8)


@given(labels, st.lists(st.sampled_from("abcd"), max_size=8))
def test_no_single_answer_does_better(expected: list[str], answers: list[str]) -> None:
    found = constant_answer([equals()], labelled(expected), answers)
    assert found is not None
    shares = [expected.count(label) / len(expected) for label in {*expected, *answers}]
    assert found.train_score == pytest.approx(max(shares))
