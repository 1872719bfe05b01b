"""Demonstrations as a source: which train examples are shown, in which order, written how.

A good set for one model is no good set for another, and nothing but a race tells the two apart. So
this source proposes draws, each covering the labels or shapes of the right answers, and then small
variations of what has won.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.changes import Change
from llmopt_tui.core.proposals.brief import Brief
from llmopt_tui.core.scoring import ideal_answer
from llmopt_tui.core.variant import Demonstration, Instructions

FEWEST_EXAMPLES = 4
"""With fewer train examples that have an answer, nothing would be left to score a set on."""
USUAL = 3
"""How many demonstrations a draw has: more were measured to be no better, and cost time."""
_DRAWS = 24
_LABEL_LENGTH = 40
_MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class _Known:
    """A train example with its right answer, and the group of alike answers that it is in."""

    example: Example
    answer: str
    group: str

    @property
    def demonstration(self) -> Demonstration:
        return Demonstration(dict(self.example.inputs), self.answer, self.example.id)


def right_answers(case: Case, own: Mapping[str, str]) -> dict[str, str]:
    """A right answer for each train example that has one, by example id.

    The example's own, else one made of what is expected, else the model's (`own`) that scored in
    full.
    """
    found = {}
    for example in case.split("train"):
        answer = example.answer or ideal_answer(case.criteria, example.expected, example.inputs)
        answer = answer or own.get(example.id, "")
        if answer.strip():
            found[example.id] = answer
    return found


def demonstration_ideas(brief: Brief, most: int) -> Iterator[Change]:
    """Sets of up to `most` demonstrations, the most promising first, as changes of the parent.

    The order is fixed by the brief's seed. Each change replaces all demonstrations of the parent.
    """
    if most < 1:
        return
    known = _known(brief)
    if len(known) < FEWEST_EXAMPLES:
        return
    shown = brief.parent.demonstrations
    usual = min(USUAL, most, len(known) - 1)
    if not shown:
        yield _change(brief, known, _draw(brief, known, usual, 0), "once")
    else:
        by_id = {one.example.id: one for one in known}
        current = [by_id[d.example_id] for d in shown if d.example_id in by_id]
        if len(current) == len(shown):
            yield from _variations(brief, known, current, most)
    for n in range(_DRAWS):
        instructions: Instructions = "system" if n % 4 == 3 else "once"
        yield _change(brief, known, _draw(brief, known, usual, n), instructions)


def _variations(
    brief: Brief, known: Sequence[_Known], current: Sequence[_Known], most: int
) -> Iterator[Change]:
    """What can be changed about a set that has won: another draw first, then its form and size."""
    yield _change(brief, known, _draw(brief, known, len(current), len(brief.tried)), "once")
    other: Instructions = "system" if brief.parent.instructions == "once" else "once"
    yield _change(brief, known, current, other)
    more = [one for one in _draw(brief, known, most, 0) if one not in current]
    if len(current) < most and more:
        yield _change(brief, known, [*current, *more][:most], brief.parent.instructions)
    yield _change(brief, known, [*current[1:], current[0]], brief.parent.instructions)


def _known(brief: Brief) -> list[_Known]:
    answers = right_answers(brief.case, brief.own_answers)
    examples = [e for e in brief.case.split("train") if e.id in answers]
    groups = _groups([answers[e.id] for e in examples])
    return [_Known(e, answers[e.id], g) for e, g in zip(examples, groups, strict=True)]


def _groups(answers: Sequence[str]) -> list[str]:
    """For each answer, the label that it is, else its shape."""
    plain = [" ".join(answer.split()).casefold() for answer in answers]
    few = 0 < len(set(plain)) <= min(_MOST_LABELS, len(plain) // 2)
    if few and max(map(len, plain)) <= _LABEL_LENGTH:
        return plain
    middle = sorted(map(len, plain))[len(plain) // 2] if plain else 0
    return [
        f"{_shape(answer)} {'long' if len(text) > middle else 'short'}"
        for answer, text in zip(answers, plain, strict=True)
    ]


def _shape(answer: str) -> str:
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return "text"
    return ",".join(sorted(value)) if isinstance(value, dict) else type(value).__name__


def _draw(brief: Brief, known: Sequence[_Known], size: int, n: int) -> list[_Known]:
    """The n-th draw: one example of each group in turn, groups and examples in a drawn order.

    Long inputs are left out where there is a choice: they cost time with every answer.
    """
    draw = random.Random(f"{brief.seed}/{n}")
    groups: dict[str, list[_Known]] = {}
    for one in sorted(known, key=_input_length):
        groups.setdefault(one.group, []).append(one)
    shuffled = []
    for group in groups.values():
        kept = group[: max(2, 2 * len(group) // 3)]
        draw.shuffle(kept)
        shuffled.append(kept)
    draw.shuffle(shuffled)
    # The largest groups first where not all of them have a place.
    shuffled.sort(key=lambda group: -len(group))
    chosen = shuffled[:size]
    turns = [g[k] for k in range(max(map(len, chosen))) for g in chosen if k < len(g)]
    drawn = turns[:size]
    draw.shuffle(drawn)
    return drawn


def _input_length(one: _Known) -> int:
    return sum(map(len, one.example.inputs.values()))


def _change(
    brief: Brief, known: Sequence[_Known], chosen: Sequence[_Known], instructions: Instructions
) -> Change:
    free = [one for one in sorted(known, key=_input_length) if one not in chosen]
    spares: list[Demonstration | None] = []
    for one in chosen:
        spare = next((other for other in free if other.group == one.group), None) or next(
            iter(free), None
        )
        if spare is not None:
            free.remove(spare)
        spares.append(spare.demonstration if spare else None)
    where = {"once": "", "each": ", instructions in each turn", "system": ", system message"}
    count = "1 demonstration" if len(chosen) == 1 else f"{len(chosen)} demonstrations"
    return Change(
        "demonstrations",
        "demonstrations",
        count + where[instructions],
        brief.failures[0].mode if brief.failures else "",
        "Small models follow what they are shown better than what they are told: "
        f"{', '.join(one.example.id for one in chosen)} with the right answers as earlier turns.",
        demonstrations=tuple(one.demonstration for one in chosen),
        spares=tuple(spares),
        instructions=instructions,
    )
