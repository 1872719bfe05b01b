"""What of a session's runs is compared: scores and seconds by example."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from llmopt_tui.core.analysis.paired import Scores, average_repeats
from llmopt_tui.core.case import Split
from llmopt_tui.core.events import Run
from llmopt_tui.core.record import IterationRecord, SessionRecord

_LOAD_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Result:
    """A session of a suite, as far as it has come."""

    model: str
    case: str
    session_id: str
    record: SessionRecord

    @property
    def key(self) -> tuple[str, str]:
        """Model and case: what tells one session of a suite from another."""
        return self.model, self.case


def scores(iteration: IterationRecord, split: Split) -> Scores:
    """A prompt's scores on the examples of a split."""
    runs = (run for run in iteration.runs if run.split == split)
    return average_repeats((run.example_id, run.score) for run in runs)


def measured_on(record: SessionRecord) -> Split | None:
    """The examples that a claim about the best prompt rests on; None where it has no score yet."""
    if record.best is None:
        return None
    return "validation" if record.best.validation_runs and record.finished else "train"


def seconds(iteration: IterationRecord) -> Scores:
    """Seconds that an answer took by example, without loads: runs that waited for one are left out
    where there are others."""
    warm = [run for run in iteration.runs if (run.metrics.load_seconds or 0.0) <= _LOAD_SECONDS]
    return average_repeats((run.example_id, _answering(run)) for run in warm or iteration.runs)


def seconds_per_answer(iteration: IterationRecord) -> float | None:
    """The median of `seconds`; None before the first answer."""
    return median(found.values()) if (found := seconds(iteration)) else None


def count(runs: Iterable[Run], holds: Callable[[Run], bool]) -> int:
    """How many runs something holds for."""
    return sum(map(holds, runs))


def _answering(run: Run) -> float:
    return max(0.0, run.processing_time - (run.metrics.load_seconds or 0.0))
