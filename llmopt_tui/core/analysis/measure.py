"""The numbers of a session that are compared: scores and seconds by example."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import fmean

from llmopt_tui.core.analysis.paired import Scores, average_repeats
from llmopt_tui.core.case import Split
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.run import Run

_LOAD_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Result:
    """A session of a suite, with what has happened in it so far."""

    model: str
    case: str
    session_id: str
    record: SessionRecord

    @property
    def key(self) -> tuple[str, str]:
        """Model and case, which identify a session in its suite."""
        return self.model, self.case


def backends(record: SessionRecord) -> tuple[str, ...]:
    """The backends that answered the candidate's calls, by fingerprint, in order of appearance.

    More than one means that a gateway mixed servers, or that one was changed meanwhile: their
    answers may differ. Empty where the server names none.
    """
    runs = (run for iteration in record.iterations for run in iteration.runs)
    named = (run.metrics.system_fingerprint for run in runs)
    return tuple(dict.fromkeys(name for name in named if name))


def scores(iteration: IterationRecord, split: Split) -> Scores:
    """A prompt's mean score for each example of a split."""
    return average_repeats((r.example_id, r.score) for r in iteration.runs if r.split == split)


def train_scores(runs: Iterable[Run]) -> Scores:
    """The mean score of runs on train examples, for each example."""
    return average_repeats((run.example_id, run.score) for run in runs if run.split == "train")


def measured_on(record: SessionRecord) -> Split | None:
    """The split that the best prompt is judged on; None while there is no best prompt.

    It is "validation" only where the original and the best prompt were run on all its examples.
    """
    best, planned = record.best, record.validation
    if best is None:
        return None
    share = planned.planned_runs / max(1, len(planned.iterations)) if planned else 1
    tested = all(len(i.validation_runs) >= max(1, share) for i in (record.iterations[0], best))
    return "validation" if record.finished and tested else "train"


def seconds(iteration: IterationRecord) -> Scores:
    """Mean seconds per answer for each example, without loads.

    Failed calls are left out, and so are calls that waited for a load where there are others.
    """
    answered = [run for run in iteration.runs if run.success]
    warm = [run for run in answered if (run.metrics.load_seconds or 0.0) <= _LOAD_SECONDS]
    return average_repeats((run.example_id, run.answer_seconds) for run in warm or answered)


def seconds_per_answer(iteration: IterationRecord) -> float | None:
    """The mean of `seconds`, by which models are compared; None before the first answer."""
    return fmean(found.values()) if (found := seconds(iteration)) else None


def count(runs: Iterable[Run], holds: Callable[[Run], bool]) -> int:
    """The number of runs for which `holds` is true."""
    return sum(map(holds, runs))


def cut_off(run: Run) -> bool:
    """Whether the answer was cut off because it reached its token limit."""
    return run.metrics.truncated


def failed(run: Run) -> bool:
    """Whether the call failed and brought no answer."""
    return not run.success
