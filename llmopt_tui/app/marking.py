"""Marking: a person's own score of an answer, kept with the session that it is in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.core.events import Marking, MarkTakenBack, OutputMarked
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.run import Run
from llmopt_tui.core.text.near import did_you_mean, listed
from llmopt_tui.store.writer import SessionWriter

Idea = tuple[int, int]
"""The numbers of an interview and of the suggestion in it whose answers in the race are meant."""


def mark_of(
    record: SessionRecord,
    example_id: str,
    score: float,
    *,
    at: datetime,
    iteration: int | None = None,
    idea: Idea | None = None,
    repeat: int = 1,
    note: str = "",
) -> OutputMarked:
    """The mark of an answer of an idea, else of an iteration, else of the best one.

    Raises `WrongRequest` where there is no such answer, or the score is none.
    """
    if not 0 <= score <= 1:
        raise WrongRequest(f"the score must be from 0 to 1, not {score:g}")
    interview, proposal = idea or (0, 0)
    n = 0 if idea else _tested(record, example_id, iteration, repeat).n
    return OutputMarked(
        at=at,
        example_id=example_id,
        iteration=n,
        score=score,
        note=note,
        repeat=repeat,
        interview=interview,
        proposal=proposal,
    )


def taken_back(
    record: SessionRecord,
    example_id: str,
    *,
    at: datetime,
    iteration: int | None = None,
    idea: Idea | None = None,
    repeat: int = 1,
) -> MarkTakenBack:
    """The end of the mark of an answer of an idea, else of an iteration, else of the best one.

    Raises `WrongRequest` where there is no such answer, or it is not marked.
    """
    interview, proposal = idea or (0, 0)
    n = 0
    if not idea:
        tested = _tested(record, example_id, iteration, repeat)
        run, n = tested.run(example_id, repeat), tested.n
        if run is None or run.mark is None:
            raise WrongRequest(f"the answer of iteration {n} to {example_id} is not marked")
    return MarkTakenBack(
        at=at,
        example_id=example_id,
        iteration=n,
        repeat=repeat,
        interview=interview,
        proposal=proposal,
    )


def _tested(
    record: SessionRecord, example_id: str, iteration: int | None, repeat: int
) -> IterationRecord:
    """The iteration that has the answer. Raises `WrongRequest` where none has."""
    tested = record.best if iteration is None else record.iteration(iteration)
    if tested is None:
        numbers = listed([str(i.n) for i in record.iterations]) or "none"
        wanted = "with a score" if iteration is None else str(iteration)
        raise WrongRequest(f"there is no iteration {wanted}; there is {numbers}")
    if tested.run(example_id, repeat) is None:
        ids = list(dict.fromkeys(run.example_id for run in tested.runs))
        if example_id in ids:
            raise WrongRequest(f"{example_id} has no answer number {repeat}")
        hint = did_you_mean(example_id, ids) or f"; there is {listed(ids)}"
        raise WrongRequest(f"iteration {tested.n} has no answer to {example_id!r}{hint}")
    return tested


async def keep_mark(folder: Path, mark: Marking) -> tuple[SessionRecord, Run]:
    """Keep a mark in a session that nobody else has open: its record, and the run that is meant.

    Raises `FolderTakenError` where one has, and `OSError` where the disk fails.
    """
    writer = SessionWriter.reopen(folder)
    try:
        await writer.keep(mark)
    finally:
        await writer.close()
    answered = writer.record.answered(mark)
    run = answered.run(mark.example_id, mark.repeat) if answered else None
    assert run is not None
    return writer.record, run
