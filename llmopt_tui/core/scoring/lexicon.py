"""Words that make a text unprofessional, in English and German."""

from __future__ import annotations

import re


def _any_of(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words.split(','))})\b", re.IGNORECASE)


CASUAL = _any_of(
    "gonna,wanna,gotta,kinda,sorta,ain't,awesome,cool,super,dude,guys?,folks,yeah,yep,nope,hey,"
    "lol,omg,btw,asap,stuff,rockstars?,ninjas?,gurus?,wizards?,crazy,insane,kick-ass,badass,epic,"
    "no-brainer,game-?changer,rock star,"
    "geil,krass,mega,hammer,jungs,mädels,kerle,zeugs,echt jetzt,megacool"
)
FILLER = _any_of(
    "very,really,basically,actually,literally,just,simply,obviously,clearly,truly,absolutely,"
    "totally,incredibly,amazing,exciting,unique opportunity,passionate,dynamic,fast-paced,"
    "cutting-edge,world-class,best-in-class,unparalleled,"
    "eigentlich,halt,irgendwie,sozusagen,wirklich,einfach nur,spannende[rns]?,dynamische[rns]?"
)
FIRST_PERSON = re.compile(
    r"\b(?:I|I'm|I've|I'll|we|We|our|Our|ours|us|my|My|me|ich|Ich|wir|Wir|uns|unser\w{0,2}|Unser\w{0,2})\b"
)
CONTRACTION = re.compile(
    r"\b[A-Za-z]+(?:n['’]t|['’](?:re|ve|ll|d|m))\b|\b(?:it|that|there|he|she|what|who|let)['’]s\b",
    re.IGNORECASE,
)
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\U0001f1e6-\U0001f1ff]|[:;]-?[)(DP](?!\\w)")
