"""Which label an answer settles on, however it says so."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.scoring import CRITERIA, modes
from llmopt_tui.core.scoring.settling import settled_label

Choice = CRITERIA["choice"]

LETTERED = ("(A)", "(B)", "(C)")
URGENCY = ("low", "medium", "high")
NESTED = ("low", "high", "very high")
LETTERS = ("A", "B", "C", "D")
OPPOSITES = ("spam", "not spam")
SENTIMENT = ("positive", "negative", "neutral")

ANSWERED = ("yes", "no")
EMOTIONS = ("joy", "anger", "fear")
PRIORITY = ("low", "medium", "high", "critical")

ANSWERS = [
    (LETTERS, "Answer: A)", "A", 1),
    (LETTERS, "**Answer:** C", "C", 1),
    (LETTERS, "**Answer: C**", "C", 1),
    (LETTERS, "The best option is (D).", "D", 1),
    (LETTERS, "Both B and C are wrong, A is right.", "A", 1),
    (LETTERS, "The answer is A, since B and C fail.", "A", 1),
    (LETTERS, "A, not B", "A", 1),
    (LETTERS, "It's B", "B", 1),
    (LETTERS, "I'd go with A.", "A", 1),
    (LETTERS, "I would choose A or B.", "A", 0),
    (LETTERS, "a)", "A", 1),
    (LETTERS, "[C]", "C", 1),
    (LETTERS, "C - the third one", "C", 1),
    (LETTERS, "Between A and C, C is better.", "C", 1),
    (LETTERS, "A\n\nBecause B is wrong.", "A", 1),
    (LETTERS, "Sorry, I can't answer that.", "A", 0),
    (LETTERS, "E", "A", 0),
    (LETTERS, "All of the above", "A", 0),
    (ANSWERED, "Yes", "yes", 1),
    (ANSWERED, "yes, no", "yes", 0),
    (ANSWERED, "Yes or no", "yes", 0),
    (ANSWERED, "I don't know", "no", 0),
    (ANSWERED, "No, it is not.", "no", 1),
    (ANSWERED, "No doubt: yes.", "yes", 1),
    (ANSWERED, "Absolutely yes!", "yes", 1),
    (ANSWERED, "The answer is no.", "no", 1),
    (ANSWERED, "It's a no from me.", "no", 1),
    (ANSWERED, "Maybe yes, maybe no.", "yes", 0),
    (EMOTIONS, "The text expresses fear rather than anger.", "fear", 1),
    (EMOTIONS, "joy & anger", "joy", 0),
    (EMOTIONS, "Joy (not anger)", "joy", 1),
    (EMOTIONS, "The emotion is not joy. It's anger.", "anger", 1),
    (EMOTIONS, "There is no fear here; the emotion is joy.", "joy", 1),
    (EMOTIONS, "enjoy", "joy", 0),
    (EMOTIONS, "The author seems angry", "anger", 0),
    (EMOTIONS, "Label: fear\nConfidence: high", "fear", 1),
    (EMOTIONS, "anger, with some fear", "anger", 1),
    (EMOTIONS, "While there is some fear, anger dominates.", "anger", 1),
    (EMOTIONS, "mix of joy and fear", "joy", 0),
    (PRIORITY, "Priority: Critical", "critical", 1),
    (PRIORITY, "This isn't critical, but it's high.", "high", 1),
    (PRIORITY, "high to critical", "high", 0),
    (PRIORITY, "Priority: high (could become critical)", "high", 1),
    (PRIORITY, "I would rate this as medium priority.", "medium", 1),
    (PRIORITY, "low/medium", "low", 0),
    (PRIORITY, "Priority level: low | medium | high | critical", "low", 0),
    (PRIORITY, "Between low and medium", "low", 0),
    (PRIORITY, "At least high", "high", 1),
    (PRIORITY, "The priority should be set to high.", "high", 1),
    (PRIORITY, "> high", "high", 1),
    (PRIORITY, "It should not be high.", "high", 0),
    (PRIORITY, "1) low 2) medium 3) high", "low", 0),
    (PRIORITY, "high; low impact on users though", "high", 1),
    (PRIORITY, '"priority": "high"', "high", 1),
    (PRIORITY, "HIGH - the customer is at high risk", "high", 1),
    (PRIORITY, "No label fits.", "low", 0),
    (NESTED, "very low", "low", 1),
    (NESTED, "Very  High", "very high", 1),
    (NESTED, "very-high", "very high", 1),
    (NESTED, "It's not very high, just high.", "high", 1),
    (NESTED, "high to very high", "high", 0),
    (LETTERED, "A", "(A)", 1),
    (LETTERED, "(A) The student", "(A)", 1),
    (URGENCY, "The urgency is **high**.", "high", 1),
    (LETTERED, "Answer: (B), because (A) is about the teacher.", "(B)", 1),
    (LETTERED, "(B)", "(B)", 1),
    (LETTERED, "B)", "(B)", 1),
    (LETTERED, "b", "(B)", 1),
    (LETTERED, "**B**", "(B)", 1),
    (LETTERED, "The answer is B.", "(B)", 1),
    (LETTERED, "The correct answer is (C) Ambiguous.", "(C)", 1),
    (LETTERED, "Option C", "(C)", 1),
    (LETTERS, "A: the student", "A", 1),
    (LETTERS, "A student went home. The answer is D.", "D", 1),
    (LETTERS, "I think B is right", "B", 1),
    (LETTERS, "B is correct because A is too long", "B", 1),
    (LETTERS, "(A) or (B)", "A", 0),
    (LETTERS, "A and B", "A", 0),
    (LETTERS, "either A or B", "A", 0),
    (LETTERS, "It could be either A or B.", "B", 0),
    (LETTERS, "A, B, C, D", "A", 0),
    (LETTERS, "Not A but B.", "B", 1),
    (LETTERS, "Not A but B.", "A", 0),
    (LETTERS, "I would pick C over D", "C", 1),
    (
        LETTERS,
        "Let's think. A is wrong since it is short. B is not right. So the answer is C.",
        "C",
        1,
    ),
    (LETTERS, "A) is wrong. B) is right? No. The answer: D", "D", 1),
    (LETTERS, "$\\boxed{B}$", "B", 1),
    (LETTERS, "The final answer is \\boxed{C}", "C", 1),
    (LETTERS, "Answer:\nB", "B", 1),
    (LETTERS, "B\n\nExplanation: A does not hold.", "B", 1),
    (LETTERS, "I can't decide between A and B", "A", 0),
    (LETTERS, "A man walks", "A", 0),
    (URGENCY, "High", "high", 1),
    (URGENCY, "HIGH!", "high", 1),
    (URGENCY, "high urgency", "high", 1),
    (URGENCY, "Urgency: high", "high", 1),
    (URGENCY, "high, medium, low", "high", 0),
    (URGENCY, "low, medium, high", "high", 0),
    (URGENCY, "not high but low", "low", 1),
    (URGENCY, "not high but low", "high", 0),
    (URGENCY, "It is not high, it is low.", "low", 1),
    (URGENCY, "low rather than high", "low", 1),
    (URGENCY, "It's low instead of medium.", "low", 1),
    (URGENCY, "either high or medium", "high", 0),
    (URGENCY, "high or medium", "high", 0),
    (URGENCY, "high/medium", "high", 0),
    (URGENCY, "I cannot determine whether it is high.", "high", 0),
    (URGENCY, "I'm sorry, but I can't help with high stakes.", "high", 0),
    (URGENCY, "It is unclear; maybe high", "high", 0),
    (URGENCY, "The customer cannot log in, so the urgency is high.", "high", 1),
    (URGENCY, "medium to high", "high", 0),
    (URGENCY, "The urgency is high because the system is down; it is not low.", "high", 1),
    (URGENCY, "Neither high nor low", "high", 0),
    (URGENCY, "Neither high nor low: medium.", "medium", 1),
    (URGENCY, "highlight", "high", 0),
    (URGENCY, "This is a high-priority issue.", "high", 1),
    (URGENCY, "```\nhigh\n```", "high", 1),
    (URGENCY, '{"urgency": "high"}', "high", 1),
    (URGENCY, "<answer>high</answer>", "high", 1),
    (URGENCY, "Is it high? No, it is low.", "low", 1),
    (URGENCY, "Possible labels: low, medium, high.\n\nAnswer: medium", "medium", 1),
    (URGENCY, "The options are low, medium and high. I choose medium.", "medium", 1),
    (URGENCY, "The options are low, medium and high.", "high", 0),
    (URGENCY, "low\n\nhigh", "high", 1),
    (URGENCY, "It isn't high.", "high", 0),
    (URGENCY, "Medium. High would need an outage.", "medium", 1),
    (URGENCY, "medium - not high", "medium", 1),
    (URGENCY, "dringend", "high", 0),
    (URGENCY, "\u201chigh\u201d", "high", 1),
    (URGENCY, "Overall, high.", "high", 1),
    (NESTED, "very high", "very high", 1),
    (NESTED, "very high", "high", 0),
    (NESTED, "high", "high", 1),
    (NESTED, "high", "very high", 0),
    (NESTED, "The risk is very high.", "very high", 1),
    (NESTED, "The risk is very high.", "high", 0),
    (NESTED, "It is high, but not very high.", "high", 1),
    (NESTED, "Not high but very high", "very high", 1),
    (OPPOSITES, "This is spam.", "spam", 1),
    (OPPOSITES, "This is not spam.", "not spam", 1),
    (OPPOSITES, "This is not spam.", "spam", 0),
    (OPPOSITES, "It isn't spam.", "not spam", 1),
    (OPPOSITES, "Not spam", "not spam", 1),
    (SENTIMENT, "Positive sentiment", "positive", 1),
    (SENTIMENT, "The sentiment is negative, not positive.", "negative", 1),
    (SENTIMENT, "The review is neither positive nor negative, so neutral.", "neutral", 1),
    (SENTIMENT, "Sentiment: Neutral 😐", "neutral", 1),
    (SENTIMENT, "positive, negative or neutral?", "neutral", 0),
    (SENTIMENT, "It has positive and negative aspects. Overall it is negative.", "negative", 1),
    (SENTIMENT, "It has positive and negative aspects.", "negative", 0),
    (SENTIMENT, "I would say it is positive.", "positive", 1),
    (SENTIMENT, "As an AI, I cannot classify this as positive.", "positive", 0),
    (("refund_request", "bug-report", "other"), "Refund request", "refund_request", 1),
    (("refund_request", "bug-report", "other"), "This is a bug report.", "bug-report", 1),
    (("refund_request", "bug-report", "other"), "refund-request", "refund_request", 1),
    (("1", "2", "3", "4", "5"), "4/5", "4", 1),
    (("1", "2", "3", "4", "5"), "4 out of 5 stars", "4", 1),
    (("1", "2", "3", "4", "5"), "I'd give it a 3.", "3", 1),
    (("1", "2", "3", "4", "5"), "3.5", "3", 0),
    (("yes", "no"), "Yes, it is.", "yes", 1),
    (("yes", "no"), "No.", "no", 1),
    (("yes", "no"), "No, yes would be wrong", "no", 1),
    (("yes", "no"), "yes and no", "yes", 0),
    (("yes", "no"), "Yes. There is no doubt.", "yes", 1),
    (("はい", "いいえ"), "はい、そうです。", "はい", 1),
    (("正面", "负面"), "这条评论是正面的。", "正面", 1),
    (("正面", "负面"), "答案：负面", "负面", 1),
    (("긍정", "부정"), "이 리뷰는 긍정입니다.", "긍정", 1),
    (("hoch", "niedrig"), "Die Dringlichkeit ist hoch.", "hoch", 1),
    (("hoch", "niedrig"), "nicht hoch, sondern niedrig", "niedrig", 1),
    (
        ("entailment", "contradiction", "neutral"),
        "The premise does not contradict the hypothesis: entailment",
        "entailment",
        1,
    ),
    (("sports", "business"), "Category: Sports", "sports", 1),
    (("sports", "business"), "sports & business", "sports", 0),
    (URGENCY, "High. Medium. Low.", "high", 0),
    (URGENCY, "I can't tell.", "low", 0),
    (URGENCY, "The urgency level is: **Medium**", "medium", 1),
    (URGENCY, "1. high\n2. low", "high", 0),
    (
        URGENCY,
        "Based on the text, this would be classified as high urgency, since people may be hurt.",
        "high",
        1,
    ),
    (URGENCY, "I'd say medium, maybe high.", "medium", 0),
    (URGENCY, "It's not that high, more like medium.", "medium", 1),
    (URGENCY, "Low\n\nThe message does not describe a high risk.", "low", 1),
    (URGENCY, "urgency=high", "high", 1),
    (URGENCY, "high ✅", "high", 1),
    (URGENCY, "HIGH_URGENCY", "high", 1),
    (URGENCY, "Highly urgent", "high", 0),
    (URGENCY, "It is more low than high", "low", 1),
    (URGENCY, "The answer is not high.", "high", 0),
    (URGENCY, "'high' or 'low'", "low", 0),
    (URGENCY, "This is low, although some would say high.", "low", 1),
    (URGENCY, "", "low", 0),
    (LETTERS, "(A), (B), (C) and (D)", "A", 0),
    (LETTERS, "The answer is (A), not (B).", "A", 1),
    (LETTERS, "Both A and C", "A", 0),
    (LETTERS, "C.", "C", 1),
    (LETTERS, "Choice D: none of them", "D", 1),
    (LETTERS, "D. He", "D", 1),
    (LETTERS, "I choose option (B).", "B", 1),
    (LETTERS, "B or C, but I go with C.", "C", 1),
    (LETTERS, "Vitamin D helps. Answer: A", "A", 1),
    (LETTERS, "answer: a", "A", 1),
    (LETTERS, "A because of the rule", "A", 1),
    (LETTERS, "A.B.", "A", 0),
    (LETTERS, "None of A, B, C or D", "A", 0),
    (LETTERS, "The answer cannot be determined from A, B, C or D", "A", 0),
    (LETTERS, "A\nB\nC\nD", "A", 0),
    (LETTERED, "The answer is (B) The teacher, and not (A) The student.", "(B)", 1),
    (LETTERED, "(a)", "(A)", 1),
    (LETTERED, "The pronoun refers to the student, so (A).", "(A)", 1),
    (SENTIMENT, "😀 positive", "positive", 1),
    (
        SENTIMENT,
        "The text expresses a positive attitude. Therefore, the sentiment is: positive",
        "positive",
        1,
    ),
    (SENTIMENT, "Negative \u2013 the customer is angry.", "negative", 1),
    (SENTIMENT, "not positive", "negative", 0),
    (SENTIMENT, "non-negative", "negative", 0),
    (SENTIMENT, "Sentiment: positive/negative", "positive", 0),
    (SENTIMENT, "The sentiment is mixed: positive and negative.", "positive", 0),
    (("unclear", "clear"), "unclear", "unclear", 1),
    (("unclear", "clear"), "It is unclear.", "unclear", 1),
    (("unclear", "clear"), "It is clear.", "clear", 1),
]


@pytest.mark.parametrize(("labels", "output", "answer", "score"), ANSWERS)
def test_an_answer_is_the_label_that_it_settles_on(labels, output, answer, score):
    verdict = Choice(labels=labels).judge(output, {"answer": answer}, {})
    assert verdict.score == score, verdict.feedback


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("It is low.", "the answer reads as 'low', not 'high'"),
        ("low, medium, high", "names several labels and settles on none"),
        ("I cannot tell whether it is high.", "does not decide"),
        ("Not high.", "only says what it is not"),
        ("Dogs bark.", "names none of the labels"),
        ("So it is low or medium", "concludes with several labels"),
        ("HIGH", "the answer is right: 'high'"),
    ],
)
def test_the_feedback_says_which_label_was_read(output, says):
    assert says in Choice(labels=URGENCY).judge(output, {"answer": "high"}, {}).feedback


def test_a_bare_label_earns_its_share():
    criterion = Choice(labels=URGENCY, bare=0.25)
    assert criterion.judge("(High).", {"answer": "high"}, {}).score == 1
    verdict = criterion.judge("It is high.", {"answer": "high"}, {})
    assert (verdict.score, verdict.mode) == (0.75, modes.EXTRA_TEXT)
    assert criterion.judge("It is low.", {"answer": "high"}, {}).score == 0
    assert criterion.judge("low", {"answer": "high"}, {}).score == 0


def test_any_of_several_labels_may_be_right():
    expected = {"answer": ["high", "medium"]}
    assert Choice(labels=URGENCY).judge("Medium.", expected, {}).score == 1
    assert Choice(labels=URGENCY).judge("Low.", expected, {}).score == 0


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"labels": ("a",)}, "at least two"),
        ({"labels": ("a", " ")}, "empty text"),
        ({"labels": ("A", "(a)")}, "cannot be told apart"),
        ({"labels": ("a", "b"), "bare": 1.5}, "from 0 to 1"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, says):
    with pytest.raises(ValueError, match=says):
        Choice(**parameters)


@pytest.mark.parametrize("answer", ["urgent", 3, [], ["high", 3], None, True])
def test_an_answer_that_is_no_label_is_a_problem(answer):
    assert len(Choice(labels=URGENCY).problems({"answer": answer})) == 1
    assert Choice(labels=URGENCY).problems({"answer": "(High)"}) == []


FRAMES = [
    *("{}", "{}.", "({})", "**{}**", "Answer: {}", "The answer is {}.", '{{"label": "{}"}}'),
    *(
        "It is {}, not {other}.",
        "{}\n\nThe text is not {other}.",
        "I considered {other}. Answer: {}",
    ),
    *("The options are {all}.\nAnswer: {}", "I choose {}, because {other} does not fit."),
]
LABELS = st.sampled_from([URGENCY, NESTED, SENTIMENT, ("(A)", "(B)", "(C)"), ("\u662f", "\u5426")])


@settings(deadline=None)
@given(st.data(), LABELS, st.sampled_from(FRAMES))
def test_every_label_is_read_in_every_frame(data, labels, frame):
    label = data.draw(st.sampled_from(labels))
    other = data.draw(st.sampled_from([name for name in labels if name != label]))
    output = frame.format(label, other=other, all=", ".join(labels))
    assert settled_label(output, labels).label == label


NONE = ["{0} or {1}", "either {0} or {1}", "{0}, {1}", "{0}/{1}", "It could be {0} or {1}.",
        "I cannot decide between {0} and {1}.", "neither {0} nor {1}", "{0}? {1}?", ""]  # fmt: skip


@settings(deadline=None)
@given(LABELS.flatmap(st.permutations), st.sampled_from(NONE))
def test_who_settles_on_none_has_none(labels, frame):
    assert settled_label(frame.format(*labels), labels).label is None


@settings(deadline=None)
@given(st.text(max_size=80), LABELS)
def test_any_text_is_read_without_an_error(text, labels):
    assert settled_label(text, labels).label in {None, *labels}


@pytest.mark.parametrize(
    "piece", ["high ", "not high or ", "answer: high low ", "A) ", "so ", "\u9ad8"]
)
def test_long_answers_are_read_in_no_time(piece):
    start = time.process_time()
    for labels in (URGENCY, LETTERS, ("\u9ad8", "\u4f4e")):
        settled_label(piece * (1_000_000 // len(piece)), labels)
    assert time.process_time() - start < 3
