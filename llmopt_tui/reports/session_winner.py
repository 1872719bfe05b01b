"""The best variant of a session in its report: ready to copy, with what its demonstrations cost."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from llmopt_tui.core.analysis.demonstration_cost import effort, without_demonstrations
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.scoring.wording import counted
from llmopt_tui.core.variant import Demonstration
from llmopt_tui.reports.figures import decimals, difference, difference_interval, score
from llmopt_tui.reports.idea_words import demonstrations_words
from llmopt_tui.reports.markdown import fenced, inline, table

CONSTRAINTS = {
    "off": "The answers are not held to the output's format.",
    "format": "The answers are held to the output's format while they are written.",
    "late": "The model answers freely, and is then asked for the same in the output's format.",
}


def best_variant(record: SessionRecord) -> Iterator[str]:
    """The parts of the section; none before anything is scored."""
    best = record.best
    if best is None:
        return
    yield "## The best prompt"
    yield f"From iteration {best.n}, ready to use; it is in `best_prompt.toml` as well."
    yield fenced(best.prompt)
    if system := best.variant.system:
        yield "With this system message:"
        yield fenced(system)
    if constrain := best.variant.constrain:
        yield CONSTRAINTS[constrain]
    if shown := best.variant.demonstrations:
        yield f"With {demonstrations_words(len(shown), best.variant.instructions)}:"
        for n, demonstration in enumerate(shown, start=1):
            yield from _demonstration(n, demonstration)
        yield from demonstrations_cost(record, best)
    yield from parts_by_effect(record)


def parts_by_effect(record: SessionRecord) -> Iterator[str]:
    """What each part brings, where the parts were left out once."""
    from llmopt_tui.core.analysis.explanation import explanation

    if not (parts := explanation(record)):
        return
    yield f"Each part left out once, on {counted(parts[0].n, 'train example')}:"
    yield table(
        ["part", "source", "against", "without it:", "it brings:", "95% interval:"],
        [
            [
                inline(f"{part.name}: {part.text}" if part.text else part.name, 90),
                inline(part.source),
                inline(part.cause) or "-",
                score(part.without),
                difference(part.brings),
                difference_interval(part.ci95),
            ]
            for part in parts
        ],
    )


def _demonstration(n: int, shown: Demonstration) -> Iterator[str]:
    """One demonstration, its inputs folded. The blank lines keep Markdown inside the fold."""
    origin = f", of example {inline(shown.example_id)}" if shown.example_id else ""
    yield f"**Demonstration {n}**{origin}:"
    inputs = "\n\n".join(f"{name}:\n{text}" for name, text in shown.inputs.items())
    yield f"<details><summary>Its inputs</summary>\n\n{fenced(inputs)}\n\n</details>"
    yield "Its answer:"
    yield fenced(shown.answer)


def demonstrations_cost(record: SessionRecord, best: IterationRecord) -> Iterator[str]:
    """What demonstrations cost and gained; nothing where the prompt was not tested without."""
    bare = without_demonstrations(record, best)
    if bare is None:
        return
    held_out = bool(bare.validation_runs and best.validation_runs)
    before, after = _score(bare, held_out=held_out), _score(best, held_out=held_out)
    rows = [
        [f"iteration {bare.n}, without", *_effort_cells(bare), score(before)],
        [f"iteration {best.n}, with", *_effort_cells(best), score(after)],
    ]
    where = "held-out examples" if held_out else "train examples"
    gained = difference(None if before is None or after is None else after - before)
    yield f"What they cost for each answer, beside what was gained on {where} ({gained}):"
    header = ["", "prompt tokens:", "output tokens:", "seconds:", "score:"]
    yield table(header, rows)


def _effort_cells(iteration: IterationRecord) -> list[str]:
    found = effort(iteration)
    return [
        decimals(found.prompt_tokens, 0),
        decimals(found.output_tokens, 0),
        decimals(found.seconds, 1),
    ]


def _score(iteration: IterationRecord, *, held_out: bool) -> float | None:
    runs = iteration.validation_runs if held_out else iteration.train_runs
    return fmean(run.score for run in runs) if runs else None
