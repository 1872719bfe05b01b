"""Which part of the winner did it: its score on train examples, and without each of its parts."""

from __future__ import annotations

from dataclasses import dataclass

from llmopt_tui.core.analysis.measure import scores, train_scores
from llmopt_tui.core.analysis.paired import compare
from llmopt_tui.core.analysis.resampling import Interval
from llmopt_tui.core.loop.parts import parts_of
from llmopt_tui.core.loop.record import SessionRecord


@dataclass(frozen=True, slots=True)
class ExplainedPart:
    """What one part of the winner brings on n train examples.

    brings: the winner's mean score less that of the winner without the part; ci95: its interval.
    `name`, `source`, `cause` and `text` are those of the change.
    """

    name: str = ""
    source: str = ""
    cause: str = ""
    text: str = ""
    without: float = 0.0
    brings: float = 0.0
    ci95: Interval | None = None
    n: int = 0


def explanation(record: SessionRecord) -> tuple[ExplainedPart, ...]:
    """The parts of the best variant that were left out once, in the order in which they came."""
    best = record.best
    if best is None or not record.part_runs:
        return ()
    whole, found = scores(best, "train"), []
    for part in parts_of(record):
        without = train_scores(record.part_runs.get(part.n, ()))
        comparison = compare(whole, without)
        if comparison.difference is None:
            continue
        change = part.change
        found.append(
            ExplainedPart(
                name=change.name or change.edit,
                source=change.source,
                cause=change.cause,
                text=change.text or ", ".join(d.example_id for d in change.demonstrations),
                without=sum(without.values()) / len(without),
                brings=comparison.difference,
                ci95=comparison.ci95,
                n=comparison.n,
            )
        )
    return tuple(found)
