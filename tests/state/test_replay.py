"""Replay: any position from either side is the same state, and the pace is the recorded one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.events import Event, RunFinished, SessionPaused, SessionResumed
from llmopt_tui.state.replay import IDLE_SECONDS, SPEEDS, Replay, happened
from tests.factories import at, make_run, make_started, record_of, session_events
from tests.nasty import NASTY
from tests.store.strategies import any_event, any_events

TOLD = session_events()


def run_at(seconds: float, took: float) -> RunFinished:
    return RunFinished(at=at(seconds), iteration=1, run=make_run(processing_time=took))


def test_it_begins_as_the_whole_session() -> None:
    replay = Replay(TOLD)
    assert replay.whole
    assert replay.position == replay.total == len(TOLD)
    assert replay.seconds == replay.duration
    assert replay.state.record == record_of(TOLD)
    assert replay.state.activity == "finished"


@given(st.lists(st.integers(-3, len(TOLD) + 3), min_size=1, max_size=12))
def test_wherever_it_came_from_the_state_is_that_of_the_events_so_far(seeks: list[int]) -> None:
    replay = Replay(TOLD)
    for position in seeks:
        replay.seek(position)
        assert 1 <= replay.position <= replay.total
        assert replay.state.record == record_of(TOLD[: replay.position])
        assert 0 <= replay.seconds <= replay.duration
        assert replay.last is TOLD[replay.position - 1]


@given(st.lists(st.tuples(st.floats(0, 40), st.sampled_from((1, -1))), max_size=20))
def test_time_only_goes_on_and_never_past_the_end(steps: list[tuple[float, int]]) -> None:
    replay = Replay(TOLD)
    replay.seek(1)
    for seconds, faster in steps:
        before = (replay.position, replay.seconds)
        replay.faster(faster)
        replay.advance(seconds)
        assert (replay.position, replay.seconds) >= before
        assert replay.seconds <= replay.duration
        assert replay.state.record == record_of(TOLD[: replay.position])


def test_going_on_keeps_the_state_and_going_back_replaces_it() -> None:
    replay = Replay(TOLD)
    replay.seek(3)
    state = replay.state
    replay.seek(5)
    assert replay.state is state
    assert state.record == record_of(TOLD[:5])
    replay.seek(4)
    assert replay.state is not state


def test_work_lasts_as_long_as_it_did_and_idleness_no_longer_than_the_limit() -> None:
    told: list[Event] = [
        make_started(at=at(0)),
        run_at(60, 60),
        SessionPaused(at=at(61), by="person"),
        SessionResumed(at=at(10_000)),
        run_at(10_100, 90),
        run_at(10_050, 5),
    ]
    replay = Replay(told)
    assert replay.duration == pytest.approx(60 + 1 + IDLE_SECONDS + 90 + IDLE_SECONDS)
    replay.seek(1)
    replay.advance(59.9)
    assert replay.position == 1
    replay.advance(0.1)
    assert replay.position == 2
    replay.advance(1 + IDLE_SECONDS)
    assert replay.position == 4


def test_speeds_multiply_the_time() -> None:
    replay = Replay([make_started(at=at(0)), run_at(100, 100), run_at(300, 200)])
    replay.seek(1)
    seen = []
    for _ in range(len(SPEEDS) + 2):
        seen.append(replay.speed)
        replay.faster()
    assert tuple(dict.fromkeys(seen)) == SPEEDS
    replay.faster(-len(SPEEDS))
    replay.faster()
    assert replay.speed == 2
    replay.advance(50)
    assert (replay.position, replay.seconds) == (2, 100)


@pytest.mark.parametrize("took", [float("inf"), float("nan"), -5.0])
def test_a_time_that_cannot_be_is_no_work(took: float) -> None:
    replay = Replay([make_started(at=at(0)), run_at(1000, took)])
    assert replay.duration == IDLE_SECONDS


@pytest.mark.parametrize("count", [0, 1])
def test_a_session_of_next_to_nothing(count: int) -> None:
    replay = Replay(TOLD[:count])
    for step in (replay.seek, replay.advance, replay.faster):
        step(1)
    assert replay.whole
    assert (replay.position, replay.duration) == (count, 0)


def test_time_that_ran_backwards_costs_nothing() -> None:
    told = [make_started(at=at(0)), replace(run_at(0, 0), at=at(0) - timedelta(days=1))]
    assert Replay(told).duration == 0


@given(any_event)
def test_every_event_has_words_on_one_line(event: Event) -> None:
    words = happened(event)
    assert words
    assert "\n" not in words
    assert happened(None) == ""


@given(any_events, st.lists(st.integers(0, 7), max_size=5))
def test_any_events_can_be_replayed(told: list[Event], seeks: list[int]) -> None:
    replay = Replay(told)
    for position in seeks:
        replay.seek(position)
        replay.advance(1)
        assert replay.state.record == record_of(told[: replay.position])


@pytest.mark.parametrize("text", NASTY, ids=lambda t: repr(t[:24]))
def test_a_name_from_a_file_stays_on_the_line(text: str) -> None:
    words = happened(RunFinished(at=at(0), iteration=1, run=make_run(text)))
    assert words.isprintable() or not words.isascii()
    assert "\n" not in words
    assert len(words) < 80
