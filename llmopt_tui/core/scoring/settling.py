"""Finding the one of several labels that an answer settles on, in any wording."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from llmopt_tui.core.scoring.label_mentions import Mention, label_key, label_mentions
from llmopt_tui.core.scoring.sameness import comparable, unified

_LONGEST = 50_000
_MOST_CONCLUSIONS = 100

_OUT_OF = re.compile(r"(?<![\d.,])(\d{1,3})\s?(?:/|out of)\s?\d{1,3}(?![\d.,]\d|\d)")
_NO = (
    r"(?:not|isn['’]t|aren['’]t|wasn['’]t|weren['’]t|doesn['’]t|don['’]t|never|neither|nor|no"
    r"|cannot|can['’]t|rather than|instead of|other than|as opposed to|rules? out|ruled out"
    r"|except(?: for)?|over|unlike|without|more than|less than|than|exclud\w{1,3}|eliminat\w{1,3}"
    r"|nicht|kein\w{0,2}|pas|no es|non)"
)
_NEGATED_BEFORE = re.compile(
    rf"\b{_NO}(?:\s(?:a|an|the|be|been|seem|appear|really|quite|just|simply|option|answer|label"
    rf"|of|to|so|that|too|very|necessarily|considered|classified|as|it|is)){{0,4}}[\s-][\"'(\[]*\Z"
)
_NEGATED_AFTER = re.compile(
    r"[\"')\]]*\s(?:(?:is|are|was|would be|seems|can be|does|do)\s(?:also\s|clearly\s|simply\s)?"
    r"(?:not\b|n['’]t\b|wrong|incorrect|out\b|false|ruled out|eliminated|excluded|unlikely|too\b)"
    r"|(?:is|are|was|does|do|would|can|could)n['’]t\b|cannot\b|can['’]t\b)"
)
_CONCEDED = re.compile(r"\b(?:although|though|while|whereas|despite|even if)\b[^.,;\n]*\Z")
_NEITHER = re.compile(r"\b(?:neither|none of)\b")
_CONCLUSION = re.compile(
    r"(?:\b(?:answer|conclusion|verdict|decision|choice|result|label|classification|category"
    r"|rating|sentiment|prediction|output|class)\b[^.\n:?!]{0,40}?"
    r"(?::|=|\bis\b|\bwould be\b|->|→)"
    r"|\b(?:therefore|thus|hence|overall|so|in conclusion|in summary|in short|ultimately"
    r"|finally|chosen|selected|final|go with|must be)\b"
    r"|\bi(?:['’]d| would|['’]ll| will)?(?: have to| must)? (?:choose|pick|select|say|go with"
    r"|classify|label|rate|opt for|conclude|lean towards?|settle on|think|believe|vote)\b"
    r"|\b(?:i am|i['’]m) going with\b|\bboxed\{|=>|→)"
)
_SHARES = re.compile(r"[\"')\],]*\s?(?:or|nor|and)\s[\"'(\[]*")
_SENTENCE_END = re.compile(r"(?<!\b[a-z])[.!?;。！？](?=\s|$)|\n")
_KEY = re.compile(r"^[\w \"{]{1,30}[:=]", re.MULTILINE)
_REASON = re.compile(r"\b(?:because|since|as|whereas|while|unlike)\b|[-\u2013\u2014] |\(")
_EMPHASIZED = re.compile(r"(\*{1,3}|__|`)(?=\S)([^*_`\n]{1,80}?)(?<=\S)\1|boxed\{([^{}\n]{1,80})\}")
_AFTER_FIRST = re.compile(
    r"\s?(?:[.:;!\n\u2013\u2014]|-\s|\)|$"
    r"|,?\s(?:because|since|as|for|due|given|but not|not|rather|although|though|while|even|with)\b)"
)
_LISTED = re.compile(r"[\s,/|\"'()\[\]&-]*(?:or|and|to)?[\s\"'(\[]*")
_ALTERNATIVE = re.compile(r"[\"')\]]*\s?(?:,\s?)?(?:or|and/or|/|oder|ou)\b|[\"')\]]*/")
_REFUSAL = re.compile(
    r"\b(?:can(?:no|['’])t|cannot|can not|could ?n['’]?t|unable to|not able to|impossible to"
    r"|hard to|difficult to|won['’]t|will not)\s(?:\w+\s){0,2}?"
    r"(?:determine|decide|say|tell|classify|answer|choose|judge|help|assess|provide|comply|give|pick|categori[sz]e|label|assist|make)\b"
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
    text = _text(output)
    mentions = label_mentions(text, tuple(labels))
    if not mentions:
        return Settled(None, "names none of the labels")
    denied = _denied(text, mentions)
    meant = [
        mention
        for mention, negated in zip(mentions, denied, strict=True)
        if not negated and not _is_asked(text, mention)
    ]
    opposite = _opposite(keys, mentions, meant)
    if opposite is not None:
        return Settled(opposite)
    if concluded := _concluded(text, meant):
        return _one_of(concluded, "concludes with several labels")
    distinct = _labels(meant)
    if _refuses(text, mentions):
        return Settled(None, "does not decide")
    if len(distinct) == 1:
        if _ALTERNATIVE.match(text, meant[-1].end) and len(_labels(mentions)) > 1:
            return Settled(None, "leaves it open")
        return Settled(distinct[0])
    if not distinct:
        return Settled(None, "only says what it is not")
    for found in (_last_line(text, meant), _first(text, meant), _emphasized(output, labels)):
        if found:
            return Settled(found)
    return Settled(None, "names several labels and settles on none")


def _text(output: str) -> str:
    """The answer in the form for searching: with its lines and case, without marks of emphasis."""
    start = output.strip()[: _LONGEST // 2]
    end = output.strip()[len(start) :][-_LONGEST // 2 :]
    lines = f"{start}\n{end}" if end else start
    plain = "\n".join(
        comparable(line, ignore_case=False) for line in lines.splitlines() if line.strip()
    )
    return _OUT_OF.sub(r"\1", plain)


def _denied(text: str, mentions: Sequence[Mention]) -> list[bool]:
    """Whether the answer negates each of the mentions."""
    before = [text[max(0, mention.start - 60) : mention.start].lower() for mention in mentions]
    first = [_NEGATED_BEFORE.search(words) is not None for words in before]
    last = [_NEGATED_AFTER.match(text[m.end : m.end + 40].lower()) is not None for m in mentions]
    between = [text[a.end : b.start].lower() for a, b in itertools.pairwise(mentions)]
    # "Neither high nor low", "not high or low": the second is negated with the first.
    for place, words in enumerate(between):
        listed = _NEITHER.search(before[place]) and not words.strip(" ,\"'()[]")
        if first[place] and (listed or _SHARES.fullmatch(words)):
            first[place + 1] = True
            before[place + 1] = before[place] if listed else before[place + 1]
    # "High and low are wrong": the first is negated with the last.
    for place, words in reversed(list(enumerate(between))):
        last[place] = last[place] or (last[place + 1] and _SHARES.fullmatch(words) is not None)
    conceded = [_CONCEDED.search(words) is not None for words in before]
    return [any(said) for said in zip(first, last, conceded, strict=True)]


def _is_asked(text: str, mention: Mention) -> bool:
    end = _SENTENCE_END.search(text, mention.end)
    return end is not None and end.group() == "?"


def _opposite(
    keys: dict[str, str], mentions: Sequence[Mention], meant: Sequence[Mention]
) -> str | None:
    """The label "not X" where the answer says only that it is not X; else None."""
    if meant or len(denied := _labels(mentions)) != 1:
        return None
    return keys.get(f"not {label_key(denied[0])}") or keys.get(f"non {label_key(denied[0])}")


def _labels(mentions: Sequence[Mention]) -> list[str]:
    return list(dict.fromkeys(mention.label for mention in mentions))


def _one_of(mentions: Sequence[Mention], why: str) -> Settled:
    found = _labels(mentions)
    return Settled(found[0]) if len(found) == 1 else Settled(None, why)


def _concluded(text: str, meant: Sequence[Mention]) -> list[Mention]:
    """The mentions after the last words that announce a conclusion; empty without such words."""
    lowered = text.lower()
    found: list[Mention] = []
    markers = [*_CONCLUSION.finditer(lowered), *_KEY.finditer(lowered)]
    for marker in sorted(markers, key=lambda match: match.start())[-_MOST_CONCLUSIONS:]:
        end = _SENTENCE_END.search(lowered, marker.end() + 1)
        # A label may be on the next line: "Answer:" and then the label.
        stop = end.start() if end else len(text)
        if end and not lowered[marker.end() : stop].strip():
            following = _SENTENCE_END.search(lowered, end.end())
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


def _last_line(text: str, meant: Sequence[Mention]) -> str | None:
    """The label that the last line consists of."""
    line = text.rstrip().rpartition("\n")
    if not line[1]:
        return None
    begin = len(line[0])
    said = _labels([mention for mention in meant if mention.start >= begin])
    return said[0] if len(said) == 1 and label_key(line[2]) == label_key(said[0]) else None


def _first(text: str, meant: Sequence[Mention]) -> str | None:
    """The label that the answer begins with, unless it is only the first of a list."""
    first = meant[0]
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
    return first.label if end > first.end or _AFTER_FIRST.match(text, end) else None


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
