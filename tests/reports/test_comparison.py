"""Two sessions compared: matched by id, honest about what cannot be compared."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given

from llmopt_tui.core.events import Event, SessionFinished, SessionStarted
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.run import Run
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.reports.comparison import Comparison, compare
from tests.factories import (
    ORIGINAL,
    SECOND,
    at,
    iteration_events,
    make_case_snapshot,
    make_run,
    make_started,
    record_of,
)
from tests.nasty import NASTY
from tests.store.strategies import any_events


def session(
    runs: Sequence[Run],
    *,
    better: Sequence[Run] = (),
    examples: Sequence[str] = ("se-001", "se-002"),
    finished: bool = True,
    settings: LoopSettings | None = None,
    **case: object,
) -> SessionRecord:
    started = make_started(case=make_case_snapshot(examples) | case)
    if settings:
        started = replace(started, settings=settings)
    told: list[Event] = [started]
    told += iteration_events(1, ORIGINAL, runs, start=10) if runs else []
    if better:
        told += iteration_events(2, SECOND, better, start=30, origin="accepted", parent=1)
    if finished:
        told.append(SessionFinished(at=at(60), stop_reason="plateau"))
    return record_of(told)


def figure(comparison: Comparison, name: str) -> tuple[str, str, str]:
    found = next(f for f in comparison.figures if f.name == name)
    return found.first, found.second, found.change


A = session([make_run("se-001", 0.4), make_run("se-002", 0.6)])


def test_examples_are_matched_by_id_and_never_by_place() -> None:
    ids = [f"se-{n:03}" for n in range(1, 30)]
    first = session([make_run(i, n / 30) for n, i in enumerate(ids)], examples=ids)
    shuffled = random.Random(0).sample(ids, len(ids))
    second = session([make_run(i, ids.index(i) / 30) for i in shuffled], examples=shuffled)
    comparison = compare(first, second)
    assert [row.example_id for row in comparison.examples] == ids
    assert {row.difference for row in comparison.examples} == {0.0}
    for row in comparison.examples:
        assert row.first[0].example_id == row.second[0].example_id == row.example_id


def test_what_is_compared_are_the_best_prompts() -> None:
    second = session(
        [make_run("se-001", 0.1), make_run("se-002", 0.1)],
        better=[make_run("se-001", 0.9), make_run("se-002", 0.7)],
    )
    comparison = compare(A, second)
    assert comparison.prompts == (ORIGINAL, SECOND)
    assert [row.difference for row in comparison.examples] == pytest.approx([0.5, 0.1])
    assert figure(comparison, "best") == ("0.50", "0.80", "+0.30")
    assert figure(comparison, "original") == ("0.50", "0.10", "-0.40")
    assert figure(comparison, "gain") == ("+0.00", "+0.70", "+0.70")
    assert comparison.notes == ()
    assert "B is better on 2, worse on 0, even on 0; +0.30 on average" in comparison.verdict


def test_a_session_is_even_with_itself_and_the_other_way_round_is_the_opposite() -> None:
    assert compare(A, A).notes == ()
    assert "even on 2; +0.00 on average" in compare(A, A).verdict
    second = session([make_run("se-001", 0.5), make_run("se-002", 0.2)])
    there, back = compare(A, second), compare(second, A)
    assert [r.difference for r in there.examples] == [
        None if r.difference is None else -r.difference for r in back.examples
    ]


def test_examples_of_one_side_only_are_shown_without_a_difference() -> None:
    second = session(
        [make_run("se-002", 0.6), make_run("se-009", 1.0)], examples=("se-002", "se-009")
    )
    comparison = compare(A, second)
    rows = {row.example_id: row for row in comparison.examples}
    assert list(rows) == ["se-001", "se-002", "se-009"]
    assert rows["se-001"].scores == (0.4, None)
    assert rows["se-009"].scores == (None, 1.0)
    assert [rows[i].difference for i in rows] == [None, 0.0, None]
    # Means over other examples are not the same mean.
    assert figure(comparison, "best") == ("0.50", "0.80", "")
    assert "On 1 example " in comparison.verdict


def test_repeats_are_averaged() -> None:
    second = session(
        [make_run("se-001", 0.2), make_run("se-001", 0.8, repeat=2), make_run("se-002", 0.6)]
    )
    row = compare(A, second).examples[0]
    assert row.scores == (0.4, 0.5)
    assert len(row.second) == 2


def test_another_case_is_said_and_nothing_is_subtracted() -> None:
    second = session([make_run("se-001", 1.0), make_run("se-002", 1.0)], id="other")
    comparison = compare(A, second)
    assert "Different cases: skills_extraction and other" in comparison.notes[0]
    assert {row.difference for row in comparison.examples} == {None}
    assert figure(comparison, "best")[2] == ""
    assert comparison.verdict == "There is no example on which both can be compared."


def test_other_criteria_under_the_same_name_are_said() -> None:
    second = session([make_run("se-001", 1.0)], criteria=[{"kind": "length"}])
    comparison = compare(A, second)
    assert "other criteria" in comparison.notes[0]
    assert {row.difference for row in comparison.examples} == {None}


def test_another_example_under_the_same_id_is_said() -> None:
    examples = make_case_snapshot()["examples"]
    examples[1] = examples[1] | {"inputs": {"posting": "Something else."}}
    second = session([make_run("se-001", 1.0), make_run("se-002", 1.0)], examples=())
    assert second.started
    second.started = replace(second.started, case={**second.started.case, "examples": examples})
    comparison = compare(A, second)
    assert comparison.notes == ("The same id, but another example: se-002.",)
    assert [row.difference for row in comparison.examples] == [0.6, None]


def test_settings_that_may_explain_a_difference_are_named() -> None:
    other = LoopSettings(repeats=3, options={"temperature": 0.7, "seed": 0, "num_ctx": 8192})
    (note,) = compare(A, session(A.iterations[0].runs, settings=other)).notes
    assert "repeats 1, 3" in note
    assert "temperature 0.0, 0.7" in note
    assert "seed" not in note


def test_held_out_scores_are_figures_of_their_own() -> None:
    runs = [make_run("se-001", 0.5), make_run("se-002", 0.5, split="validation")]
    comparison = compare(session(runs), session(runs))
    assert figure(comparison, "held out") == ("0.50", "0.50", "+0.00")
    assert comparison.examples[1].split == "validation"
    assert "On 1 example " in comparison.verdict
    assert not [f for f in compare(A, A).figures if f.name == "held out"]


@pytest.mark.parametrize(
    "odd",
    [SessionRecord(), session([], finished=False), record_of([make_started(case={"examples": 3})])],
)
def test_a_session_that_came_to_nothing_can_be_compared(odd: SessionRecord) -> None:
    comparison = compare(A, odd)
    assert any(note == "B has no finished iteration." for note in comparison.notes)
    assert {row.difference for row in comparison.examples} == {None}
    assert compare(odd, odd).prompts == ("", "")


def test_a_session_that_goes_on_is_compared_as_far_as_it_is() -> None:
    runs = [make_run("se-001", 0.4), make_run("se-002", 0.6)]
    (note,) = compare(session(runs, finished=False), A).notes
    assert note == "A is not finished: what it has so far is shown."


@given(any_events, any_events)
def test_any_two_records_can_be_compared(first: list[Event], second: list[Event]) -> None:
    comparison = compare(record_of(first), record_of(second))
    assert comparison.verdict
    assert len({row.example_id for row in comparison.examples}) == len(comparison.examples)


@pytest.mark.parametrize("text", NASTY, ids=lambda t: repr(t[:24]))
def test_nasty_names_are_compared_like_others(text: str) -> None:
    nasty = session([make_run(text, 0.5)], examples=(text,), id=text)
    assert isinstance(nasty.started, SessionStarted)
    (row,) = compare(nasty, nasty).examples
    assert (row.example_id, row.difference) == (text, 0.0)
