"""Which of the numbers in an answer is the one it gives: the announced one, else the last."""

from __future__ import annotations

import itertools
import re
from typing import Final

from llmopt_tui.core.scoring.number_marks import with_plain_marks
from llmopt_tui.core.scoring.number_words import number_words
from llmopt_tui.core.scoring.numbers import ANNOUNCED, Found, Number, numbers_in

_TAIL: Final = 5_000
"""How many characters of a text are read, from its end: a longer answer gives no number."""
_LONGEST_LINE: Final = 200

_CITATION = re.compile(
    r"(?<=[^\s:=])\s?\[\^?(?:[A-Za-z]{2,12}\.?\s)?\d{1,3}(?:\s?[,;-]\s?\d{1,3}){0,9}\]"
    r"|【[^】\n]{0,40}】"
    r"|[(\[][A-Z][^\W\d_]{1,30}(?:\s(?:et al\.?|(?:and|&)\s[A-Z][^\W\d_]{1,30}))?,?\s(?:19|20)\d\d"
    r"[a-z]?[)\]]"
    r"|\((?:see|cf\.?|(?:up |down )?from|ref\.?|as in|by|per|(?:out )?of"
    r"|excluding|including|without|not counting|plus|minus)\s[^()\n]{1,60}\)"
    r"|(?<=\n)\W{0,4}(?i:sources?|references?|citations?)\W{0,4}(?:\n|:)(?s:.*)"
    r"|https?://\S{1,200}"
)
_CALCULATION = re.compile(r"\((?=[^()\n]{0,60}\d[^()\n\d.,]{1,20}\d)[^()\n]{1,80}\)")
_NUMBER_BEFORE = re.compile(r"\d[*_]{0,3}(?:\s?%|\s[^\W\d]{1,12})?\.?\s\Z")
# Words before a number that is not the answer: "12, not 15".
_NEGATED = re.compile(
    r"(?:\b(?:not|rather than|instead of|nor|isn't|and never)|≠|(?<!\d)!=)\s?"
    r"(?:just\s|only\s)?[*_$(]{0,3}\Z",
    re.IGNORECASE,
)
# Words before a number that the answer mentions but does not give, where it gives another.
_CONCEDED = re.compile(
    r"(?:\b(?:although|though|even if|despite|whereas|unlike)\b[^.,;\n]*|±\s?|\+/-\s?)\Z",
    re.IGNORECASE,
)
_TIME_OF_DAY = re.compile(r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?![\d:])")
_UNIT = r"\s?(?:[^\W\d_]{1,12}\.?)?[\s)]*"
_OPERATION = re.compile(rf"{_UNIT}[-+*/×÷x][\s($]*")
_EQUATION = re.compile(rf"{_UNIT}=[\s($]*")
_ANSWER = re.compile(
    r"(?:\b(?:final (?:result|number|value|total|count|amount|score|price|sum)"
    r"|answer|ans|antwort|respuesta|réponse|risposta|resposta|ответ)\b|答案|答え|정답)"
    r"[\"'*_]*\s?(?:\bis\b|\bist\b|\bes\b|\best\b|[:=>是は은]|->|→){1,2}",
    re.IGNORECASE,
)
_DIRECTLY = re.compile(
    r"[^\w.;\n]*\n?[^\w.;\n]*"
    r"(?:(?:about|approximately|approx\.?|roughly|exactly|around|simply|\w{1,12}\s?=)[^\w.;\n]*)?",
    re.IGNORECASE,
)
_STATEMENT_END = re.compile(
    r"[.!?](?=[\s\"'*_)\]]|\Z)|[;。！？\n]|,\s?\"|<|,?\s(?:because|since|as|out of)\s|,\swhich\s"
)
_ASIDE = re.compile(r"\([^()\n]{0,200}\)")
_BOX = re.compile(
    r"\\boxed\s?\{((?:[^{}]|\{[^{}]*\}){0,200})\}|<(?:final_?)?answer>([^<]{1,200})</",
    re.IGNORECASE,
)
# An answer that begins with its number: on a line or in a paragraph of its own, or with a reason.
_OPENING = re.compile(
    r"([^\n]{1,60}?)"
    r"(?:\s?\n\s*\n|\s?\n\W{0,4}(?:explanation|reason\w*|because|calculation|working|steps?|notes?)\b"
    r"|,?\s(?:because|since|as)\s)",
    re.IGNORECASE,
)
_WITH_UNIT = re.compile(r"[*_`$)\"']*(?:\s?[^\W\d_]{1,12}){0,2}[*_`$)\"'.!]*\s*")
_OTHERWISE = re.compile(
    r"\b(?:wait|actually|correct(?:ion|ed)|sorry|oops|hmm|instead|mistake|recheck|so|thus"
    r"|therefore|hence|in total|altogether|or|(?:that|this|which)(?:'s| is| was) wrong)\b|\bno,",
    re.IGNORECASE,
)
# Words before a number in words that is the answer, where digits precede it: "..., so six".
_FOLLOWS = re.compile(
    r"\b(?:so|thus|hence|therefore|makes?|gives?|leaves?|gets?|total of)\s?\Z", re.IGNORECASE
)


def announced_number(text: str) -> Number | None:
    """The number that a text gives as its answer in so many words; else None.

    That is the one in its last LaTeX box or <answer> tag, or the only one in its last statement of
    the form "Answer: 42 apples", or the one that it begins with before it explains. The last two
    count only where they are not taken back later.
    """
    plain = with_plain_marks(text[-_TAIL:])
    for box in reversed(list(_BOX.finditer(plain))):
        if found := list(numbers_in(box[1] or box[2])):
            return found[-1][2]
    return _stated(plain) or (_opening(plain) if len(text) <= _TAIL else None)


