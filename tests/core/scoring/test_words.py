import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.scoring import CRITERIA, modes
from llmopt_tui.core.scoring.similar_words import stem
from llmopt_tui.core.scoring.words import common_subsequence, read_number

Coverage, Contains, NotContains, Regex, Equals, Number, RougeL = (
    CRITERIA[kind]
    for kind in ("coverage", "contains", "not_contains", "regex", "equals", "number", "rouge_l")
)


@pytest.mark.parametrize(
    "group",
    [
        "plan plans planned planning", "manage manages managed managing", "nurse nurses nursing",
        "study studies", "car cars", "service services", "call called calling", "test tests tested",
        "patient patienten", "fachliche fachlicher fachlichen fachliches", "kind kinder kindern",
        "class classes",
    ],
)  # fmt: skip
def test_inflections_share_a_stem(group):
    assert len({stem(word) for word in group.split()}) == 1


@pytest.mark.parametrize("pair", ["java javascript", "sql nosql", "nurse purse", "bus business"])
def test_other_words_have_other_stems(pair):
    one, other = pair.split()
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("output", "score"),
    [
        ("Nurses give wound care and load or unload C++ tools.", 1.0),
        ("NURSING and wound-care; loading, unloading; C++", 1.0),
        ("The nurse loads and unloads.", 0.5),
        ("Care for a wound, C# and C", 0.0),
        ("something else", 0.0),
    ],
)
def test_terms_are_found_whatever_their_ending(output, score):
    expected = {"terms": ["nurse", "wound care", "loading and unloading", "C++"]}
    assert Coverage().judge(output, expected, {}).score == pytest.approx(score)


def test_missing_terms_are_named():
    verdict = Coverage().judge("The nurse", {"terms": ["nurse", "Kafka", "SQL"]}, {})
    assert verdict.feedback == "2 of 3 terms not said: Kafka, SQL"
    assert verdict.mode == modes.MISSING_CONTENT
    assert Coverage().judge("Cook", {"terms": ["nurse"]}, {}).mode == modes.OFF_TOPIC


def test_a_reference_is_covered_by_its_content_words():
    expected = {"reference": "The nurse cares for the patients of a ward."}
    assert Coverage().judge("Nurse who cares: patient; wards", expected, {}).score == 1
    assert Coverage().judge("The ward of the nurse", expected, {}).score == 0.5


WORDS = st.lists(st.sampled_from("nurse ward Java SQL care night shift C++".split()), max_size=8)


@given(
    said=WORDS, terms=st.lists(st.sampled_from("nurse ward SQL".split()), min_size=1, unique=True)
)
def test_saying_less_never_raises_coverage(said, terms):
    full = Coverage().judge(" ".join(["x", *said]), {"terms": terms}, {}).score
    for index in range(len(said)):
        less = [*said[:index], *said[index + 1 :]]
        assert Coverage().judge(" ".join(["x", *less]), {"terms": terms}, {}).score <= full


@pytest.mark.parametrize(
    ("output", "values", "there"),
    [
        ("We use SQL.", "sql", True),
        ("We use NoSQL.", "SQL", False),
        ("We use C++.", "C", False),
        ("We use C++.", "C++", True),
        ("We use C#.", "C#", True),
        ("In  New\nYork", "new york", True),
        ("ﬁne", "fine", True),
        ("(a.b)", "a.b", True),
        ("(axb)", "a.b", False),
    ],
)
def test_values_stand_as_whole_words(output, values, there):
    assert Contains(values=(values,)).judge(output, {}, {}).score == there
    assert NotContains(values=(values,)).judge(output, {}, {}).score == (not there)


def test_values_and_expected_count_together():
    expected = {"contains": ["a", "b"], "not_contains": ["a", "z"]}
    verdict = Contains(values=("c",)).judge("a c", expected, {})
    assert (verdict.score, verdict.feedback) == (pytest.approx(2 / 3), "does not contain b")
    verdict = NotContains(values=("y",)).judge("a c", expected, {})
    assert (verdict.score, verdict.feedback) == (pytest.approx(2 / 3), "contains a")
    assert verdict.mode == modes.FORBIDDEN


def test_parts_of_words_and_case_count_if_asked():
    assert Contains(values=("sql",), whole_words=False).judge("NoSQL", {}, {}).score == 1
    assert Contains(values=("sql",), ignore_case=False).judge("SQL", {}, {}).score == 0


def test_contains_needs_something_to_look_for():
    assert Contains().problems({}) == ["expected.contains is missing"]
    assert Contains(values=("a",)).problems({}) == []
    with pytest.raises(ValueError, match="empty text"):
        Contains(values=(" ",))


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


@given(st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: round(x, 4)))
def test_a_number_is_found_as_python_writes_it(number):
    assert Number(tolerance=1e-3).judge(f"It is {number:,.4f}.", {"answer": number}, {}).score == 1


@pytest.mark.parametrize(
    ("output", "score"),
    [
        ("the cat sat on the mat", 1.0),
        ("The CAT sat, on the mat!", 1.0),
        ("the cat on the mat", 10 / 11),
        ("mat the on sat cat the", 2 * 3 / 12),
        ("dogs", 0.0),
    ],
)
def test_rouge_l_is_the_f1_of_the_common_subsequence(output, score):
    verdict = RougeL().judge(output, {"reference": "The cat sat on the mat."}, {})
    assert verdict.score == pytest.approx(score)


def plain_subsequence(one, other):
    row = [0] * (len(other) + 1)
    for left in one:
        row = [0, *row[1:]]
        above = list(row)
        for i, right in enumerate(other, 1):
            row[i] = above[i - 1] + 1 if left == right else max(above[i], row[i - 1])
    return row[-1]


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_the_common_subsequence_is_the_textbook_one(one, other):
    assert common_subsequence(one, other) == plain_subsequence(one, other)
