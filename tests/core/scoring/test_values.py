"""Values of an answer's JSON, compared as what is expected there."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.scoring import CRITERIA
from llmopt_tui.core.scoring.values import same_value
from tests.core.scoring.samples import JSONISH

Fields = CRITERIA["fields"]

VALUES = [
    ("1,234.50", 1234.5, 1),
    ("1.234,50", 1234.5, 1),
    ("$1,234.50", 1234.5, 1),
    ("1234.5", 1234.5, 1),
    ("-5", -5, 1),
    ("\u22125", -5, 1),
    ("5", -5, 0),
    ("50%", 50, 1),
    ("50%", 0.5, 1),
    ("1.5 million", 1500000, 1),
    ("five", 5, 1),
    ("5 apples", 5, 1),
    ("", 5, 0),
    (None, 5, 0),
    (True, 1, 0),
    (5.0, 5, 1),
    ("05", 5, 0),
    ("0.5", 0.5, 1),
    (5.0000000001, 5, 1),
    (6, 5, 0),
    ("true", True, 1),
    ("True", True, 1),
    ("YES", True, 1),
    ("yes", True, 1),
    ("no", False, 1),
    ("false", False, 1),
    ("false", True, 0),
    (1, True, 0),
    ("no", True, 0),
    ("1", True, 0),
    (None, False, 0),
    ("5", "5", 1),
    (5, "5", 1),
    (5.0, "5", 1),
    (1234, "01234", 0),
    ("1234", "01234", 0),
    ("01234", "01234", 1),
    ("5.0", "5", 0),
    (True, "true", 1),
    ("TRUE", "true", 1),
    ("Zu\u0308rich", "Zürich", 1),
    ("ann", "Ann", 1),
    ("Ann.", "Ann", 1),
    ("\u201cAnn\u201d", "Ann", 1),
    ("Ann\u200b", "Ann", 1),
    ("O\u2019Neil", "O'Neil", 1),
    ("e\u2011mail", "e-mail", 1),
    ("Bob", "Ann", 0),
    ("C", "C++", 0),
    (["Ann"], "Ann", 0),
    ("2024-05-01", "2024-05-01", 1),
    ("May 1, 2024", "2024-05-01", 1),
    ("1 May 2024", "2024-05-01", 1),
    ("1st of May 2024", "2024-05-01", 1),
    ("01.05.2024", "2024-05-01", 1),
    ("05/01/2024", "2024-05-01", 1),
    ("2024/05/01", "2024-05-01", 1),
    ("1. Mai 2024", "2024-05-01", 1),
    ("1 mai 2024", "2024-05-01", 1),
    ("1 de mayo de 2024", "2024-05-01", 1),
    ("2024年5月1日", "2024-05-01", 1),
    ("2024-05-01T00:00:00", "2024-05-01", 1),
    ("2024-05-02", "2024-05-01", 0),
    ("May 2, 2024", "2024-05-01", 0),
    ("May 2024", "2024-05-01", 0),
    ("Wednesday, May 1, 2024", "2024-05-01", 1),
    ("2024-05-01T10:00:00Z", "2024-05-01T12:00:00+02:00", 1),
    ("2024-05-01 10:00:00", "2024-05-01T10:00:00", 1),
    ("null", None, 1),
    ("None", None, 1),
    (None, None, 1),
    ("x", None, 0),
    (0, None, 0),
    (False, None, 0),
    (["b", "a"], ["a", "b"], 1),
    (["1"], [1], 1),
    ({"a": "1"}, {"a": 1}, 1),
    ({"a": 1, "b": 2}, {"a": 1}, 0),
    ([], [], 1),
    ([1], [], 0),
]


@pytest.mark.parametrize(("found", "wanted", "score"), VALUES)
def test_a_value_is_compared_as_what_is_expected(found, wanted, score):
    verdict = Fields().judge(json.dumps({"x": found}), {"fields": {"x": wanted}}, {})
    assert verdict.score == score, verdict.feedback


@pytest.mark.parametrize(
    ("found", "wanted", "says"),
    [
        (True, "x", "x is 'true', not 'x'"),
        ("5", [5], "x is '5', not '[5]'"),
        ("null!", "null", None),
        (1234, "01234", "x is '1234', not '01234'"),
        ("[1]", [1], "the text '[1]', not the list '[1]'"),
        ("p\u0430ss", "pass", "at character 2 there is U+0430"),
        ("a" * 40 + "b", "a" * 40 + "c", "they differ further on"),
        (1, True, "x is '1', not 'true'"),
        ("01", 1, "x is '01', not '1'"),
    ],
)
def test_the_feedback_says_how_values_differ(found, wanted, says):
    verdict = Fields().judge(json.dumps({"x": found}), {"fields": {"x": wanted}}, {})
    if says is None:
        assert verdict.score == 1
    else:
        assert says in verdict.feedback


@settings(deadline=None)
@given(JSONISH)
def test_every_value_is_the_same_as_itself(value):
    try:
        found = json.loads(json.dumps(value, allow_nan=False))
    except ValueError:
        return
    assert same_value(found, value)


@settings(deadline=None)
@given(JSONISH, JSONISH)
def test_any_two_values_are_compared_without_an_error(one, other):
    same_value(one, other)


@settings(deadline=None)
@given(st.dates())
def test_a_date_is_the_same_in_common_forms(day):
    wanted = day.isoformat()
    for form in ("%d.%m.%Y", "%Y/%m/%d", "%B %d, %Y", "%d %b %Y", "%m/%d/%Y"):
        if day.year > 999:
            assert same_value(day.strftime(form), wanted), form
    assert not same_value(f"{day.year:04}-99-99", wanted)
