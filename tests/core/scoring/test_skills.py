import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.scoring import CRITERIA, modes

Skills = CRITERIA["skills"]
POSTING = "We want Java, SQL, Kafka and Kubernetes; Docker helps."


def judge(said, skills, optional=(), posting=POSTING, **parameters):
    output = json.dumps({"skills": list(said)}, ensure_ascii=False)
    expected = {"skills": list(skills), "optional": list(optional)}
    return Skills(**parameters).judge(output, expected, {"posting": posting})


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("java", "Java"),
        ("  Java ", "Java"),
        ("Python.", "Python"),
        ("Ｊａｖａ", "Java"),
        ("JS", "JavaScript"),
        ("K8s", "Kubernetes"),
        ("Postgres", "PostgreSQL"),
        ("postgres administration", "PostgreSQL administration"),
        ("NodeJS", "Node.js"),
        ("Node JS", "Node.js"),
        ("Node", "Node.js"),
        ("dotnet", ".NET"),
        ("C sharp", "C#"),
        ("golang", "Go"),
        ("full stack", "full-stack"),
        ("CI/CD", "CI-CD"),
        ("REST API", "REST APIs"),
        ("RESTful APIs", "REST APIs"),
        ("Kubernets", "Kubernetes"),
        ("management of projects", "projects management of"),
        ("maintain records", "maintaining records"),
        ("organization skills", "organisation skills"),
        ("ALS", "Advanced Life Support (ALS)"),
        ("Advanced Life Support", "Advanced Life Support (ALS)"),
        ("German (fluent)", "German"),
        ("Führerschein Klasse B", "führerschein klasse b"),
    ],
)
def test_the_same_skill_in_other_letters_matches(said, wanted):
    assert judge([said], [wanted]).score == 1
    assert judge([wanted], [said]).score == 1


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Java", "JavaScript"),
        ("Java developer", "JavaScript developer"),
        ("C", "C++"),
        ("C", "C#"),
        ("C++", "C#"),
        ("C developer", "C++ developer"),
        ("R", "React"),
        ("R", "C"),
        ("R programming", "C programming"),
        ("React", "React Native"),
        ("Go", "Google"),
        ("Go", "Git"),
        ("SQL", "NoSQL"),
        ("SQL", "MySQL"),
        ("SQL databases", "NoSQL databases"),
        (".NET", "net"),
        ("AWS", "AW"),
        ("driving licence class B", "driving licence class C"),
        ("level 2 food hygiene certificate", "level 3 food hygiene certificate"),
        ("supervised learning", "unsupervised learning"),
        ("internal auditing", "external auditing"),
        ("software maintenance", "hardware maintenance"),
        ("frontend development", "backend development"),
        ("accounts payable", "accounts receivable"),
        ("preventive maintenance", "predictive maintenance"),
    ],
)
def test_another_skill_in_like_letters_does_not_match(said, wanted):
    assert judge([said], [wanted]).score == 0
    assert judge([wanted], [said]).score == 0


def test_a_pair_of_traps_is_told_apart_within_one_list():
    traps = ["Java", "JavaScript", "C", "C++", "C#", "R", "React", "Go", "Google", "SQL", "NoSQL"]
    assert judge(reversed(traps), traps).score == 1
    verdict = judge(traps[1:], traps)
    assert "1 of 11 expected skills missing: Java;" in verdict.feedback


def test_matching_is_one_to_one():
    verdict = judge(["Kubernetes", "Kubernets"], ["Kubernetes"])
    assert verdict.score == pytest.approx(2 / 3)
    assert judge(["Kubernetes"], ["Kubernetes", "Kubernets"]).score == pytest.approx(2 / 3)


def test_feedback_names_what_is_missing_and_too_much():
    said = ["Java", "Java", "SQL", "Cobol", "Docker"]
    verdict = judge(said, ["Java", "SQL", "Kafka"])
    assert verdict.score == pytest.approx(4 / 8)
    assert verdict.mode == modes.UNSUPPORTED
    assert "1 of 3 expected skills missing: Kafka" in verdict.feedback
    assert "1 not in the input: Cobol" in verdict.feedback
    assert "1 in the input but not asked for: Docker" in verdict.feedback
    assert "1 duplicate: Java" in verdict.feedback
    assert "precision 0.40, recall 0.67, F1 0.50" in verdict.feedback


def test_long_lists_are_cut_in_feedback():
    verdict = judge(["Java"], ["Java", *(f"skill {word}" for word in "abcdefghi")])
    assert "9 of 10 expected skills missing" in verdict.feedback
    assert "and 4 more" in verdict.feedback
    assert verdict.mode == modes.MISSING_ITEMS


def test_optional_entries_neither_help_nor_hurt():
    assert judge(["Java"], ["Java"], ["Docker"]).score == 1
    assert judge(["Java", "Docker"], ["Java"], ["Docker"]).score == 1
    assert judge(["Docker"], ["Java"], ["Docker"]).score == 0
    assert judge(["Docker", "docker"], ["Java"], ["Docker"]).score == 0
    assert judge(["Java", "Docker", "docker"], ["Java"], ["Docker"]).score == pytest.approx(2 / 3)


def test_an_expected_skill_comes_before_an_optional_one():
    assert judge(["Kubernetes"], ["Kubernetes"], ["K8s"]).score == 1


