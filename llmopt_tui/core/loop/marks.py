"""Marks: scores that a person gives to answers, in the place of those that the criteria gave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from llmopt_tui.core.events import Marking, OutputMarked
from llmopt_tui.core.run import Mark, Run
from llmopt_tui.core.text.plain import one_line

BY_HAND = "marked by hand"
"""What is said of such a score wherever it is shown."""

_NOTE_CHARS = 400


def marked_runs(runs: Iterable[Run], event: Marking) -> list[Run]:
    """The runs, with the one that is meant marked, or no longer marked.

    A mark outside of [0, 1] marks nothing.
    """
    return [_marked(run, event) if _is_meant(run, event) else run for run in runs]


def mark_words(mark: Mark) -> str:
    """A mark in one line: the score, the note, and what the criteria gave."""
    note = f", {one_line(mark.note, _NOTE_CHARS)}" if mark.note else ""
    return f"{BY_HAND}: {mark.score:.2f}{note} (by the criteria {mark.scored:.2f})"


def marks_in(runs: Iterable[Run]) -> int:
    """How many of the runs are marked."""
    return sum(run.mark is not None for run in runs)


def by_hand(count: int, of: int) -> str:
    """How many answers a person marked, in words; empty where none."""
    return f"{count} of {of} {BY_HAND}" if count else ""


def _is_meant(run: Run, event: Marking) -> bool:
    wanted = event.example_id, event.repeat
    possible = 0 <= event.score <= 1 if isinstance(event, OutputMarked) else run.mark is not None
    return (run.example_id, run.repeat) == wanted and possible


def _marked(run: Run, event: Marking) -> Run:
    scored = run.mark.scored if run.mark else run.score
    if not isinstance(event, OutputMarked):
        return replace(run, score=scored, mark=None)
    return replace(run, score=event.score, mark=Mark(event.score, event.note, scored))
