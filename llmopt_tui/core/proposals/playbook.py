"""The playbook: proven edits of a prompt, each for the failures that it helps against.

It needs no model. It is the interviewer where no model can be one, it has the idea where a model
has none, and it is the yardstick: an interviewer that cannot beat it is not worth its time.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from llmopt_tui.core.case import Case
from llmopt_tui.core.prompt import PLACEHOLDER
from llmopt_tui.core.proposals.brief import Brief, Failure
from llmopt_tui.core.proposals.checks import check_suggestion
from llmopt_tui.core.scoring import CRITERIA, modes
from llmopt_tui.core.scoring.base import Criterion
from llmopt_tui.core.scoring.rules import UNREADABLE, PromptRule


@dataclass(frozen=True, slots=True)
class Play:
    """An edit that was applied. `kind` names it; `diagnosis` is the failure it helps against."""

    kind: str
    prompt: str
    diagnosis: str
    reasoning: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """One edit of the catalogue. `modes` are the failures it helps against; empty means all.

    `write` gives the edited text, or None where the edit does not apply.
    """

    kind: str
    modes: frozenset[str]
    reasoning: str
    write: Callable[[str, Case], str | None]

    def helps(self, failure: Failure) -> bool:
        """Whether the edit helps against this failure."""
        return not self.modes or failure.mode in self.modes


def next_play(brief: Brief) -> Play | None:
    """The first edit of the catalogue that helps against a failure and was not tried before.

    The order is the catalogue's, where edits that were measured to help most come first, and not
    that of the failures' costs: a few edits in a row without effect would end a session.
    """
    for entry in _edits(brief.case):
        failure = next(filter(entry.helps, brief.failures), None)
        text = entry.write(brief.prompt.text, brief.case) if failure else None
        if failure is None or text is None:
            continue
        if not check_suggestion(text, brief.prompt, brief.case, brief.tried):
            return Play(entry.kind, text, _diagnosis(failure), entry.reasoning)
    return None


def _diagnosis(failure: Failure) -> str:
    answers = "1 answer" if len(failure.runs) == 1 else f"{len(failure.runs)} answers"
    return (
        f"{failure.mode.capitalize()} ({failure.kind}) costs {failure.lost:.2f} of the score, in "
        f"{answers}. For example: {failure.feedback[0]}."
    )


@dataclass(slots=True)
class _Layout:
    """A prompt's paragraphs: those before the inputs, the inputs, and those after them."""

    before: list[str]
    inputs: list[str]
    after: list[str]

    def text(self) -> str:
        return "\n\n".join([*self.before, *self.inputs, *self.after]) + "\n"

    def with_rule(self, rule: str, *, last: bool) -> str | None:
        """The prompt with the rule at the end of its instructions; None where it has the rule.

        With `last`, the rule goes after the inputs, even where all instructions are before them.
        """
        place = self.after if last else self.after or self.before
        if any(rule in paragraph for paragraph in [*self.before, *self.after]):
            return None
        if place:
            place[-1] = f"{place[-1]} {rule}"
        else:
            self.after.append(rule)
        return self.text()


def _layout(text: str) -> _Layout:
    paragraphs = [p.strip("\n") for p in re.split(r"\n[ \t]*\n", text.strip()) if p.strip()]
    holding = [i for i, paragraph in enumerate(paragraphs) if PLACEHOLDER.search(paragraph)]
    if not holding:
        return _Layout(paragraphs, [], [])
    first, last = holding[0], holding[-1]
    # A label on a line of its own ("Posting:") belongs to what it labels.
    if first and re.fullmatch(r"[^\n.]{1,60}:", paragraphs[first - 1]):
        first -= 1
    return _Layout(paragraphs[:first], paragraphs[first : last + 1], paragraphs[last + 1 :])


_BARE = re.compile(
    r"^(?:[^\n.:{}<>]{1,60}:[ \t]*\n+)?[ \t]*\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}[ \t]*$", re.MULTILINE
)


def _mark_inputs(text: str, case: Case) -> str | None:
    """Put each input that is on lines of its own between tags, in place of its label."""

    def tagged(match: re.Match[str]) -> str:
        name = match.group(1)
        tag = name.rsplit("_", 1)[-1]
        return f"<{tag}>\n{{{{{name}}}}}\n</{tag}>"

    if re.search(r"^<[a-z_]+>\s*\{\{", text, re.MULTILINE):
        return None
    marked = _BARE.sub(tagged, text)
    return marked if marked != text else None


def _instructions_last(text: str, case: Case) -> str | None:
    """Move the instructions to after the inputs."""
    layout = _layout(text)
    if layout.after or not layout.before or not layout.inputs:
        return None
    layout.before, layout.after = [], layout.before
    return layout.text()


def _repeat_instructions(text: str, case: Case) -> str | None:
    """Repeat the instructions after the inputs."""
    layout = _layout(text)
    if layout.after or not layout.before or not layout.inputs:
        return None
    layout.after = layout.before[-1:]
    return layout.text()


def _brought(rule: PromptRule) -> _Entry:
    """The edit that adds a criterion's rule to the instructions."""

    def write(text: str, case: Case) -> str | None:
        for criterion in case.criteria:
            for brought in criterion.rules:
                if brought.name == rule.name:
                    sentence = brought.text(criterion, _expected(case, criterion))
                    return _layout(text).with_rule(sentence, last=rule.last) if sentence else None
        return None

    return _Entry(rule.name, frozenset(rule.against), rule.reasoning, write)


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


def _always(rule: str) -> Callable[[str, Case], str | None]:
    def write(text: str, case: Case) -> str | None:
        return _layout(text).with_rule(rule, last=False)

    return write


_ORDER: tuple[str | _Entry, ...] = (
    "exact fields",
    "exact shape",
    "one of the labels",
    "reason first",
    _Entry(
        "mark the input",
        _PROSE | _CONTENT | UNREADABLE,
        "Tags around the input tell it apart from the instructions, so that the model writes about "
        "it instead of continuing it.",
        _mark_inputs,
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
        "The answer has to stand alone: whatever is said around it counts against it.",
        _always("Begin with the answer itself and add nothing around it."),
    ),
    _Entry(
        "name the content",
        frozenset({modes.OFF_TOPIC, modes.MISSING_CONTENT}),
        "What the answer has to be about is said outright.",
        _always("Name the main tasks and the most important requirements."),
    ),
    _Entry(
        "its own words",
        _CONTENT | {modes.LEFTOVER, modes.TOO_LONG},
        "Words taken from the input stay true to it and leave less room for invention.",
        _always("Use words of the input and add nothing that is not in it."),
    ),
    _Entry(
        "complete and short",
        _ITEMS,
        "Short entries, one thing each, are what an expected list is made of.",
        _always("List every one that is named, each once, as a short term of one to four words."),
    ),
    "sober tone",
    _Entry(
        "repeat at the end",
        _PROSE | _CONTENT | UNREADABLE,
        "What stands last is followed best; said before and after the input, it frames it.",
        _repeat_instructions,
    ),
    _Entry(
        "instructions last",
        _PROSE | _CONTENT | UNREADABLE,
        "Behind a long input the instructions are fresh: small models follow what they read last.",
        _instructions_last,
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
