"""Which runs count for what, and the wording that every finding shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.analysis.measure import measured_on, scores, seconds, seconds_per_answer
from llmopt_tui.core.analysis.pareto import pareto_points
from llmopt_tui.core.analysis.wording import cut_off_of, joined, p_words, signed
from llmopt_tui.core.events import RunFinished, SessionFinished, ValidationStarted
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.ports import Metrics
from tests.core.analysis_suite.records import AT, a_record, a_run


def iteration_of(*runs: object) -> IterationRecord:
    found = IterationRecord(1, "p", "original", None, len(runs), AT)
    found.runs.extend(runs)  # type: ignore[arg-type]
    return found


def test_scores_are_of_one_split_with_repeats_averaged() -> None:
    iteration = iteration_of(
        a_run("e1", 0.2),
        a_run("e1", 0.6, repeat=2),
        a_run("e2", 1.0),
        a_run("v1", 0.9, "validation"),
    )
    assert scores(iteration, "train") == {"e1": pytest.approx(0.4), "e2": 1.0}
    assert scores(iteration, "validation") == {"v1": 0.9}


def test_seconds_leave_out_loads_and_failed_calls() -> None:
    loading = Metrics(load_seconds=6.0)
    brief = Metrics(load_seconds=0.5)
    iteration = iteration_of(
        a_run("e1", 0.5, processing_time=8.0, metrics=loading),
        a_run("e2", 0.5, processing_time=2.5, metrics=brief),
        a_run("e3", 0.0, processing_time=90.0, success=False),
    )
    assert seconds(iteration) == {"e2": 2.0}
    assert seconds_per_answer(iteration) == 2.0


def test_the_speed_that_is_told_is_the_one_that_models_are_compared_by() -> None:
    times = {"e1": 2.0, "e2": 4.0, "e3": 9.0}
    iteration = iteration_of(*(a_run(e, 0.5, processing_time=took) for e, took in times.items()))
    (point,) = pareto_points(
        {"m": {"": dict.fromkeys(times, 0.5)}}, {"m": {"": seconds(iteration)}}
    )
    assert seconds_per_answer(iteration) == point.seconds == 5.0


def test_the_wait_for_a_slot_is_no_part_of_an_answer() -> None:
    queued = Metrics(load_seconds=0.5, queued_seconds=3.0)
    iteration = iteration_of(a_run("e1", 0.5, processing_time=5.5, metrics=queued))
    assert seconds(iteration) == {"e1": 2.0}


def test_where_every_call_waited_for_a_load_its_time_is_taken_off() -> None:
    loading = Metrics(load_seconds=6.0)
    assert seconds(iteration_of(a_run("e1", 1.0, processing_time=8.0, metrics=loading))) == {
        "e1": 2.0
    }
    # A server may count the load to more than the call took.
    assert seconds(iteration_of(a_run("e1", 1.0, processing_time=5.0, metrics=loading))) == {
        "e1": 0.0
    }


def test_without_an_answer_there_are_no_seconds() -> None:
    assert seconds_per_answer(iteration_of(a_run("e1", 0.0, success=False))) is None
    assert seconds_per_answer(iteration_of()) is None


def test_held_out_examples_decide_once_the_session_has_ended() -> None:
    ended = a_record([0.4], [0.8], held_out=([0.3], [0.5]))
    assert measured_on(ended) == "validation"
    assert measured_on(a_record([0.4], [0.8], held_out=([0.3], [0.5]), stop=None)) == "train"
    assert measured_on(a_record([0.4], [0.8])) == "train"
    assert measured_on(a_record()) is None


@pytest.mark.parametrize("tested", [(3, 0), (3, 2), (0, 3)])
def test_a_validation_that_broke_off_is_none(tested: tuple[int, int]) -> None:
    record = a_record([0.4], [0.8], stop=None)
    fold(record, ValidationStarted(at=AT, iterations=(1, 2), planned_runs=6))
    for n, runs in enumerate(tested, start=1):
        for place in range(runs):
            run = a_run(f"v{place}", 0.5, "validation")
            fold(record, RunFinished(at=AT, iteration=n, run=run))
    fold(record, SessionFinished(at=AT, stop_reason="stopped_by_user"))
    assert measured_on(record) == "train"


def test_names_are_joined_as_a_sentence_has_them() -> None:
    assert [joined("abc"[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_a_difference_has_its_sign_and_no_minus_before_nothing() -> None:
    assert [signed(d) for d in (0.126, -0.126, 0.0, -0.001, 0.004)] == [
        *("+0.13", "-0.13", "+0.00", "+0.00", "+0.00"),
    ]


@given(st.floats(0, 1))
def test_a_p_value_never_reads_as_none_at_all(p: float) -> None:
    assert p_words(p) != "p = 0.000"


def test_one_answer_was_cut_off_and_two_were() -> None:
    assert cut_off_of(1, 1) == "1 of 1 answer was cut off"
    assert cut_off_of(2, 40) == "2 of 40 answers were cut off"
