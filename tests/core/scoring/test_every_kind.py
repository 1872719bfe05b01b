"""What holds for criteria of every kind, on any text whatever."""

import json
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from llmopt_tui.core.scoring import CRITERIA, modes, score_output
from llmopt_tui.core.scoring.base import Verdict
from tests.core.scoring.samples import (
    ANY_TEXT,
    AWAITED,
    EVERY_KIND,
    EXPECTED,
    INPUTS,
    JUNK,
    ODD,
    PARAMETERS,
)

MODES = {value for name, value in vars(modes).items() if name.isupper()}
kinds = pytest.mark.parametrize("kind", EVERY_KIND)

GOOD = {
    "json_valid": '{"skills": []}',
    "json_schema": '{"skills": ["a"]}',
    "skills": '{"skills": ["Java", "SQL", "Kafka"]}',
    "fields": '{"name": "Ann", "age": 42, "tags": ["b", "a"]}',
    "length": "The nurse looks after 42 beds.",
    "professionalism": "The nurse looks after 42 beds.",
    "structure": "The nurse looks after 42 beds.",
    "coverage": "Java for nurses with 42 beds",
    "contains": "We use Java.",
    "not_contains": "We use Java.",
    "regex": "aab",
    "equals": "42",
    "choice": "It is 42.",
    "number": "So it is 42.",
    "rouge_l": "The nurse looks after 42 beds.",
}


def assert_sound(verdict: Verdict) -> None:
    assert 0.0 <= verdict.score <= 1.0
    assert (verdict.score == 1.0) == (verdict.mode == "")
    assert verdict.feedback
    assert verdict.mode in MODES | {""}
    assert len(verdict.feedback) < 1500
    verdict.feedback.encode()
    assert "\x1b" not in verdict.feedback


def judged(kind: str, output: str) -> Verdict:
    return EVERY_KIND[kind].judge(output, EXPECTED, INPUTS)


def test_every_kind_of_the_contract_is_there():
    assert set(CRITERIA) == {*GOOD, "judge"}
    assert {"judge"} == AWAITED
    assert all(made.kind == kind for kind, made in CRITERIA.items())


@kinds
def test_a_good_answer_scores_in_full(kind):
    verdict = judged(kind, GOOD[kind])
    assert (verdict.score, verdict.mode) == (1.0, ""), verdict


@kinds
@settings(deadline=None)
@given(output=ANY_TEXT)
def test_any_text_gets_a_sound_verdict(kind, output):
    assert_sound(judged(kind, output))


@kinds
@pytest.mark.parametrize("output", ODD.values(), ids=ODD)
def test_odd_texts_get_a_sound_verdict(kind, output):
    assert_sound(judged(kind, output))


@kinds
@pytest.mark.parametrize("output", JUNK.values(), ids=JUNK)
def test_a_megabyte_of_junk_is_judged_in_no_time(kind, output):
    start = time.process_time()
    assert_sound(judged(kind, output))
    # About a second on the slowest of these; the margin is for busy machines.
    assert time.process_time() - start < 4


@kinds
@pytest.mark.parametrize("output", ["", " \n "])
def test_silence_scores_nothing(kind, output):
    assert judged(kind, output).score == 0


@kinds
@settings(deadline=None)
@given(output=ANY_TEXT)
def test_the_same_output_gets_the_same_verdict(kind, output):
    assert judged(kind, output) == judged(kind, output)


@kinds
def test_an_example_without_what_is_compared_never_raises(kind):
    criterion = EVERY_KIND[kind]
    verdict = criterion.judge(GOOD[kind], {}, {})
    assert_sound(verdict)
    if criterion.problems({}):
        assert (verdict.score, verdict.mode) == (0, modes.UNUSABLE_CASE)


@kinds
@settings(deadline=None)
@given(
    value=st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.none() | st.text())
)
def test_an_example_with_anything_expected_never_raises(kind, value):
    criterion = EVERY_KIND[kind]
    expected = dict.fromkeys(EXPECTED, value)
    criterion.problems(expected)
    assert_sound(criterion.judge(GOOD[kind], expected, INPUTS))


@kinds
def test_the_example_that_suits_it_has_no_problems(kind):
    assert EVERY_KIND[kind].problems(EXPECTED) == []


