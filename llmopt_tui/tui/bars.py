"""The bars at the top and the bottom of a screen: where the person is, and what the run does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.durations import clock
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.commands import BY_ID
from llmopt_tui.tui.links import link
from llmopt_tui.tui.run_words import RunFacts, doing, progress

if TYPE_CHECKING:
    from textual.timer import Timer

    from llmopt_tui.state.run_state import RunState

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_TICK_SECONDS = 0.1


def _cells(parts: list[Content]) -> int:
    return sum(part.cell_length + 2 for part in parts)


class Bar(Widget):
    """One line that is redrawn only when its content has changed."""

    DEFAULT_CSS = """
    Bar {
        height: 1; width: 1fr; link-style: none; link-background: transparent;
        link-color: $foreground; link-style-hover: underline;
        link-background-hover: transparent; link-color-hover: $foreground;
    }
    """
    can_focus = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._content = Content("")

    def render(self) -> Content:
        """The line, cut at the width of the terminal."""
        return self._content.truncate(self.size.width) if self.size.width else self._content

    def put(self, left: Content, right: Content | None = None) -> None:
        """Show one text at the left and one at the right. The left is cut where both do not fit."""
        if right is not None:
            room = max(0, self.size.width - right.cell_length - 1)
            left = left.truncate(room, ellipsis=True, pad=True)
            left = Content.assemble(left, " ", right)
        if not left.is_same(self._content):
            self._content = left
            self.refresh()


class TopBar(Bar):
    """The program's name, its screens, the endpoints, the interviewer and the mode."""

    DEFAULT_CSS = "TopBar { background: $panel; }"

    def __init__(self, here: str) -> None:
        super().__init__(id="top-bar")
        self._here = here
        self._right: list[Content] = []

    def on_resize(self) -> None:
        """Lay the two sides out again."""
        self._draw()

    def show(self, endpoints: Iterable[tuple[str, bool]], interviewer: str, mode: str) -> None:
        """Show the endpoints (name, whether it answers), the interviewer and the mode."""
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
        for name in ("workbench", "try", "case_screen", "sessions", "leaderboard"):
            style = "bold underline" if name == self._here else "$text-muted"
            parts += [" ", link(BY_ID[name].title, f"app.{name}", style), " "]
        left = Content.assemble(*parts)
        right = list(self._right)
        # The mode stays longest: it says who acts.
        while len(right) > 1 and left.cell_length + _cells(right) > self.size.width:
            right.pop(-2)
        self.put(left, Content("  ").join(right))


class StatusLine(Bar):
    """What the run does now, for how long, and how far it is."""

    def __init__(self, facts: Callable[[], tuple[RunState | None, RunFacts]]) -> None:
        super().__init__(id="status-line")
        self._facts = facts
        self._frame = 0
        self._clock: Timer | None = None

    def on_mount(self) -> None:
        """Redraw the elapsed time by a timer; everything else changes only through `draw`."""
        self._clock = self.set_interval(_TICK_SECONDS, self._tick, pause=True)

    def on_resize(self) -> None:
        """Lay the two sides out again."""
        self.draw()

    def _tick(self) -> None:
        self._frame += 1
        self.draw()

    def draw(self) -> None:
        """Show the current state of the run."""
        state, facts = self._facts()
        if self._clock:
            (self._clock.resume if facts.running or facts.waiting_for else self._clock.pause)()
        waiting = facts.deciding and state is not None and state.record.paused is None
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
