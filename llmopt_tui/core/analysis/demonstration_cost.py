"""What demonstrations cost: tokens and seconds per answer, with them and without."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord


@dataclass(frozen=True, slots=True)
class Effort:
    """What an answer takes, as means over an iteration's answers to train examples.

    Seconds are without loads and queues. None where the server does not count, or nothing was
    answered.
    """

    prompt_tokens: float | None
    output_tokens: float | None
    seconds: float | None


def effort(iteration: IterationRecord) -> Effort:
    """What an answer takes with the variant of an iteration."""
    answered = [run for run in iteration.train_runs if run.success]
    return Effort(
        _mean(run.metrics.prompt_tokens for run in answered),
        _mean(run.metrics.output_tokens for run in answered),
        _mean(run.answer_seconds for run in answered),
    )


def without_demonstrations(
    record: SessionRecord, iteration: IterationRecord
) -> IterationRecord | None:
    """The nearest ancestor of an iteration that shows nothing, to compare it with.

    None where the iteration has no demonstrations itself, or every ancestor has some.
    """
    found: IterationRecord | None = iteration
    if not iteration.variant.demonstrations:
        return None
    while found is not None and found.variant.demonstrations:
        # A parent is older; a record that says otherwise must not lead round in a circle.
        parent = record.iteration(found.parent or 0)
        found = parent if parent is not None and parent.n < found.n else None
    return found


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
