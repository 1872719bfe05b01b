"""Which mentions of labels an answer means as its own: not those that it denies, asks or supposes.

Pure functions of the answer's text and the mentions in it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from llmopt_tui.core.scoring.label_mentions import Mention

_NO = (
    r"(?:not|isn['’]t|aren['’]t|wasn['’]t|weren['’]t|doesn['’]t|don['’]t|didn['’]t|wouldn['’]t"
    r"|shouldn['’]t|never|neither|nor|no|nothing|hardly|barely|scarcely"
    r"|(?<!t be )(?<!not )anything but|far from"
    r"|too \w+ to|(?:not|n['’]t) (?:\w+ ){1,2}enough to"
    r"|(?:everything|all|any|none) (?:but|except)|no way|no reason"
    r"|cannot|can['’]t|rather than|instead of|other than|as opposed to|rul(?:es?|ed|ing) out"
    r"|except(?: for)?|over|unlike|without|more than|less than|than|exclud\w{1,3}|eliminat\w{1,3}"
    r"|discard\w{0,3}|reject\w{0,3}|against"
    r"|nicht|kein\w{0,2}|weder|pas|ni|no es|non|не|ни)"
)
_BETWEEN = (
    r"(?:a|an|the|be|been|seem|appear|really|quite|just|simply|merely|only|fully|entirely|exactly|particularly|option|answer|label|of"
    r"|to|by|from|under|see|detect|sense|any|how|why|could|so|that|this|too|very|necessarily|considered|classified|rated|call(?:ed)?|say|think|believe"
    r"|consider|classify|rate|label|agree|belong|fit|mean|expect|find|with|in|as|it|it['’]s|is|was"
    r"|are|at all|for|about|est|es|ist)"
)
_NEGATED_BEFORE = re.compile(rf"\b{_NO}(?: {_BETWEEN}){{0,5}}[ -][\"'(\[]*\Z|\b(?:un|dis|anti)-\Z")
# Scripts without spaces, and Japanese and Korean, which negate after the word.
_NEGATED_BEFORE_CJK = re.compile(
    r"(?:不是|不算|不属于|不屬於|不能说是|并非|並非|非|没有|沒有|既非|而非)[\s\"'「『“(]{0,2}\Z"
)
_NEGATED_AFTER = re.compile(
    r"[\"')\]]*(?:\s(?:(?:is|are|was|would be|seems|can be|does|do)\s(?:also\s|clearly\s|simply\s)?"
    r"(?:not\b|n['’]t\b|wrong|incorrect|out\b|false|ruled out|eliminated|excluded|unlikely|too\b)"
    r"|(?:is|are|was|does|do|would|can|could)n['’]t\b|cannot\b|can['’]t\b)"
    r"|\s?(?:[:=(\u2013\u2014-]|->|→)\s?(?:wrong|incorrect|false|not correct"
    r"|(?:no|none|nil|absent)(?=\s?(?:[.,;\n]|\Z))|✗|❌|✘)"
    r"|\s?[✗❌✘]"
    r"|\s?(?:では|じゃ|で)(?:なく|ない|ありません)|\s?[이가은는]?\s?아니)"
)
_EXCEPTED = re.compile(
    r"\b(?:except(?: for)?|but|other than|apart from|save)(?: option)?\s[\"'(]*\Z"
)
_ALL_WRONG = re.compile(
    r"\b(?:all|every|each|any)\b.*\b(?:wrong|false|incorrect|eliminated|excluded|ruled out)\b"
)
_CONCEDED = re.compile(r"\b(?:although|though|while|whereas|despite|even if)\b[^.,;\n]*\Z")
_SUPPOSED = re.compile(
    r"\b(?:would(?: only)?(?: have)? be(?:en)?|could(?: have)? be(?:en)?|might(?: have)? be(?:en)?)"
    r"(?:\s(?:a|an|the|considered|classified as|rated))?\s[\"'(]*\Z"
)
_IF = re.compile(r"\b(?:if|unless|had)\b")
# What somebody else says, and what the answer thought before.
_OF_OTHERS = re.compile(
    r"\b(?:(?:some|others|people|one|many|you|someone)(?: \w+)? (?:would|might|may|could|will)"
    r"|at first|initially|was going to|first (?:thought|chose|said|picked)|used to)\b"
    r"(?:(?!\b(?:but|however|reflection|now|instead)\b)[^.;\n])*\Z"
)
_WEAKLY = re.compile(
    r"\b(?:slightly|somewhat|a bit|a little|a touch|partly|partially|mildly|some|a few|traces? of"
    r"|hints? of|secondarily|almost|nearly|close to|bordering on)\s[\"'(]*\Z"
)
_SECONDARY = re.compile(
    r"\s(?:is|was|seems|comes|would be)(?:\s(?:only|just|a close|also))?"
    r"\s(?:secondary|second|minor|weaker|less)\b"
)
# "4 stars for the food" is said of a part.
_OF_A_PART = re.compile(
    r"[\"')\]*]*\s(?:for|on|in terms of|regarding|when it comes to)\s"
    r"(?!(?:this|it|that|sure|me|now|us|whole|example|overall)\b)"
)
_IN_A_REASON = re.compile(
    r"(?:\A|[\n{,;>|])\s?[\"'>*-]?\s?(?:reason\w*|why|explanation|rationale|justification|comments?"
    r"|notes?|secondary(?: \w{1,12})?|alternatives?|runners?-up"
    r"|(?:2nd|second|3rd|third)(?: \w{1,12})?)\b[\"']?\s?[:=]"
    r"(?:(?!\",\s?\"[^\"\n]{1,30}\"\s?:)[^\n])*\Z"
)
_TAG = re.compile(r",\s(?:(?:is|are|was|does|do)n['’]t\s\w+|right|correct|no)\s?\Z")
# The label is said of the answer's own certainty, or belongs to a phrase.
_OF_CERTAINTY = re.compile(
    r"(?:\A|[\n(,;.{])\s?[\"']?(?:confidence|certainty|probability|likelihood)(?: level| score)?"
    r"[\"']?(?:\s?[:=]|\sis)?\s[\"'(]*\Z"
    r"|\b(?:probability|likelihood|chances?|odds) (?:is|are) \Z"
)
_PHRASE_AFTER = re.compile(
    r"[ ](?:confidence|certainty|probability|likelihood|chance|hand\b|categor|labels?\b"
    r"|options?\b|ones?\b"
    r"|answers?\b|choices?\b|words\b)"
)
_NO_NOUN = re.compile(
    r"\s(?!(?:it|this|that|these|those|the|they|he|she|i|we|you|there|because|since|as|sorry|thanks"
    r"|and|or|but|not|from|for|to|is|was|would|with|if|yes|in|on|by|at|way)\b)[a-z]"
)
_NEITHER = re.compile(r"\b(?:neither|none of|weder|ni)\b")
_SHARES = re.compile(r"[\"')\],]*\s?(?:or|nor|and|oder|noch|und|ni|ou|或|也不是|和)?\s?[\"'(\[]*")
_JOINS = re.compile(
    r"[\"')\],]*\s?(?:\b(?:or|nor|and|oder|noch|und|ni|ou)\b|或|也不是|和)\s?[\"'(\[]*"
)
_SENTENCE = re.compile(r"[.!?;\n。！？]")

SENTENCE_END = re.compile(r"(?:(?<!\b[a-z])[.!?。！？]|;)(?=\s|$)|\n")
"""The end of a sentence; a stop after a single letter is the letter's."""


