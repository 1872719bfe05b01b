"""One iteration as one line: the same columns everywhere, as many as the width allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.idea_words import branched_words
from llmopt_tui.state.races import made_by
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.variant_words import idea_name
from llmopt_tui.tui.widgets.score import score_text, spark

if TYPE_CHECKING:
    from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord

_ORIGIN_WIDTH, _NAME_WIDTH, _LEAST_NAME = 9, 26, 14
"""Cells of the column that says how an iteration came about: by origin, or the idea's name, which
is shown where it gets its least."""
_FIXED_WIDTH = 1 + 3 + 6 + 4 + 2
"""Cells of mark, number, gain, score and star."""
_TIME_WIDTH = 7


def example_scores(iteration: IterationRecord) -> list[float | None]:
    """The scores of an iteration's train runs in order, None for those still to come."""
    done: list[float | None] = [run.score for run in iteration.train_runs]
    return done + [None] * (iteration.planned_runs - len(done))


def gain_over_parent(record: SessionRecord, iteration: IterationRecord) -> float | None:
    """An iteration's score less the score of the prompt it came from; None if unknown."""
    parent = record.iteration(iteration.parent) if iteration.parent is not None else None
    if iteration.score is None or parent is None or parent.score is None:
        return None
    return iteration.score - parent.score


def iteration_line(
    record: SessionRecord, iteration: IterationRecord, *, opened: bool, width: int
) -> Content:
    """The line: mark, number, how it came about, gain, score, a bar per example, time, speed."""
    best = record.best is iteration and len(record.scored) > 1
    gain = gain_over_parent(record, iteration)
    original = iteration.origin == "original"
    came_about: str = "branched" if original and branched_words(record) else iteration.origin
    bars = spark(example_scores(iteration))
    name_width = _ORIGIN_WIDTH
    left = width - _FIXED_WIDTH - len(bars) - _TIME_WIDTH
    if left >= _LEAST_NAME and any(i.proposal is not None for i in record.iterations):
        name_width = min(left, _NAME_WIDTH)
        if iteration.proposal is not None and (idea := made_by(record, iteration)):
            came_about = one_line(idea_name(idea.suggestion), name_width - 1)
    gain_style = "$text-muted" if not gain else "$text-success" if gain > 0 else "$text-error"
    parts: list[str | tuple[str, str]] = [
        ("▾" if opened else "▸", "$text-muted"),
        (f"{iteration.n:>2} ", "bold"),
        came_about.ljust(name_width),
        (f"{fmt.gain(gain)} ", gain_style),
        (score_text(iteration.score), "bold"),
        ("★ " if best else "  ", "$text-success"),
    ]
    used = _FIXED_WIDTH + name_width
    running = iteration.score is None
    if running:
        progress = f"{len(iteration.runs)}/{iteration.planned_runs} examples"
        if used + len(bars) + 2 + len(progress) <= width:
            parts += [(bars, ""), ("  " + progress, "$text-muted")]
        else:
            parts.append((progress, "$text-muted"))
        return Content.assemble(*parts)
    # Held-out examples are answered in few iterations: with their time, none could be compared.
    time = fmt.seconds(sum(run.processing_time for run in iteration.train_runs))
    speed = fmt.speed(iteration.tokens_per_second)
    for text, style in ((bars, ""), (f" {time}", "$text-muted"), (f" {speed}", "$text-muted")):
        if used + len(text) <= width:
            parts.append((text, style))
            used += len(text)
    return Content.assemble(*parts)
