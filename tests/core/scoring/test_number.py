"""Numbers as people write them, in answers and in what is expected."""

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.scoring import CRITERIA
from llmopt_tui.core.scoring.answer_number import last_number
from llmopt_tui.core.scoring.numbers import read_number

Number = CRITERIA["number"]

RIGHT = [
    ("5 - (-$3)", -3),
    ("-5%", -5),
    ("-£1,000.00", -1000),
    ("($5)", 5),
    ("€1.234,56", 1234.56),
    ("1 234", 1234),
    ("1\u202f234\u202f567", 1234567),
    ("S$5", 5),
    ("CHF 1'000.\u2013", 1000),
    ("CHF 1'000.-", 1000),
    ("5,-", 5),
    ("5.\u2013", 5),
    ("Rs. 1,00,000", 100000),
    ("Rs 500/-", 500),
    ("1.0 × 10⁻³", 0.001),
    ("10⁻³", 0.001),
    ("3×10³", 3000),
    ("3x10³", 3000),
    ("4.5e6", 4500000.0),
    ("2^{5}", 32),
    ("25 °C", 25),
    ("25°C", 25),
    ("12 m³", 12),
    ("12 km²", 12),
    ("12 ft^2", 12),
    ("12 hours (see [2])", 12),
    ("12 hours [1][2]", 12),
    ("12 hours [citation needed]", 12),
    ("12 hours¹²", 12),
    ("The answer is 12 [source 3]", 12),
    ("one thousand two hundred thirty-four", 1234),
    ("Nine thousand nine hundred and ninety-nine", 9999),
    ("seven hundred", 700),
    ("a thousand", 1000),
    ("The answer is forty-two.", 42),
    ("FORTY-TWO", 42),
    ("one", 1),
    ("two dozen", 24),
    ("minus twelve", -12),
    ("negative 3.5", -3.5),
    ("3.5 k", 3500),
    ("3k", 3000),
    ("$2.5k", 2500),
    ("2.5K users", 2500),
    ("1.2M", 1200000.0),
    ("7B", 7000000000.0),
    ("€3 Mrd.", 3000000000.0),
    ("1,2 milliard", 1200000000.0),
    ("12 лет", 12),
    ("१२", 12),
    ("１２３", 123),
    ("๑๒", 12),
    ("৪২", 42),
    ("٣\u066b٥", 3.5),
    ("۴۲", 42),
    ("十二", 12),
    ("五", 5),
    ("二十五个", 25),
    ("五万", 50000),
    ("百", 100),
    ("3/8", 0.375),
    ("1 / 2", 0.5),
    ("5/2", 2.5),
    ("5 1/4 inches", 5.25),
    ("⅓", 0.3333333333333333),
    ("2⅔", 2.6666666666666665),
    ("1½ cups", 1.5),
    ("\\frac{22}{7}", 3.142857142857143),
    ("-\\frac{1}{2}", -0.5),
    ("\\frac12", 0.5),
    ("$\\frac{-1}{2}$", -0.5),
    ("\\boxed{\\frac{3}{5}}", 0.6),
    ("\\boxed{1{,}000}", 1000),
    ("1\\,000\\,000", 1000000),
    ("\\text{Answer: } 7", 7),
    ("x_1 = 7", 7),
    ("\\sqrt{2}", 2),
    ("50\\,\\%", 50),
    ("33⅓%", 33.333333333333336),
    ("100 %", 100),
    ("five percent", "5%"),
    ("half a million", 500000),
    ("1 million 200 thousand", 1200000),
    ("a quarter", 0.25),
    ("three and a half", 3.5),
    ("3 and 3/4", 3.75),
    ("zero point five", 0.5),
    ("0", 0),
    ("-0", 0),
    ("+7", 7),
    ("\u00b17", 7),
    ("No. 7", 7),
    ("#7", 7),
    ("1,234.50", 1234.5),
    ("1.234,50", 1234.5),
    ("12.345.678", 12345678),
    ("0.001", 0.001),
    ("0,001", 0.001),
    ("1,5", 1.5),
    ("(1,234)", 1234),
    ("1e-3", 0.001),
    ("5\u2009000", 5000),
    ("5 000,75 kr", 5000.75),
    ("\u221215", -15),
    ("\uff0d15", -15),
    ("\u20145", 5),
    ("It costs\u2013$5", 5),
    ("Answer: \u2013$1,250", -1250),
    ("$ -1,250", -1250),
    ("-1,250 $", -1250),
    ("minus $1,250", -1250),
    ("-₹500", -500),
    ("¥-500", -500),
    ("1500", "1.5k"),
    ("12", "a dozen"),
    ("1234", "1\u2019234"),
    ("-7", "minus 7"),
    ("0.5", "½"),
    ("5", "٥"),
    ("$-5", -5),
    ("−$5", -5),
    ("- $5", -5),
    ("-€5", -5),
    ("€ -5", -5),
    ("−5 €", -5),
    ("(-5)", -5),
    ("x = -5", -5),
    ("x=–5", -5),
    ("negative five", -5),
    ("Minus $7.50", -7.5),
    ("-$1,234.50", -1234.5),
    ("−1 234,50 €", -1234.5),
    ("The change is –3 degrees.", -3),
    ("3-5", 5),
    ("7 - 5 = 2", 2),
    ("+5", 5),
    ("5 - 8 = -3", -3),
    ("US$5", 5),
    ("R$ 5,50", 5.5),
    ("USD 1,200", 1200),
    ("-USD 5", -5),
    ("5 USD", 5),
    ("₹1,50,000", 150000),
    ("12,34,567.89", 1234567.89),
    ("1 234 567,89", 1234567.89),
    ("1 234,5", 1234.5),
    ("1’234’567", 1234567),
    ("1'234.50", 1234.5),
    ("1.234.567,8", 1234567.8),
    ("1_000_000", 1000000),
    ("1234567", 1234567),
    ("-.5", -0.5),
    ("$.50", 0.5),
    ("0.5", 0.5),
    ("1/2", 0.5),
    ("-1/2", -0.5),
    ("2 3/4", 2.75),
    ("2¾", 2.75),
    ("2 ¾", 2.75),
    ("¼", 0.25),
    ("\\frac{3}{4}", 0.75),
    ("2\\frac{1}{2}", 2.5),
    ("$\\frac{1}{3}$", 0.3333333333333333),
    ("\\dfrac{7}{2}", 3.5),
    ("1⁄2", 0.5),
    ("7/8 of the cake", 0.875),
    ("-3 1/2", -3.5),
    ("1/3", 0.3333333333),
    ("22/7", "22/7"),
    ("three quarters", 0.75),
    ("one half", 0.5),
    ("half", 0.5),
    ("two and a half", 2.5),
    ("2 and a half", 2.5),
    ("two thirds", 0.6666666666666666),
    ("9{,}500", 9500),
    ("1\\,234", 1234),
    ("\\boxed{12{,}345.6}", 12345.6),
    ("\\$1{,}234", 1234),
    ("$\\$5$", 5),
    ("\\( 42 \\)", 42),
    ("\\boxed{-7}", -7),
    ("50\\%", "50%"),
    ("2 million", 2000000.0),
    ("2.5 billion", 2500000000.0),
    ("$3M", 3000000.0),
    ("3bn", 3000000000.0),
    ("10K", 10000),
    ("7 thousand", 7000),
    ("3 lakh", 300000),
    ("2 crore", 20000000.0),
    ("1,5 Millionen", 1500000.0),
    ("3 Mio. Euro", 3000000.0),
    ("2,5 млн", 2500000.0),
    ("5万", 50000),
    ("3億", 300000000.0),
    ("5 km", 5),
    ("5 m", 5),
    ("5m", 5),
    ("5kg", 5),
    ("1.2k", 1200),
    ("two million", 2000000.0),
    ("4 dozen", 48),
    ("3 x 10^3", 3000),
    ("3*10^3", 3000),
    ("3·10³", 3000),
    ("3 × 10³", 3000),
    ("1.5e3", 1500),
    ("1.5E-3", 0.0015),
    ("2 × 10^{-3}", 0.002),
    ("10^6", 1000000.0),
    ("6.02 \\times 10^{23}", 6.02e23),
    ("10³", 1000),
    ("2^10", 1024),
    ("٤٢", 42),
    ("४२", 42),
    ("４２", 42),
    ("۱۲٫۵", 12.5),
    ("١٬٢٣٤", 1234),
    ("四十二", 42),
    ("三百", 300),
    ("答案是5。", 5),
    ("共12个", 12),
    ("二〇二四", 2024),
    ("一万二千", 12000),
    ("Five.", 5),
    ("twelve", 12),
    ("Twenty-one", 21),
    ("forty two", 42),
    ("one hundred", 100),
    ("a hundred", 100),
    ("one hundred and five", 105),
    ("three thousand two hundred and six", 3206),
    ("twelve hundred", 1200),
    ("two point five", 2.5),
    ("The answer is seven.", 7),
    ("It leaves five apples.", 5),
    ("nineteen eighty-four", 1984),
    ("ten", 10),
    ("Out of 12, so it is five.", 5),
    ("The total is 18, which the two friends share.", 18),
    ("4 m²", 4),
    ("12 m^2", 12),
    ("9.8 m/s²", 9.8),
    ("5 cm³", 5),
    ("12 hours [1]", 12),
    ("42 [1, 2].", 42),
    ("42.[3]", 42),
    ("[5]", 5),
    ("The answer is [5].", 5),
    ("It weighs 12 kg of CO2", 12),
    ("12 m2", 12),
    ("log₂ 8 = 3", 3),
    ("CO2", 2),
    ("12 hours¹", 12),
    ("It is 12².", 12),
    ("1234", "$1,234"),
    ("$1,234", "1234"),
    ("50 %", "50%"),
    ("0.5", "50%"),
    ("50", "50%"),
    ("50%", 50),
    ("50%", 0.5),
    ("50 percent", "50%"),
    ("1/2", "0.5"),
    ("0.5", "1/2"),
    ("1.5 million", "1500000"),
    ("1500000", "1.5 million"),
    ("-5", "−5"),
    ("5", "five"),
    ("3.5", "3½"),
    ("1,234", 1234),
    ("1.234", 1234),
    ("1,234", 1.234),
    ("1,2,3", 3),
    ("1, 2, 3", 3),
    ("12:30", 30),
    ("3.", 3),
    ("**42**", 42),
    ("#### 42", 42),
    ("Answer: 42!", 42),
    ("42nd", 42),
    ("5th", 5),
    ("1.2.3", 3),
    ("2024-05-01", 1),
    ("- 5", 5),
    ("- 5", -5),
    ("2020 3/4", 0.75),
    ("≈ 3.14", 3.14),
    ("~5", 5),
    ("<5>", 5),
    ("100°", 100),
    ("-40 °C", -40),
    ("7 (seven)", 7),
    ("5.0", 5),
    ("5,0", 5),
    ("007", 7),
]
WRONG = [
    ("None", 0),
    ("7:00", 7),
    ("-5", 5),
    ("minus five", 5),
    ("3–5", -5),
    (".75", 75),
    ("3/4", 4),
    ("3/4", 3),
    ("2.5M", 2.5),
    ("5k", 5),
    ("3 × 10^3", 10),
    ("no idea", 0),
    ("someone", 1),
    ("5%", 50),
    ("0.5%", "50%"),
    ("1e999", 1),
    ("9" * 50, 9),
]


