"""What readers take for the same text, in every criterion that compares texts."""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llmopt_tui.core.scoring import CRITERIA
from llmopt_tui.core.scoring.sameness import bare, comparable, difference, normal, unified

EQUALS = [
    ("\u2039yes\u203a", "yes", 1),
    ("A*", "A", 1),
    ("F#", "F", 0),
    ("50 %", "50%", 1),
    ("yes!!", "yes", 1),
    ("Yes?", "yes", 1),
    ("yes…", "yes", 1),
    ("Yes。", "yes", 1),
    ("yes！", "yes", 1),
    ("yes؟", "yes", 1),
    ("हाँ।", "हाँ", 1),
    ("「はい」", "はい", 1),
    ("『はい』。", "はい", 1),
    ("（是）", "是", 1),
    ("【是】", "是", 1),
    ("[B]", "B", 1),
    ("{B}", "B", 1),
    ("<B>", "B", 1),
    ("B:", "B", 1),
    ("B,", "B", 1),
    ("(b)", "B", 1),
    ("**(B)**", "B", 1),
    ("`B`", "B", 1),
    ("*positive*", "positive", 1),
    ("_positive_", "positive", 1),
    ("***positive***", "positive", 1),
    ('"positive".', "positive", 1),
    ("\u201cpositive\u201d", "positive", 1),
    ("\u2018positive\u2019", "positive", 1),
    ("«positive»", "positive", 1),
    ("\u201epositiv\u201c", "positiv", 1),
    ("it\u2019s", "it's", 1),
    ("it`s", "it's", 1),
    ("rock \u2019n\u2019 roll", "rock 'n' roll", 1),
    ("twenty\u2013one", "twenty-one", 1),
    ("co\u2010op", "co-op", 1),
    ("a \u2014 b", "a - b", 1),
    ("bill\u200bing", "billing", 1),
    ("bill\xading", "billing", 1),
    ("\u200ebilling", "billing", 1),
    ("Zu\u0308rich", "Zürich", 1),
    ("ＡＢＣ", "abc", 1),
    ("\ufb01ne", "fine", 1),
    ("ｶﾞｲﾄﾞ", "ガイド", 1),
    ("straße", "STRASSE", 1),
    ("New\xa0York", "New York", 1),
    ("New\nYork", "New York", 1),
    ("- yes", "yes", 1),
    ("# Yes", "yes", 1),
    ("> yes", "yes", 1),
    ("¡Sí!", "sí", 1),
    ("5", "5", 1),
    ("5.0", 5, 1),
    ("5", 5.0, 1),
    ("1,234", 1234, 1),
    ("five", 5, 1),
    ("-5", -5, 1),
    ("\u22125", -5, 1),
    ("$5", 5, 1),
    ("True", True, 1),
    ("true.", True, 1),
    ("C", "C++", 0),
    ("C++", "C", 0),
    ("C#", "C", 0),
    ("C#", "C#", 1),
    (".NET", ".NET", 1),
    ("NET", ".NET", 0),
    ("-5", "5", 0),
    ("5", "-5", 0),
    ("\u22125", "-5", 1),
    ("A or B", "A", 0),
    ("A, B", "A", 0),
    ("not yes", "yes", 0),
    ("yes no", "yes", 0),
    ("m²", "m2", 0),
    ("m²", "m²", 1),
    ("5", "5%", 0),
    ("5%", "5%", 1),
    ("@ann", "ann", 0),
    ("no", "yes", 0),
    ("5", 6, 0),
    ("-5", 5, 0),
    ("5 and 6", 5, 0),
    ("A+", "A", 0),
    ("A-", "A", 0),
    ("A-", "A-", 1),
    ("don't", "dont", 0),
    ("resume", "résumé", 0),
    ("B)", "A", 0),
    ("01234", "1234", 0),
    ("(B) is it", "B", 0),
    ("", "yes", 0),
    ("...", "yes", 0),
    ("1/2", "12", 0),
    ("x_1", "x1", 0),
    ("snake_case", "snake_case", 1),
    ("__init__", "init", 1),
    ("2.5", "25", 0),
    ("#1", "1", 0),
    ("a b", "ab", 0),
]
CONTAINS = [
    ("日本人です", "日本", 1),
    ("手机很贵", "手", 0),
    ("大学生です", "大学", 1),
    ("这是苹果手机", "苹果", 1),
    ("고양이가 있다", "고양이", 1),
    ("Python 3.11", "Python 3", 0),
    ("110%", "10%", 0),
    ("日本の首都は東京です。", "東京", 1),
    ("東京都に行く", "京都", 0),
    ("私は学生です", "学生", 1),
    ("北京是中国的首都", "北京", 1),
    ("我们去公园散步", "公园", 1),
    ("กรุงเทพเป็นเมืองหลวง", "เมืองหลวง", 1),
    ("서울은 한국의 수도입니다.", "서울", 1),
    ("서울은 한국의 수도입니다.", "한국", 1),
    ("서울은 한국의 수도입니다.", "수도", 1),
    ("서울시", "울시", 0),
    ("हिन्दी भाषा", "हिन्दी", 1),
    ("हिन्दी भाषा", "हिन्द", 0),
    ("العربية لغة", "العربية", 1),
    ("AIは便利", "AI", 1),
    ("iPhoneを買う", "iPhone", 1),
    ("It is 3.5", "3", 0),
    ("It is 13", "3", 0),
    ("It is 1,300", "300", 0),
    ("It is 0.3", "3", 0),
    ("3 cats", "3", 1),
    ("I have 3.", "3", 1),
    ("(3)", "3", 1),
    ("costs $3", "3", 1),
    ("3%", "3", 1),
    ("3rd", "3", 0),
    ("-3 degrees", "3", 0),
    ("3/4", "3", 0),
    ("10:30", "10", 0),
    ("3.5 liters", "3.5", 1),
    ("13.5 liters", "3.5", 0),
    ("1,300 people", "1,300", 1),
    ("Uses C++ daily", "C++", 1),
    ("Uses C++ daily", "C", 0),
    ("Uses C# daily", "C#", 1),
    ("In C.", "C", 1),
    ("**Paris**", "Paris", 1),
    ("\u201cParis\u201d", "Paris", 1),
    ("Paris\u2019s metro", "Paris", 1),
    ("the e\u2013mail", "e-mail", 1),
    ("I\u2019m sorry", "I'm sorry", 1),
    ("Zu\u0308rich", "Zürich", 1),
    ("Zürich", "Zu\u0308rich", 1),
    ("pa\xadris", "paris", 1),
    ("New\xa0York", "new york", 1),
    ("NEW  YORK", "new york", 1),
    ("Parisian", "Paris", 0),
    ("snake_case", "case", 0),
    ("ZÜRICH", "zürich", 1),
    ("Straße", "strasse", 1),
    ("می\u200cخواهم بروم", "میخواهم", 1),
    ("ＰＡＲＩＳ", "Paris", 1),
    ("room 3", "3", 1),
    ("3, 4 and 5", "4", 1),
    ("U.S.", "U.S.", 1),
    ("a.b", "a", 1),
    ("don't", "don", 1),
    ("on 3-5 May", "3", 1),
]
REGEX = [
    ("^Zürich$", "Zu\u0308rich", 1),
    ("^Zu\u0308rich$", "Zürich", 1),
    ("don't", "don\u2019t", 1),
    ("^\\w+-\\w+$", "e\u2011mail", 1),
    ('"yes"', "\u201cyes\u201d", 1),
    ("^abc$", "ab\u200bc", 1),
    ("^\\d+$", "４２", 1),
    ("^[a-z]$", "B", 0),
    ("^yes$", "yes!", 0),
    ("\u2013", "-", 1),
]
COVERAGE = [
    ("公園へ行きました。天気がいい。", ["公園", "天気"], 1),
    ("I like e\u2011mail", ["e-mail"], 1),
    ("서울에 갔다", ["서울"], 1),
    ("الطلاب يدرسون", ["الطلاب"], 1),
    ("don\u2019t panic", ["don't panic"], 1),
    ("大きな犬", ["猫"], 0),
]
ROUGE = [
    ("東京は日本の首都です。", "東京は日本の首都です", 1),
    ("it\u2019s fine", "it's fine", 1),
    ("Zu\u0308rich ist schön", "Zürich ist schön", 1),
    ("ไปเที่ยวทะเล", "ไปเที่ยวทะเล", 1),
]
SKILLS = [
    (["e\u2011mail"], ["e-mail"], 1),
    (["Zu\u0308rich"], ["Zürich"], 1),
    (["日本語"], ["日本語"], 1),
    (["C"], ["C++"], 0),
    (["customer\u200bservice"], ["customerservice"], 1),
    (["\u201cExcel\u201d"], ["Excel"], 1),
    (["driver\u2019s licence"], ["driver's licence"], 1),
]


