"""Judging what an interviewer wrote: a suggestion, or a draft that the checks refuse.

A draft that is refused is kept with its reasons, so that the person can look at it and mend it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from llmopt_tui.core.changes import Change
from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.prompt import PLACEHOLDER
from llmopt_tui.core.proposals.brief import Brief, Failure
from llmopt_tui.core.proposals.checks import check_suggestion, is_unchanged
from llmopt_tui.core.proposals.playbook import diagnosis
from llmopt_tui.core.proposals.reading import Reading, read_suggestions, without_thoughts
from llmopt_tui.core.proposals.small_changes import (
    LONGEST_RULE,
    SHORTEST_RULE,
    SmallChange,
    read_change,
    rule_problems,
)
from llmopt_tui.core.proposals.worked_examples import WHERE
from llmopt_tui.core.suggestion import Suggestion

NOTHING_FOUND = "The reply holds no prompt."
UNCHANGED = "The interviewer suggests no change."
KNOWN_RULE = "The prompt has this rule already."

# A rule that is said in a talk: between tags, or on a line that names it.
_RULE_TAGS = re.compile(r"<rule>(.{1,2000}?)</rule>", re.DOTALL | re.IGNORECASE)
_RULE_LINE = re.compile(
    r"^[ \t>*#-]{0,6}\**(?:new |a |the |one )?rule(?: \d{1,2})?\**[ \t]?:"
    r"[ \t]*\**[ \t]?(\S.{0,2000})$",
    re.MULTILINE | re.IGNORECASE,
)


_NO_FAILURE = Failure("", "", 0.0, (), ())


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a reply: a suggestion, or the reasons why there is none, with the drafts."""

    suggestion: Suggestion | None = None
    problems: tuple[str, ...] = ()
    refused: tuple[RefusedDraft, ...] = ()


def judge_readings(readings: Sequence[Reading], brief: Brief) -> Judged:
    """The first usable reading of a reply as a suggestion, else why none is usable."""
    if not readings:
        return Judged(problems=(NOTHING_FOUND,))
    refused: list[RefusedDraft] = []
    for reading in readings:
        if is_unchanged(reading.prompt, brief.prompt):
            continue
        problems = check_suggestion(reading.prompt, brief.prompt, brief.case, brief.tried)
        edit = Change(
            "replace text", "interviewer", reading.kind, "", reading.reasoning, reading.prompt
        )
        if not problems:
            return Judged(
                Suggestion(
                    reading.prompt,
                    reading.reasoning,
                    "interviewer",
                    reading.kind,
                    brief.parent.with_text(reading.prompt),
                    (edit,),
                )
            )
        refused.append(RefusedDraft(reading.prompt, tuple(problems), edit))
    if not refused:
        return Judged(problems=(UNCHANGED,))
    # The reading with the fewest problems is most likely the one that was meant.
    meant = min(refused, key=lambda draft: len(draft.problems))
    return Judged(problems=meant.problems, refused=(meant,))


def suggestion_of(change: SmallChange, brief: Brief) -> Judged:
    """A change as a suggestion, else why it cannot be one."""
    edit = Change(
        "add rule",
        "interviewer",
        "",
        change.cause,
        change.why,
        change.rule,
        last=change.where == WHERE[1],
    )
    variant = edit.apply(brief.parent)
    if variant is None:
        return Judged(problems=(KNOWN_RULE,))
    problems = rule_problems(change.rule, brief) or check_suggestion(
        variant.text, brief.prompt, brief.case, brief.tried
    )
    if problems:
        draft = RefusedDraft(variant.text, tuple(problems), edit)
        return Judged(problems=draft.problems, refused=(draft,))
    failure = next((f for f in brief.failures if f.mode == change.cause), None)
    return Judged(
        Suggestion(
            variant.text,
            change.why,
            "interviewer",
            "",
            variant,
            (edit,),
            change.cause,
            diagnosis(failure) if failure else "",
        )
    )


def judge_talk(answer: str, brief: Brief) -> Judged:
    """What an answer in a talk offers: a whole prompt or a rule. Most answers offer nothing."""
    # A fence without placeholders is not a prompt, but for instance an example of an answer.
    offers = [
        reading
        for reading in read_suggestions(answer)
        if reading.rung != "fence" or PLACEHOLDER.search(reading.prompt)
    ]
    whole = judge_readings(offers, brief)
    judged = [Judged() if whole.problems in ((NOTHING_FOUND,), (UNCHANGED,)) else whole]
    judged += [suggestion_of(change, brief) for change in _rules_said(answer, brief)]
    best = next((each for each in judged if each.suggestion), None)
    if best and best.suggestion:
        # The reply's own name for the change does not count: the two agreed on it in talk.
        said = tuple(replace(c, source="chat", name="") for c in best.suggestion.changes)
        return Judged(replace(best.suggestion, source="chat", kind="", changes=said))
    refused = tuple(
        replace(draft, change=replace(draft.change, source="chat", name=""))
        for each in judged
        for draft in each.refused
    )
    return Judged(problems=tuple(p for each in judged for p in each.problems), refused=refused)


def _rules_said(answer: str, brief: Brief) -> Iterator[SmallChange]:
    """The rules that an answer offers: as an object, between tags, or on a line that says so."""
    text = without_thoughts(answer)
    worst = brief.failures[0] if brief.failures else _NO_FAILURE
    if found := read_change(text, brief, worst):
        yield found
        return
    said = _RULE_TAGS.findall(text) or _RULE_LINE.findall(text)
    for rule in said[:2]:
        words = " ".join(rule.split()).strip("\"'“”*` ")
        if SHORTEST_RULE <= len(words) <= LONGEST_RULE:
            yield SmallChange(worst.mode, "", WHERE[0], words)
