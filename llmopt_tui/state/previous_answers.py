"""Previous answers: what an example was answered in an earlier iteration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmopt_tui.state.races import raced_against

if TYPE_CHECKING:
    from llmopt_tui.core.loop.iteration import IterationRecord
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.loop.round import InterviewRecord
    from llmopt_tui.core.run import Run


@dataclass(frozen=True, slots=True)
class PreviousAnswer:
    """The answer of an earlier iteration, by its number, to the same example."""

    iteration: int
    run: Run


@dataclass(frozen=True, slots=True)
class PreviousAnswers:
    """The iterations in which the previous answer to an example is looked for, the first first."""

    iterations: tuple[IterationRecord, ...] = ()

    def to(self, run: Run) -> PreviousAnswer | None:
        """The previous answer to the example of a run; None where there is none."""
        found = ((i.n, i.run(run.example_id, run.repeat)) for i in self.iterations)
        return next((PreviousAnswer(n, before) for n, before in found if before), None)


def before_iteration(record: SessionRecord, iteration: IterationRecord) -> PreviousAnswers:
    """What was answered before an iteration: to the variant that it changes, else the latest.

    Held-out examples are answered in few iterations, so theirs may be further back.
    """
    parent = record.iteration(iteration.parent) if iteration.parent is not None else None
    return _from(record, parent, iteration.n)


def before_race(record: SessionRecord, interview: InterviewRecord) -> PreviousAnswers:
    """What was answered before a round's race: to the best variant so far, else the latest."""
    return _from(record, raced_against(record, interview), interview.iteration + 1)


def _from(record: SessionRecord, first: IterationRecord | None, before: int) -> PreviousAnswers:
    def order() -> Iterator[IterationRecord]:
        if first is not None:
            yield first
        for iteration in reversed(record.iterations):
            if iteration.n < before and iteration is not first:
                yield iteration

    return PreviousAnswers(tuple(order()))
