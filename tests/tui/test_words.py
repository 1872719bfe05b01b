"""What the bars say, and numbers as the app writes them: no event loop needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llmopt_tui.core.events import (
    Event,
    IterationFinished,
    IterationStarted,
    SessionFinished,
    SessionPaused,
    SessionStarted,
)
from llmopt_tui.core.ports import ModelInfo
from llmopt_tui.core.settings import LoopSettings, StopReason
from llmopt_tui.core.signals import CallRetried, RunStarted, Signal
from llmopt_tui.state.run_state import RunState
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.panes.example_text import shortened
from llmopt_tui.tui.panes.start_panel import progress_text
from llmopt_tui.tui.run_words import RunFacts, doing, progress

AT = datetime(2026, 11, 2, 14, 3, tzinfo=UTC)
RUNNING = RunFacts(running=True, position=1, total=1)


def state_of(*more: Event | Signal) -> RunState:
    state = RunState()
    started = SessionStarted(
        at=AT,
        session_id="00000000",
        model=ModelInfo("m:1b"),
        interviewer_model="i",
        case={"id": "c"},
        prompt={},
        settings=LoopSettings(max_iterations=5),
        environment={},
    )
    iteration = IterationStarted(
        at=AT, iteration=1, prompt="p", origin="original", parent=None, planned_runs=8
    )
    for event in (started, iteration, *more):
        state.consume(event)
    return state


def finished(reason: StopReason) -> SessionFinished:
    return SessionFinished(at=AT, stop_reason=reason)


@pytest.mark.parametrize(
    ("events", "facts", "words"),
    [
        ((), RUNNING, "testing"),
        ((RunStarted(1, "cd-004", 1, ""),), RUNNING, "testing cd-004"),
        (
            (RunStarted(1, "cd-004", 1, ""),),
            RunFacts(running=True, total=1, pausing=True),
            "testing cd-004, pausing after this call",
        ),
        ((), RunFacts(running=True, total=1, stopping=True), "stopping"),
        ((CallRetried(1, 3.0, "busy"),), RUNNING, "trying again in 3 s, p tries now: busy"),
        ((CallRetried(1, 0.0, "busy"),), RUNNING, "trying again: busy"),
        (
            (CallRetried(1, 3.0, "busy"),),
            RunFacts(running=True, total=1, doing_for=2.0),
            "trying again in 1 s, p tries now: busy",
        ),
        ((SessionPaused(at=AT, by="person"),), RUNNING, "paused, p resumes"),
        (
            (SessionPaused(at=AT, by="server", reason="gone", retry_in=30.0),),
            RUNNING,
            "trying again in 30 s, p tries now: gone",
        ),
        (
            (SessionPaused(at=AT, by="server", reason="gone", retry_in=30.0),),
            RunFacts(total=1, now=AT + timedelta(seconds=17.5), pause_key="x"),
            "trying again in 13 s, x tries now: gone",
        ),
        (
            (SessionPaused(at=AT, by="server", reason="gone", retry_in=30.0),),
            RunFacts(total=1, now=AT + timedelta(hours=9)),
            "trying again in 0 s, p tries now: gone",
        ),
        ((finished("plateau"),), RUNNING, "plateau"),
        (
            (IterationFinished(at=AT, iteration=1, score=0.5), finished("target_reached")),
            RunFacts(total=1),
            "target reached: 0.50 → 0.50 on train",
        ),
    ],
)
def test_the_status_line_says_what_is_done_now(
    events: tuple[Any, ...], facts: RunFacts, words: str
) -> None:
    assert doing(state_of(*events), facts) == words


def test_without_a_run_it_says_whether_one_can_begin() -> None:
    assert doing(None, RunFacts()) == "ready"
    assert doing(None, RunFacts(can_run=False)) == ""
    assert doing(None, RunFacts(waiting_for="asking")) == "asking"


def test_progress_counts_the_call_under_way() -> None:
    assert progress(state_of()) == "iteration 1/5   call  1/8"
    assert progress(state_of(finished("failed"))) == ""
    assert progress(None) == ""


@pytest.mark.parametrize(
    ("value", "text"), [(0.04, " 0.0 s"), (31.24, "31.2 s"), (119.94, "119.9 s"), (725, " 12:05")]
)
def test_seconds_have_one_decimal_until_they_are_minutes(value: float, text: str) -> None:
    assert fmt.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(7_500_000_000, "7.5 GB"), (93_000_000, " 93 MB"), (None, "      ")]
)
def test_sizes_keep_their_width(value: int | None, text: str) -> None:
    assert fmt.size(value) == text


def test_long_text_keeps_its_beginning_and_end() -> None:
    text = "a" * 9_000 + "z" * 1_000
    short = shortened(text)
    assert short.startswith("aaa")
    assert short.endswith("zzz")
    assert "4,000 characters not shown" in short
    assert shortened("short") == "short"


def test_a_download_is_a_bar_with_its_bytes() -> None:
    text = progress_text("fetching", 46_500_000, 93_000_000)
    assert "46 MB of 93 MB" in text
    assert "━━━" in text
    assert progress_text("loading", 0, 0).endswith("…")
