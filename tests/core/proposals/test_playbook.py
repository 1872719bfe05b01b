"""The playbook: every entry writes what it promises, for any case, and keeps the placeholders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.ports import Metrics
from llmopt_tui.core.prompt import Prompt, placeholders_in
from llmopt_tui.core.proposals.brief import Brief, Failure
from llmopt_tui.core.proposals.playbook import CATALOGUE, next_play
from llmopt_tui.core.proposals.playbook import plays as plays_of
from llmopt_tui.core.run import Run
from llmopt_tui.core.scoring import CRITERIA, modes
from llmopt_tui.core.scoring.answers import Equals
from llmopt_tui.core.scoring.base import Criterion
from llmopt_tui.core.scoring.fields import Fields
from llmopt_tui.core.scoring.json_output import JsonValid
from llmopt_tui.core.scoring.number import Number
from llmopt_tui.core.scoring.text import Length
from llmopt_tui.core.suggestion import Suggestion

LAZY = "Which one is it?\n\n{{text}}\n"
LABELS = ("(A)", "(B)", "(C)")
STEPS = 'Think step by step, then end with a last line that says "Answer:" and the number.'
RUN = Run("t0", "train", 1, "full", "out", "", 1.0, True, "", 0.0, (), Metrics())


def case_of(*criteria: Criterion, expected: list[Mapping[str, Any]], prompt: str = LAZY) -> Case:
    """One train example for each expectation, and a validation example that nobody may see."""
    examples = [
        Example(f"t{n}", {"text": f"posting number {n}"}, "train", of)
        for n, of in enumerate(expected)
    ]
    unseen = Example("v0", {"text": "unseen"}, "validation", {"answer": "unseen", "fields": {}})
    return Case("small", "Small", Prompt("small", prompt), criteria, (*examples, unseen))


def brief_of(case: Case, *failed: str, tried: frozenset[str] = frozenset()) -> Brief:
    failures = tuple(Failure("any", mode, 0.5, (RUN,), ("it is wrong",)) for mode in failed)
    train = case.split("train")
    return Brief(
        case=replace(case, examples=train),
        prompt=case.prompt,
        score=0.0,
        target=0.95,
        examples={example.id: example for example in train},
        failures=failures,
        solved=None,
        attempts=(),
        tried=tried | {case.prompt.text},
    )


def plays(case: Case, mode: str) -> list[Suggestion]:
    """Every play for a failure, each as if those before it had not helped."""
    found: list[Suggestion] = []
    while play := next_play(brief_of(case, mode, tried=frozenset(p.prompt for p in found))):
        found.append(play)
    return found


def first(case: Case, mode: str) -> Suggestion:
    play = next_play(brief_of(case, mode))
    assert play is not None
    return play


def answers(*given: str) -> list[Mapping[str, Any]]:
    return [{"answer": answer} for answer in given]


def test_labels_that_many_answers_share_are_told_behind_the_input() -> None:
    case = case_of(Equals(), expected=answers(*LABELS * 3))
    play = first(case, modes.WRONG_ANSWER)
    assert play.kind == "one of the labels"
    assert play.prompt == f"{LAZY}\nAnswer with exactly one of these and nothing else: " + (
        "(A), (B), (C).\n"
    )


def test_an_edit_that_lost_a_race_comes_after_those_that_did_not() -> None:
    case = case_of(Length(min=25, max=60), expected=[{}])
    brief = brief_of(case, modes.TOO_LONG)
    first, second, *_ = [play.kind for play in plays_of(brief)]
    lost = replace(brief, lost=frozenset({first}))

    kinds = [play.kind for play in plays_of(lost)]
    assert kinds[0] == second
    assert kinds[-1] == first


def test_answers_of_single_examples_are_not_told() -> None:
    case = case_of(Equals(), expected=answers("Oslo", "Bergen", "Tromsø", "Oslo"))
    assert all("Oslo" not in play.prompt for play in plays(case, modes.WRONG_ANSWER))


def test_a_name_that_one_example_expects_is_no_label() -> None:
    case = case_of(Equals(), expected=answers(*["Oslo"] * 5, "Tromsø"))
    assert plays(case, modes.WRONG_ANSWER) == []


def test_what_is_wrong_with_a_number_is_answered_with_steps() -> None:
    case = case_of(Number(), expected=answers("7", "12"))
    play = first(case, modes.WRONG_ANSWER)
    assert play.kind == "reason first"
    assert play.prompt == f"Which one is it? {STEPS}\n\n{{{{text}}}}\n"


@pytest.mark.parametrize("mode", [modes.INVALID_JSON, modes.MISSING_ITEMS, modes.WRONG_VALUES])
def test_the_shape_has_the_keys_and_labels_that_all_examples_expect(mode: str) -> None:
    fields = [
        {"kinds.cleaning": n == 1, "mood": "calm" if n % 2 else "angry", "who": f"Ada {n}"}
        for n in range(6)
    ]
    case = case_of(JsonValid(), Fields(), expected=[{"fields": of} for of in fields])
    play = first(case, mode)
    assert play.kind == "exact fields"
    shape = '{"kinds": {"cleaning": false or true}, "mood": "angry" or "calm", "who": "..."}'
    assert f"of the form {shape} and nothing else." in play.prompt


def test_the_shape_keeps_to_the_names_and_the_path_of_the_criterion() -> None:
    fields = {"mood": 1, "who": 2}
    case = case_of(Fields(path="result", names=("who",)), expected=[{"fields": fields}] * 2)
    assert '{"result": {"who": ...}}' in first(case, modes.INVALID_JSON).prompt


def test_fields_without_a_common_name_have_no_shape() -> None:
    case = case_of(Fields(), expected=[{"fields": {"a": 1}}, {"fields": {"b": 1}}])
    assert all(play.kind != "exact fields" for play in plays(case, modes.INVALID_JSON))


def test_examples_that_lack_what_is_expected_are_passed_over() -> None:
    for criterion in (Fields(), Equals(), Number()):
        case = case_of(criterion, expected=[{}, {}])
        plays(case, modes.WRONG_ANSWER)
        plays(case, modes.INVALID_JSON)


def test_the_catalogue_goes_before_the_costliest_failure() -> None:
    """Idle edits for one failure do not keep a better one for the next from its turn."""
    case = case_of(Length(min=25, max=60, unit="words"), expected=[{}])
    found: list[Suggestion] = []
    while play := next_play(
        brief_of(case, modes.OFF_TOPIC, modes.TOO_LONG, tried=frozenset(p.prompt for p in found))
    ):
        found.append(play)
    assert [p.kind for p in found][:3] == ["mark the input", "exact length", "name the content"]
    assert found[1].diagnosis.startswith("Too long")
    assert found[2].diagnosis.startswith("Off topic")


def test_no_rule_is_said_twice() -> None:
    case = case_of(Number(), expected=answers("7"), prompt=f"{STEPS}\n\n{{{{text}}}}\n")
    assert all(play.prompt.count(STEPS) == 1 for play in plays(case, modes.WRONG_ANSWER))


def test_an_entry_for_another_kind_of_criterion_stays_away() -> None:
    case = case_of(Length(max=9), expected=[{}])
    assert not {play.kind for play in plays(case, modes.WRONG_ANSWER)} & {
        "one of the labels",
        "reason first",
    }


MODES = [value for name, value in vars(modes).items() if name.isupper()]
CRITERION = st.sampled_from(
    [kind() for name, kind in CRITERIA.items() if name in ("json_valid", "fields", "equals")]
    + [Number(), Fields(path="a.b"), Length(max=40)]
)
SCRAP = st.sampled_from(
    ["{{text}}", "{{text}}\n", "<text>\n{{text}}\n</text>", "\n\n", "Posting:\n", "What is it? "]
) | st.text(max_size=12).filter(lambda text: "{" not in text and "}" not in text)
EXPECTED = st.fixed_dictionaries(
    {"answer": st.sampled_from(["(A)", "yes", "{{text}}", "{{x}}", "7", "no\n\nyes"])}
).map(lambda of: {**of, "fields": {"a.b": of["answer"], of["answer"]: True}})


@given(
    st.lists(SCRAP, min_size=1, max_size=6).map("".join).filter(lambda text: "{{text}}" in text),
    st.lists(CRITERION, min_size=1, max_size=3),
    st.lists(EXPECTED, min_size=1, max_size=9),
    st.sampled_from(MODES),
)
def test_whatever_the_case_is_every_play_keeps_the_placeholders(
    prompt: str, criteria: list[Criterion], expected: list[Mapping[str, Any]], mode: str
) -> None:
    case = case_of(*criteria, expected=expected, prompt=prompt)
    for play in plays(case, mode):
        assert placeholders_in(play.prompt) == placeholders_in(prompt)


def test_kinds_are_told_apart_and_every_mode_is_one_that_there_is() -> None:
    assert len({entry.kind for entry in CATALOGUE}) == len(CATALOGUE)
    assert all(entry.modes <= set(MODES) for entry in CATALOGUE)


@pytest.mark.parametrize("mode", MODES)
def test_without_an_idea_there_is_no_play(mode: str) -> None:
    tried = {play.prompt for play in plays(case_of(Length(max=9), expected=[{}]), mode)}
    case = case_of(Length(max=9), expected=[{}])
    assert next_play(brief_of(case, mode, tried=frozenset(tried))) is None
