"""Which of the numbers in an answer is the one it gives: the announced one, else the last."""

from __future__ import annotations

import re
from typing import Final

from llmopt_tui.core.scoring.number_marks import with_plain_marks
from llmopt_tui.core.scoring.number_words import number_words
from llmopt_tui.core.scoring.numbers import ANNOUNCED, Found, Number, numbers_in

_TAIL: Final = 5_000
"""How many characters of a text are read, from its end: a longer answer gives no number."""

_CITATION = re.compile(
    r"(?<=[^\s:=])\s?\[\^?(?:[A-Za-z]{2,12}\.?\s)?\d{1,3}(?:\s?[,;-]\s?\d{1,3}){0,9}\]"
    r"|【[^】\n]{0,40}】"
    r"|\([A-Z][^\W\d_]{1,30}(?:\s(?:et al\.?|(?:and|&)\s[A-Z][^\W\d_]{1,30}))?,?\s(?:19|20)\d\d"
    r"[a-z]?\)"
    r"|\((?:see|cf\.?|from|ref\.?|as in|by|per)\s[^()\n]{1,60}\)"
)
_CALCULATION = re.compile(r"\((?=[^()\n]{0,60}\d[^()\n\d.,]{1,20}\d)[^()\n]{1,80}\)")
_NUMBER_BEFORE = re.compile(r"\d[*_]{0,3}(?:\s?%|\s[^\W\d]{1,12})?\s\Z")
# Words before a number that is not the answer: "12, not 15".
_NEGATED = re.compile(
    r"(?:\b(?:not|rather than|instead of|nor|isn't|and never)|≠|!=)\s?"
    r"(?:just\s|only\s)?[*_$(]{0,3}\Z",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"(?:\b(?:answer|ans|antwort|respuesta|réponse|risposta|resposta|ответ)\b|答案|答え|정답)"
    r"[\"'*_]*\s?(?:\bis\b|\bist\b|\bes\b|\best\b|[:=>是は은]|->|→){1,2}",
    re.IGNORECASE,
)
_DIRECTLY = re.compile(
    r"[^\w.;\n]*\n?[^\w.;\n]*"
    r"(?:(?:about|approximately|approx\.?|roughly|exactly|around|simply|\w{1,12}\s?=)[^\w.;\n]*)?",
    re.IGNORECASE,
)
_STATEMENT_END = re.compile(
    r"[.!?](?=[\s\"'*_)\]]|\Z)|[;。！？\n]|,\s?\"|<|,?\s(?:because|since|as)\s"
)
_ASIDE = re.compile(r"\([^()\n]{0,200}\)")
_BOX = re.compile(r"\\boxed\s?\{((?:[^{}]|\{[^{}]*\}){0,200})\}")
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

    That is the one in its last LaTeX box, or the only one in its last statement of the form
    "Answer: 42 apples" that is not taken back later.
    """
    plain = with_plain_marks(text[-_TAIL:])
    for box in reversed(list(_BOX.finditer(plain))):
        if found := list(numbers_in(box[1])):
            return found[-1][2]
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

    Numbers that are said not to be the answer do not count. Citations, exponents of units and
    digits inside names ("CO2", "m2") count only where there is no other number. Numbers in words
    count where there are no digits, or where they are announced as the answer ("so it is five")
    after the last digits.
    """
    plain = with_plain_marks(text[-_TAIL:])
    cleaned = _without_citations(plain)
    found = list(numbers_in(cleaned))
    if not found:
        found, cleaned = list(numbers_in(plain)), plain
    meant = [one for one in found if not _is_negated(cleaned, one)]
    if found and not meant:
        return None
    free = [one for one in meant if not one[3]]
    last = (free or meant)[-1] if meant else None
    for start, end, value in reversed(list(number_words(cleaned))):
        if last is not None and start < last[1]:
            break
        alone = not cleaned[:start].strip(" *_\"'(.:") and not cleaned[end:].strip(" *_\"').!")
        if last is None or last[3] or alone or _is_announced(cleaned[:start], cleaned[start:end]):
            return Number(cleaned[start:end], (value,))
    return last[2] if last else None


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
