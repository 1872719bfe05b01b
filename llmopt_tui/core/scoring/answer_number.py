"""Which of the numbers in an answer is the one it gives: the announced one, else the last."""

from __future__ import annotations

import itertools
import re
from typing import Final

from llmopt_tui.core.scoring.number_frames import NO_NAMES, PART_OF, framing, start_of
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
# A conversion or a calculation in brackets that follows a number: "150 minutes (2.5 hours)".
_BRACKETS = re.compile(
    r"\((?=[^()\n]{0,79}[\d\u00bc-\u00be\u2150-\u215e])(?!\s?\d[\d.,]{0,20}\s?\))[^()\n]{1,80}\)"
    r"|(?<!\\)\[(?=[^\[\]\n]{0,79}\d)(?=[^\[\]\n]{0,79}[^\W\d_]{2})[^\[\]\n]{1,80}\]"
)
_TOTAL = re.compile(r"\b(?:total|sum|answer|altogether|result|so|thus|hence)\b", re.IGNORECASE)
_NUMBER_BEFORE = re.compile(
    r"(?:(?P<name>\b[A-Z][^\W\d_]+)\s#?|(?P<operator>(?:[-+×/÷^]|(?<!\*)\*)\s?))?"
    r"(?<![\d.,])\d[\d.,' \u00a0]{0,20}[*_]{0,3}"
    r"(?:\s?[%°²³]?\s?[^\W\d_]{1,12}[²³]?){0,3}[%*_]{0,3}[.,:]?\s{0,2}\Z"
)
# Words between a number and its conversion: "150 minutes, that is 2.5 hours".
_CONVERTED = re.compile(
    r"\s?(?P<unit>[^\W\d_]{1,12}),?\s(?:i\.?e\.?,?|that is,?|which (?:is|equals)|equivalent to"
    r"|or (?:about|approximately|roughly|around))(?: (?:about|approximately|roughly|around))?\s",
    re.IGNORECASE,
)
# Words before a number that is not the answer: "12, not 15".
_NEGATED = re.compile(
    r"(?:\b(?:not|rather than|instead of|nor|isn't|and never|nicht|statt|pas|niet|не|a nie)"
    r"|≠|(?<!\d)!=)\s?"
    r"(?:just\s|only\s)?[*_$(]{0,3}\Z",
    re.IGNORECASE,
)
# Two numbers of which neither is given: "3 or 4", "between 3 and 4".
_EITHER = re.compile(r"[*_]{0,3}\s(?:or|oder|ou)\s(?:[a-z]\s?=\s?)?[*_]{0,3}", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s[*_$]{0,3}\Z", re.IGNORECASE)
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
    frames = {start for start, *_ in framing(cleaned, meant)}
    free = [one for one in meant if one[0] not in frames and not _is_weak(cleaned, one)]
    last = (free or meant)[-1] if meant else None
    words = list(number_words(cleaned))
    for place, (start, end, value) in reversed(list(enumerate(words))):
        if last is not None and start < last[1]:
            break
        part = place and PART_OF.fullmatch(cleaned[words[place - 1][1] : start])
        if part or _NEGATED.search(cleaned[max(0, start - 20) : start]):
            continue
        alone = not cleaned[:start].strip(" *_\"'(.:") and not cleaned[end:].strip(" *_\"').!")
        if last is None or not free or alone or _is_announced(cleaned[:start], cleaned[start:end]):
            return Number(cleaned[start:end], (value,))
    if last is None or _is_undecided(cleaned, meant, last):
        return None
    return _with_conversion(cleaned, meant, _result(cleaned, found, last))


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


def _is_undecided(text: str, numbers: list[Found], last: Found) -> bool:
    """Whether the last number is one of two that differ: "3 or 4", not "1/2 or 0.5"."""
    place = numbers.index(last)
    if place == 0:
        return False
    previous = numbers[place - 1]
    between = text[previous[1] : start_of(text, last)]
    if _BETWEEN.search(text[: start_of(text, previous)][-20:]):
        return between.strip() in {"and", "to", "und", "et", "-"}
    alike = previous[2].equals(last[2]) or "/" in previous[2].text + last[2].text
    return bool(_EITHER.fullmatch(between)) and not alike and not last[2].percent


def _with_conversion(text: str, numbers: list[Found], last: Found) -> Number:
    """The number, which may also be the one that it converts: "90 minutes, which is 1.5 hours"."""
    place = numbers.index(last) if last in numbers else 0
    previous, number = numbers[place - 1], last[2]
    converted = _CONVERTED.fullmatch(text[previous[1] : last[0]].rstrip() + " ") if place else None
    if converted is None:
        return number
    unit = re.match(r"\s?([^\W\d_]{1,12})", text[last[1] :])
    if unit is None or unit[1].casefold()[:4] == converted["unit"].casefold()[:4]:
        return number
    both = text[previous[0] : last[1]].strip()
    return Number(both, (*number.readings, *previous[2].readings), number.percent)


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
    return _BRACKETS.sub(_unless_free, _CITATION.sub(_unless_announced, text))


def _unless_free(brackets: re.Match[str]) -> str:
    """Blanks for brackets behind a number that they convert or explain: "10 (5 % of 200)".

    Not behind a number in a name ("Step 2 (12 apples)") or a sum without its result ("5 + 7 (12)").
    """
    before = brackets.string[max(0, brackets.start() - 60) : brackets.start()]
    number = _NUMBER_BEFORE.search(before)
    if number is None or number["operator"] or _TOTAL.search(brackets.group()):
        return brackets.group()
    name = number["name"]
    return brackets.group() if name and name not in NO_NAMES else _blank(brackets)


def _unless_announced(citation: re.Match[str]) -> str:
    before = citation.string[max(0, citation.start() - 10) : citation.start()]
    return citation.group() if ANNOUNCED.search(before) else _blank(citation)


def _blank(match: re.Match[str]) -> str:
    """Spaces in place of a match, so that positions after it stay."""
    return " " * len(match.group())
