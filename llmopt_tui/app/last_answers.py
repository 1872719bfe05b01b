"""What models answered last to the examples of a case, read from the results folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean

from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.run import Run
from llmopt_tui.store.index import SessionIndex
from llmopt_tui.store.sessions import SessionSummary, load_session


@dataclass(frozen=True, slots=True)
class ModelAnswers:
    """The answers of one model in its last session of a case, to the best prompt of that.

    `runs` are by example id: those on train examples, and on held-out ones where these were
    measured.
    """

    model: str
    session_id: str
    started_at: datetime | None
    iteration: int
    runs: Mapping[str, tuple[Run, ...]]

    def score(self, example_id: str) -> float | None:
        """The mean score of the answers to an example; None where there is none."""
        runs = self.runs.get(example_id)
        return fmean(run.score for run in runs) if runs else None


def last_answers(results: Path, case_id: str, most: int = 4) -> tuple[ModelAnswers, ...]:
    """The last answers of at most so many models, the newest session first. Never raises."""
    found: dict[str, ModelAnswers] = {}
    for summary in _sessions(results, case_id):
        if len(found) == most:
            break
        if summary.model not in found and (answers := _read(summary)):
            found[summary.model] = answers
    return tuple(found.values())


def _sessions(results: Path, case_id: str) -> list[SessionSummary]:
    if not results.is_dir():
        return []
    index = SessionIndex(results)
    try:
        index.look()
        return [s for s in index.listing() if s.kind == "session" and s.case_id == case_id]
    except OSError:
        return []
    finally:
        index.close()


def _read(summary: SessionSummary) -> ModelAnswers | None:
    """The answers of a session; None where it has none that were scored."""
    try:
        record = load_session(summary.folder).record
    except OSError:
        return None
    best = record.best
    if best is None:
        return None
    return ModelAnswers(
        summary.model, summary.session_id, summary.started_at, best.n, _by_example(record, best.n)
    )


def _by_example(record: SessionRecord, n: int) -> dict[str, tuple[Run, ...]]:
    iteration = record.iteration(n)
    found: dict[str, tuple[Run, ...]] = {}
    for run in iteration.runs if iteration else ():
        found[run.example_id] = (*found.get(run.example_id, ()), run)
    return found
