"""Finding the one of several labels that an answer settles on, in any wording."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from llmopt_tui.core.scoring.label_meaning import SENTENCE_END
from llmopt_tui.core.scoring.label_meaning import meant as own_mentions
from llmopt_tui.core.scoring.label_mentions import Mention, label_key, label_mentions
from llmopt_tui.core.scoring.number_words import number_words
from llmopt_tui.core.scoring.numbers import read_number
from llmopt_tui.core.scoring.sameness import comparable, unified

_LONGEST = 50_000
_MOST_CONCLUSIONS = 100

_OUT_OF = re.compile(
    r"(?<![\d.,])(\d{1,3})\s?(?:/|(?:[a-z]{1,10}\s)?out of)\s?\d{1,3}(?![\d.,]\d|\d)"
)
_WHOLE = re.compile(r"(?<![\d.,])(\d{1,3})\.0{1,2}(?!\d|\.\d)")
_SCALE = re.compile(r"\b(?:scale|range)(?: from| of| between)? \d{1,3} ?(?:to|-|and) ?\d{1,3}\b")
_STRUCK = re.compile(r"~~[^~\n]{1,200}~~")
_CONCLUSION = re.compile(
    r"(?:\b(?:answer|conclusion|verdict|decision|choice|result|label|classification|category"
    r"|rating|sentiment|prediction|output|class)\b[^.\n:?!]{0,40}?"
    r"(?::|=|\bis\b|\bwould be\b|->|→)"
    r"|\b(?:therefore|thus|hence|overall|so|in conclusion|in summary|in short|ultimately"
    r"|finally|chosen|selected|final|go with|must be)\b"
    r"|\bi(?:['’]d| would|['’]ll| will)?(?: have to| must)? (?:choose|pick|select|say|go with"
    r"|classify|label|rate|opt for|conclude|lean towards?|settle on|think|believe|vote)\b"
    r"|\b(?:i am|i['’]m) going with\b|\bboxed\{|=>|→"
    r"|\b(?:best|correct|right|closest|most (?:likely|appropriate|fitting))\b[^.\n:?!]{0,30}?"
    r"(?:\bis\b|:)"
    r"|\b(?:actually|in fact|on reflection|on second thoughts?|wait|correction)\b|\bi mean\b"
    r"|\bchanged? my (?:answer|mind|choice|rating)\w* to\b"
    r"|\bbut (?:really |actually )?(?:it|this|that|here it)(?:['’]s| is)\b"
    r"|\b(?:not sure|unsure|unclear|hard to say|difficult to say),? but\b"
    r"|(?:\.\.\.|…|\bwait,?|\bsorry,?)\s?no,)"
)
_BETTER = re.compile(
    r"[\"')\]]*\s(?:it is\b|(?:is|was|seems|remains?|looks|fits)\b"
    r"(?:\s(?:the|a|much|most|clearly|slightly|still)){0,2}"
    r"\s?(?:better|best|correct|right|true|likelier|stronger|most|dominant|closest|left|$)"
    r"|(?:remains|dominates|prevails|wins|fits best)\b)|\s?(?:[:=(]|->)\s?(?:right|correct|true)\b"
    r"|\s?[✓✔✅]"
)
_CHIEFLY = re.compile(
    r"\b(?:mostly|mainly|chiefly|primarily|largely|predominantly|overwhelmingly|clearly"
    r"|definitely|certainly|(?:most |more )?(?:probably|likely)|preferably)\s[\"'(]*\Z"
    r"|(?:\[x\]|\(x\)|[☑☒✅✔✓])\s*\Z"
)
_SHARE = re.compile(r"[\"')\]]*\s?[:=(\u2013-]{0,2}\s?(\d{1,3}(?:\.\d{1,4})?)\s?%?(?!\w)")
_ENTRY_MARK = re.compile(r"\s?[).:]\s")
_KEY = re.compile(r"^(?:[>|*-] ?)?[\w \"{]{1,30}[:=]|\"\w{1,30}\" ?:", re.MULTILINE)
_REASON = re.compile(r"\b(?:because|since|as|whereas|while|unlike)\b|[-\u2013\u2014] |\(")
_EMPHASIZED = re.compile(r"(\*{1,3}|__|`)(?=\S)([^*_`\n]{1,80}?)(?<=\S)\1|boxed\{([^{}\n]{1,80})\}")
_AFTER_FIRST_SURELY = re.compile(r"\s?(?:[.:!\n\u2013\u2014]|-\s)")
_AFTER_FIRST = re.compile(
    r"\s?(?:[.:;!(\n\u2013\u2014]|-\s|\)|$"
    r"|,?\s(?:because|since|as|for|due|given|but not|not|rather|although|though|while|even|with)\b)"
)
_LISTED = re.compile(r"[\s,/|\"'()\[\]&-]*(?:or|and|to)?[\s\"'(\[]*")
_ALTERNATIVE = re.compile(r"[\"')\]]*\s?(?:,\s?)?(?:or|and/or|/|oder|ou)\b|[\"')\]]*/")
_REFUSAL = re.compile(
    r"\b(?:can(?:no|['’])t|cannot|can not|could ?n['’]?t|unable to|not able to|impossible to"
    r"|hard to|difficult to|won['’]t|will not)\s(?:\w+\s){0,2}?"
    r"(?:determine|decide|say|tell|classify|answer|choose|judge|help|assess|provide|comply|give|pick|categori[sz]e|label|assist|make|fulfil\w{0,2}|complete|process|respond|do)\b"
    r"|\b(?:don['’]t|do not) (?:know|have enough)|\bnot sure\b|\bunsure\b|\bunclear\b|\bundecided\b"
    r"|\bnot enough (?:information|context|data)\b|\binsufficient (?:information|context|data)\b"
    r"|\bneed more (?:information|context|details)\b|\bit depends\b|\bnone of the\b"
    r"|\bas an ai\b|\bcould be (?:either|any|both)\b"
)


@dataclass(frozen=True, slots=True)
class Settled:
    """The label that an answer settles on; where it is None, `why` says what the answer does.

    `alone`: the answer is nothing but the label.
    """

    label: str | None
    why: str = ""
    alone: bool = False


def settled_label(output: str, labels: Sequence[str]) -> Settled:
    """The one of the labels that the answer settles on.

    Labels that are negated ("not high but low") or asked about do not count. Where several remain,
    it is the one that the answer gives as its conclusion, begins with, ends with on a line of its
    own, or emphasizes. A refusal settles on none.
    """
    keys = {label_key(label): label for label in labels}
    if whole := keys.get(label_key(output[:_LONGEST])):
        return Settled(whole, alone=True)
    if number := _number_label(output, labels):
        return Settled(number)
    text = _text(output)
    mentions = label_mentions(text, tuple(labels))
    if not mentions:
        return Settled(None, "names none of the labels")
    meant = own_mentions(text, mentions)
    opposite = _opposite(keys, mentions, meant)
    if opposite is not None:
        return Settled(opposite)
    if concluded := _concluded(text, meant):
        preferred = _preferred(text, concluded)
        return Settled(preferred) if preferred else _several_or_one(concluded)
    distinct = _labels(meant)
    sure = _largest(text, meant) or _first(text, meant, _AFTER_FIRST_SURELY)
    if sure:
        return Settled(sure)
    if _refuses(text, mentions):
        return Settled(None, "does not decide")
    if len(distinct) == 1:
        if _ALTERNATIVE.match(text, meant[-1].end) and len(_labels(mentions)) > 1:
            return Settled(None, "leaves it open")
        return Settled(distinct[0])
    if not distinct:
        return Settled(None, "only says what it is not")
    for found in (
        _preferred(text, meant),
        _last_line(text, meant),
        _first(text, meant, _AFTER_FIRST),
        _emphasized(output, labels),
    ):
        if found:
            return Settled(found)
    return Settled(None, "names several labels and settles on none")


def _number_label(output: str, labels: Sequence[str]) -> str | None:
    """The label that is the answer's only number, where all labels are numbers: "Four stars"."""
    if "/" in output or not all(label.isdecimal() for label in labels):
        return None
    if any(map(str.isdigit, output)):
        number = read_number(output)
        values = set(number.readings) if number else set()
    else:
        values = {value for _, _, value in number_words(output[:_LONGEST])}
    return next((one for one in labels if values == {int(one)}), None)


