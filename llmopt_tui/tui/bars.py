"""The three lines that are always there: where one is, what is going on, which keys do what."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.durations import clock
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.commands import BY_ID, key_of
from llmopt_tui.tui.links import link, linked

if TYPE_CHECKING:
    from llmopt_tui.state.run_state import RunState

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TICK_SECONDS = 0.1
_REASON_CHARS = 200
_DOING = 24
"""Cells for what is being done, which goes before numbers."""
_DROPPED_FIRST = ("elapsed", "session", "progress")
_STOPS = {
    "target_reached": "target reached",
    "no_improvement_suggested": "no improvement suggested",
    "plateau": "the score stopped rising",
    "max_iterations": "iteration limit reached",
    "stopped_by_user": "stopped",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Where a run stands. Seconds; `doing_for` is how long the present step has taken.

    `can_run` says whether there is a model and a case to be picked, `waiting_for` what else than
    a run is under way, `waiting` how many suggestions the person has not decided about. `now` is
    the time by which a pause is measured, `pause_key` the key that ends it, `left` what the run
    is expected to take yet, in words, "" while that is not known.
    """

    running: bool = False
    can_run: bool = True
    waiting_for: str = ""
    stopping: bool = False
    pausing: bool = False
    position: int = 0
    total: int = 0
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
        case "deciding":
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
    text = _STOPS[record.finished.stop_reason]
    if record.baseline_score is not None and record.best_score is not None:
        text += f": {record.baseline_score:.2f} → {record.best_score:.2f}"
    return text


def _paused(state: RunState, facts: RunFacts) -> str:
    paused = state.record.paused
    if paused is None or paused.by == "person":
        return f"paused, {facts.pause_key} goes on"
    if paused.retry_in is None:
        return f"waiting for the server: {one_line(paused.reason, _REASON_CHARS)}"
    since = (facts.now - paused.at).total_seconds() if facts.now else facts.doing_for
    return _trying_again(paused.retry_in - since, paused.reason, facts)


def _trying_again(left: float, reason: str, facts: RunFacts) -> str:
    """The countdown first: on a narrow terminal the reason is what gives way."""
    countdown = f"trying again in {max(0, math.ceil(left))} s, {facts.pause_key} tries now"
    return f"{countdown}: {one_line(reason, _REASON_CHARS)}"


def progress(state: RunState | None) -> str:
    """How far the session is: iteration of the most there may be, call of those planned."""
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
    """What tells one step from the next, for measuring how long one takes."""
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


def _cells(parts: list[Content]) -> int:
    return sum(part.cell_length + 2 for part in parts)


class Bar(Widget):
    """One line that is drawn anew when its content differs."""

    DEFAULT_CSS = """
    Bar {
        height: 1; width: 1fr; link-style: none; link-background: transparent;
        link-color: $foreground; link-style-hover: underline;
        link-background-hover: transparent; link-color-hover: $foreground;
    }
    #top-bar, #key-bar { background: $panel; }
    """
    can_focus = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._content = Content("")

    def render(self) -> Content:
        """The line, cut where the terminal ends."""
        return self._content.truncate(self.size.width) if self.size.width else self._content

    def put(self, left: Content, right: Content | None = None) -> None:
        """Show something at the left and something at the right; the left gives way."""
        if right is not None:
            room = max(0, self.size.width - right.cell_length - 1)
            left = left.truncate(room, ellipsis=True, pad=True)
            left = Content.assemble(left, " ", right)
        if not left.is_same(self._content):
            self._content = left
            self.refresh()


