"""How much is left: right within a third after a quarter of the time, at any models' speeds."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from statistics import fmean

import pytest

from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.state.progress import Progress, progress_of
from llmopt_tui.state.time_left import estimate
from tests.factories import record_of, session_events
from tests.state.simulated_suite import Simulation, off_by

SETTINGS = LoopSettings()
FRESH = Progress("m", "c", train=10, validation=5)


def off_at(models: int, cases: int, seeds: int, *moments: float) -> tuple[list[float], list[bool]]:
    """How far off estimates are at these shares of the time, and whether the truth is in range."""
    off, in_range = [], []
    for seed in range(seeds):
        simulation = Simulation(models, cases, seed).run()
        for moment in moments:
            now, known = simulation.known_at(simulation.total * moment)
            found = estimate(known, simulation.settings)
            low, high = found.between or (math.inf, 0.0)
            off.append(off_by(simulation, found.seconds_left, now))
            in_range.append(low <= simulation.total - now <= high)
    return off, in_range


def test_after_a_quarter_of_the_time_what_is_left_is_right_within_a_third() -> None:
    """Speeds differ five times; sessions end early, by plateaus, targets and refusals."""
    right = []
    for models, cases in ((2, 2), (2, 4), (3, 2), (3, 4), (5, 1), (5, 2), (5, 4)):
        off, _ = off_at(models, cases, 20, 0.25)
        right += [each <= 1 / 3 for each in off]
    assert fmean(right) >= 0.9


@pytest.mark.parametrize(
    ("models", "cases", "share"),
    [(1, 1, 0.6), (1, 2, 0.7), (2, 1, 0.7), (1, 3, 0.78), (3, 1, 0.78), (2, 2, 0.8), (3, 2, 0.85)],
)
def test_later_too_though_a_few_sessions_cannot_be_foreseen(
    models: int, cases: int, share: float
) -> None:
    """One that goes on for two more iterations takes twice as long as one that does not."""
    off, in_range = off_at(models, cases, 60, 0.25, 0.4, 0.6, 0.8)
    assert fmean(each <= 1 / 3 for each in off) >= share
    assert fmean(in_range) >= 0.72


def test_every_answer_takes_one_from_what_is_left_and_nothing_is_ever_negative() -> None:
    simulation = Simulation(2, 2, 3).run()
    calls = None
    for (_, before), (_, known) in pairwise(simulation.history):
        found = estimate(known, simulation.settings)
        assert found.between is not None
        assert found.seconds_left is not None
        low, high = found.between
        assert 0 <= low <= found.seconds_left <= high
        answers = sum(s.answers for s in known) - sum(s.answers for s in before)
        same = [(s.scores, s.interviewed, s.ended) for s in known] == [
            (s.scores, s.interviewed, s.ended) for s in before
        ]
        if same and answers and not any(s.validated for s in known) and calls is not None:
            assert found.calls_left == calls - answers
        calls = found.calls_left
    assert calls == 0


def test_better_prompts_are_yet_to_be_tried_on_the_other_models() -> None:
    ended = replace(
        FRESH, scores=(0.4, 0.9), validated=10, ended=True, answers=30, seconds=30.0, interviewed=1
    )
    three = [replace(ended, model=model) for model in "abc"]
    worse = replace(ended, model="d", scores=(0.9, 0.4))
    elsewhere = replace(ended, model="a", case="another")
    known = [*three, worse, elsewhere]
    assert estimate(known, SETTINGS).calls_left == 0
    found = estimate(known, SETTINGS, transfer=True)
    # Three prompts, each on three other models with five held-out examples of a second each.
    assert found.calls_left == 45
    assert found.seconds_left == pytest.approx(45, rel=0.1)


def test_a_prompt_that_is_tried_on_another_model_is_a_session_of_one_iteration() -> None:
    trial = replace(FRESH, train=5, validation=0, iterations=1)
    assert estimate([trial], SETTINGS).calls_left == 5
    assert estimate([replace(trial, tested=2)], SETTINGS).calls_left == 3
    assert estimate([replace(trial, scores=(0.4,))], SETTINGS).calls_left == 0


def test_every_endpoint_works_for_itself() -> None:
    sessions = [replace(FRESH, model=model, case=case) for model in "ab" for case in "cd"]
    speeds = {"a": 2.0, "b": 2.0}
    one = estimate(sessions, SETTINGS, speeds).seconds_left or 0
    two = [replace(session, endpoints=(session.model,)) for session in sessions]
    assert estimate(two, SETTINGS, speeds).seconds_left == pytest.approx(one / 2, rel=0.1)


def test_one_session_cannot_be_worked_on_twice_at_once() -> None:
    spans = ((0.0, 10.0),)
    done = replace(FRESH, scores=(0.4,), answers=10, seconds=10.0, spans=spans, interviewed=1)
    ended = replace(done, ended=True)
    alone = estimate([replace(done, spans=())], SETTINGS)
    beside = estimate([done, replace(ended, model="another")], SETTINGS)
    assert beside.seconds_left == pytest.approx(alone.seconds_left, rel=0.25)


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


def test_of_no_sessions_nothing_is_left() -> None:
    found = estimate([], SETTINGS, transfer=True)
    assert (found.calls_done, found.calls_left, found.seconds_left) == (0, 0, None)


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


def test_a_round_of_several_ideas_takes_about_as_much_as_races_took() -> None:
    raced = replace(SETTINGS, proposals=3)
    assert estimate([FRESH], raced).calls_left > 1.5 * estimate([FRESH], SETTINGS).calls_left
    begun = replace(FRESH, scores=(0.4,), answers=10, interviewed=1)
    quick = replace(begun, scores=(0.4, 0.5), races=(12,), answers=22, interviewed=2)
    slow = replace(quick, races=(30,), answers=40)
    assert estimate([quick], raced).calls_left < estimate([slow], raced).calls_left
    under_way = estimate([replace(begun, racing=8, answers=18)], raced).calls_left
    assert under_way == estimate([begun], raced).calls_left - 8


def test_a_lost_round_brings_the_plateau_nearer() -> None:
    raced = replace(SETTINGS, proposals=3)
    once = replace(FRESH, scores=(0.4,), answers=10, interviewed=1)
    lost = replace(once, answers=31, interviewed=2, races=(21,), lost=(1,))
    assert estimate([lost], raced).calls_left < estimate([once], raced).calls_left
    plateau = replace(lost, lost=(1, 1), races=(21, 21), answers=52, interviewed=3)
    # Two of two rounds without a gain: only the held-out examples are left.
    assert estimate([plateau], raced).calls_left == 5


def test_no_more_calls_are_expected_than_are_allowed() -> None:
    limited = replace(SETTINGS, proposals=3, max_calls=40)
    assert estimate([FRESH], limited).calls_left <= 40
    spent = replace(FRESH, scores=(0.4,), answers=10, interviewed=3, interviews=25)
    assert estimate([spent], limited).calls_left <= 5


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
