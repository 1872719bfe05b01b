"""The playbook: proven edits of a prompt, each for the ways of failing that it remedies.

It needs no model. It is the interviewer where no model can be one, the idea where a model has
none, and the yardstick: an interviewer that cannot beat it is not worth its time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from llmopt_tui.core.case import Case
from llmopt_tui.core.prompt import PLACEHOLDER
from llmopt_tui.core.proposals.answer_form import common_shape, labels, nested, under
from llmopt_tui.core.proposals.brief import Brief, Failure
from llmopt_tui.core.proposals.checks import check_suggestion
from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.answers import Equals, Number
from llmopt_tui.core.scoring.base import Criterion
from llmopt_tui.core.scoring.json_output import Fields, JsonSchema
from llmopt_tui.core.scoring.skills import Skills
from llmopt_tui.core.scoring.text import Length, Professionalism, Structure
from llmopt_tui.core.scoring.wording import bounds


@dataclass(frozen=True, slots=True)
class Play:
    """An edit that was applied. `kind` names it; `diagnosis` is what it is for."""

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
        """Whether it is for failures of this mode."""
        return not self.modes or failure.mode in self.modes


def next_play(brief: Brief) -> Play | None:
    """The first edit of the catalogue that helps against a failure and was not tried before.

    Not every edit for the costliest failure first: what has been measured to help stands first in
    the catalogue, whatever it helps against, and a few idle edits in a row end a session.
    """
    for entry in CATALOGUE:
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
    """A prompt's paragraphs: what stands before the inputs, the inputs, what stands after."""

    before: list[str]
    inputs: list[str]
    after: list[str]

    def text(self) -> str:
        return "\n\n".join([*self.before, *self.inputs, *self.after]) + "\n"

    def with_rule(self, rule: str, *, last: bool) -> str | None:
        """The rule at the end of the instructions, unless it stands there already.

        With `last`, behind the inputs, also where all instructions stand before them.
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
    """Put each input that stands on lines of its own between tags, in place of its label."""

    def tagged(match: re.Match[str]) -> str:
        name = match.group(1)
        tag = name.rsplit("_", 1)[-1]
        return f"<{tag}>\n{{{{{name}}}}}\n</{tag}>"

    if re.search(r"^<[a-z_]+>\s*\{\{", text, re.MULTILINE):
        return None
    marked = _BARE.sub(tagged, text)
    return marked if marked != text else None


def _instructions_last(text: str, case: Case) -> str | None:
    """Move what is asked behind the inputs."""
    layout = _layout(text)
    if layout.after or not layout.before or not layout.inputs:
        return None
    layout.before, layout.after = [], layout.before
    return layout.text()


def _repeat_instructions(text: str, case: Case) -> str | None:
    """Say what is asked once more behind the inputs."""
    layout = _layout(text)
    if layout.after or not layout.before or not layout.inputs:
        return None
    layout.after = layout.before[-1:]
    return layout.text()


def _rule(
    make: Callable[[Case], str | None], *, last: bool = False
) -> Callable[[str, Case], str | None]:
    """An edit that adds one rule to the instructions; with `last`, behind the inputs."""

    def write(text: str, case: Case) -> str | None:
        rule = make(case)
        return _layout(text).with_rule(rule, last=last) if rule else None

    return write


def _length_rule(case: Case) -> str | None:
    for criterion in case.criteria:
        if isinstance(criterion, Length):
            unit = criterion.unit.removesuffix("s")
            if criterion.min is not None and criterion.max is not None:
                return f"Use between {criterion.min} and {criterion.max} {criterion.unit}."
            return f"Use {bounds(criterion.min, criterion.max, unit)}."
    return None


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _stop_rule(case: Case) -> str | None:
    for criterion in case.criteria:
        if isinstance(criterion, Structure) and (count := criterion.min_sentences):
            number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
            noun = "sentence" if count == 1 else "sentences"
            return f"Write exactly {number} {noun}, then stop."
    return None


def _plain_rule(case: Case) -> str | None:
    for criterion in case.criteria:
        if isinstance(criterion, Structure):
            banned = [
                *([] if criterion.allow_lists else ["lists"]),
                *([] if criterion.allow_headings else ["headings"]),
            ]
            return f"Use plain text without {' or '.join(banned)}." if banned else None
    return None


def _expected(case: Case, criterion: Criterion) -> list[Mapping[str, Any]]:
    """What is expected by a criterion in every train example that it can judge."""
    expected = [example.expected for example in case.split("train")]
    return [of for of in expected if not criterion.problems(of)]


def _asked(criterion: Fields, expected: Mapping[str, Any]) -> dict[str, Any]:
    names = criterion.names or tuple(expected["fields"])
    return {name: expected["fields"][name] for name in names}


def _fields_shape(case: Case) -> str | None:
    for criterion in case.criteria:
        if isinstance(criterion, Fields):
            fields = [nested(_asked(criterion, of)) for of in _expected(case, criterion)]
            shape = common_shape(fields) if fields else "{}"
            return under(criterion.path, shape) if shape != "{}" else None
    return None


def _shape(case: Case) -> str | None:
    for criterion in case.criteria:
        if isinstance(criterion, Skills):
            return under(criterion.path, '["first", "second", "third"]')
        if isinstance(criterion, JsonSchema) and (names := criterion.schema.get("properties")):
            return "{" + ", ".join(f'"{name}": ...' for name in names) + "}"
    return None


def _json_rule(shape_of: Callable[[Case], str | None]) -> Callable[[Case], str | None]:
    """A rule that shows the JSON that is asked for, as an example of its shape without content."""

    def make(case: Case) -> str | None:
        shape = shape_of(case)
        return (
            f"Answer with one JSON object of the form {shape} and nothing else." if shape else None
        )

    return make


def _choice_rule(case: Case) -> str | None:
    for criterion in case.criteria:
        if isinstance(criterion, Equals):
            found = labels([expected["answer"] for expected in _expected(case, criterion)])
            listed = ", ".join(found)
            return (
                f"Answer with exactly one of these and nothing else: {listed}." if found else None
            )
    return None


def _steps_rule(case: Case) -> str | None:
    if any(isinstance(criterion, Number) for criterion in case.criteria):
        return 'Think step by step, then end with a last line that says "Answer:" and the number.'
    return None


def _tone_rule(case: Case) -> str | None:
    if any(isinstance(criterion, Professionalism) for criterion in case.criteria):
        return "Write soberly in the third person, without exclamation marks."
    return None


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
_JSON = frozenset({modes.INVALID_JSON, modes.CODE_FENCE, modes.EXTRA_TEXT, modes.WRONG_SHAPE})


def _always(rule: str) -> Callable[[str, Case], str | None]:
    return _rule(lambda _: rule)


CATALOGUE: tuple[_Entry, ...] = (
    _Entry(
        "exact fields",
        _JSON | {modes.MISSING_ITEMS, modes.WRONG_VALUES},
        "No model can guess what fields are called and which values they take: it is told every "
        "one, the commonest value first.",
        _rule(_json_rule(_fields_shape)),
    ),
    _Entry(
        "exact shape",
        _JSON,
        "A model that sees the exact shape of the JSON copies it. Format first: nothing counts "
        "while answers cannot be read.",
        _rule(_json_rule(_shape)),
    ),
    _Entry(
        "one of the labels",
        frozenset({modes.WRONG_ANSWER}),
        "A model that is told every label gives one of them and no sentence around it, best where "
        "it reads them last.",
        _rule(_choice_rule, last=True),
    ),
    _Entry(
        "reason first",
        frozenset({modes.WRONG_ANSWER}),
        "A small model finds a number by writing its way to it; a fixed last line keeps what it "
        "finds from being lost among the others.",
        _rule(_steps_rule),
    ),
    _Entry(
        "mark the input",
        _PROSE | _CONTENT | _JSON,
        "Tags around the input tell it apart from the instructions, so that the model writes about "
        "it instead of continuing it.",
        _mark_inputs,
    ),
    _Entry(
        "exact length",
        frozenset({modes.TOO_LONG, modes.TOO_SHORT}),
        "A length in numbers is followed better than one in words.",
        _rule(_length_rule),
    ),
    _Entry(
        "stop after",
        frozenset({modes.TOO_LONG, modes.TOO_SHORT, modes.REPETITION}),
        "An exact number with an order to stop keeps a small model from running on.",
        _rule(_stop_rule),
    ),
    _Entry(
        "plain text",
        frozenset({modes.LIST, modes.HEADING, modes.MARKUP, modes.CODE_FENCE}),
        "Naming the forms that are not wanted keeps the model from falling into them.",
        _rule(_plain_rule),
    ),
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
    _Entry(
        "sober tone",
        frozenset({modes.UNPROFESSIONAL}),
        "The tone that is wanted is said outright.",
        _rule(_tone_rule),
    ),
    _Entry(
        "repeat at the end",
        _PROSE | _CONTENT | _JSON,
        "What stands last is followed best; said before and after the input, it frames it.",
        _repeat_instructions,
    ),
    _Entry(
        "instructions last",
        _PROSE | _CONTENT | _JSON,
        "Behind a long input the instructions are fresh: small models follow what they read last.",
        _instructions_last,
    ),
)
"""Tried in this order: the edits that were measured to help most stand first."""
