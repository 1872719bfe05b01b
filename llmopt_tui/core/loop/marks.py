"""Marks: scores that a person gives to answers, in the place of those that the criteria gave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from llmopt_tui.core.events import Mark, OutputMarked, Run

BY_HAND = "marked by hand"
"""What is said of such a score wherever it is shown."""


def marked_runs(runs: Iterable[Run], event: OutputMarked) -> list[Run]:
    """The runs, with the mark on the one that it is for. A mark outside of [0, 1] marks nothing."""
    return [_marked(run, event) if _is_meant(run, event) else run for run in runs]


def marks_in(runs: Iterable[Run]) -> int:
    """How many of the runs are marked."""
    return sum(run.mark is not None for run in runs)


def by_hand(count: int, of: int) -> str:
    """How many answers a person marked, in words; empty where none."""
    return f"{count} of {of} {BY_HAND}" if count else ""


def _is_meant(run: Run, event: OutputMarked) -> bool:
    wanted = event.example_id, event.repeat
    return (run.example_id, run.repeat) == wanted and 0 <= event.score <= 1


def _marked(run: Run, event: OutputMarked) -> Run:
    scored = run.mark.scored if run.mark else run.score
    return replace(run, score=event.score, mark=Mark(event.score, event.note, scored))