def _text(output: str) -> str:
    """The answer in the form for searching: with its lines and case, without marks of emphasis."""
    start = output.strip()[: _LONGEST // 2]
    end = output.strip()[len(start) :][-_LONGEST // 2 :]
    if _STRUCK.sub("", start).strip():
        start = _STRUCK.sub("", start)
    lines = f"{start}\n{end}" if end else start
    plain = "\n".join(
        comparable(line, ignore_case=False) for line in lines.splitlines() if line.strip()
    )
    plain = _SCALE.sub("scale", plain)
    return _WHOLE.sub(r"\1", _OUT_OF.sub(r"\1", plain))


def _opposite(
    keys: dict[str, str], mentions: Sequence[Mention], meant: Sequence[Mention]
) -> str | None:
    """The label "not X" where the answer says only that it is not X; else None."""
    if meant or len(denied := _labels(mentions)) != 1:
        return None
    return keys.get(f"not {label_key(denied[0])}") or keys.get(f"non {label_key(denied[0])}")


def _labels(mentions: Sequence[Mention]) -> list[str]:
    return list(dict.fromkeys(mention.label for mention in mentions))


def _several_or_one(mentions: Sequence[Mention]) -> Settled:
    found = _labels(mentions)
    return Settled(found[0]) if len(found) == 1 else Settled(None, "concludes with several labels")


def _concluded(text: str, meant: Sequence[Mention]) -> list[Mention]:
    """The mentions after the last words that announce a conclusion; empty without such words."""
    lowered = text.lower()
    found: list[Mention] = []
    markers = [*_CONCLUSION.finditer(lowered), *_KEY.finditer(lowered)]
    for marker in sorted(markers, key=lambda match: match.start())[-_MOST_CONCLUSIONS:]:
        end = SENTENCE_END.search(lowered, marker.end() + 1)
        # A label may be on the next line: "Answer:" and then the label.
        stop = end.start() if end else len(text)
        if end and not lowered[marker.end() : stop].strip():
            following = SENTENCE_END.search(lowered, end.end())
            stop = following.start() if following else len(text)
        said = [m for m in meant if marker.end() <= m.start + 1 and m.start < stop]
        if marker.re is _KEY and len(_labels(_before_reason(lowered, said, stop))) != 1:
            continue  # "Options: high, low" concludes nothing
        if said:
            found = _before_reason(lowered, said, stop)
    return found


def _before_reason(text: str, said: list[Mention], stop: int) -> list[Mention]:
    """The mentions before the reason: "Answer: (B), because (A) ..." concludes with (B)."""
    reason = _REASON.search(text, said[0].end, stop) if said else None
    return [m for m in said if m.start < reason.start()] if reason else said


def _refuses(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether the answer declines to decide, in words that are not part of a label."""
    lowered = list(text.lower())
    for mention in mentions:
        lowered[mention.start : mention.end] = " " * (mention.end - mention.start)
    return _REFUSAL.search("".join(lowered)) is not None


def _largest(text: str, meant: Sequence[Mention]) -> str | None:
    """The label with the largest share, where each has one: "high (90%), low (10%)"."""
    shares: dict[str, float] = {}
    for mention in meant:
        if share := _SHARE.match(text, mention.end):
            shares.setdefault(mention.label, float(share[1]))
    if len(shares) < max(2, len(_labels(meant))):
        return None
    largest = [label for label, share in shares.items() if share == max(shares.values())]
    return largest[0] if len(largest) == 1 else None


def _preferred(text: str, meant: Sequence[Mention]) -> str | None:
    """The one label that the answer calls better or right, or says with more weight."""
    lowered = text.lower()
    found = _labels(
        [
            one
            for one in meant
            if _BETTER.match(lowered, one.end)
            or _CHIEFLY.search(lowered[max(0, one.start - 30) : one.start])
        ]
    )
    return found[0] if len(found) == 1 else None


def _is_enumeration(text: str, meant: Sequence[Mention]) -> bool:
    """Whether each label begins a line or sentence of its own: "A. Rome", "B. Paris"."""
    return len(_labels(meant)) > 1 and all(
        re.search(r"(?:^|[.!?;\n])[\s\"'(\[]*\Z", text[max(0, one.start - 6) : one.start])
        and _ENTRY_MARK.match(text, one.end)
        for one in meant
    )


def _last_line(text: str, meant: Sequence[Mention]) -> str | None:
    """The label that the last line consists of."""
    line = text.rstrip().rpartition("\n")
    if not line[1]:
        return None
    begin = len(line[0])
    said = _labels([mention for mention in meant if mention.start >= begin])
    return said[0] if len(said) == 1 and label_key(line[2]) == label_key(said[0]) else None


def _first(text: str, meant: Sequence[Mention], ending: re.Pattern[str]) -> str | None:
    """The label that the answer begins with, before `ending`, unless it is the first of a list."""
    first = meant[0] if meant else None
    if first is None or _is_enumeration(text, meant):
        return None
    if text[: first.start].strip(" \"'([{<#>*`-"):
        return None
    end = first.end
    while text[end : end + 1] and text[end] in "\"')]}>":
        end += 1
    following = next((m for m in meant if m.start > first.start), None)
    if following and _LISTED.fullmatch(text[end : following.start]):
        return None
    rest = "".join(
        text[one.end : other.start] for one, other in itertools.pairwise([*meant, _end_of(text)])
    )
    if following and not any(map(str.isalnum, rest)):
        return None  # a list of labels, one sentence each
    return first.label if end > first.end or ending.match(text, end) else None


def _end_of(text: str) -> Mention:
    return Mention(len(text), len(text), "")


def _emphasized(output: str, labels: Sequence[str]) -> str | None:
    """The one label that is set in bold, italics or a box."""
    keys = {label_key(label): label for label in labels}
    found = {
        keys[key]
        for match in _EMPHASIZED.finditer(unified(output[:_LONGEST]))
        if (key := label_key(match[2] or match[3])) in keys
    }
    return found.pop() if len(found) == 1 else None
