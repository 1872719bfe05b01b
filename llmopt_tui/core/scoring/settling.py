"""Finding the one of several labels that an answer settles on, in any wording."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from llmopt_tui.core.scoring.label_forms import in_its_labels, numbers_of
from llmopt_tui.core.scoring.label_meaning import SENTENCE_END
from llmopt_tui.core.scoring.label_meaning import meant as own_mentions
from llmopt_tui.core.scoring.label_mentions import (
    Mention,
    label_key,
    label_mentions,
    labels_of,
)
from llmopt_tui.core.scoring.number_words import number_words
from llmopt_tui.core.scoring.numbers import read_number
from llmopt_tui.core.scoring.preferred_label import (
    behind_options,
    emphasized,
    entries,
    first,
    largest,
    last_line,
    preferred,
)
from llmopt_tui.core.scoring.sameness import comparable

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
    r"|classify|label|rate|opt for|conclude|lean (?:to|towards?)|settle on|think|believe"
    r"|vote|mark|call|tag|flag|assign)\b"
    r"|\b(?:going (?:with|for)|settling on)\b|\bbetween\b[^.;\n]{0,60}\bleaning (?:to|towards?)\b"
    r"|\b(?:in this case|on the whole|as a whole|all in all|all things considered)\b"
    r"|\bboxed\{|=>|→"
    r"|\b(?:best|correct|right|closest|most (?:likely|appropriate|fitting))\b[^.\n:?!]{0,30}?"
    r"(?:\bis\b|:)"
    r"|\b(?:actually|in fact|on reflection|on second thoughts?|wait|correction)\b|\bi mean\b"
    r"|\bchanged? my (?:answer|mind|choice|rating)\w* to\b"
    r"|\bbut (?:really |actually )?(?:it|this|that|here it)(?:['’]s| is)\b"
    r"|\b(?:not sure|unsure|unclear|(?:hard|difficult) to (?:say|tell)),? but\b"
    r"|(?:\.\.\.|…|\bwait,?|\bsorry,?)\s?no,)"
)
_TAGGED = re.compile(
    r"<(?!reason|think|expla|rationale|why|note|comment|altern|analys|input|example)([a-z]\w{0,30})>"
    r"([^<>\n]{1,80})</\1>",
    re.IGNORECASE,
)
_KEY = re.compile(r"^(?:[>|*-] ?)?[\w /|\"{]{1,30}[:=]|\"\w{1,30}\" ?:", re.MULTILINE)
_REASON = re.compile(r"\b(?:because|since|as|whereas|while|unlike)\b|[-\u2013\u2014] |\(")
_ALTERNATIVE = re.compile(r"[\"')\]]*\s?(?:,\s?)?(?:or|and/or|/|oder|ou)\b|[\"')\]]*/")
_REFUSAL = re.compile(
    r"(?<!§\s)\b(?:can(?:no|['’])t|cannot|can not|could ?n['’]?t|unable to|not able to"
    r"|impossible to|hard to|difficult to|won['’]t|will not)\s(?:\w+\s){0,2}?"
    r"(?:determine|decide|say|tell|classify|answer|choose|judge|help|assess|provide|comply|give|pick|categori[sz]e|label|assist|make|fulfil\w{0,2}|complete|process|respond|do)\b"
    r"(?!\s(?:that )?(?:it|this|that)(?:['’]s| is)\b)"
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
    output = output.strip()
    if len(output) > _LONGEST:
        output = f"{output[: _LONGEST // 2]}\n{output[-_LONGEST // 2 :]}"
    output = in_its_labels(output, labels)
    keys = {label_key(label): label for label in labels}
    if whole := keys.get(label_key(output)):
        return Settled(whole, alone=True)
    if number := _number_label(output, labels):
        return Settled(number)
    text = _text(output)
    mentions = label_mentions(text, tuple(labels))
    if not mentions:
        return Settled(None, "names none of the labels")
    meant = own_mentions(text, mentions)
    if certain := _opposite(keys, mentions, meant) or _tagged(text, meant):
        return Settled(certain)
    if concluded := _concluded(text, meant):
        better = preferred(text, concluded)
        return Settled(better) if better else _several_or_one(concluded)
    distinct = labels_of(meant)
    sure = largest(text, meant) or first(text, meant, surely=True)
    if sure:
        return Settled(sure)
    if _refuses(text, mentions):
        return Settled(None, "does not decide")
    if len(distinct) == 1:
        if _ALTERNATIVE.match(text, meant[-1].end) and len(labels_of(mentions)) > 1:
            return Settled(None, "leaves it open")
        return Settled(distinct[0])
    if not distinct:
        return Settled(None, "only says what it is not")
    for found in (
        preferred(text, meant),
        last_line(text, meant),
        behind_options(text, meant),
        first(text, meant),
        emphasized(output, labels),
        _before_because(text, meant),
    ):
        if found:
            return Settled(found)
    return Settled(None, "names several labels and settles on none")


def _number_label(output: str, labels: Sequence[str]) -> str | None:
    """The label that is the answer's only number, where all labels are numbers: "Four stars"."""
    numbers = numbers_of(tuple(labels))
    if "/" in output or not numbers:
        return None
    if any(map(str.isdigit, output)) or not all(label.isdecimal() for label in labels):
        number = read_number(output)
        values = set(number.readings) if number else set()
    else:
        values = {value for _, _, value in number_words(output)}
    return next((label for one, label in numbers.items() if values == {one}), None)