@pytest.mark.parametrize(("output", "answer"), RIGHT)
def test_a_number_is_read_as_it_was_meant(output, answer):
    assert Number(tolerance=1e-6).problems({"answer": answer}) == []
    verdict = Number(tolerance=1e-6 if answer != 6.02e23 else 1e15).judge(
        output, {"answer": answer}, {}
    )
    assert verdict.score == 1, verdict.feedback


@pytest.mark.parametrize(("output", "answer"), WRONG)
def test_a_number_is_not_read_as_what_it_is_not(output, answer):
    verdict = Number().judge(output, {"answer": answer}, {})
    assert verdict.score == 0, verdict.feedback


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


@pytest.mark.parametrize(
    "answer", [None, True, "many", "3 or 4", "", [], float("inf"), float("nan")]
)
def test_an_answer_that_is_no_number_is_a_problem(answer):
    assert Number().problems({"answer": answer}) == ["expected.answer must be a number"]


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("It costs -$5.", "the last number is -5 (written '-$5'), not 7"),
        ("1.5 million", "the last number is 1500000 (written '1.5 million'), not 7"),
        ("8", "the last number is 8, not 7"),
        ("1/3", "the last number is 1/3, not 7"),
        ("9%", "the last number is 9%, not 7"),
        ("none", "there is no number in the answer"),
    ],
)
def test_the_feedback_says_which_number_was_read(output, says):
    assert Number().judge(output, {"answer": 7}, {}).feedback == says


