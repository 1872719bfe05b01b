import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.scoring import CRITERIA, modes
from llmopt_tui.core.scoring.similar_words import stem
from llmopt_tui.core.scoring.words import common_subsequence

Coverage, Contains, NotContains, RougeL = (
    CRITERIA[kind] for kind in ("coverage", "contains", "not_contains", "rouge_l")
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


@settings(deadline=None)
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


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_the_common_subsequence_is_the_textbook_one(one, other):
    assert common_subsequence(one, other) == plain_subsequence(one, other)
