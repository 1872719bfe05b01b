"""The cases that come with the program are ones their own criteria can score."""

import json
from pathlib import Path

import pytest

from llmopt_tui.app.workspace import Workspace
from llmopt_tui.core.case import Case
from llmopt_tui.core.scoring import score_output

ROOT = Path(__file__).parents[3]
NAMES = sorted(file.stem for file in (ROOT / "cases").glob("*.toml"))
names = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    loaded = Workspace(ROOT).load_cases()
    assert not loaded.problems
    return {case.id: case for case in loaded.cases}


def test_the_starter_cases_load(cases):
    assert {"concise_description", "skills_extraction"} <= set(cases) == set(NAMES)


@names
def test_every_example_holds_what_the_criteria_need(cases, name):
    for example in cases[name].examples:
        for criterion in cases[name].criteria:
            assert criterion.problems(example.expected) == [], example.id


@names
def test_an_empty_answer_scores_nothing(cases, name):
    for example in cases[name].examples:
        score, _ = score_output(cases[name].criteria, "", example.expected, example.inputs)
        assert score == 0, example.id


def test_the_expected_skills_score_in_full_with_or_without_the_optional_ones(cases):
    case = cases["skills_extraction"]
    for example in case.examples:
        skills = example.expected["skills"]
        for said in (skills, [*skills, *example.expected.get("optional", ())]):
            output = json.dumps({"skills": said}, ensure_ascii=False)
            score, parts = score_output(case.criteria, output, example.expected, example.inputs)
            assert score == 1, (example.id, parts)


def test_an_invented_skill_is_found_in_every_example(cases):
    case = cases["skills_extraction"]
    for example in case.examples:
        said = [*example.expected["skills"], "zither tuning"]
        output = json.dumps({"skills": said}, ensure_ascii=False)
        _, parts = score_output(case.criteria, output, example.expected, example.inputs)
        assert any("1 not in the input: zither tuning" in part.feedback for part in parts)