@kinds
def test_the_description_holds_no_fact_of_an_example(kind):
    description = EVERY_KIND[kind].describe()
    assert description == description.strip()
    assert not description.endswith(".")
    for label in PARAMETERS.get(kind, {}).get("labels", ()):
        description = description.replace(label, "")  # labels are the case's, not an example's
    for fact in ("Java", "Kafka", "nurse", "Ann", "42"):
        assert fact not in description


@pytest.mark.parametrize(
    ("kind", "key", "near"),
    [
        ("skills", "skills", "skils"),
        ("fields", "fields", "field"),
        ("coverage", "terms", "term"),
        ("contains", "contains", "contain"),
        ("equals", "answer", "answr"),
        ("choice", "answer", "answer_"),
        ("number", "answer", "anwser"),
        ("rouge_l", "reference", "referense"),
    ],
)
def test_a_misspelt_key_is_named(kind, key, near):
    (problem,) = EVERY_KIND[kind].problems({near: EXPECTED.get(key)})
    assert f"expected.{key} is missing" in problem
    assert f"expected.{near}?" in problem


@kinds
def test_criteria_are_built_from_files_strictly(kind):
    adapter = TypeAdapter(CRITERIA[kind])
    table = {"weight": 2, "required": True, **PARAMETERS.get(kind, {})}
    built = adapter.validate_json(json.dumps(table), strict=True)
    assert (built.weight, built.required) == (2.0, True)
    with pytest.raises(ValidationError, match="wieght"):
        adapter.validate_json(json.dumps({**table, "wieght": 1}), strict=True)
    with pytest.raises(ValidationError):
        adapter.validate_json(json.dumps({**table, "weight": "2"}), strict=True)


@kinds
@pytest.mark.parametrize(
    ("weight", "says"), [(-1, "from 0 up"), (float("nan"), "from 0 up"), (0, "no effect")]
)
def test_weights_that_make_no_sense_are_refused(kind, weight, says):
    with pytest.raises(ValueError, match=says):
        CRITERIA[kind](weight=weight, **PARAMETERS.get(kind, {}))


def test_the_score_is_the_weighted_mean():
    criteria = (CRITERIA["contains"](values=("a",), weight=3), CRITERIA["contains"](values=("b",)))
    score, parts = score_output(criteria, "a", {}, {})
    assert score == 0.75
    assert [(p.kind, p.weight, p.score) for p in parts] == [("contains", 3, 1), ("contains", 1, 0)]


def test_a_required_criterion_at_zero_makes_the_whole_zero():
    criteria = (CRITERIA["contains"](values=("a",)), CRITERIA["json_valid"](required=True))
    score, parts = score_output(criteria, "a", {}, {})
    assert score == 0
    assert [p.score for p in parts] == [1, 0]


def test_criteria_without_weight_count_alike():
    criteria = tuple(
        CRITERIA["contains"](values=values, weight=0, required=True)
        for values in (("a",), ("a", "b"))
    )
    assert score_output(criteria, "a", {}, {})[0] == 0.75


def test_no_criteria_are_a_mistake():
    with pytest.raises(ValueError, match="no criterion"):
        score_output((), "a", {}, {})


@settings(deadline=None)
@given(
    output=ANY_TEXT,
    picked=st.lists(
        st.tuples(st.sampled_from(sorted(EVERY_KIND)), st.floats(0.01, 100), st.booleans()),
        min_size=1,
        max_size=4,
    ),
)
def test_a_whole_score_stays_within_bounds(output, picked):
    criteria = tuple(
        CRITERIA[kind](weight=weight, required=required, **PARAMETERS.get(kind, {}))
        for kind, weight, required in picked
    )
    score, parts = score_output(criteria, output, EXPECTED, INPUTS)
    assert 0.0 <= score <= 1.0
    assert (score == 1.0) == all(part.score == 1.0 for part in parts)


def test_importing_scoring_brings_no_heavy_library_in():
    code = (
        "import sys, llmopt_tui.core.scoring as s;"
        "s.CRITERIA['json_valid']().judge('{}', {}, {});"
        "heavy = {'rapidfuzz', 'jsonschema', 'json_repair', 'regex', 'pydantic', 'numpy'};"
        "heavy |= {'icu4py'};"
        "print(heavy & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "set()"
