"""Small changes: the interviewer asked for one rule against one cause, which it never wraps.

The reply is a small JSON object with enums. Placeholders are out of its reach: the program puts the
rule into the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmopt_tui.core.ports import Message
from llmopt_tui.core.prompt import PLACEHOLDER
from llmopt_tui.core.proposals.brief import Brief, Failure
from llmopt_tui.core.proposals.demonstrations import right_answers
from llmopt_tui.core.proposals.questions import ANALYST, cut
from llmopt_tui.core.proposals.reading import objects_in
from llmopt_tui.core.proposals.worked_examples import (
    WHERE,
    copied_from_worked,
    shown_failure,
    worked_turns,
)
from llmopt_tui.core.text.plain import one_line

SHORTEST_RULE = 12
LONGEST_RULE = 300
_LONGEST_WHY = 400

# What is said about a prompt is no rule of it: "The instruction should specify ...".
_TALK = re.compile(
    r"""\b(?:
        (?:the|this|your|an?)\ (?:\w+\ )?(?:instructions?|prompts?|rules?|wording|question)
            \ (?:should|must|needs?|could|ought|does|is|has|lacks|will)\b
      | (?:add|include|insert|use|specify|clarify|state)\b[^.]{0,60}
            \b(?:to|in|into|within)\ the\ (?:instructions?|prompt)\b
      | (?:clarify|specify|emphasi[sz]e)\ (?:that|what|which|how)\b
      | the\ (?:model|assistant|ai|answerer)\ (?:should|must|needs?)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def change_schema(brief: Brief) -> dict[str, Any]:
    """The JSON Schema of a small change, with the causes that there are."""
    causes = list(dict.fromkeys(failure.mode for failure in brief.failures))
    return {
        "type": "object",
        "properties": {
            "cause": {"type": "string", "enum": causes},
            "why": {"type": "string", "minLength": 20, "maxLength": _LONGEST_WHY},
            "where": {"type": "string", "enum": list(WHERE)},
            "rule": {"type": "string", "minLength": SHORTEST_RULE, "maxLength": LONGEST_RULE},
        },
        "required": ["cause", "why", "where", "rule"],
        "additionalProperties": False,
    }


def change_question(brief: Brief, failure: Failure, analysis: str) -> list[Message]:
    """The chat that asks for one rule against a failure."""
    run = failure.runs[0]
    example = brief.examples.get(run.example_id)
    inputs = "\n".join(example.inputs.values()) if example else ""
    answers = right_answers(brief.case, brief.own_answers) if example else {}
    shown = shown_failure(
        PLACEHOLDER.sub("[input]", brief.prompt.text.strip()),
        cut(inputs),
        cut(run.output.strip() or "(nothing)"),
        cut(failure.feedback[0]),
        cut(answers.get(run.example_id, "")),
        cut(analysis),
    )
    task = (
        f"{ANALYST} You read an instruction, an input, the answer of a model to it, and what is "
        "wrong. You write one rule, as a command to the model that answers. It holds for every "
        "input and has no words of this one. You answer with one JSON object."
    )
    return [Message("system", task), *worked_turns(), Message("user", shown)]


@dataclass(frozen=True, slots=True)
class SmallChange:
    """What a reply says: the rule, where it goes, against which cause, and why."""

    cause: str
    why: str
    where: str
    rule: str


def read_change(reply: str, brief: Brief, asked: Failure) -> SmallChange | None:
    """The change in a reply; None where it holds none."""
    for value in objects_in(reply):
        rule = value.get("rule")
        if isinstance(rule, str) and rule.strip():
            causes = {failure.mode for failure in brief.failures}
            cause = value.get("cause")
            return SmallChange(
                cause if cause in causes else asked.mode,
                _text(value, "why")[:_LONGEST_WHY],
                _text(value, "where"),
                " ".join(rule.split()),
            )
    return None


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return " ".join(found.split()) if isinstance(found, str) else ""


def rule_problems(rule: str, brief: Brief) -> list[str]:
    """The reasons why a text is no rule for the model that answers; empty without any."""
    problems = []
    if len(rule) > LONGEST_RULE:
        problems.append(f"The rule is {len(rule)} characters long; {LONGEST_RULE} are allowed.")
    if talk := _TALK.search(rule):
        shown = one_line(talk.group(), 50)
        problems.append(f"It talks about the prompt ({shown!r}) and tells the model nothing.")
    if PLACEHOLDER.search(rule) or "[input]" in rule.casefold():
        problems.append("A rule holds no placeholder.")
    known = " ".join([brief.prompt.text, *_demands(brief), *_expected_words(brief)])
    if copied := copied_from_worked(rule, known):
        problems.append(f"It copies words of a worked example: {copied!r}.")
    return problems


def _demands(brief: Brief) -> Sequence[str]:
    case = brief.case
    return [case.title, case.description, *(c.describe() for c in case.criteria)]


def _expected_words(brief: Brief) -> list[str]:
    return [json.dumps(dict(e.expected), ensure_ascii=False) for e in brief.examples.values()]