def meant(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions that the answer does not deny, ask, suppose, or use for something else.

    Those that it says with reserve ("slightly negative") or in a field for its reasons count only
    where there are no others.
    """
    said = [
        mention
        for mention, denied in zip(mentions, _denied(text, mentions), strict=True)
        if not denied and not _is_asked(text, mention) and not _is_aside(text, mention)
    ]
    firm = [
        one
        for one in said
        if not _WEAKLY.search(_before(text, one))
        and not _SECONDARY.match(text[one.end : one.end + 40].lower())
        and not _OF_A_PART.match(text[one.end : one.end + 40].lower())
        and not _IN_A_REASON.search(text[max(0, one.start - 300) : one.start].lower())
    ]
    return firm or said


def _before(text: str, mention: Mention) -> str:
    """The last words before a mention, in lower case."""
    return text[max(0, mention.start - 60) : mention.start].lower()


def _denied(text: str, mentions: Sequence[Mention]) -> list[bool]:
    """Whether the answer negates each of the mentions."""
    before = [_before(text, mention) for mention in mentions]
    first = [
        bool(_NEGATED_BEFORE.search(words) or _NEGATED_BEFORE_CJK.search(words)) for words in before
    ]
    last = [_NEGATED_AFTER.match(text[m.end : m.end + 40].lower()) is not None for m in mentions]
    between = [text[a.end : b.start].lower() for a, b in itertools.pairwise(mentions)]
    # "Not high, medium or low": all of the list are negated with its first.
    for place, words in enumerate(between):
        listed = _NEITHER.search(before[place]) and not words.strip(" ,\"'()[]")
        if first[place] and (listed or _is_list(between[place:])):
            first[place + 1] = True
            before[place + 1] = before[place] if listed else before[place + 1]
    # "High and low are wrong": the first is negated with the last.
    for place, words in reversed(list(enumerate(between))):
        last[place] = last[place] or (last[place + 1] and _JOINS.fullmatch(words) is not None)
    for place, mention in enumerate(mentions):
        if _EXCEPTED.search(before[place]):
            sentence = _sentence(text, mention, before[place])
            first[place] = first[place] and not _ALL_WRONG.search(sentence)
            last[place] = last[place] and not _ALL_WRONG.search(sentence)
    conceded = [_CONCEDED.search(words) is not None for words in before]
    return [any(said) for said in zip(first, last, conceded, strict=True)]


def _is_list(between: Sequence[str]) -> bool:
    """Whether the texts between mentions begin with the rest of a list: ", ", ", " and "or"."""
    for words in between:
        if _JOINS.fullmatch(words):
            return True
        if not _SHARES.fullmatch(words):
            return False
    return False


def _is_asked(text: str, mention: Mention) -> bool:
    end = SENTENCE_END.search(text, mention.end)
    if end is None or end.group() != "?":
        return False
    answered = text[end.end() : end.end() + 5].strip().lower().startswith("yes")
    return not answered and not _TAG.search(text[mention.end : end.start()])


def _sentence(text: str, mention: Mention, before: str) -> str:
    """The sentence around a mention, in lower case, without the mention itself."""
    after = text[mention.end : mention.end + 60].lower()
    return f"{_SENTENCE.split(before)[-1]} {_SENTENCE.split(after)[0]}"


def _is_aside(text: str, mention: Mention) -> bool:
    """Whether a mention is not about the answer: a supposition, others' opinion, a phrase."""
    before, after = _before(text, mention), text[mention.end : mention.end + 60].lower()
    if _OF_CERTAINTY.search(before) or _OF_OTHERS.search(before):
        return True
    if _PHRASE_AFTER.match(after) and _is_phrase(mention.label, before, after):
        return True
    if mention.label.casefold() == "no" and _NO_NOUN.match(after):
        return True
    return bool(_SUPPOSED.search(before) and _IF.search(_sentence(text, mention, before)))


def _is_phrase(label: str, before: str, after: str) -> bool:
    """Whether a label before "confidence", "hand" or "categories" is only an adjective there."""
    if re.match(r" (?:confidence|certainty|probability|likelihood|chance)", after):
        return True
    return label.casefold() == "other" and not before.rstrip().endswith(("is", ":", "="))
