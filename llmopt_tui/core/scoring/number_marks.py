"""Digits, signs and marks of numbers in any script or markup, replaced by a few plain ones."""

from __future__ import annotations

import re
import unicodedata

# Marks of this module's own, in place of what people write in many ways.
GROUP = "'"  # sets off groups of digits and nothing else
DECIMAL = "⎖"  # sets off decimals and nothing else
RAISED = "ˆ"  # what follows was written above the line

_MARKS = str.maketrans(
    {
        **dict.fromkeys("−–‒﹣－‐‑⁻", "-"),
        **dict.fromkeys("＋﹢", "+"),
        **dict.fromkeys("’‘＇`´", GROUP),
        **dict.fromkeys("\u00a0\u2007\u2008\u2009\u200a\u202f\u205f", "\u00a0"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u061c", ""),
        **dict.fromkeys("％٪﹪", "%"),
        **dict.fromkeys("⁄∕／", "/"),
        **dict.fromkeys("⋅∙·✕＊", "×"),
        "．": ".",
        "，": ",",
        "٬": GROUP,
        "٫": DECIMAL,
        "［": "[",
        "］": "]",
        "（": "(",
        "）": ")",
        "：": ":",
        "＝": "=",
    }
)
_RUN = re.compile(r"[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,40}")
_LATEX = (
    (re.compile(r"\{,\}|(?<=\d)\\[,;:! ](?=\d)|(?<=\d)~(?=\d)"), GROUP),
    (re.compile(r"(?<=\d)\s?\\[dtc]?frac"), r" \\frac"),
    (
        re.compile(
            r"\\[dtc]?frac\s{0,3}\{\s{0,3}(-?\d{1,20})\s{0,3}\}\s{0,3}\{\s{0,3}(\d{1,20})\s{0,3}\}"
            r"|\\[dtc]?frac\s{0,3}(?P<over>\d)\s{0,3}(?P<under>\d)"
        ),
        lambda match: f"{match[1] or match['over']}/{match[2] or match['under']} ",
    ),
    (re.compile(r"\\(?:times|cdot)(?![A-Za-z])\s?"), "×"),
    (re.compile(r"\\([%$])"), r"\1"),
    (re.compile(r"\^\{\s?([-+]?\d{1,20})\s?\}"), r"^\1"),
)


def with_plain_marks(text: str) -> str:
    """The text, of any script, with ASCII digits and one mark for each meaning."""
    text = _RUN.sub(_raised, text) if not text.isascii() else text
    special = {char: _digit_or_sign(char) for char in set(text) if not char.isascii()}
    text = text.translate({ord(char): new for char, new in special.items()}).translate(_MARKS)
    for pattern, replacement in _LATEX:
        text = pattern.sub(replacement, text)
    return text


def _raised(run: re.Match[str]) -> str:
    digits = run.group().lstrip("⁺⁻")
    sign = "-" if run.group()[0] == "⁻" else ""
    return RAISED + sign + "".join(str(unicodedata.digit(char)) for char in digits)


def _digit_or_sign(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return "$" if unicodedata.category(char) == "Sc" else char