GROUPS = [",", ".", " ", "\u00a0", "\u202f", "'", "\u2019", "{,}", "\\,", "_"]
DIGITS = ["0123456789", "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
          "\u0966\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f",
          "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19"]  # fmt: skip
SIGNS = ["-", "\u2212", "\u2013", "minus ", "-$", "$-", "\u2212\u20ac", "- \u00a3", "-USD "]


@settings(deadline=None)
@given(
    st.integers(0, 10**12),
    st.integers(0, 99),
    st.sampled_from(GROUPS),
    st.sampled_from(SIGNS),
    st.sampled_from(DIGITS),
    st.booleans(),
)
def test_any_way_to_write_a_number_reads_as_that_number(
    whole, cents, group, sign, digits, negative
):
    decimal = "," if group == "." else "."
    text = f"{whole:,}".replace(",", group)
    text = f"{text}{decimal}{cents:02}".translate(str.maketrans("0123456789", digits))
    value = Fraction(f"{whole}.{cents:02}")
    written = f"The result is {sign if negative else ''}{text}"
    found = last_number(written)
    assert found is not None
    assert (-value if negative else value) in found.readings
    assert len(found.readings) == 1 or whole < 1000


@settings(deadline=None)
@given(st.integers(1, 999), st.integers(1, 40), st.integers(1, 40))
def test_mixed_fractions_have_one_meaning(whole, top, bottom):
    if top < bottom:
        for text in (f"{whole} {top}/{bottom}", f"{whole}\\frac{{{top}}}{{{bottom}}}"):
            found = read_number(text)
            assert found is not None
            assert found.readings == (whole + Fraction(top, bottom),)


