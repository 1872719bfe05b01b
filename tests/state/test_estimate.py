"""How much is left: right within a third after a quarter of the time, at any models' speeds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.state.estimate import Progress, estimate, progress_of
from tests.factories import record_of, session_events
from tests.state.simulated_suite import Simulation, off_by

SETTINGS = LoopSettings()
FRESH = Progress("m", "c", train=10, validation=5)


def test_after_a_quarter_of_the_time_what_is_left_is_right_within_a_third() -> None:
    """Speeds differ five times; sessions end early, by plateaus, targets and refusals."""
    right = []
    for models, cases in ((2, 2), (2, 4), (3, 2), (3, 4), (5, 1), (5, 2), (5, 4)):
        for seed in range(20):
            simulation = Simulation(models, cases, seed).run()
            now, known = simulation.known_at(simulation.total / 4)
            left = estimate(known, simulation.settings).seconds_left
            right.append(off_by(simulation, left, now) <= 1 / 3)
    assert sum(right) / len(right) >= 0.9


def test_it_holds_where_two_are_answered_at_once() -> None:
    right = []
    for seed in range(20):
        simulation = Simulation(4, 2, seed, at_once=2).run()
        now, known = simulation.known_at(simulation.total / 4)
        left = estimate(known, simulation.settings).seconds_left
        right.append(off_by(simulation, left, now) <= 1 / 3)
    assert sum(right) / len(right) >= 0.85


def test_at_the_end_nothing_is_left() -> None:
    simulation = Simulation(2, 2, 1).run()
    found = estimate([s.progress for s in simulation.sessions], simulation.settings)
    assert (found.calls_left, found.seconds_left, found.share) == (0, 0.0, 1.0)


def test_what_is_done_and_what_is_left_come_near_to_what_it_took() -> None:
    simulation = Simulation(3, 3, 5).run()
    total = sum(s.progress.answers + s.progress.interviews for s in simulation.sessions)
    _, known = simulation.known_at(simulation.total / 2)
    found = estimate(known, simulation.settings)
    assert found.calls_done + found.calls_left == pytest.approx(total, rel=0.2)
    assert 0.35 < found.share < 0.65


def test_without_a_speed_there_is_no_time_but_a_number_of_calls() -> None:
    found = estimate([FRESH], SETTINGS)
    assert found.seconds_left is None
    assert found.unknown == ("m",)
    # One to five iterations of ten answers, up to two prompts on five held-out examples.
    assert 20 < found.calls_left < 65
    assert found.share == 0.0


def test_speeds_of_the_past_stand_in_until_the_first_answers() -> None:
    slow = estimate([FRESH], SETTINGS, {"m": 8.0, "another": 1.0})
    fast = estimate([FRESH], SETTINGS, {"m": 2.0})
    assert slow.seconds_left == pytest.approx(4 * (fast.seconds_left or 0))
    assert slow.unknown == ()
    answered = replace(FRESH, tested=4, answers=4, seconds=4.0)
    assert (estimate([answered], SETTINGS, {"m": 8.0}).seconds_left or 0) < 80


def test_a_model_on_a_longer_case_is_expected_to_take_longer() -> None:
    known = [
        Progress("a", "short", 10, 0, answers=10, seconds=10.0, tested=5),
        Progress("a", "long", 10, 0, answers=10, seconds=30.0, tested=5),
        Progress("b", "short", 10, 0, answers=10, seconds=20.0, tested=5),
    ]
    short = estimate([*known, Progress("b", "short2", 10, 0)], SETTINGS).seconds_left or 0
    long = estimate([*known, Progress("b", "long", 10, 0)], SETTINGS).seconds_left or 0
    assert long > short * 1.1


def test_a_plateau_in_sight_leaves_less_to_do() -> None:
    rising = replace(FRESH, scores=(0.4, 0.5, 0.6), interviewed=2)
    stale = replace(FRESH, scores=(0.6, 0.5, 0.5), interviewed=2)
    assert estimate([stale], SETTINGS).calls_left < estimate([rising], SETTINGS).calls_left


def test_without_validation_nothing_is_held_out() -> None:
    with_it = estimate([FRESH], SETTINGS).calls_left
    without = estimate([FRESH], replace(SETTINGS, validate=False)).calls_left
    assert 5 <= with_it - without <= 10


def test_loads_to_come_are_like_those_that_were() -> None:
    quick = replace(FRESH, scores=(0.4, 0.5), answers=20, seconds=20.0, interviewed=2, interviews=2)
    loaded = replace(quick, load_seconds=60.0)
    more = (estimate([loaded], SETTINGS).seconds_left or 0) - (
        estimate([quick], SETTINGS).seconds_left or 0
    )
    assert 20 < more < 100


def test_a_record_says_how_far_its_session_is() -> None:
    record = record_of(session_events()[:4])
    found = progress_of(record, "m", "c", train=2, validation=0, ended=False)
    assert (found.tested, found.answers, found.scores) == (2, 2, ())
    assert found.load_seconds == pytest.approx(6.21)
    # The first run says that it loaded for longer than it took.
    assert found.seconds >= 0
    whole = progress_of(record_of(session_events()), "m", "c", train=2, validation=0, ended=False)
    assert (whole.tested, whole.answers, whole.interviewed, whole.ended) == (0, 6, 2, True)
    assert len(whole.spans) == 3
