"""IterationRecord: one variant tested, as the record of a session holds it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from llmopt_tui.core.events import Marking, Origin
from llmopt_tui.core.loop.marks import marked_runs
from llmopt_tui.core.run import Run
from llmopt_tui.core.variant import Variant


@dataclass(slots=True)
class IterationRecord:
    """One variant tested on the case's examples. `score` is None until every run is done.

    `prompt` is the variant's text. Where the variant won a race, `proposal` is its number in the
    round before.
    """

    n: int
    prompt: str
    origin: Origin
    parent: int | None
    planned_runs: int
    started_at: datetime
    runs: list[Run] = field(default_factory=list)
    score: float | None = None
    finished_at: datetime | None = None
    variant: Variant = field(default_factory=lambda: Variant(""))
    proposal: int | None = None

    def run(self, example_id: str, repeat: int) -> Run | None:
        """The finished run of an example, if there is one."""
        return run_of(self.runs, example_id, repeat)

    @property
    def processing_time(self) -> float:
        """Seconds that all finished runs took, added up."""
        return sum(run.processing_time for run in self.runs)

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens per second over all runs whose server counted tokens; None where none did."""
        counted = [
            (run.metrics.output_tokens, run.metrics.output_seconds)
            for run in self.runs
            if run.metrics.output_tokens and run.metrics.output_seconds
        ]
        seconds = sum(s for _, s in counted)
        return sum(t for t, _ in counted) / seconds if seconds else None

    @property
    def train_runs(self) -> list[Run]:
        """The runs on train examples, which make the score and which an interviewer may see."""
        return [run for run in self.runs if run.split == "train"]

    @property
    def validation_runs(self) -> list[Run]:
        """The runs on held-out examples, which only the verdict uses."""
        return [run for run in self.runs if run.split == "validation"]

    def mark(self, event: Marking) -> None:
        """Let a person's mark overrule a run's score, or no longer; the iteration's follows it."""
        self.runs = marked_runs(self.runs, event)
        if self.score is not None and (runs := self.train_runs):
            self.score = math.fsum(run.score for run in runs) / len(runs)

    @property
    def worst_run(self) -> Run | None:
        """The train run with the lowest score; of equal ones the first."""
        return min(self.train_runs, key=lambda run: run.score, default=None)


def run_of(runs: Iterable[Run], example_id: str, repeat: int) -> Run | None:
    """The run of an example among these, if there is one."""
    return next((r for r in runs if r.example_id == example_id and r.repeat == repeat), None)
