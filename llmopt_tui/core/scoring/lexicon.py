"""Unprofessional words and signs in English and German texts: the lists, and how to find them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from llmopt_tui.core.scoring.sentences import words


def _any_of(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(phrases.split(','))})(?![\w-])", re.IGNORECASE)


_SLANG: Final = {
    "en": _any_of(
        "gonna,wanna,gotta,kinda,sorta,lemme,ain['’]?t,y['’]all,awesome,cool,dude,guys,folks,"
        "yeah,yep,yup,nope,hey,hi,lol,omg,btw,thx,pls,stuff,rock ?stars?,ninjas?,gurus?,"
        "superstars?,crazy,insane,badass,kick-?ass,crap,damn,no-brainer,"
        "game-?changers?,hit us up,no worries"
    ),
    "de": _any_of(
        "geil\\w*,krass\\w*,mega,megacool\\w*,cool\\w*,nice,easy,chillig\\w*,bock,hey,hi,"
        "jungs,mädels,kerle,zeugs?,digga,rock ?stars?,ninjas?,gurus?,null problemo,echt jetzt"
    ),
}
_FILLER: Final = {
    "en": _any_of(
        "very,really,just,actually,basically,literally,simply,obviously,truly,totally,quite,"
        "honestly,incredibly,absolutely,extremely,kind of,sort of,a lot of,needless to say,"
        "it is worth noting,at the end of the day,amazing,exciting,unparalleled,world-class,"
        "best-in-class,cutting-edge,fast-paced,unique opportunity"
    ),
    "de": _any_of(
        "eigentlich,halt,quasi,sozusagen,irgendwie,wirklich,ziemlich,einfach nur,spannende[mnrs]?,"
        "gewissermaßen,im grunde genommen,sage und schreibe"
    ),
}
_FIRST_PERSON: Final = {
    "en": re.compile(
        r"\bI(?=['’]|\s+[a-z])|(?<![\w-])(?:[Ww]e|[Oo]urs?|us|[Mm]y|me|[Mm]yself|[Oo]urselves)(?![\w-])"
    ),
    "de": re.compile(
        r"(?<![\w-])(?:[Ii]ch|[Ww]ir|[Uu]ns|[Uu]nser(?:e[mnrs]?)?|[Mm]ein(?:e[mnrs]?)?|mir|mich)(?![\w-])"
    ),
}
_CONTRACTION: Final = {
    "en": re.compile(
        r"\b[a-z]{1,12}(?:n['’]t|['’](?:re|ve|ll|d|m))\b"
        r"|\b(?:it|that|there|here|he|she|what|who|let|where|how)['’]s\b",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\b(?:gibt|geht|ist|hat|war|wenn|ob|hab|mach)['’]s\b|(?<!\w)['’]ne?[nmr]?\b", re.IGNORECASE
    ),
}
_EMOJI: Final = re.compile(
    "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf]|(?<!\\w)[:;]-?[)(DP](?!\\w)|<3(?!\\d)"
)
_EXCLAMATION: Final = re.compile(r"(?:\b\w{1,20})?!++(?!=)")
# "Accountant I" and "Level I" are names.
_NUMERAL: Final = re.compile(r"\b(?:level|phase|class|grade|type|part|tier|stage|[A-Z]\w+)\s+$")

# Capitals of up to six letters are taken for an abbreviation, except for words people shout.
_SHORT_WORD: Final = 6
_SHOUTED: Final = frozenset(
    "NOW MUST BEST FREE GREAT NEW TOP AND PLEASE URGENT HIRING YOU YOUR JOIN APPLY TODAY "
    "ONLY VERY HUGE MORE BIG "
    "JETZT NUR SEHR NEU IHR SIE HEUTE GRATIS".split()
)
_CAPITALS: Final = re.compile(r"\b[^\W\d_a-zß-öø-ÿ]+\b")

_MARKERS: Final = {
    "de": frozenset("und der die das ist nicht mit für ein eine zu wir sie auf den im bei".split()),
    "en": frozenset("the and of to is with for a you we that are as on by this".split()),
}


def english_or_german(text: str) -> str:
    """The language with more function words in the text, "de" or "en"; "en" in a tie.

    These lists know two languages alone, so counting is enough. `core/text/language.py` knows all,
    but loads a model for half a second and takes four times as long for an answer: it is for the
    checks of proposals, which may be in any language.
    """
    said = [word.casefold() for word in words(text[:5000])]
    count = {name: sum(word in marks for word in said) for name, marks in _MARKERS.items()}
    return "de" if count["de"] > count["en"] else "en"


def slang(text: str, tongue: str) -> list[str]:
    """The slang, salutations among friends and clichés of job advertisements in a text."""
    return _SLANG[tongue].findall(text)


def filler(text: str, tongue: str) -> list[str]:
    """The words in a text that could be left out, including the adjectives of advertisements."""
    return _FILLER[tongue].findall(text)


def first_person(text: str, tongue: str) -> list[str]:
    """The words of the first person in a text: I, we, our ..., not "Accountant I" or "US"."""
    return [
        match.group()
        for match in _FIRST_PERSON[tongue].finditer(text)
        if match.group() != "I"
        or not _NUMERAL.search(text[max(0, match.start() - 30) : match.start()])
    ]


def contractions(text: str, tongue: str) -> list[str]:
    """The contractions in a text: don't, we're, geht's ..."""
    return _CONTRACTION[tongue].findall(text)


def emoji(text: str) -> list[str]:
    """The emoji in a text."""
    return _EMOJI.findall(text)


def exclamations(text: str) -> list[str]:
    """The exclamation marks in a text, each with the word before it."""
    return _EXCLAMATION.findall(text)


def shouting(text: str, given: str) -> list[str]:
    """The words in capitals that are not abbreviations and not in capitals in the `given` text."""
    known = set(words(given))
    found: list[str] = []
    for run in _capital_runs(text):
        capitals = [word for word in run if len(word) > 1 and word.isupper()]
        letters = [word for word in capitals if word not in known]
        if len(letters) > 2:
            found.append(" ".join(letters))
        else:
            found += [w for w in letters if len(w) > _SHORT_WORD or w in _SHOUTED]
    return found


def _capital_runs(text: str) -> Iterator[list[str]]:
    """Lists of consecutive words without a small letter, with only white space between them.

    One pattern for a whole run takes time that grows with the square of its length on Python
    3.11.2, possessive or not.
    """
    run: list[str] = []
    end = 0
    for match in _CAPITALS.finditer(text):
        if run and not text[end : match.start()].isspace():
            yield run
            run = []
        run.append(match.group())
        end = match.end()
    if run:
        yield run


def distinct(found: Iterable[str]) -> list[str]:
    """Each text once, case ignored, in the order of first appearance."""
    kept: dict[str, str] = {}
    for text in found:
        kept.setdefault(text.casefold(), text)
    return list(kept.values())
