import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.scoring import CRITERIA, modes
from llmopt_tui.core.scoring.answers import read_number

Regex, Equals, Number = (CRITERIA[kind] for kind in ("regex", "equals", "number"))


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


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("42", [42]),
        ("-3", [-3]),
        ("−3", [-3]),
        ("3,5", ["3.5"]),
        ("1,234.5", ["1234.5"]),
        ("1.234,5", ["1234.5"]),
        ("1,234,567", [1234567]),
        ("1.234.567", [1234567]),
        ("1,234", [1234, "1.234"]),
        ("1.234", ["1.234", 1234]),
        ("0.125", ["0.125"]),
        ("1 234 567", [1234567]),
        ("1'234.50", ["1234.5"]),
        ("2e3", [2000]),
        ("1,2,3", []),
        ("", []),
        ("x", []),
    ],
)
def test_numbers_are_read_as_people_write_them(text, readings):
    assert read_number(text) == [Decimal(reading) for reading in readings]


@pytest.mark.parametrize(
    ("output", "answer", "right"),
    [
        ("The total is 1,234.50.", 1234.5, True),
        ("Zusammen 1.234,50 Euro", 1234.5, True),
        ("first 10, then 12", 12, True),
        ("10-12", 12, True),
        ("x = -3", -3, True),
        ("\\boxed{42}.", "42", True),
        ("about 42%", 42, True),
        ("42 or 43", 42, False),
        ("0.1", 0.1, True),
        ("0.1001", 0.1, False),
        ("none at all", 0, False),
        ("1e400", 1, False),
    ],
)
def test_the_last_number_decides(output, answer, right):
    assert Number().judge(output, {"answer": answer}, {}).score == right


def test_tolerance_is_a_distance():
    assert Number(tolerance=0.5).judge("3.4", {"answer": 3}, {}).score == 1
    assert Number(tolerance=0.5).judge("3.6", {"answer": 3}, {}).score == 0


@pytest.mark.parametrize("answer", [None, True, "many", [], float("inf"), float("nan")])
def test_an_answer_that_is_no_number_is_a_problem(answer):
    assert Number().problems({"answer": answer}) == ["expected.answer must be a number"]


@settings(deadline=None)
@given(st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: round(x, 4)))
def test_a_number_is_found_as_python_writes_it(number):
    assert Number(tolerance=1e-3).judge(f"It is {number:,.4f}.", {"answer": number}, {}).score == 1