class TopBar(Bar):
    """The program, its screens, the endpoint, the interviewer and who decides."""

    def __init__(self, here: str) -> None:
        super().__init__(id="top-bar")
        self._here = here
        self._right: list[Content] = []

    def on_resize(self) -> None:
        """Lay the two sides out again."""
        self._draw()

    def show(self, endpoints: Iterable[tuple[str, bool]], interviewer: str, mode: str) -> None:
        """Name the endpoints, each with whether it answers, the interviewer and the mode."""
        self._right = [
            Content.assemble(
                f"{one_line(name, 40)} ",
                ("●", "$text-success") if alive else ("○ no answer", "$text-error"),
            )
            for name, alive in endpoints
        ]
        if interviewer:
            self._right.append(Content(f"interviewer {one_line(fmt.short_model(interviewer), 30)}"))
        self._right.append(link(f"{mode:<6} ", "screen.mode", "bold"))
        self._draw()

    def _draw(self) -> None:
        parts: list[str | tuple[str, str] | Content] = [(" llmopt-tui", "bold"), "  "]
        for name in ("workbench", "sessions", "leaderboard"):
            style = "bold underline" if name == self._here else "$text-muted"
            parts += [" ", link(BY_ID[name].title, f"app.{name}", style), " "]
        left = Content.assemble(*parts)
        right = list(self._right)
        # The mode stays longest: it says who acts.
        while len(right) > 1 and left.cell_length + _cells(right) > self.size.width:
            right.pop(-2)
        self.put(left, Content("  ").join(right))


class StatusLine(Bar):
    """What the worker does now, for how long, how far it is."""

    def __init__(self, facts: Callable[[], tuple[RunState | None, RunFacts]]) -> None:
        super().__init__(id="status-line")
        self._facts = facts
        self._frame = 0

    def on_mount(self) -> None:
        """Time passes on its own; everything else comes by `draw`."""
        self.set_interval(_TICK_SECONDS, self._tick)

    def on_resize(self) -> None:
        """Lay the two sides out again."""
        self.draw()

    def _tick(self) -> None:
        facts = self._facts()[1]
        if facts.running or facts.waiting_for:
            self._frame += 1
            self.draw()

    def draw(self) -> None:
        """Say how things stand."""
        state, facts = self._facts()
        waiting = state is not None and state.activity == "deciding"
        busy = (facts.running and not waiting) or bool(facts.waiting_for)
        mark = _SPINNER[self._frame % len(_SPINNER)] if busy else "●" if waiting else " "
        words = doing(state, facts)
        style = "bold $text-accent" if waiting else ""
        left: list[str | tuple[str, str]] = [f" {mark} ", (words, style)]
        if busy and facts.doing_for >= 1:
            left.append((f"  {fmt.seconds(facts.doing_for).strip()}", "$text-muted"))
        right: list[str | Content] = [progress(state)] if facts.running else []
        if facts.waiting > 1:
            right.append(link(f"{facts.waiting} suggestions wait", "screen.inbox"))
        if facts.total > 1:
            right.append(f"session {facts.position}/{facts.total}")
        if facts.total:
            right.append(clock(facts.elapsed))
        if facts.running and facts.left:
            right.append(f"left {facts.left}")
        self.put(
            Content.assemble(*left),
            Content("   ")
            .join(Content(p) if isinstance(p, str) else p for p in right if p)
            .append(" ")
            .stylize("$text-muted"),
        )


class KeyBar(Bar):
    """The keys that matter now, each of which can be clicked."""

    def __init__(self) -> None:
        super().__init__(id="key-bar")
        self._ids: tuple[str, ...] = ()
        self._names: Mapping[str, str] = {}
        self._keymap: Mapping[str, str] = {}

    def on_resize(self) -> None:
        """Lay the two sides out again."""
        self._draw()

    def show(
        self, ids: Iterable[str], keymap: Mapping[str, str], names: Mapping[str, str] | None = None
    ) -> None:
        """Show these commands in this order; `names` overrides what some are called here."""
        self._ids, self._keymap, self._names = tuple(ids), keymap, names or {}
        self._draw()

    def _draw(self) -> None:
        fixed = ("help", "palette", "quit")
        right = Content("  ").join(self._entry(i) for i in fixed) + Content(" ")
        entries = [self._entry(i) for i in self._ids if i not in fixed]
        left = Content(" ") + Content("  ").join(entries)
        while entries and left.cell_length + right.cell_length + 2 > self.size.width:
            entries.pop()
            left = Content(" ") + Content("  ").join(entries)
        self.put(left, right)

    def _entry(self, command_id: str) -> Content:
        command = BY_ID[command_id]
        key = key_of(command_id, self._keymap)
        name = self._names.get(command_id, command.short)
        text = Content.assemble((key, "bold"), " ", (name, "$text-muted"))
        space = "app" if command.scope == "app" else "screen"
        return linked(text, f"{space}.{command.action}")
