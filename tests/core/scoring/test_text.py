import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.scoring import CRITERIA, modes
from llmopt_tui.core.scoring.sentences import list_items, sentences, words
from llmopt_tui.core.scoring.text import trapezoid

Length, Structure, Professionalism = (
    CRITERIA[kind] for kind in ("length", "structure", "professionalism")
)
PLAIN = "The nurse cares for patients after surgery. Two years in acute care are required."


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("...", 0),
        ("One", 1),
        ("One. Two! Three? Four…", 4),
        ("Really?! Yes.", 2),
        ('He said "no." Then he left.', 2),
        ("We use e.g. Python, i.e. a language.", 1),
        ("Dr. J. Smith leads the ward.", 1),
        ("John F. Kennedy spoke.", 1),
        ("A licence of class B. Apply now.", 2),
        ("Bring tools, etc. The pay is good.", 2),
        ("Version 3.5 is out.", 1),
        ("It costs 50. Apply now.", 2),
        ("Beginn ist am 3. Mai. Gut so.", 2),
        ("Wir nutzen z. B. Java bzw. Go.", 1),
        ("Beginn ist im 3. Quartal. Gut so.", 2),
        ("Seit dem 19. Jahrhundert besteht das Haus. Gut so.", 2),
        ("Das gilt z.B. für Java, d. h. Kaffee. Ende", 2),
        ("U.S. law applies from 5 p.m. on. Yes.", 2),
        ("A Ph.D. is required. An M.Sc. suffices.", 2),
        ("Wir zahlen 3.500,00 Euro brutto. Apply", 2),
        ("Siehe Nr. 3. Ende", 2),
        ("No final stop", 1),
        ("A first line\ngoes on here. Then ends", 2),
        ("Our tasks:\n- one.\n- two", 3),
        ("First line\n\nSecond line", 2),
        ("- one\n- two", 2),
        ("1. One\n2. Two", 2),
        ("你好。再见！", 2),
    ],
)
def test_sentences_are_counted_as_a_reader_would(text, count):
    assert len(sentences(text)) == count, sentences(text)


@pytest.mark.parametrize(
    "text", ["x" + "." * 90_000 + "y", "." + '"' * 90_000 + "x", "a. " * 30_000, "- " * 45_000]
)
def test_sentences_of_junk_are_split_in_no_time(text):
    start = time.process_time()
    sentences(text)
    assert time.process_time() - start < 4


def test_words_keep_their_hyphens_and_apostrophes():
    assert words("It's a well-known, 3.5-litre R&D job.") == [
        "It's", "a", "well-known", "3.5-litre", "R&D", "job",
    ]  # fmt: skip


def test_list_entries_are_counted():
    assert list_items("- a\n* b\n• c\n1. d\n2) e\n(3) f\na) g\nno\n-5") == 7


@pytest.mark.parametrize(
    ("count", "score", "mode"),
    [
        (0, 0.0, modes.EMPTY),
        (5, 0.5, modes.TOO_SHORT),
        (10, 1.0, ""),
        (20, 1.0, ""),
        (25, 0.75, modes.TOO_LONG),
        (40, 0.0, modes.TOO_LONG),
        (90, 0.0, modes.TOO_LONG),
    ],
)
def test_length_falls_off_on_both_sides(count, score, mode):
    verdict = Length(min=10, max=20).judge("word " * count, {}, {})
    assert (verdict.score, verdict.mode) == (pytest.approx(score), mode)


def test_length_feedback_says_how_much_and_how_much_was_asked():
    verdict = Length(unit="sentences", max=2).judge("A b. C d. E f. G h.", {}, {})
    assert verdict.feedback == "4 sentences where at most 2 sentences were asked"
    assert verdict.score == 0
    assert Length(unit="characters", min=3, max=3).judge(" abc ", {}, {}).score == 1


def test_length_says_what_it_asks():
    assert Length(min=25, max=60).describe() == "25 to 60 words"
    assert Length(unit="sentences", min=2, max=2).describe() == "exactly 2 sentences"
    assert Length(max=1).describe() == "at most 1 word"


