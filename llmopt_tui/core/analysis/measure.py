"""What of a session's runs is compared: scores and seconds by example."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import fmean

from llmopt_tui.core.analysis.paired import Scores, average_repeats
from llmopt_tui.core.case import Split
from llmopt_tui.core.events import Run
from llmopt_tui.core.loop.record import IterationRecord, SessionRecord

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
    """The examples that a claim about the best prompt rests on; None where it has no score yet.

    Held-out ones only where the original and the best prompt were run on all of them.
    """
    best, planned = record.best, record.validation
    if best is None:
        return None
    share = planned.planned_runs / max(1, len(planned.iterations)) if planned else 1
    tested = all(len(i.validation_runs) >= max(1, share) for i in (record.iterations[0], best))
    return "validation" if record.finished and tested else "train"


def seconds(iteration: IterationRecord) -> Scores:
    """Seconds that an answer took by example, loads apart.

    Calls that failed are left out, and those that waited for a load where there are others.
    """
    answered = [run for run in iteration.runs if run.success]
    warm = [run for run in answered if (run.metrics.load_seconds or 0.0) <= _LOAD_SECONDS]
    return average_repeats((run.example_id, run.answer_seconds) for run in warm or answered)


def seconds_per_answer(iteration: IterationRecord) -> float | None:
    """The mean of `seconds`, which is what models are compared by; None before the first answer."""
    return fmean(found.values()) if (found := seconds(iteration)) else None


def count(runs: Iterable[Run], holds: Callable[[Run], bool]) -> int:
    """How many runs something holds for."""
    return sum(map(holds, runs))


def cut_off(run: Run) -> bool:
    """Whether the answer ends where its tokens did."""
    return run.metrics.truncated


def failed(run: Run) -> bool:
    """Whether the call brought no answer."""
    return not run.success