def test_nothing_expected_and_nothing_said_is_right():
    assert judge([], []).score == 1
    assert judge(["Java"], []).score == 0
    assert judge(["Docker"], [], ["Docker"]).score == 1


def test_aliases_are_added_to_the_table():
    assert judge(["ADR"], ["hazardous goods certificate"]).score == 0
    aliases = {"ADR": "Hazardous-Goods Certificate"}
    assert judge(["adr"], ["hazardous goods certificate"], aliases=aliases).score == 1
    assert judge(["JS"], ["JavaScript"], aliases=aliases).score == 1


def test_overlap_matches_phrases_whose_borders_vary():
    said, wanted = ["care of wounds and pain"], ["care of wounds"]
    assert judge(said, wanted).score == 0
    assert judge(said, wanted, matching="overlap").score == 1
    assert judge(["pain"], wanted, matching="overlap").score == 0


@pytest.mark.parametrize(
    ("output", "score", "says"),
    [
        ('{"skills": ["Java"]}', 1.0, "every"),
        ('```json\n{"skills": ["Java"]}\n```', 1.0, "every"),
        ('["Java"]', 0.5, "is not under 'skills'"),
        ('{"required_skills": ["Java"]}', 0.5, "is not under 'skills'"),
        ('{"skills": "Java"}', 0.5, "a text instead of a list"),
        ('{"skills": [{"name": "Java", "level": 3}]}', 0.5, "not every entry is a text"),
        ('{"skills": {"a": 1}}', 0.0, "no list under 'skills'"),
        ('{"a": ["Java"], "b": ["Java"]}', 0.0, "no list under 'skills'"),
        ("Java", 0.0, "not JSON"),
    ],
)
def test_a_list_in_another_place_or_form_counts_half(output, score, says):
    verdict = Skills().judge(output, {"skills": ["Java"]}, {})
    assert verdict.score == score
    assert says in verdict.feedback


def test_a_path_leads_to_the_list():
    output = '{"result": {"found": ["Java"]}}'
    assert Skills(path="result.found").judge(output, {"skills": ["Java"]}, {}).score == 1


@pytest.mark.parametrize(
    ("parameters", "says"),
    [({"matching": "exact"}, "matching"), ({"aliases": {"?": "x"}}, "names nothing")],
)
def test_parameters_that_make_no_sense_are_refused(parameters, says):
    with pytest.raises(ValueError, match=says):
        Skills(**parameters)


def test_problems_of_an_example_are_named():
    assert Skills().problems({"skills": "Java"}) == ["expected.skills must be a list of texts"]
    assert Skills().problems({"skills": ["a", " "]}) == ["expected.skills holds an empty text"]
    assert Skills().problems({"skills": [], "optional": [1]}) == [
        "expected.optional must be a list of texts"
    ]


NAMES = st.sampled_from(
    "Java JavaScript JS C C++ C# R React Go golang SQL NoSQL MySQL PostgreSQL Postgres Kafka "
    "Kubernetes K8s Kubernets Docker Dockers wound-care wound-caring Node.js NodeJS".split()
)
LISTS = st.lists(NAMES, max_size=8)
MATCHING = st.sampled_from(["fuzzy", "overlap"])


@settings(deadline=None)
@given(said=LISTS, skills=LISTS, optional=LISTS, matching=MATCHING, data=st.data())
def test_the_order_of_the_list_does_not_matter(said, skills, optional, matching, data):
    shuffled = data.draw(st.permutations(said))
    first = judge(said, skills, optional, matching=matching)
    assert judge(shuffled, skills, optional, matching=matching) == first


@settings(deadline=None)
@given(said=LISTS, skills=st.lists(NAMES, min_size=1, max_size=8), matching=MATCHING)
def test_adding_a_missing_skill_never_lowers_the_score(said, skills, matching):
    before = judge(said, skills, matching=matching)
    for skill in skills:
        if f"{skill}" in before.feedback.partition("missing: ")[2].partition(";")[0].split(", "):
            assert judge([*said, skill], skills, matching=matching).score > before.score


@settings(deadline=None)
@given(said=LISTS, skills=st.lists(NAMES, min_size=1), optional=LISTS)
def test_entries_that_nobody_asked_for_never_raise_the_score(said, skills, optional):
    assert judge([*said, "Fortran"], skills, optional).score <= judge(said, skills, optional).score


@settings(deadline=None)
@given(skills=st.lists(st.sampled_from("Java C C++ C# R Go SQL NoSQL".split()), unique=True))
def test_a_list_is_in_full_agreement_with_itself(skills):
    assert judge(skills, skills).score == 1


def test_one_skill_expected_in_two_spellings_is_one_skill():
    assert judge(["NodeJS"], ["Node.js", "NodeJS"]).score == 1


@pytest.mark.parametrize(
    ("said", "mode"),
    [
        (["Java"], modes.MISSING_ITEMS),
        (["Java", "SQL", "Cobol"], modes.UNSUPPORTED),
        (["Java", "SQL", "Docker"], modes.WRONG_ITEMS),
        (["Java", "SQL", "SQL"], modes.DUPLICATES),
        (["Cobol", "Fortran"], modes.MISSING_ITEMS),
    ],
)
def test_the_mode_is_what_costs_most(said, mode):
    assert judge(said, ["Java", "SQL"]).mode == mode
