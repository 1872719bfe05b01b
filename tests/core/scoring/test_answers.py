import time

import pytest

from llmopt_tui.core.scoring import CRITERIA, modes

Regex, Equals = (CRITERIA[kind] for kind in ("regex", "equals"))


def test_a_pattern_is_found_or_is_the_whole():
    assert Regex(pattern=r"\d{3}").judge("call 123 now", {}, {}).score == 1
    assert Regex(pattern=r"\d{3}", whole=True).judge("call 123 now", {}, {}).score == 0
    assert Regex(pattern=r"\d{3}", whole=True).judge(" 123\n", {}, {}).score == 1
    verdict = Regex(pattern=r"\d{3}").judge("none", {}, {})
    assert (verdict.score, verdict.mode) == (0, modes.PATTERN)
    assert "'none'" in verdict.feedback


def test_a_pattern_that_takes_too_long_scores_nothing_and_says_so():
    criterion = Regex(pattern=r"(?:(a|a?)+)+$", whole=True)
    start = time.process_time()
    verdict = criterion.judge("a" * 2000 + "b", {}, {})
    assert time.process_time() - start < 2
    assert verdict.score == 0
    assert "too long" in verdict.feedback


@pytest.mark.parametrize(
    ("kind", "parameters", "says"),
    [
        ("regex", {"pattern": "(a"}, "no regular expression"),
        ("number", {"tolerance": -1}, "from 0 up"),
        ("number", {"tolerance": float("nan")}, "from 0 up"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(kind, parameters, says):
    with pytest.raises(ValueError, match=says):
        CRITERIA[kind](**parameters)


@pytest.mark.parametrize("output", ["Yes", " yes\n", "YES.", '"Yes"', "**Yes.**", "„yes“"])
def test_an_answer_may_differ_in_dress(output):
    assert Equals().judge(output, {"answer": "Yes"}, {}).score == 1


@pytest.mark.parametrize("output", ["Yes, it is", "No", "Y es", "yess"])
def test_an_answer_may_not_differ_in_substance(output):
    verdict = Equals().judge(output, {"answer": "Yes"}, {})
    assert (verdict.score, verdict.mode) == (0, modes.WRONG_ANSWER)
    assert "'Yes'" in verdict.feedback


def test_any_of_several_answers_is_right():
    assert Equals().judge("ja", {"answer": ["yes", "ja"]}, {}).score == 1
    assert Equals().judge("true", {"answer": True}, {}).score == 1
    assert Equals().judge("7", {"answer": 7}, {}).score == 1


def test_an_exact_answer_is_exact():
    assert Equals(exact=True).judge("yes", {"answer": "Yes"}, {}).score == 0
    assert Equals(exact=True).judge("Yes", {"answer": "Yes"}, {}).score == 1
