"""Scales after a number in digits: 1.5 million, 5k, 3億5千万, 2 crore."""

from __future__ import annotations

import re
from fractions import Fraction

_SCALES: dict[str, int] = {
    **dict.fromkeys(("dozen",), 12),
    **dict.fromkeys(("hundred", "cent", "百"), 100),
    **dict.fromkeys(
        ("thousand", "thousands", "tausend", "mille", "mil", "tys", "тыс", "тысяч", "тысячи",
         "тысяча", "हज़ार", "हजार", "千", "천", "ألف", "آلاف"), 10**3,
    ),
    **dict.fromkeys(("万", "萬", "만"), 10**4),
    **dict.fromkeys(("lakh", "lakhs", "lac", "लाख"), 10**5),
    **dict.fromkeys(
        ("million", "millions", "mio", "mln", "mn", "millionen", "milionów", "millones", "millón",
         "milhões", "milhão", "milioni", "milione", "miljoen", "миллион", "миллиона", "миллионов",
         "млн", "مليون", "百万", "百萬"), 10**6,
    ),
    **dict.fromkeys(("crore", "crores", "करोड़", "千万", "千萬"), 10**7),
    **dict.fromkeys(("亿", "億", "억"), 10**8),
    **dict.fromkeys(
        ("billion", "billions", "bn", "mrd", "milliarde", "milliarden", "milliard", "milliards",
         "miljard", "миллиард", "миллиарда", "миллиардов", "млрд", "مليار"), 10**9,
    ),
    **dict.fromkeys(("trillion", "trillions", "tn"), 10**12),
}  # fmt: skip
_SCALE_WORDS = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_SCALE = re.compile(
    rf"[ \u00a0-]?(?P<word>{_SCALE_WORDS})\.?(?![^\W\d_])"
    r"|[ \u00a0]?(?P<cjk>千[万萬]|百[万萬]|[百千万萬億亿만억천])",
    re.IGNORECASE,
)
_FURTHER = re.compile(
    r"(?:[ \u00a0]|\sand\s)?(?P<digits>\d{1,4})"
    rf"(?:[ \u00a0-]?(?P<word>{_SCALE_WORDS})(?![^\W\d_])"
    r"|(?P<cjk>千[万萬]|百[万萬]|[百千万萬億亿만억천])|(?P<none>)(?![\d.,]))",
    re.IGNORECASE,
)
# Letters directly after the digits; after a space "m" may be metres and "K" kelvins.
_LETTER = re.compile(r"(?:(?P<letter>[kKMBmb])|[ \u00a0](?P<apart>[kK]))(?![^\W_])")
_LETTERS = {"k": 10**3, "m": 10**6, "b": 10**9}


def scaled(
    text: str, end: int, values: list[Fraction], *, letters: bool
) -> tuple[list[Fraction], int]:
    """The values of a number that ends at `end`, with the scales after it, and their end.

    Smaller scales that follow are added: "1 million 200 thousand". With `letters`, k, M and B
    count, and where the letter may be a unit (m, K), both are values.
    """
    if match := _SCALE.match(text, end):
        scale = _SCALES[(match["word"] or match["cjk"]).casefold()]
        values, end = [value * scale for value in values], match.end()
        attached = match.group().strip() > "\u2e80"  # scripts without spaces
        while more := _FURTHER.match(text, end):
            word = more["word"] or more["cjk"]
            smaller = _SCALES[word.casefold()] if word else 1
            joined = attached and more.start("digits") == end
            if smaller >= scale or not (word or joined):
                break
            values = [value + int(more["digits"]) * smaller for value in values]
            end, scale = more.end(), smaller
    elif letters and (match := _LETTER.match(text, end)):
        letter = match["letter"] or match["apart"]
        larger = [value * _LETTERS[letter.casefold()] for value in values]
        unit = letter in ("m", "K") if match["letter"] is None else letter == "m"
        values, end = [*values, *larger] if unit else larger, match.end()
    return values, end
