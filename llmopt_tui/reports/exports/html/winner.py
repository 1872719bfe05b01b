"""The best prompt on the page: what it is made of, the text to copy, and what lost against it."""

from __future__ import annotations

from collections.abc import Iterator

from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.text.plain import one_line, visible
from llmopt_tui.core.variant import Demonstration
from llmopt_tui.reports.exports.html.markup import (
    Html,
    bullets,
    element,
    preformatted,
    section,
    together,
)
from llmopt_tui.reports.exports.html.prose import prose
from llmopt_tui.reports.idea_words import demonstrations_words, lost_lines, steps_back
from llmopt_tui.reports.session_course import changes_since
from llmopt_tui.reports.session_winner import CONSTRAINTS, demonstrations_cost, parts_by_effect


def winners_parts(record: SessionRecord, *, level: int = 2) -> Html:
    """The changes that lead to the best prompt, with their sources and effects.

    Empty where the original prompt is the best one.
    """
    best = record.best
    if best is None or best.origin == "original":
        return Html("")
    measured = prose(parts_by_effect(record))
    steps = [
        together([element("h4", f"Iteration {step.n}"), prose(changes_since(record, step, parent))])
        for step, parent in reversed(list(steps_back(record, best)))
    ]
    return section("parts", "What the best prompt is made of", measured, *steps, level=level)


def best_prompt(record: SessionRecord, *, level: int = 2) -> Html:
    """What is sent, whole, each text in a block that one click or tap selects."""
    best = record.best
    if best is None:
        return Html("")
    variant = best.variant
    parts = [element("p", f"From iteration {best.n}. A click on a text selects all of it.")]
    texts = [variant.text, variant.system]
    if variant.system:
        parts += [element("h4", "System message"), _to_copy(variant.system)]
    parts += [element("h4", "Prompt"), _to_copy(variant.text)]
    if variant.constrain:
        parts.append(element("p", CONSTRAINTS[variant.constrain]))
    if shown := variant.demonstrations:
        parts.append(
            element("p", f"With {demonstrations_words(len(shown), variant.instructions)}:")
        )
        for n, demonstration in enumerate(shown, start=1):
            parts += _demonstration(n, demonstration)
            texts += [*demonstration.inputs.values(), demonstration.answer]
        parts.append(prose(demonstrations_cost(record, best)))
    if any(visible(text) != text.replace("\r\n", "\n") for text in texts):
        parts.append(
            element(
                "p",
                "Characters that nobody sees are shown as symbols here. The exact text is in "
                "best_prompt.toml.",
                class_="note",
            )
        )
    return section("prompt", "The best prompt", *parts, level=level)


def _to_copy(text: str) -> Html:
    return preformatted(text, class_="copy", limit=None)


def _demonstration(n: int, shown: Demonstration) -> Iterator[Html]:
    origin = f", of example {one_line(shown.example_id, 60)}" if shown.example_id else ""
    yield element("h4", f"Demonstration {n}{origin}")
    for name, text in shown.inputs.items():
        yield element("p", f"Input {one_line(name, 60)}:")
        yield _to_copy(text)
    yield element("p", "Answer:")
    yield _to_copy(shown.answer)


def lost_ideas(record: SessionRecord, *, level: int = 2) -> Html:
    """A line for each idea that was tried and did not win."""
    lines = [
        f"Interview {interview.n}, {one_line(line, 400)}"
        for interview in record.interviews
        for line in lost_lines(interview)
    ]
    return section("lost", "Ideas that lost", bullets(lines), level=level)
