"""An example in words: its input, what is expected, the answer, and what was wrong with it.

The app and the HTML report show an example with these words. Each text is under a heading.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llmopt_tui.core.loop.marks import mark_words
from llmopt_tui.core.scoring.registry import recorded_criterion
from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.core.text.word_diff import WordSegment, diff_words
from llmopt_tui.reports.figures import score

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.run import Run
    from llmopt_tui.state.documents.case import RecordedExample
    from llmopt_tui.state.previous_answers import PreviousAnswer

_FULL = 0.9995
_FEEDBACK_CHARS = 1_000
_NAME_CHARS = 60
MOST_COMPARED = 20_000
"""Longer answers are not compared word by word: nobody reads that, and it would take seconds."""


@dataclass(frozen=True, slots=True)
class Part:
    """One text of an example under its heading.

    `changes` are the differences to another text, where it is compared with one; else empty.
    """

    heading: str
    text: str
    changes: tuple[WordSegment, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a session asks: its examples by id, and what its criteria demand of every answer."""

    examples: Mapping[str, RecordedExample]
    demands: tuple[str, ...] = ()

    @classmethod
    def by(cls, record: SessionRecord) -> Asked:
        """What a recorded session asks, by the case that it was begun with."""
        from llmopt_tui.state.documents.case import RecordedCase

        if record.started is None:
            return cls({})
        case = RecordedCase.read(record.started.case)
        criteria = filter(None, map(recorded_criterion, case.criteria))
        return cls(
            {example.id: example for example in case.examples},
            tuple(criterion.describe() for criterion in criteria),
        )

    def parts(self, example_id: str) -> list[Part]:
        """The inputs of an example and what is expected of an answer to it."""
        example = self.examples.get(example_id)
        if example is None:
            return [Part("Input", "The session's case holds no such example.")]
        return [*input_parts(example), *expected_parts(example, self.demands)]

    def expected_line(self, example_id: str) -> str:
        """What is expected of an answer to it, in one piece; "" where nothing is written."""
        example = self.examples.get(example_id)
        if example is None:
            return ""
        return ", ".join(map(value_text, example.expected.values())) or example.answer


def input_parts(example: RecordedExample) -> Iterator[Part]:
    """The inputs of an example, by their names where there are several."""
    for name, text in example.inputs.items():
        heading = f"Input {one_line(name, _NAME_CHARS)}" if len(example.inputs) > 1 else "Input"
        yield Part(heading, value_text(text))


def expected_parts(example: RecordedExample, demands: Iterable[str] = ()) -> Iterator[Part]:
    """What is expected of an answer: the example's own values, else the criteria's demands."""
    if example.expected:
        lines = [f"{name}: {value_text(value)}" for name, value in example.expected.items()]
        yield Part("Expected", "\n".join(lines))
    if example.answer:
        yield Part("Ideal answer", example.answer)
    if not example.expected and not example.answer and (lines := list(demands)):
        yield Part("Expected of every answer", "\n".join(lines))


def value_text(value: Any) -> str:
    """A value of the case as text: a text as it is, a list of texts in a row, all else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return ", ".join(value) or "[]"
    return json.dumps(value, ensure_ascii=False, default=str)


def answer_parts(
    run: Run,
    *,
    thoughts: bool = False,
    against: bool = False,
    previous: PreviousAnswer | None = None,
) -> Iterator[Part]:
    """A run's answer and the criticism of it; with `thoughts`, what was thought before.

    With `against`, the answer is compared with the previous one.
    """
    if thoughts and run.thinking:
        yield Part("Thoughts", run.thinking)
    answer = Part("Answer", run.output or "(empty)")
    yield _compared(answer, run, previous) if against else answer
    yield Part(f"Why {score(run.score)}", "\n".join(criticism(run)) or "Nothing is said about it.")


def _compared(part: Part, run: Run, previous: PreviousAnswer | None) -> Part:
    if previous is None:
        return replace(part, heading=f"{part.heading}, the first to this example")
    before = previous.run
    scores = f"{score(before.score)} → {score(run.score)}"
    name = f"that of iteration {previous.iteration} ({scores})"
    return compared(part, before.output, run.output, name)


def compared(part: Part, old: str, new: str, name: str) -> Part:
    """The part of an answer, `new`, compared word by word with another one, which has a name."""
    heading = f"{part.heading}, compared with {name}"
    if old == new:
        return replace(part, heading=f"{heading}: the same")
    if max(len(old), len(new)) > MOST_COMPARED:
        return replace(part, heading=f"{heading}: too long to compare")
    return replace(part, heading=heading, changes=tuple(diff_words(old, new)))


def criticism(run: Run) -> Iterator[str]:
    """What is said about an answer, a sentence a line: a mark, each criterion, what went wrong.

    The criteria that cost most come first.
    """
    if run.error_message:
        yield f"The call failed: {one_line(run.error_message, _FEEDBACK_CHARS)}"
    if run.mark:
        yield mark_words(run.mark)
    for criterion in sorted(run.criteria, key=lambda c: (c.score - 1) * c.weight):
        said = one_line(criterion.feedback, _FEEDBACK_CHARS)
        yield f"{one_line(criterion.kind, _NAME_CHARS)} {score(criterion.score)}" + (
            f": {said}" if said else ""
        )
    if run.metrics.truncated:
        yield f"It was cut off at the limit of {counted(run.metrics.output_tokens or 0, 'token')}."


def worst_fault(run: Run) -> str:
    """What is most wrong with an answer, in a line; "" where nothing is."""
    if run.error_message:
        return one_line(run.error_message, _FEEDBACK_CHARS)
    if run.mark:
        return f"marked by hand {one_line(run.mark.note, _FEEDBACK_CHARS)}".rstrip()
    faults = [c for c in run.criteria if c.score < _FULL]
    worst = min(faults, key=lambda c: (c.score - 1) * c.weight, default=None)
    if worst is None:
        return ""
    return one_line(worst.feedback or f"{worst.kind} {score(worst.score)}", _FEEDBACK_CHARS)


def as_text(title: str, parts: Iterable[Part]) -> str:
    """An example as plain text with its headings, to be copied."""
    blocks = [f"# {title}", *(f"## {part.heading}\n\n{part.text}" for part in parts)]
    return "\n\n".join(blocks) + "\n"