@settings(deadline=None)
@given(st.integers(0, 9999))
def test_english_words_up_to_the_thousands(number):
    found = last_number(f"That makes {in_words(number)} in all.")
    assert found is not None
    assert found.readings == (number,)


def in_words(number):
    small = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen"
    ).split()
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    if number < 20:
        return small[number]
    if number < 100:
        unit = number % 10
        return tens[number // 10 - 2] + (f"-{small[unit]}" if unit else "")
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    rest = number % size
    joined = f" and {in_words(rest)}" if 0 < rest < 100 else f" {in_words(rest)}" if rest else ""
    return f"{in_words(number // size)} {name}{joined}"


@settings(deadline=None)
@given(st.floats(-1e12, 1e12, allow_nan=False).map(lambda x: round(x, 4)))
def test_a_number_is_found_as_python_writes_it(number):
    assert Number(tolerance=1e-3).judge(f"It is {number:,.4f}.", {"answer": number}, {}).score == 1


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789.,' -+/$%^{}[]eExk\u00bd\u00b2\u0662 one half")))
def test_signs_and_digits_in_any_order_have_a_verdict(text):
    assert Number().judge(text, {"answer": 7}, {}).score in (0, 1)
    read_number(text)


@pytest.mark.parametrize(
    "piece",
    ["1", "1,234", "1/2 ", "-$", "one hundred and ", "\u00b2", "[1] ", "1 ", "x^2", "\\frac{1}{2}"],
)
def test_long_rows_of_anything_are_read_in_no_time(piece):
    text = piece * (200_000 // len(piece))
    start = time.process_time()
    last_number(text)
    read_number(text)
    assert time.process_time() - start < 1
