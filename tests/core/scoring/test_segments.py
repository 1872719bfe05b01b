"""Words, sentences and characters of scripts all over the world."""

import pytest

from llmopt_tui.core.scoring import CRITERIA
from llmopt_tui.core.scoring.sentences import words
from llmopt_tui.core.text.word_breaks import word_breaks

SIZES = [
    ("words", "今天天气很好，我们去公园散步吧。", 7, 10),
    ("words", "วันนี้อากาศดีมาก", 3, 6),
    ("words", "서울은 한국의 수도입니다.", 3, 3),
    ("words", "हिन्दी बहुत सुंदर भाषा है", 5, 5),
    ("words", "می\u200cخواهم به خانه بروم", 4, 4),
    ("words", "It\u2019s an e\u2011mail.", 3, 3),
    ("words", "العربية لغة جميلة", 3, 3),
    ("words", "東京で AI を使う", 4, 6),
    ("sentences", "यह पहला वाक्य है। यह दूसरा है।", 2, 2),
    ("sentences", "他来了！你呢？我很好。", 3, 3),
    ("sentences", "「行く。」と言った。", 1, 1),
    ("sentences", "یہ ایک ہے۔ یہ دو ہے۔", 2, 2),
    ("sentences", "Hello. ¿Qué? ¡Sí!", 3, 3),
    ("sentences", "これは？本当に！はい｡", 3, 3),
    ("sentences", "ما هذا؟هذا كتاب.", 2, 2),
    ("sentences", "Mr. Smith came. He left.", 2, 2),
    ("sentences", "It costs 3.5 dollars.", 1, 1),
    ("characters", "e\u0301", 1, 1),
    ("characters", "👍🏽", 1, 1),
    ("characters", "🇩🇪🇫🇷", 2, 2),
    ("characters", "हिन्दी", 2, 4),
    ("characters", "한국", 2, 2),
    ("characters", "한", 1, 1),
    ("characters", "abc", 3, 3),
    ("characters", "กำ", 1, 1),
]


@pytest.mark.parametrize(("unit", "text", "low", "high"), SIZES)
def test_sizes_are_what_a_reader_counts(unit, text, low, high):
    verdict = CRITERIA["length"](unit=unit, min=low, max=high).judge(text, {}, {})
    assert verdict.score == 1, verdict.feedback


def test_words_are_found_as_they_are_written():
    assert words("AI\u3092\u4f7f\u3046 and state-of-the-art C") == [
        "AI", "\u3092", "\u4f7f\u3046", "and", "state-of-the-art", "C",
    ]  # fmt: skip
    assert words("\u4eca\u5929\u5929\u6c14\u5f88\u597d") == [
        "\u4eca\u5929",
        "\u5929\u6c14",
        "\u5f88\u597d",
    ]


def test_breaks_are_places_in_the_text_whatever_it_holds():
    for text in ("", "a\ud800b \U0001f680 c", "\x00\U0001f680\U0001f680 \u6771\u4eac"):
        breaks = word_breaks(text)
        assert {0, len(text)} <= breaks
        assert max(breaks) == len(text)
