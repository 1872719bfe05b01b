"""One rule per cause: what is asked, what is read out of a reply, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.proposals.brief import Brief
from llmopt_tui.core.proposals.judging import suggestion_of
from llmopt_tui.core.proposals.small_changes import (
    change_question,
    change_schema,
    read_change,
    rule_problems,
)
from llmopt_tui.core.proposals.worked_examples import worked_turns
from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.answers import Equals
from tests.core.proposals.test_playbook import answers, brief_of, case_of

RULE = "Answer with one of the three letters in brackets."


def brief() -> Brief:
    case = case_of(Equals(), expected=answers("(A)", "(B)", "(C)", "(A)"))
    return brief_of(case, modes.WRONG_ANSWER, modes.EXTRA_TEXT)


def reply(**values: object) -> str:
    made = {"cause": modes.EXTRA_TEXT, "why": "It says too much.", "where": "after the input"}
    return json.dumps({**made, "rule": RULE, **values})


def test_the_question_is_worked_examples_and_then_one_failure() -> None:
    chat = change_question(brief(), brief().failures[0], "It rambles.")
    assert [message.role for message in chat[1:-1]] == ["user", "assistant"] * 3
    assert chat[1:-1] == worked_turns()
    asked = chat[-1].content
    assert "Which one is it?\n\n[input]" in asked
    assert "Your analysis: It rambles." in asked
    assert "Right answer:\n(A)" in asked
    assert "{{" not in asked


def test_every_worked_answer_fits_the_schema_it_teaches() -> None:
    schema = change_schema(brief())
    for message in worked_turns()[1::2]:
        change = json.loads(message.content)
        assert list(change) == schema["required"]
        where = schema["properties"]["where"]
        assert change["where"] in where["enum"]
        assert len(change["rule"]) <= schema["properties"]["rule"]["maxLength"]


@pytest.mark.parametrize(
    "dress", ["{}", "Sure! {}", "```json\n{}\n```", "<think>hm {{</think>{}", "[{}]"]
)
def test_a_rule_is_read_out_of_any_dress(dress: str) -> None:
    text = reply()
    found = read_change(dress.replace("{}", text), brief(), brief().failures[0])
    assert found is not None
    assert (found.rule, found.cause, found.where) == (RULE, modes.EXTRA_TEXT, "after the input")


@given(st.text(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_any_reply_is_a_rule_or_none(text: str) -> None:
    found = read_change(text, brief(), brief().failures[0])
    assert found is None or found.rule


def test_a_cause_that_there_is_not_becomes_the_one_that_was_asked_about() -> None:
    found = read_change(reply(cause="bad mood"), brief(), brief().failures[0])
    assert found is not None
    assert found.cause == modes.WRONG_ANSWER


def test_the_program_puts_the_rule_into_the_text() -> None:
    found = read_change(reply(), brief(), brief().failures[0])
    assert found is not None
    suggestion = suggestion_of(found, brief()).suggestion
    assert suggestion is not None
    assert suggestion.prompt == f"Which one is it?\n\n{{{{text}}}}\n\n{RULE}\n"
    assert (suggestion.source, suggestion.cause) == ("interviewer", modes.EXTRA_TEXT)
    (change,) = suggestion.changes
    assert (change.edit, change.text, change.last) == ("add rule", RULE, True)
    first = suggestion_of(replace(found, where="before the input"), brief()).suggestion
    assert first is not None
    assert first.prompt == f"Which one is it? {RULE}\n\n{{{{text}}}}\n"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("The instruction should specify the letters.", "talks about the prompt"),
        ("The prompt must be clearer about brackets.", "talks about the prompt"),
        ("Add a list of letters to the prompt.", "talks about the prompt"),
        ("Clarify that one letter is wanted.", "talks about the prompt"),
        ("The model should answer with a letter.", "talks about the prompt"),
        ("Read {{text}} twice.", "no placeholder"),
        ("List them with bare names only.", "worked example"),
        ("x" * 400, "characters long"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_reason(rule: str, reason: str) -> None:
    assert any(reason in problem for problem in rule_problems(rule, brief())), rule


@pytest.mark.parametrize(
    "rule",
    [
        RULE,
        "Answer with one word and nothing else.",
        'Write one JSON object {"letters": [...]} and no text around it.',
        "The answer must be a single letter.",
        "Specify exactly one letter.",
    ],
)
def test_a_plain_command_is_a_rule(rule: str) -> None:
    assert rule_problems(rule, brief()) == []