@pytest.mark.parametrize(("output", "answer", "score"), EQUALS)
def test_equals_is_right_where_a_reader_says_so(output, answer, score):
    verdict = CRITERIA["equals"]().judge(output, {"answer": answer}, {})
    assert verdict.score == score, verdict.feedback


@pytest.mark.parametrize(("output", "answer", "score"), EQUALS)
def test_an_exact_answer_is_compared_as_it_is(output, answer, score):
    exact = CRITERIA["equals"](exact=True).judge(output, {"answer": answer}, {})
    text = str(answer).lower() if isinstance(answer, bool) else str(answer)
    assert exact.score == (output == text)


@pytest.mark.parametrize(("output", "value", "score"), CONTAINS)
def test_a_text_contains_whole_words_of_any_script(output, value, score):
    verdict = CRITERIA["contains"]().judge(output, {"contains": [value]}, {})
    assert verdict.score == score, verdict.feedback
    opposite = CRITERIA["not_contains"](values=(value,)).judge(output, {}, {})
    assert opposite.score == 1 - score, opposite.feedback


@pytest.mark.parametrize(("pattern", "output", "score"), REGEX)
def test_a_pattern_is_tried_on_the_forms_that_readers_compare(pattern, output, score):
    assert CRITERIA["regex"](pattern=pattern).judge(output, {}, {}).score == score


