"""Worked examples of the interviewer's own job, shown to it as earlier turns of its chat.

A small model that is shown the job writes usable rules; one that is only told about it talks about
the prompt instead. Tasks of many kinds, so that none of their words seems to belong to the job.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from llmopt_tui.core.ports import Message

WHERE = ("before the input", "after the input")
"""The places of a rule, in the words that the interviewer reads and writes."""

_COPIED = 4
"""So many words in a row of a worked example in a rule are copied from there."""


@dataclass(frozen=True, slots=True)
class _Worked:
    instruction: str
    input: str
    answer: str
    criticism: str
    right: str
    cause: str
    why: str
    where: str
    rule: str


_WORKED = (
    _Worked(
        "Is the caller happy? [input]",
        "I waited nine days for the plumber and then the tap still dripped.",
        "The caller seems quite upset about the delay, so I would say that they are not happy.",
        "A whole sentence came where one word was wanted.",
        "no",
        "wrong answer",
        "The instruction does not say which words are allowed, so the model writes a sentence.",
        "after the input",
        "Answer with one word, yes or no, and nothing else.",
    ),
    _Worked(
        "Which ingredients are in this recipe? [input]",
        "Fold two eggs into the flour, add a pinch of salt and bake until golden.",
        "Sure! The recipe uses:\n- 2 eggs (folded)\n- flour\n- a pinch of salt\nBake until golden.",
        "The answer is no JSON, and it has amounts and steps in it.",
        '{"ingredients": ["eggs", "flour", "salt"]}',
        "invalid json",
        "Nothing says that the answer has to be JSON, or what may be in the list.",
        "before the input",
        'Write one JSON object {"ingredients": [...]} with bare names only, and no text around it.',
    ),
    _Worked(
        "Tell me about this town. [input]",
        "Brunnau has 4,100 people, a paper mill, two schools and a lake with a ferry.",
        "Welcome to Brunnau! # A lovely place\nBrunnau is a lovely place to live. It has ...",
        "There is a greeting and a heading, and it is much longer than two sentences.",
        "Brunnau is a town of 4,100 people by a lake. It lives from its paper mill.",
        "too long",
        "The instruction names no length and no form, so the model fills a page.",
        "after the input",
        "Write two plain sentences without a heading, and stop after the second one.",
    ),
)


def worked_turns() -> list[Message]:
    """The worked examples as turns: what is shown, and the change that follows from it."""
    turns = []
    for one in _WORKED:
        shown = shown_failure(one.instruction, one.input, one.answer, one.criticism, one.right)
        change = {"cause": one.cause, "why": one.why, "where": one.where, "rule": one.rule}
        turns += [Message("user", shown), Message("assistant", json.dumps(change))]
    return turns


def shown_failure(
    instruction: str, input: str, answer: str, criticism: str, right: str, analysis: str = ""
) -> str:
    """One failed answer as the interviewer reads it, with the right one where it is known."""
    parts = [
        f"Instruction:\n{instruction}",
        f"Input:\n{input}",
        f"Answer:\n{answer}",
        f"What is wrong: {criticism}",
        f"Right answer:\n{right}" if right else "",
        f"Your analysis: {analysis}" if analysis else "",
        "Which one rule, added to the instruction, would prevent this for every input?",
    ]
    return "\n\n".join(part for part in parts if part)


def copied_from_worked(rule: str, known: str) -> str:
    """Words in a row that a rule shares with a worked example and not with `known`; "" if none."""
    worked = " | ".join(
        _folded(" ".join((w.instruction, w.input, w.answer, w.right, w.rule))) for w in _WORKED
    )
    words, said = _folded(rule).split(), f" {_folded(known)} "
    for start in range(len(words) - _COPIED + 1):
        run = " ".join(words[start : start + _COPIED])
        if f" {run} " in f" {worked} " and f" {run} " not in said and not _FORMULA.search(run):
            return run
    return ""


# What any rule may say of the form of an answer.
_FORMULA = re.compile(
    r"and nothing else|no text around|one json object|answer with one|write one json|with one word"
)


def _folded(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
