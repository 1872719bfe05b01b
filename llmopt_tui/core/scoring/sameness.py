"""Whether two texts are the same to a reader: Unicode forms, quotes and dashes do not matter."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_MOST_MARKS = 30
_STRAIGHT: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʼ＇`´‹›", "'"),
        **dict.fromkeys("“”„‟″«»『』「」〝〞＂", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
        **dict.fromkeys(
            # Zero-width characters, marks of direction, variation selectors, soft hyphens.
            [
                *(0xAD, 0x61C, 0xFEFF, 0xFE0E, 0xFE0F),
                *range(0x200B, 0x2010),
                *range(0x202A, 0x202F),
                *range(0x2060, 0x206A),
            ],
            "",
        ),
    }
)
# Characters that mean more than their compatibility form: m² is not m2.
_OWN_MEANING = ("<super>", "<sub>", "<fraction>", "<circle>", "<square>")
_LONGEST_FORM = 4

_EMPHASIS = re.compile(r"(?<![^\W_])[*_~]{1,3}(?=[^\s*_~])|(?<=[^\s*_~])[*_~]{1,3}(?![^\W_])")
_SPACED_SIGN = re.compile(r"(?<=\d) (?=[%‰°℃℉])")
_ENTRY_MARK = re.compile(r"(?:#{1,6}|>|[-*•](?!\s*\d))\s+")
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">", "（": "）", "【": "】", "〔": "〕", "《": "》",
          "〈": "〉", "［": "］", "$": "$", '"': '"', "'": "'", "¿": "?", "¡": "!"}  # fmt: skip
_OPENING = "\"'([{<（【〔《〈［¿¡,;: "
_CLOSING = "\"')]}>）】〕》〉］.,;:!?…。、，．！？；：｡؟؛۔।॥։。 "


def normal(text: str) -> str:
    """The text in Unicode's composed form (NFC), with at most 30 marks on each letter.

    More marks take time that grows with the square of their number.
    """
    if unicodedata.is_normalized("NFC", text[:1000]) and text.isascii():
        return text
    if _MARKED.search(text):
        import regex

        text = regex.sub(rf"(\p{{M}}{{{_MOST_MARKS}}})\p{{M}}++", r"\1", text)
    return unicodedata.normalize("NFC", text)


# Any combining mark that Unicode's normal forms may move; a few letters are in these ranges, too.
_MARKED = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u1dff\u20d0-\u20ff\u2cef-\u2cf1\u302a-\u309a"
    r"\ua66f-\uabed\ufb1e\ufe20-\ufe2f\U000101fd-\U0001e94a]"
)


def unified(text: str) -> str:
    """The text with one character for all characters that look the same to readers.

    Composed form; full-width, half-width and joined letters as plain ones; straight quotes; one
    kind of hyphen; no characters without width.
    """
    text = text.translate(_STRAIGHT)
    if text.isascii():
        return text
    forms = {ord(char): form for char in set(text) if (form := _plain_form(char)) != char}
    return normal(text.translate(forms) if forms else text)


@lru_cache(maxsize=4096)
def _plain_form(char: str) -> str:
    decomposition = unicodedata.decomposition(char)
    if not decomposition.startswith("<") or decomposition.startswith(_OWN_MEANING):
        return char
    form = unicodedata.normalize("NFKC", char)
    return form if len(form) <= _LONGEST_FORM else char


def comparable(text: str, *, ignore_case: bool = True) -> str:
    """The text in the form for comparing: unified, no marks of emphasis, single spaces."""
    text = " ".join(_EMPHASIS.sub("", unified(text)).split())
    text = _SPACED_SIGN.sub("", text)
    return text.casefold() if ignore_case else text


def bare(text: str, *, ignore_case: bool = True) -> str:
    """The text in the form for comparing, without quotes, brackets, stops and list marks around it.

    Signs with a meaning stay: C++, C#, .NET, -5, 5%. A text of marks alone stays as it is.
    """
    whole = comparable(text, ignore_case=ignore_case)
    plain = _ENTRY_MARK.sub("", whole, count=1) if _ENTRY_MARK.match(whole) else whole
    while True:
        shorter = plain.lstrip(_OPENING).rstrip(_CLOSING)
        if len(shorter) > 2 and _PAIRS.get(shorter[0]) == shorter[-1]:
            shorter = shorter[1:-1]
        if shorter == plain:
            break
        plain = shorter
    return plain or whole


def difference(found: str, wanted: str) -> str:
    """A sentence on a difference of two texts that a reader may not see; "" where it is visible."""
    place = next(
        (n for n, pair in enumerate(zip(found, wanted, strict=False)) if pair[0] != pair[1]),
        min(len(found), len(wanted)),
    )
    one, other = found[place : place + 1], wanted[place : place + 1]
    same_looks = " ".join(unified(found).split()) == " ".join(unified(wanted).split())
    if not same_looks and all(char.isascii() for char in (one, other)):
        return ""
    return f"at character {place + 1} there is {_named(one)}, not {_named(other)}"


def _named(char: str) -> str:
    if not char:
        return "the end"
    return f"U+{ord(char):04X} ({unicodedata.name(char, 'a control character').lower()})"
