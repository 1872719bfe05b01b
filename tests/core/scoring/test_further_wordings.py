"""Numbers in frames, fields with units, words of other languages, labels written otherwise."""

import pytest

from llmopt_tui.core.scoring import CRITERIA

# Each number is the one that a person reads as the answer; None: not the number behind it.
NUMBERS = [
    ("She solved 21 out of 28 puzzles.", 21, 28),
    ("21 of the 28 puzzles were solved.", 21, 28),
    ("28 out of 28", 28, None),
    ("Out of 28 puzzles, 21 were solved", 21, 28),
    ("seven out of nine", 7, 9),
    ("9 in 10", 9, 10),
    ("5 von 8 Kindern", 5, 8),
    ("20% of 45 is 9", 9, 45),
    ("210 minutes (3.5 hours)", 210, 3.5),
    ("3.5 hours (210 minutes)", 3.5, 210),
    ("(3.5 hours) 210 minutes", 210, 3.5),
    ("It is 30°C (86°F) today.", 30, 86),
    ("9 [4 left, 5 right]", 9, 5),
    ("Step 4 (17 plums)", 17, 4),
    ("**75 minutes** (1¼ hours)", 75, None),
    ("6 + 9 (= 15)", 15, None),
    ("64 left in 2023", 64, 2023),
    ("Sales reached 64 in June 2023.", 64, 2023),
    ("The bridge opened in 1931.", 1931, None),
    ("Gemini 8 flew in 1966", 1966, 8),
    ("The 4 sisters moved there in 1987", 1987, 4),
    ("She won 6 cups between 2004 and 2012", 6, 2012),
    ("30 days after 2 April", 30, 2),
    ("On 2 April there were 30", 30, 2),
    ("it is 14, up from 11", 14, 11),
    ("it rose from 11 to 14", 14, 11),
    ("15 pens at $3 each", 15, 3),
    ("15 pens at $3 each cost $45", 45, 15),
    ("There are 24 hours in 1 day", 24, 1),
    ("8 pupils, aged 11 to 13", 8, 13),
    ("210 minutes, which is 3.5 hours", 210, None),
    ("210 minutes, which is 3.5 hours", 3.5, None),
    ("6 or 7", None, 7),
    ("between 6 and 7", None, 7),
    ("1/4 or 0.25", 0.25, None),
    ("Die Lösung ist siebenunddreißig.", 37, 7),
    ("quatre-vingt-douze", 92, 12),
    ("La respuesta es veintisiete.", 27, 7),
    ("veintiseis", 26, None),
    ("quarantatré", 43, None),
    ("quarenta e dois", 42, 2),
    ("тридцать четыре яблока", 34, 4),
    ("czternaście", 14, None),
    ("zevenentwintig", 27, 7),
    ("일곱 개", 7, None),
    ("minus acht", -8, 8),
    ("sessenta por cento", 60, 100),
    ("drei Komma zwei", 3.2, 2),
    ("deux mille trois cents", 2300, 300),
    ("fünf Millionen", 5_000_000, 5),
    ("Es ist eine leichte Frage: sechs, eine gerade Zahl", 6, 1),
    ("Neun Birnen, nicht zehn", 9, 10),
    ("I told you only once", None, 11),
    ("nine cents", 9, 900),
]


@pytest.mark.parametrize(("output", "answer", "other"), NUMBERS)
def test_a_number_is_told_from_what_only_frames_it(output, answer, other):
    number = CRITERIA["number"]()
    for value, score in ((answer, 1), (other, 0)):
        if value is not None:
            verdict = number.judge(output, {"answer": value}, {})
            assert verdict.score == score, verdict.feedback