@pytest.mark.parametrize(("output", "terms", "score"), COVERAGE)
def test_terms_of_any_script_are_found(output, terms, score):
    assert CRITERIA["coverage"]().judge(output, {"terms": terms}, {}).score == score


@pytest.mark.parametrize(("output", "reference", "score"), ROUGE)
def test_a_reference_of_any_script_is_compared_word_by_word(output, reference, score):
    assert CRITERIA["rouge_l"]().judge(output, {"reference": reference}, {}).score == score


def test_a_reference_without_spaces_has_many_words():
    verdict = CRITERIA["rouge_l"]().judge(
        "\u4eca\u65e5\u306f\u96e8\u3067\u3059",
        {"reference": "\u4eca\u65e5\u306f\u6674\u308c\u3067\u3059"},
        {},
    )
    assert 0.5 < verdict.score < 1


@pytest.mark.parametrize(("skills", "expected", "score"), SKILLS)
def test_names_of_skills_are_compared_so_too(skills, expected, score):
    output = json.dumps({"skills": skills})
    assert CRITERIA["skills"]().judge(output, {"skills": expected}, {}).score == score


DRESSES = [
    *("{}", "{}.", "({})", "[{}]", "**{}**", "_{}_", "{}!", "`{}`", "  {}\n", "- {}", "{},"),
    *('"{}"', "\u201c{}\u201d", "\u300c{}\u300d", "\u00ab{}\u00bb"),
    *("{}\u3002", "\ufeff{}", "{}\u200b"),
]
WORDS = st.text(st.characters(categories=["Ll", "Lu", "Lo", "Nd"]), min_size=1, max_size=8)


@settings(deadline=None)
@given(WORDS, st.sampled_from(DRESSES), st.sampled_from(DRESSES))
def test_no_dress_changes_an_answer(word, one, other):
    assume(not (word[0].isdigit() and "- {}" in (one, other)))  # a minus there, no list's mark
    verdict = CRITERIA["equals"]().judge(one.format(word), {"answer": other.format(word)}, {})
    assert verdict.score == 1, verdict.feedback


@settings(deadline=None)
@given(st.text(max_size=40))
def test_what_is_compared_has_one_form(text):
    for form in (normal, unified, comparable, bare):
        assert form(form(text)) == form(text) or form is bare
    assert unified(text) == unified(normal(text))


@pytest.mark.parametrize(
    ("found", "wanted", "says"),
    [
        ("Ann", "Bob", ""),
        ("yes ", "yes", "U+0020 (space), not the end"),
        ("p\u0430ss", "pass", "U+0430 (cyrillic small letter a), not U+0061"),
        ("a\u200bb", "ab", "U+200B (zero width space)"),
        ("e-mail", "e\u2011mail", "not U+2011 (non-breaking hyphen)"),
        ("Zu\u0308rich", "Z\u00fcrich", "not U+00FC (latin small letter u with diaeresis)"),
    ],
)
def test_what_looks_alike_is_told_apart_in_words(found, wanted, says):
    how = difference(found, wanted)
    assert (says in how) if says else how == ""


def test_feedback_says_how_answers_differ_that_look_alike():
    verdict = CRITERIA["equals"](exact=True).judge("p\u0430ss", {"answer": "pass"}, {})
    assert "at character 2 there is U+0430" in verdict.feedback


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u05b0\u05b1", "\u093c\u094d"])
def test_marks_without_end_are_cut_off(marks):
    text = "a" + marks * 400_000
    assert len(normal(text)) < 100
    assert len(unified(text)) < 100
