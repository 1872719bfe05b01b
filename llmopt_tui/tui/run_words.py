"""What a run is doing, how far it is and how it ended, in the words of the status line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from llmopt_tui.core.endings import ENDINGS
from llmopt_tui.core.loop.next_step import calls_left
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.races import standings
from llmopt_tui.tui.variant_words import ideas_left

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
        case "testing" | "racing":
            return _asking(state) + (", pausing after this call" if facts.pausing else "")
        case _:
            return "opening the session"


def _asking(state: RunState) -> str:
    """What the candidate is asked now."""
    live = [one_line(live.example_id, 30) for live in state.live.values()]
    if race := state.race:
        running = sum(entrant.outcome is None for entrant in race.entrants)
        text = f"racing {ideas_left(running, len(race.entrants))}"
        return f"{text}, {_and_more(live)}" if live else text
    return f"testing {_and_more(live)}" if live else "testing"


def _and_more(names: list[str]) -> str:
    """The newest of these names, and how many others there are."""
    more = len(names) - 1
    return f"{names[-1]} and {more} more" if more else names[-1]


def _finished(state: RunState) -> str:
    record = state.record
    assert record.finished is not None
    text = ENDINGS[record.finished.stop_reason].phrase
    if record.baseline_score is not None and record.best_score is not None:
        text += f": {record.baseline_score:.2f} → {record.best_score:.2f} on train"
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
    """How far the session is: iteration or race, and the calls that are left, if limited."""
    if state is None or state.record.started is None:
        return ""
    current, settings = state.current, state.record.started.settings
    if current is None or state.record.finished:
        return ""
    parts = [f"iteration {current.n}/{settings.max_iterations}"]
    if race := state.race:
        ideas = standings(state.record, race)
        planned = sum(idea.planned for idea in ideas)
        parts.append(f"race {sum(idea.answered for idea in ideas):>2}/{planned}")
    elif current.score is None:
        call = min(len(current.runs) + 1, current.planned_runs)
        parts.append(f"call {call:>2}/{current.planned_runs}")
    if settings.max_calls is not None:
        parts.append(f"{max(0, calls_left(state.record, settings)):.0f} calls left")
    return "   ".join(parts)


def step_key(state: RunState | None) -> object:
    """A value that differs between steps, to measure how long each step takes."""
    if state is None:
        return None
    if state.retry:
        return id(state.retry)  # its wait is counted, whatever other calls do meanwhile
    live = state.newest
    return (
        state.activity,
        (live.iteration, live.proposal, live.example_id, live.repeat) if live else None,
        state.current.n if state.current else None,
        id(state.record.paused) if state.record.paused else None,
    )
