"""RunState: what is written now, by several calls at once and in races."""

from __future__ import annotations

from llmopt_tui.core.events import RunFinished, SessionFinished, TrialEnded, TrialRunFinished
from llmopt_tui.core.signals import CallRetried, InterviewStreamed, RunStarted, RunStreamed
from llmopt_tui.state.run_state import RunState
from tests.factories import at, make_run, record_of
from tests.raced import raced_session_events

TOLD = raced_session_events()
RACE_BEGINS = next(k for k, event in enumerate(TOLD) if isinstance(event, TrialRunFinished))
RACE_ENDS = next(k for k, event in enumerate(TOLD) if isinstance(event, TrialEnded))


def racing() -> RunState:
    """A session whose race has begun."""
    return RunState(record_of(TOLD[: RACE_BEGINS + 1]))


def test_each_piece_goes_to_its_own_answer() -> None:
    state = racing()
    for proposal in (1, 2):
        state.consume(RunStarted(2, "se-002", 1, "?", proposal))
    state.consume(RunStreamed(2, "se-002", 1, "one", "", 1))
    state.consume(RunStreamed(2, "se-002", 1, "two", "thought", 2))
    state.consume(RunStreamed(2, "se-002", 1, " more", "", 1))
    state.consume(RunStreamed(2, "se-009", 1, "nobody", "", 1))
    assert [live.text for live in state.raced()] == ["one more", "two"]
    assert [live.thinking for live in state.raced(2)] == ["thought"]
    assert state.newest is state.raced(2)[0]
    assert state.tested(2) == []


def test_an_answer_ends_by_its_own_event_alone() -> None:
    state = racing()
    for proposal in (None, 1, 2):
        state.consume(RunStarted(2, "se-002", 1, "?", proposal))
    state.consume(TrialRunFinished(at=at(20), interview=1, proposal=1, run=make_run("se-002", 0.3)))
    assert [live.proposal for live in state.live.values()] == [None, 2]
    state.consume(RunFinished(at=at(21), iteration=2, run=make_run("se-002", 0.3)))
    assert [live.proposal for live in state.live.values()] == [2]
    state.consume(SessionFinished(at=at(22), stop_reason="stopped_by_user"))
    assert state.newest is None


def test_a_retry_voids_the_text_of_its_own_call() -> None:
    state = racing()
    failed = RunStarted(2, "se-002", 1, "?", 1)
    state.consume(failed)
    state.consume(RunStreamed(2, "se-002", 1, "void", "", 1))
    state.consume(RunStarted(2, "se-003", 1, "?", 1))
    state.consume(RunStreamed(2, "se-003", 1, "kept", "", 1))
    state.consume(InterviewStreamed(1, "said"))
    state.consume(CallRetried(1, 2.0, "busy", failed.key))
    assert [live.text for live in state.raced()] == ["", "kept"]
    assert [said.text for said in state.said] == ["said"]
    state.consume(CallRetried(1, 2.0, "gone"))
    assert [said.text for said in state.said] == [""]


def test_a_call_is_made_again_until_its_own_words_come() -> None:
    state = racing()
    again = RunStarted(2, "se-002", 1, "?", 1)
    state.consume(again)
    state.consume(CallRetried(1, 2.0, "busy", again.key))
    state.consume(RunStarted(2, "se-003", 1, "?", 1))
    state.consume(RunStreamed(2, "se-003", 1, "others write", "", 1))
    assert state.retry is not None
    state.consume(RunStreamed(2, "se-002", 1, "at last", "", 1))
    assert state.retry is None


def test_a_race_is_an_activity_until_its_last_idea_has_left_it() -> None:
    assert RunState(record_of(TOLD[: RACE_BEGINS - 1])).activity == "deciding"
    assert racing().activity == "racing"
    state = RunState(record_of(TOLD[:RACE_ENDS]))
    for event in TOLD[RACE_ENDS : RACE_ENDS + 2]:
        state.consume(event)
        assert state.activity == "racing"
    state.consume(TOLD[RACE_ENDS + 2])
    assert state.activity == "testing"
    assert RunState(record_of(TOLD)).activity == "finished"
