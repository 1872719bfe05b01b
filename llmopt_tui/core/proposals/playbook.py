"""The playbook: proven edits of a prompt, each for the failures that it helps against.

It needs no model. It is the interviewer where no model can be one, it has the idea where a model
has none, and it is the yardstick: an interviewer that cannot beat it is not worth its time.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from llmopt_tui.core.case import Case
from llmopt_tui.core.changes import Change, Edit
from llmopt_tui.core.proposals.brief import Brief, Failure
from llmopt_tui.core.proposals.checks import check_suggestion
from llmopt_tui.core.proposals.summary_request import summary_request
from llmopt_tui.core.scoring import CRITERIA, modes
from llmopt_tui.core.scoring.base import Criterion
from llmopt_tui.core.scoring.rules import UNREADABLE, PromptRule
from llmopt_tui.core.suggestion import Suggestion


@dataclass(frozen=True, slots=True)
class _Entry:
    """One edit of the catalogue. `modes` are the failures it helps against; empty means all.

    `rule` gives the sentence that an "add rule" adds, or None where it has nothing to say; `last`
    puts it after the inputs.
    """

    kind: str
    modes: frozenset[str]
    reasoning: str
    edit: Edit = "add rule"
    rule: Callable[[Case], str | None] = lambda _: ""
    last: bool = False

    def helps(self, failure: Failure) -> bool:
        """Whether the edit helps against this failure."""
        return not self.modes or failure.mode in self.modes


def plays(brief: Brief) -> Iterator[Suggestion]:
    """The edits of the catalogue that help against a failure and were not tried before.

    The order is the catalogue's, where edits that were measured to help most come first, and not
    that of the failures' costs: a few edits in a row without effect would end a session. Edits
    that lost a race come last: on another parent they may help yet.
    """
    for entry in sorted(_edits(brief.case), key=lambda entry: entry.kind in brief.lost):
        failure = next(filter(entry.helps, brief.failures), None)
        rule = entry.rule(brief.case) if failure else None
        if failure is None or rule is None:
            continue
        change = Change(
            entry.edit, "playbook", entry.kind, failure.mode, entry.reasoning, rule, entry.last
        )
        changed = change.apply(brief.parent)
        if changed is None:
            continue
        if not check_suggestion(changed.text, brief.prompt, brief.case, brief.tried):
            yield Suggestion(
                changed.text,
                entry.reasoning,
                "playbook",
                entry.kind,
                changed,
                (change,),
                failure.mode,
                diagnosis(failure),
            )


def next_play(brief: Brief) -> Suggestion | None:
    """The first of `plays`; None where there is none."""
    return next(plays(brief), None)


def diagnosis(failure: Failure) -> str:
    """What a failure costs, in a sentence with an example."""
    answers = "1 answer" if len(failure.runs) == 1 else f"{len(failure.runs)} answers"
    return (
        f"{failure.mode.capitalize()} ({failure.kind}) costs {failure.lost:.2f} of the score, in "
        f"{answers}. For example: {failure.feedback[0]}."
    )


def _brought(rule: PromptRule) -> _Entry:
    """The edit that adds a criterion's rule to the instructions."""

    def sentence(case: Case) -> str | None:
        for criterion in case.criteria:
            for brought in criterion.rules:
                if brought.name == rule.name:
                    return brought.text(criterion, _expected(case, criterion)) or None
        return None

    return _Entry(rule.name, frozenset(rule.against), rule.reasoning, rule=sentence, last=rule.last)


def _expected(case: Case, criterion: Criterion) -> list[Mapping[str, Any]]:
    """The expectations of every train example that a criterion can judge."""
    expected = [example.expected for example in case.split("train")]
    return [of for of in expected if not criterion.problems(of)]


_PROSE = frozenset(
    {
        modes.TOO_LONG,
        modes.TOO_SHORT,
        modes.LIST,
        modes.HEADING,
        modes.MARKUP,
        modes.PREAMBLE,
        modes.LABEL,
        modes.CLOSING,
        modes.QUOTED,
        modes.CODE_FENCE,
        modes.LEFTOVER,
        modes.REPETITION,
        modes.EMPTY,
    }
)
_ITEMS = frozenset({modes.MISSING_ITEMS, modes.WRONG_ITEMS, modes.UNSUPPORTED, modes.DUPLICATES})
_CONTENT = _ITEMS | {modes.MISSING_CONTENT, modes.OFF_TOPIC}


def _always(rule: str) -> Callable[[Case], str | None]:
    return lambda _: rule


_ORDER: tuple[str | _Entry, ...] = (
    "exact fields",
    "exact shape",
    "one of the labels",
    "reason first",
    _Entry(
        "ask for a summary",
        _PROSE | _CONTENT,
        "Every small model knows what a summary is, and follows what it reads last.",
        rule=summary_request,
        last=True,
    ),
    _Entry(
        "mark the input",
        _PROSE | _CONTENT | UNREADABLE,
        "Tags around the input tell it apart from the instructions, so that the model writes about "
        "it instead of continuing it.",
        "mark input",
    ),
    "exact length",
    "stop after",
    "plain text",
    _Entry(
        "no preamble",
        frozenset(
            {
                modes.PREAMBLE,
                modes.LABEL,
                modes.CLOSING,
                modes.HEADING,
                modes.EXTRA_TEXT,
                modes.QUOTED,
            }
        ),
        "Only the answer is wanted: whatever is said around it counts against it.",
        rule=_always("Begin with the answer itself and add nothing around it."),
    ),
    _Entry(
        "name the content",
        frozenset({modes.OFF_TOPIC, modes.MISSING_CONTENT}),
        "What the answer has to be about is said outright.",
        rule=_always("Name the main tasks and the most important requirements."),
    ),
    _Entry(
        "its own words",
        _CONTENT | {modes.LEFTOVER, modes.TOO_LONG},
        "Words taken from the input stay true to it and leave less room for invention.",
        rule=_always("Use words of the input and add nothing that is not in it."),
    ),
    _Entry(
        "complete and short",
        _ITEMS,
        "Short entries, one thing each, are what an expected list is made of.",
        rule=_always(
            "List every one that is named, each once, as a short term of one to four words."
        ),
    ),
    "sober tone",
    _Entry(
        "repeat at the end",
        _PROSE | _CONTENT | UNREADABLE,
        "What comes last is followed best; said before and after the input, it frames it.",
        "repeat instructions",
    ),
    _Entry(
        "instructions last",
        _PROSE | _CONTENT | UNREADABLE,
        "Behind a long input the instructions are fresh: small models follow what they read last.",
        "instructions last",
    ),
)
"""The edits in the order in which they are tried: those measured to help most come first.

A plain name is the name of a rule that criteria bring along.
"""


def _catalogue() -> tuple[_Entry, ...]:
    rules = {rule.name: rule for known in CRITERIA.values() for rule in known.rules}
    return tuple(_brought(rules[edit]) if isinstance(edit, str) else edit for edit in _ORDER)


CATALOGUE = _catalogue()
"""Every edit of the program itself, in the order in which they are tried."""


def _edits(case: Case) -> Iterator[_Entry]:
    """The edits for a case: the rules that only its criteria know come before the general ones."""
    known = {entry.kind for entry in CATALOGUE}
    own = {
        rule.name: rule
        for criterion in case.criteria
        for rule in criterion.rules
        if rule.name not in known
    }
    first = sum(1 for _ in itertools.takewhile(lambda edit: isinstance(edit, str), _ORDER))
    yield from CATALOGUE[:first]
    yield from map(_brought, own.values())
    yield from CATALOGUE[first:]