def _opening(plain: str) -> Number | None:
    """The number that a text begins with, before a reason or an explanation; else None."""
    plain = plain.strip()
    opening = _OPENING.match(plain)
    if opening is None or _OTHERWISE.search(plain, opening.end()):
        return None
    number = _alone(opening[1])
    rest = plain[opening.end() :].splitlines()
    return None if any(map(_alone, rest)) else number


def _alone(line: str) -> Number | None:
    """The number that a line consists of, but for a unit and marks; else None."""
    found = list(numbers_in(line[:_LONGEST_LINE]))
    if len(found) != 1 or line[: found[0][0]].strip(" #>*_`$(\"'"):
        return None
    return found[0][2] if _WITH_UNIT.fullmatch(line, found[0][1]) else None


def _stated(plain: str) -> Number | None:
    """The only number in a text's last statement of the form "Answer: 42 apples"; else None."""
    statement = next(reversed(list(_ANSWER.finditer(plain))), None)
    if statement is None:
        return None
    begin = len(plain) - len(plain[statement.end() :].lstrip())
    ending = _STATEMENT_END.search(plain, begin)
    if ending and ending.group() == "?":
        return None
    end = ending.start() if ending else len(plain)
    said = _ASIDE.sub(_blank, _without_citations(plain)[statement.end() : end])
    found = [one for one in numbers_in(said) if not _is_negated(said, one)]
    words = list(number_words(said)) if not found else []
    number, start = None, 0
    if len(found) == 1:
        start, _, number, _ = found[0]
    elif len(words) == 1 and not said[words[0][1] :].startswith(" of "):
        start, number = words[0][0], Number(said[words[0][0] : words[0][1]], (words[0][2],))
    if _OTHERWISE.search(plain, end) or not _DIRECTLY.fullmatch(said[:start]):
        return None
    return number


def last_number(text: str) -> Number | None:
    """The last number in a text that may be its answer; None where there is none.

    Numbers that are said not to be the answer do not count. Citations, exponents of units, digits
    inside names ("CO2", "m2"), times of day and what follows "although" count only where there is
    no other number. Numbers in words count where there are no digits, or where they are announced
    as the answer ("so it is five") after the last digits. Of "12 = 5 + 7" it is 12.
    """
    plain = with_plain_marks(text[-_TAIL:])
    cleaned = _without_citations(plain)
    found = list(numbers_in(cleaned))
    if not found:
        found, cleaned = list(numbers_in(plain)), plain
    meant = [one for one in found if not _is_negated(cleaned, one)]
    if found and not meant:
        return None
    free = [one for one in meant if not _is_weak(cleaned, one)]
    last = (free or meant)[-1] if meant else None
    for start, end, value in reversed(list(number_words(cleaned))):
        if last is not None and start < last[1]:
            break
        alone = not cleaned[:start].strip(" *_\"'(.:") and not cleaned[end:].strip(" *_\"').!")
        if last is None or not free or alone or _is_announced(cleaned[:start], cleaned[start:end]):
            return Number(cleaned[start:end], (value,))
    return _result(cleaned, found, last)[2] if last else None


def _result(text: str, numbers: list[Found], last: Found) -> Found:
    """The lone number that equals the calculation which ends with `last`; else `last` itself."""
    calculated = False
    for right, left in itertools.pairwise(reversed(numbers[: numbers.index(last) + 1])):
        between = text[left[1] : right[0]]
        sign = right[2].text[:1] if right[2].text[:1] in "+-" else ""
        if _OPERATION.fullmatch(between + sign):
            calculated = True
        elif calculated and _EQUATION.fullmatch(between):
            before = text[: left[0]].rstrip()
            joined = before[-1:] in tuple("-+*/×÷^") or (left[2].text[0] == "+" and before)
            return last if joined else left
        else:
            return last
    return last


def _is_weak(text: str, number: Found) -> bool:
    """Whether a number is a part of a name or a time of day, or only conceded."""
    start, end, _, named = number
    if named or _CONCEDED.search(text[max(0, start - 60) : start]):
        return True
    first = max(0, start - 6)
    times = _TIME_OF_DAY.finditer(text[first : end + 6])
    return any(first + time.start() < end <= first + time.end() for time in times)


def _is_announced(before: str, words: str) -> bool:
    """Whether the words before a number in words announce it; "so one" may go on "can see"."""
    near = before[-12:]
    return bool(ANNOUNCED.search(near) or (words != "one" and _FOLLOWS.search(near)))


def _is_negated(text: str, number: Found) -> bool:
    return _NEGATED.search(text[max(0, number[0] - 20) : number[0]]) is not None


def _without_citations(text: str) -> str:
    return _CALCULATION.sub(_unless_free, _CITATION.sub(_unless_announced, text))


def _unless_free(calculation: re.Match[str]) -> str:
    """Blanks for a calculation in brackets that follows its result: "10 (5 % of 200)"."""
    before = calculation.string[max(0, calculation.start() - 20) : calculation.start()]
    return _blank(calculation) if _NUMBER_BEFORE.search(before) else calculation.group()


def _unless_announced(citation: re.Match[str]) -> str:
    before = citation.string[max(0, citation.start() - 10) : citation.start()]
    return citation.group() if ANNOUNCED.search(before) else _blank(citation)


def _blank(match: re.Match[str]) -> str:
    """Spaces in place of a match, so that positions after it stay."""
    return " " * len(match.group())
