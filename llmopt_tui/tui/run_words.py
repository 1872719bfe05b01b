"""What a run is doing, how far it is and how it ended, in the words of the status line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from llmopt_tui.core.endings import ENDINGS
from llmopt_tui.core.text.plain import one_line

if TYPE_CHECKING:
    from llmopt_tui.state.run_state import RunState

_REASON_CHARS = 200


@dataclass(frozen=True, slots=True)
class RunFacts:
    """How far a run is. Times are in seconds.

    `doing_for`: how long the current step has taken. `can_run`: whether there is a model and a case
    to pick. `waiting_for`: what is under way other than a run. `deciding`: whether the shown
    session's suggestion waits for the person. `waiting`: how many sessions' suggestions wait.
    `now`: the time by which a pause is measured. `pause_key`: the key that ends the pause. `left`:
    how long the run will still take, in words, "" while that is unknown.
    """

    running: bool = False
    can_run: bool = True
    waiting_for: str = ""
    stopping: bool = False
    pausing: bool = False
    position: int = 0
    total: int = 0
    deciding: bool = False
    waiting: int = 0
    elapsed: float = 0.0
    doing_for: float = 0.0
    now: datetime | None = None
    pause_key: str = "p"
    left: str = ""


def doing(state: RunState | None, facts: RunFacts) -> str:
    """What the worker does now, in a few words."""
    if facts.waiting_for and not facts.running:
        return facts.waiting_for
    if state is None or not facts.total:
        return "opening the session" if facts.running else "ready" if facts.can_run else ""
    if facts.stopping:
        return "stopping"
    if state.retry:
        wait, reason = state.retry.wait_seconds, state.retry.reason
        if not wait:
            return f"trying again: {one_line(reason, _REASON_CHARS)}"
        return _trying_again(wait - facts.doing_for, reason, facts)
    match state.activity:
        case "finished":
            return _finished(state)
        case "paused":
            return _paused(state, facts)
        case _ if facts.deciding:
            return "waiting for you"
        case "interviewing":
            return "interviewing"
        case "testing":
            pausing = ", pausing after this call" if facts.pausing else ""
            live = state.live
            return (f"testing {one_line(live.example_id, 30)}" if live else "testing") + pausing
        case _:
            return "opening the session"


def _finished(state: RunState) -> str:
    record = state.record
    assert record.finished is not None
    text = ENDINGS[record.finished.stop_reason].phrase
    if record.baseline_score is not None and record.best_score is not None:
        text += f": {record.baseline_score:.2f} → {record.best_score:.2f}"
    return text


def _paused(state: RunState, facts: RunFacts) -> str:
    paused = state.record.paused
    if paused is None or paused.by == "person":
        return f"paused, {facts.pause_key} resumes"
    if paused.retry_in is None:
        return f"waiting for the server: {one_line(paused.reason, _REASON_CHARS)}"
    since = (facts.now - paused.at).total_seconds() if facts.now else facts.doing_for
    return _trying_again(paused.retry_in - since, paused.reason, facts)


def _trying_again(left: float, reason: str, facts: RunFacts) -> str:
    """The countdown, then the reason: on a narrow terminal the reason is cut off."""
    countdown = f"trying again in {max(0, math.ceil(left))} s, {facts.pause_key} tries now"
    return f"{countdown}: {one_line(reason, _REASON_CHARS)}"


def progress(state: RunState | None) -> str:
    """How far the session is: "iteration n/most" and "call n/planned"."""
    if state is None or state.record.started is None:
        return ""
    current = state.current
    if current is None or state.record.finished:
        return ""
    most = state.record.started.settings.max_iterations
    text = f"iteration {current.n}/{most}"
    if current.score is None:
        call = min(len(current.runs) + 1, current.planned_runs)
        text += f"   call {call:>2}/{current.planned_runs}"
    return text


def step_key(state: RunState | None) -> object:
    """A value that differs between steps, to measure how long each step takes."""
    if state is None:
        return None
    live = state.live
    return (
        state.activity,
        id(state.retry) if state.retry else None,
        (live.iteration, live.example_id, live.repeat) if live else None,
        state.current.n if state.current else None,
        id(state.record.paused) if state.record.paused else None,
    )