@settings(deadline=None)
@given(
    values=st.lists(st.integers(0, 500), min_size=2, max_size=2).map(sorted),
    low=st.none() | st.integers(1, 100),
    extent=st.none() | st.integers(0, 100),
)
def test_the_trapezoid_is_monotone_outside_its_bounds(values, low, extent):
    high = None if extent is None else (low or 1) + extent
    less, more = (trapezoid(value, low, high) for value in values)
    assert 0 <= less <= 1
    if low is not None and values[1] <= low:
        assert less <= more
    if high is not None and values[0] >= high:
        assert less >= more


@pytest.mark.parametrize(
    ("kind", "parameters", "says"),
    [
        ("length", {}, "at least one"),
        ("length", {"min": 3, "max": 2}, "smaller bound is 3"),
        ("length", {"min": 0}, "1 or more"),
        ("length", {"max": 5, "unit": "lines"}, "unit"),
        ("structure", {"min_sentences": 3, "max_sentences": 1}, "smaller bound is 3"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(kind, parameters, says):
    with pytest.raises(ValueError, match=says):
        CRITERIA[kind](**parameters)


@pytest.mark.parametrize(
    ("output", "mode", "says"),
    [
        (f"Sure, here it is.\n\n{PLAIN}", modes.PREAMBLE, "preamble: 'Sure, here it is.'"),
        (f"Here is a concise description:\n\n{PLAIN}", modes.PREAMBLE, "'Here is a concise"),
        (f"Here's the job description. {PLAIN}", modes.PREAMBLE, "preamble"),
        (f"Certainly! {PLAIN}", modes.PREAMBLE, "Certainly!"),
        (f"Based on the provided job posting, {PLAIN}", modes.PREAMBLE, "Based on"),
        (f"Hier ist die Beschreibung: {PLAIN}", modes.PREAMBLE, "Hier ist"),
        (f"This is a concise job description of the role.\n{PLAIN}", modes.PREAMBLE, "This is"),
        (f"As an AI language model, I see: {PLAIN}", modes.PREAMBLE, "As an AI"),
        (f"{PLAIN} Please note that this description is short.", modes.CLOSING, "note that"),
        (f"Duties:\n{PLAIN}", modes.HEADING, "'Duties:'"),
        (f"Gerne! {PLAIN}", modes.PREAMBLE, "Gerne!"),
        (f"Description: {PLAIN}", modes.LABEL, "label: 'Description:'"),
        (f"**Job Summary:** {PLAIN}", modes.LABEL, "label"),
        (f"{PLAIN} Let me know if you want changes.", modes.CLOSING, "'Let me know if you"),
        (f"{PLAIN}\n\nI hope this helps!", modes.CLOSING, "I hope this helps"),
        (f"{PLAIN}\n\n(24 words)", modes.CLOSING, "24 words"),
        (f"{PLAIN} Lassen Sie mich wissen, ob es passt.", modes.CLOSING, "Lassen Sie mich"),
        (f"```\n{PLAIN}\n```", modes.CODE_FENCE, "code fence"),
        (f'"{PLAIN}"', modes.QUOTED, "quotation marks"),
        (f"„{PLAIN}“", modes.QUOTED, "quotation marks"),
        ("- Cares for patients\n- Keeps records", modes.LIST, "list of 2 entries"),
        ("* Cares for patients.", modes.LIST, "list of 1 entry"),
        ("1. Cares for patients.\n2. Keeps records.", modes.LIST, "list of 2 entries"),
        ("| Task | Time |\n|---|---|", modes.LIST, "table"),
        (f"The **nurse** cares. {PLAIN}", modes.MARKUP, "'**nurse**'"),
        (f"# Nurse\n{PLAIN}", modes.HEADING, "'# Nurse'"),
        (f"**Staff Nurse**\n{PLAIN}", modes.HEADING, "'**Staff Nurse**'"),
        (f"Staff Nurse, Surgery\n\n{PLAIN}", modes.HEADING, "'Staff Nurse, Surgery'"),
        (f"Nurse\n=====\n{PLAIN}", modes.HEADING, "Nurse"),
        (f"{PLAIN} Write to [Your Name].", modes.LEFTOVER, "'[Your Name]'"),
        (f"{PLAIN} Ask {{{{contact}}}}.", modes.LEFTOVER, "'{{contact}}'"),
        (f"{PLAIN} Join <ORGANIZATION> or <company name>.", modes.LEFTOVER, "and 1 more"),
        (f"{PLAIN} Call ______ today.", modes.LEFTOVER, "'______'"),
        (f"{PLAIN} {PLAIN}", modes.REPETITION, "the same 2 times"),
        ("care and cure " * 30, modes.REPETITION, "loop"),
        ("", modes.EMPTY, "empty"),
    ],
)
def test_each_fault_of_structure_is_named(output, mode, says):
    verdict = Structure().judge(output, {}, {})
    assert verdict.score < 1
    assert verdict.mode == mode, verdict
    assert says in verdict.feedback


@pytest.mark.parametrize(
    "output",
    [
        PLAIN,
        f"  {PLAIN}\n",
        "Here is a chance to lead a ward. Apply soon.",
        "Feel free to apply. If you have questions, call Mrs Tilling.",
        "Based in Berlin, the nurse cares for patients.",
        'The "Copper Heron" seeks a "sous chef"',
        "The nurse - or carer - works nights.",
        "See [1] and the List<String> type, or <b>.",
        "Great teams care. Certainly the best of work.",
        "Surely a good job. Okayama is far.",
        "Level: senior staff are wanted.",
        "This role is responsible for a team of ten nurses.",
        "The company seeks a nurse with three things: care, time and skill.",
        "This is a senior position in Bonn.",
        "This is a job with three duties: care, records and training.",
        "The following skills are required: Java and SQL.",
        "Sure-footed climbers are wanted. Okay Foods hires cooks.",
        "As an AI engineer, the person builds models.",
        "The person takes note that this matters. The reports have (40 words) each.",
        "Please note that this position is temporary.",
        "The team needs 5 * 3 ** 2 hands, knows a**b**c and 2**k as well as j** too.",
        "Klar strukturierte Aufgaben warten. Gerne auch in Teilzeit.",
        "Hier ist Teamgeist gefragt.",
        "The nurse cares for patients\n\nNights are free",
    ],
)
def test_sound_prose_is_left_in_peace(output):
    assert Structure().judge(output, {}, {}).score == 1, Structure().judge(output, {}, {})


def test_blanks_that_the_input_brought_in_are_no_leftovers():
    output = f"{PLAIN} Ask [Team Lead]."
    assert Structure().judge(output, {}, {"p": "Ask [Team Lead] first"}).score == 1


@pytest.mark.parametrize(
    ("count", "score"), [(1, 0.75), (2, 1), (3, 1), (4, 0.8), (6, 0.5), (9, 0.5)]
)
def test_the_further_off_the_sentence_count_the_lower_the_score(count, score):
    text = " ".join(f"Sentence {word} stands here." for word in "abcdefghi"[:count])
    verdict = Structure(min_sentences=2, max_sentences=3).judge(text, {}, {})
    assert verdict.score == pytest.approx(score)
    assert verdict.mode == ("" if score == 1 else modes.TOO_SHORT if count < 2 else modes.TOO_LONG)


def test_faults_add_up_and_the_worst_gives_the_mode():
    output = f"Sure, here:\n\n{PLAIN} Write to [Your Name]. Let me know if it fits."
    verdict = Structure().judge(output, {}, {})
    assert verdict.score == pytest.approx(0.1)
    assert verdict.mode == modes.LEFTOVER
    assert "preamble" in verdict.feedback
    assert "remark" in verdict.feedback


def test_what_is_allowed_costs_nothing():
    output = "# Nurse\n\n- cares for patients\n- keeps records"
    assert Structure(allow_lists=True, allow_headings=True).judge(output, {}, {}).score == 1
    assert "lists" not in Structure(allow_lists=True).describe()


def test_structure_says_what_it_asks():
    assert Structure(min_sentences=1, max_sentences=2).describe() == (
        "1 to 2 sentences of plain text without lists, headings, introduction or closing remark"
    )


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ("This awesome role suits a rockstar.", ["awesome", "rockstar"]),
        ("A role for nurses 🚀.", ["🚀"]),
        ("A role for nurses :-)", [":-)"]),
        ("This is an AMAZING role.", ["AMAZING"]),
        ("Apply NOW for the role.", ["NOW"]),
        ("WE NEED A NURSE", ["WE NEED NURSE"]),
        ("Apply today!!", ["today!!"]),
        ("The role is very varied and really good.", ["very", "really"]),
        ("We care for our patients.", ["We", "our"]),
        ("I think it suits nurses.", ["I"]),
        ("The nurse doesn't work nights; it's a day job.", ["doesn't", "it's"]),
        ("The nurse doesn’t work nights.", ["doesn’t"]),
        ("Die Stelle ist echt mega und für coole Leute.", ["mega", "coole"]),
        ("Die Aufgaben sind eigentlich und wirklich für uns.", ["eigentlich", "wirklich", "uns"]),
        ("An exciting, world-class role.", ["exciting", "world-class"]),
        ("Wir suchen dich und bieten viel!", ["Wir", "viel!"]),
        ("Das gibt's nicht bei der Firma.", ["gibt's"]),
    ],
)
def test_offending_words_are_named(output, names):
    verdict = Professionalism().judge(output, {}, {})
    assert verdict.score < 1
    assert verdict.mode == modes.UNPROFESSIONAL
    for name in names:
        assert name in verdict.feedback


@pytest.mark.parametrize(
    "output",
    [
        PLAIN,
        "The role requires SQL, AWS, HACCP and UNESCO experience.",
        "Accountant I is the grade; Level I suits beginners in the US.",
        "The plant may halt production, and nice work it is for the crew.",
        "Die Pflegekraft betreut Patienten nach der Operation.",
        "Deadlines are 10:30 and 5 < 30; use a != b.",
        "Just-in-time delivery is required.",
        "Die Firma führt den Total-Test durch und ist nach ISO zertifiziert.",
        "Sie leiten ein Team von zehn Personen und sind für das Lager verantwortlich.",
        "Нужен медбрат. 招聘护士。",
    ],
)
def test_a_sober_tone_scores_in_full(output):
    verdict = Professionalism().judge(output, {}, {})
    assert verdict.score == 1, verdict


def test_capitals_of_the_input_are_no_shouting():
    output = "The CARITAS house seeks a nurse."
    assert Professionalism().judge(output, {}, {}).score < 1
    assert Professionalism().judge(output, {}, {"p": "CARITAS house"}).score == 1


def test_allowed_tones_cost_nothing():
    output = "We care for our patients."
    assert Professionalism(allow_first_person=True).judge(output, {}, {}).score == 1
    assert "first person" not in Professionalism(allow_first_person=True).describe()


@settings(deadline=None)
@given(count=st.integers(0, 12))
def test_more_offences_never_score_better(count):
    scores = [
        Professionalism().judge(PLAIN + " It is very good!" * n, {}, {}).score
        for n in (count, count + 1)
    ]
    assert scores[0] >= scores[1]


def test_a_line_that_introduces_the_answer_is_one_fault():
    verdict = Structure().judge(f"Here is the description:\n{PLAIN}", {}, {})
    assert verdict.score == pytest.approx(0.7)
    assert "heading" not in verdict.feedback


def test_a_word_found_again_is_named_once():
    verdict = Professionalism(allow_first_person=True).judge("I'm here, I'm there, i'm.", {}, {})
    assert verdict.feedback == "contractions: I'm"
