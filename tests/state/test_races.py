"""Races as screens show them: means on the same examples, and which idea became what."""

from __future__ import annotations

import pytest

from llmopt_tui.state.progress import progress_of
from llmopt_tui.state.races import (
    made_by,
    race_under_way,
    raced_against,
    standings,
    was_raced,
    winner_of,
)
from llmopt_tui.state.replay import Replay, happened
from tests.factories import record_of, session_events
from tests.raced import raced_session_events

TOLD = raced_session_events()
RECORD = record_of(TOLD)


def test_an_idea_is_compared_on_the_examples_that_it_has_answered() -> None:
    dropped, beaten, won = standings(RECORD, RECORD.interviews[0])
    assert (dropped.answered, dropped.planned) == (2, 4)
    assert (dropped.score, dropped.best) == (pytest.approx(0.25), pytest.approx(0.4))
    assert dropped.gain == pytest.approx(-0.15)
    assert (beaten.gain, won.gain) == (pytest.approx(0.1), pytest.approx(0.3))


def test_before_its_first_answer_an_idea_has_no_score() -> None:
    begun = record_of(TOLD[:13])
    assert race_under_way(begun) is begun.interviews[0]
    later = standings(begun, begun.interviews[0])[2]
    assert (later.answered, later.score, later.gain) == (0, None, None)


def test_later_rounds_are_raced_against_the_winner() -> None:
    best = raced_against(RECORD, RECORD.interviews[1])
    assert best is RECORD.iterations[1]
    assert winner_of(RECORD.interviews[0]) is RECORD.interviews[0].proposals[2]
    assert winner_of(RECORD.interviews[1]) is None
    assert race_under_way(RECORD) is None


def test_an_iteration_knows_the_idea_that_it_tests() -> None:
    original, second = RECORD.iterations
    assert made_by(RECORD, original) is None
    assert made_by(RECORD, second) is RECORD.interviews[0].proposals[2]
    plain = record_of(session_events())
    assert made_by(plain, plain.iterations[2]) is plain.interviews[1].proposals[0]
    assert not was_raced(plain.interviews[0])


def test_the_events_of_a_race_have_words() -> None:
    words = [happened(event) for event in TOLD]
    assert "3 ideas are suggested" in words
    assert "idea 2 is accepted" in words
    assert "idea 1: se-001 answered, score 0.20" in words
    assert "idea 1 was dropped from the race" in words
    assert "idea 3 won the race" in words


def test_a_replay_shows_a_race_under_way() -> None:
    replay = Replay(TOLD)
    replay.seek(next(k for k, event in enumerate(TOLD) if "won" in happened(event)))
    assert replay.state.activity == "racing"


def test_progress_counts_the_answers_of_races_once() -> None:
    found = progress_of(RECORD, "m", "c", train=4, validation=0, ended=True)
    assert found.answers == 4 + 10 + 6
    assert found.races == (10, 6)
    assert (found.racing, found.lost) == (0, (2,))
    # The winner's answers were given in the race: its own iteration took no time.
    assert len(found.spans) == 3
    assert found.span_seconds == pytest.approx(20 * 2.49)
    under_way = progress_of(record_of(TOLD[:16]), "m", "c", train=4, validation=0, ended=False)
    assert (under_way.racing, under_way.races) == (4, ())
