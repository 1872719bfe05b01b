"""Examples on the page: how held-out ones did before and after, and every one with its answers."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import TYPE_CHECKING

from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.run import Run
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.example_words import criticism, expected_parts, input_parts
from llmopt_tui.reports.exports.html.markup import (
    Child,
    Html,
    bullets,
    element,
    folded,
    preformatted,
    section,
    table,
    together,
)
from llmopt_tui.reports.figures import difference, score

if TYPE_CHECKING:
    from llmopt_tui.state.documents.case import RecordedExample

_MOST_ROWS = 12


def before_and_after(record: SessionRecord, *, level: int = 2) -> Html:
    """Held-out examples with the answers to the original prompt and to the best one.

    Train examples where none was held out. Those that changed most come first.
    """
    if not record.scored or (best := record.best) is None:
        return Html("")
    first = record.scored[0]
    held_out = bool(first.validation_runs and best.validation_runs)
    where = "held-out examples" if held_out else "train examples"
    title = f"Before and after, on {where}"
    if first is best:
        return section(
            "changes", title, element("p", "The original prompt is the best one."), level=level
        )
    before, after = _by_example(first, held_out), _by_example(best, held_out)
    both = [name for name in before if name in after]
    both.sort(key=lambda name: -abs(_mean(after[name]) - _mean(before[name])))
    note = "" if held_out else "No example was held out: these were used for tuning, too. "
    if len(both) > _MOST_ROWS:
        note += f"{_MOST_ROWS} of {len(both)}, those that changed most; all are below."
    header = ["example", "before:", "after:", "change:", "original prompt", "best prompt"]
    rows = [_change(name, before[name], after[name]) for name in both[:_MOST_ROWS]]
    return section(
        "changes",
        title,
        table(header, rows),
        element("p", note, class_="note") if note else "",
        level=level,
    )


def _by_example(iteration: IterationRecord, held_out: bool) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {}
    for run in iteration.validation_runs if held_out else iteration.train_runs:
        runs.setdefault(run.example_id, []).append(run)
    return runs


def _mean(runs: list[Run]) -> float:
    return fmean(run.score for run in runs)


def _change(name: str, before: list[Run], after: list[Run]) -> list[Child]:
    return [
        one_line(name, 40),
        score(_mean(before)),
        score(_mean(after)),
        difference(_mean(after) - _mean(before)),
        element("div", one_line(before[0].output, 200), class_="answer"),
        element("div", one_line(after[0].output, 200), class_="answer"),
    ]


def every_example(record: SessionRecord, *, level: int = 2) -> Html:
    """Each example, folded: inputs, what is expected, answers before and after, criticism."""
    if record.started is None:
        return Html("")
    from llmopt_tui.state.documents.case import RecordedCase

    examples = RecordedCase.read(record.started.case).examples
    original = record.scored[0] if record.scored else None
    tested: dict[str, IterationRecord] = {}
    if original:
        tested["original prompt"] = original
    if record.best and record.best is not original:
        tested["best prompt"] = record.best
    return section(
        "examples",
        "Every example",
        *(_example(example, tested) for example in examples),
        level=level,
    )


def _example(example: RecordedExample, tested: Mapping[str, IterationRecord]) -> Html:
    runs = {
        name: [run for run in iteration.runs if run.example_id == example.id]
        for name, iteration in tested.items()
    }
    scores = [score(_mean(found)) for found in runs.values() if found]
    split = "held out" if example.held_out else "train"
    asked = [*input_parts(example), *expected_parts(example)]
    summary = together(
        [
            element("span", one_line(example.id, 60)),
            element("span", " → ".join(scores)),
            element("small", split),
        ]
    )
    return folded(
        summary,
        *(_labelled(part.heading, part.text) for part in asked),
        *(_answer(name, run) for name, found in runs.items() for run in found),
        class_="example",
    )


def _labelled(label: str, text: str) -> Html:
    return together([element("h4", label), preformatted(text)])


def _answer(name: str, run: Run) -> Html:
    """One answer with its score and what the criteria say about it."""
    again = f", repeat {run.repeat}" if run.repeat > 1 else ""
    seconds = f"{run.processing_time:.1f} s"
    heading = element("h4", f"Answer to the {name}{again}: {score(run.score)}, {seconds}")
    answer = preformatted(run.output) if run.output else element("p", "It is empty.")
    return together([heading, answer, bullets(criticism(run))])