SAME_VALUES = [
    (14, "14 kg", True),
    (14, "about 14", True),
    (14, "approx. 14 lb", True),
    (14, "etwa 14 Stück", True),
    (14, "14 years old", True),
    (14, "14 kg (31 lb)", True),
    (14, "14 лет", True),
    (14, "14歳", True),
    (14, "14 m²", True),
    (14, "quatorze", True),
    (14, "fourteen (14)", True),
    (14, "fourteen (14) copies", True),
    (1350, "$1,350 per month", True),
    (1350, "1.350 € pro Monat", True),
    (1350, "1350 USD/month", True),
    (-8, "-8 °C", True),
    (0, "zero items", True),
    (14, "not 14", False),
    (14, "over 14", False),
    (14, "at least 14", False),
    (14, "up to 14", False),
    (14, "14-16", False),
    (14, "14 or 15", False),
    (14, "14 of 20", False),
    (14, "14 years and 2 months", False),
    (14, "page 14", False),
    (14, "B14", False),
    (14, "14.5 kg", False),
    (1350, "$1,350 per month, $16,200 per year", False),
    (0, "null", False),
    (0, "none", False),
    (8, "-8 °C", False),
    ("14 kg", "14kg", True),
    ("14 kg", "14 lb", False),
    ("14 kg", 14, False),
    ("about 14", "14", False),
    ("2025-04-09", "9 апреля 2025 г.", True),
    ("2025-04-09", "среда, 9 апреля 2025", True),
    ("2025-04-09", "9 kwietnia 2025", True),
    ("2025-04-09", "9 nisan 2025", True),
    ("2025-04-09", "2025년 4월 9일", True),
    ("2025-04-09", "9 أبريل 2025", True),
    ("2025-04-09", "9 अप्रैल 2025", True),
    ("2025-04-09", "le mercredi 9 avril 2025", True),
    ("2025-04-09", "9-Apr-2025", True),
    ("2025-04-09", "Apr. 9th, 2025", True),
    ("2025-04-09", "2025-04-09 (Wednesday)", True),
    ("2025-06-09", "9. Juni 2025", True),
    ("2025-06-09", "9. Juli 2025", False),
    ("2025-04-09", "9 мая 2025", False),
    ("2025-04-09", "9 апреля 2024", False),
    ("2025-04-09", "April 2025", False),
    ("2025-04-09", "April 9, 2025 or April 10, 2025", False),
    ("04/09/2025", "9 April 2025", False),
]


@pytest.mark.parametrize(("wanted", "found", "same"), SAME_VALUES)
def test_a_field_is_read_with_its_unit_and_in_its_language(wanted, found, same):
    fields = CRITERIA["fields"]()
    answer = f'{{"x": {found if isinstance(found, int) else chr(34) + found + chr(34)}}}'
    verdict = fields.judge(answer, {"fields": {"x": wanted}}, {})
    assert verdict.score == same, verdict.feedback


DESKS = ["Sci/Tech", "World", "Arts & Culture"]
RATINGS = ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]
TONES = ["positive", "negative", "neutral"]
LABELS = [
    (DESKS, "Sci/Tech", "sci-tech", True),
    (DESKS, "Sci/Tech", "The story is about sci tech.", True),
    (DESKS, "Sci/Tech", "SciTech", True),
    (DESKS, "Sci/Tech", "Sci & Tech", True),
    (DESKS, "Arts & Culture", "arts and culture", True),
    (DESKS, "Sci/Tech", "science/technology", False),
    (DESKS, "Sci/Tech", "tech", False),
    (DESKS, "World", "Sci/Tech or World", False),
    (["NotSpam", "Spam"], "NotSpam", "This is not spam.", True),
    (["NotSpam", "Spam"], "Spam", "not spam", False),
    (["nontoxic", "toxic"], "nontoxic", "non-toxic", True),
    (["non-toxic", "toxic"], "non-toxic", "nontoxic", True),
    (["non-toxic", "toxic"], "toxic", "nontoxic", False),
    (["C/C++", "C", "C#"], "C", "C/C++", False),
    (["A/B", "A", "B"], "A/B", "A / B", True),
    (["A/B", "A", "B"], "A", "A/B", False),
    (["I/O", "CPU"], "I/O", "IO", False),
    (["not able", "able"], "not able", "notable", False),
    (RATINGS, "3 stars", "3 stars: 2 for the cast, 1 for the music", True),
    (RATINGS, "3 stars", "I'd give it 3 stars. 5 stars for the cast, 1 star for the plot.", True),
    (RATINGS, "3 stars", "5 stars for the cast, 1 star for the plot", False),
    (RATINGS, "3 stars", "3", True),
    (RATINGS, "3 stars", "3/5", True),
    (RATINGS, "3 stars", "three out of five stars", True),
    (RATINGS, "3 stars", "a three-star film", True),
    (RATINGS, "3 stars", "★★★☆☆", True),
    (RATINGS, "3 stars", "3-4 stars", False),
    (RATINGS, "3 stars", "3.5 stars", False),
    (RATINGS, "3 stars", "13 stars", False),
    (["Level 1", "Level 2"], "Level 2", "level two", True),
    (["Level 1", "Level 2"], "Level 2", "Level 2.5", False),
    (TONES, "negative", "negative - positive words are meant as irony", True),
    (TONES, "negative", "positive, negative, neutral: negative", True),
    (TONES, "positive", "Positive: great staff. Negative: none", True),
    (TONES, "positive", "un-positive", False),
    (TONES, "positive", "Positive on price, but negative", False),
]


@pytest.mark.parametrize(("labels", "answer", "output", "right"), LABELS)
def test_a_label_may_be_written_otherwise(labels, answer, output, right):
    choice = CRITERIA["choice"](labels=tuple(labels))
    verdict = choice.judge(output, {"answer": answer}, {})
    assert verdict.score == right, verdict.feedback