def _text(output: str) -> str:
    """The answer in the form for searching: with its lines and case, without marks of emphasis."""
    left = _STRUCK.sub("", output)
    lines = left if left.strip() else output
    plain = "\n".join(
        comparable(line, ignore_case=False) for line in lines.splitlines() if line.strip()
    )
    plain = _SCALE.sub("scale", plain)
    return _WHOLE.sub(r"\1", _OUT_OF.sub(r"\1", plain))


def _opposite(
    keys: dict[str, str], mentions: Sequence[Mention], meant: Sequence[Mention]
) -> str | None:
    """The label "not X" where the answer says only that it is not X; else None."""
    if meant or len(denied := labels_of(mentions)) != 1:
        return None
    return keys.get(f"not {label_key(denied[0])}") or keys.get(f"non {label_key(denied[0])}")


def _tagged(text: str, meant: Sequence[Mention]) -> str | None:
    """The only label in tags such as <answer>; None where they hold several."""
    found = labels_of(
        [
            one
            for tag in itertools.islice(_TAGGED.finditer(text), _MOST_CONCLUSIONS)
            for one in meant
            if tag.start(2) <= one.start < tag.end(2)
        ]
    )
    return found[0] if len(found) == 1 else None


def _several_or_one(mentions: Sequence[Mention]) -> Settled:
    found = labels_of(mentions)
    return Settled(found[0]) if len(found) == 1 else Settled(None, "concludes with several labels")


def _concluded(text: str, meant: Sequence[Mention]) -> list[Mention]:
    """The mentions after the last words that announce a conclusion; empty without such words."""
    lowered = text.lower()
    found: list[Mention] = []
    options = entries(text, meant)
    markers = [*_CONCLUSION.finditer(lowered), *_KEY.finditer(lowered)]
    for marker in sorted(markers, key=lambda match: match.start())[-_MOST_CONCLUSIONS:]:
        end = SENTENCE_END.search(lowered, marker.end() + 1)
        # A label may be on the next line: "Answer:" and then the label.
        stop = end.start() if end else len(text)
        if end and not lowered[marker.end() : stop].strip():
            following = SENTENCE_END.search(lowered, end.end())
            stop = following.start() if following else len(text)
        said = [m for m in meant if marker.end() <= m.start + 1 and m.start < stop]
        # "High: 70 %, low: 30 %", "Options: high, low" and lists of options conclude nothing.
        if marker.re is _KEY and (
            _is_label(marker.group()[:-1], meant)
            or set(said[:1]).intersection(options)
            or len(labels_of(_before_reason(lowered, said, stop))) != 1
        ):
            continue
        if said:
            found = _before_reason(lowered, said, stop)
    return found


def _before_reason(text: str, said: list[Mention], stop: int) -> list[Mention]:
    """The mentions before the reason: "Answer: (B), because (A) ..." concludes with (B)."""
    reason = _REASON.search(text, said[0].end, stop) if said else None
    return [m for m in said if m.start < reason.start()] if reason else said


def _before_because(text: str, meant: Sequence[Mention]) -> str | None:
    """The only label before the reason of the answer's first sentence that has one."""
    because = re.search(r"\b(?:because|since)\b", text)
    before = labels_of([m for m in meant if because and m.end <= because.start()])
    return before[0] if len(before) == 1 else None


def _refuses(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether the answer declines to decide, in words that are not part of a label.

    What a label "cannot help with" is said of the label, not of the answer.
    """
    lowered = list(text.lower())
    for mention in mentions:
        lowered[mention.start : mention.end] = "§" * (mention.end - mention.start)
    return _REFUSAL.search("".join(lowered)) is not None


def _is_label(text: str, meant: Sequence[Mention]) -> bool:
    """Whether a text is a label, or begins with one: "2 stars"."""
    key = f"{label_key(text)} "
    return any(key.startswith(f"{label_key(mention.label)} ") for mention in meant)
