"""What comes next, asked of records that are made here: the edges that runs seldom meet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmopt_tui.core.events import Event, IterationFinished, IterationStarted, RunFinished
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.next_step import Finish, Interview, Validate, next_step
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.settings import LoopSettings
from tests.core.factory import ORIGINAL, make_case
from tests.factories import at, make_run

CASE = make_case()
SETTINGS = LoopSettings(mode="auto", target=0.9, patience=3, max_iterations=5, min_gain=0.05)


def scored(*scores: float) -> list[Event]:
    """An iteration for each score, without its runs."""
    told: list[Event] = []
    for n, score in enumerate(scores, start=1):
        told += [
            IterationStarted(
                at=at(n),
                iteration=n,
                prompt=f"{ORIGINAL} {n}",
                origin="original" if n == 1 else "accepted",
                parent=None if n == 1 else 1,
                planned_runs=3,
            ),
            IterationFinished(at=at(n), iteration=n, score=score),
        ]
    return told


def folded(told: list[Event]) -> SessionRecord:
    record = SessionRecord()
    for event in told:
        fold(record, event)
    return record


@pytest.mark.parametrize(("score", "ends"), [(0.89, False), (0.9, True), (0.91, True)])
def test_a_score_at_the_target_is_enough(score: float, ends: bool) -> None:
    step = next_step(folded(scored(score)), CASE, replace(SETTINGS, validate=False))
    assert step == Finish("target_reached") if ends else isinstance(step, Interview)


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ((0.5, 0.5, 0.5), None),
        ((0.5, 0.5, 0.5, 0.5), "plateau"),
        ((0.5, 0.5, 0.5, 0.54), "plateau"),
        ((0.5, 0.5, 0.5, 0.55), None),
        ((0.1, 0.2, 0.3, 0.4), None),
        ((0.1, 0.2, 0.3, 0.4, 0.5), "max_iterations"),
    ],
)
def test_a_session_ends_with_its_patience_or_its_iterations(
    scores: tuple[float, ...], reason: str | None
) -> None:
    step = next_step(folded(scored(*scores)), CASE, replace(SETTINGS, validate=False))
    assert step == Finish(reason) if reason else isinstance(step, Interview)  # type: ignore[arg-type]


@pytest.mark.parametrize("repeats", [1, 2, 3])
def test_every_repeat_of_every_unseen_example_is_run_before_the_end(repeats: int) -> None:
    settings = replace(SETTINGS, repeats=repeats)
    told = scored(0.5, 0.95)
    ids = [example.id for example in CASE.split("validation")]
    missing = [(n, example, r) for n in (1, 2) for r in range(1, repeats + 1) for example in ids]
    while missing:
        step = next_step(folded(told), CASE, settings)
        assert isinstance(step, Validate), missing
        assert [iteration.n for iteration in step.iterations] == [1, 2]
        n, example, repeat = missing.pop()
        run = replace(make_run(example, 0.5), split="validation", repeat=repeat)
        told.append(RunFinished(at=at(9), iteration=n, run=run))
    assert next_step(folded(told), CASE, settings) == Finish("target_reached")


def test_the_original_prompt_is_validated_once_where_it_is_the_best() -> None:
    step = next_step(folded(scored(0.95)), CASE, SETTINGS)
    assert isinstance(step, Validate)
    assert [iteration.n for iteration in step.iterations] == [1]
