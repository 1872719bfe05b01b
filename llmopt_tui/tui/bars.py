"""The bars at the top and the bottom of a screen: where the person is, and what the run does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.durations import clock
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.commands import BY_ID
from llmopt_tui.tui.links import link, linked
from llmopt_tui.tui.main_screens import MAIN_SCREENS
from llmopt_tui.tui.run_words import RunFacts, doing, progress
from llmopt_tui.tui.top_facts import Server, TopFacts

if TYPE_CHECKING:
    from textual.timer import Timer

    from llmopt_tui.state.run_state import RunState

_NAME = "llmopt-tui"
_TICK_SECONDS = 0.1


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


@dataclass(frozen=True, slots=True)
class _Form:
    """How much is said. `server`: 2 name and address, 1 the name, 0 only whether it answers."""

    name: bool = True
    short: bool = False
    server: int = 2
    interviewer: bool = True


_FORMS = (
    _Form(),
    _Form(server=1),
    _Form(server=1, name=False),
    _Form(server=1, name=False, interviewer=False),
    _Form(server=0, name=False, interviewer=False),
    _Form(server=0, name=False, interviewer=False, short=True),
)
"""From the one that says most. Which screens there are and who decides is always said."""


class TopBar(Bar):
    """The main screens, the present one marked; at the right the servers, the interviewer and the
    mode. A click on a screen goes there, one on a value opens it in the Settings.

    `here` is the name of the main screen that the bar is on, or that leads to its screen.
    """

    DEFAULT_CSS = "TopBar { background: $panel; }"

    def __init__(self, here: str) -> None:
        super().__init__(id="top-bar")
        self._here = here

    def on_resize(self) -> None:
        """Lay the two sides out again."""
        self.draw()

    def draw(self) -> None:
        """Show the facts that the app has now, as fully as there is room."""
        facts = getattr(self.app, "top_facts", TopFacts())
        for form in _FORMS:
            left, right = self._screens(form), Content("  ").join(_values(facts, form))
            if left.cell_length + right.cell_length + 2 <= self.size.width:
                break
        self.put(left, right)

    def _screens(self, form: _Form) -> Content:
        parts: list[str | Content | tuple[str, str]] = [(f" {_NAME} ", "bold")] * form.name
        for each in MAIN_SCREENS:
            style = "bold underline" if each.name == self._here else "$foreground-muted"
            command = BY_ID[each.command]
            title = each.short if form.short else command.title
            parts += [" ", link(title, f"app.{command.action}", style), " "]
        return Content.assemble(*parts)


def _values(facts: TopFacts, form: _Form) -> Iterator[Content]:
    if facts.servers:
        servers = Content("  ").join(_server(each, form) for each in facts.servers)
        yield linked(servers, "app.settings('host')")
    if facts.interviewer and form.interviewer:
        name = one_line(fmt.short_model(facts.interviewer), 30)
        yield linked(
            Content.assemble(("interviewer ", "$foreground-muted"), name),
            "app.settings('interviewer')",
        )
    if facts.mode:
        yield link(f"{facts.mode:<6} ", "app.settings('mode')", "bold")


def _server(server: Server, form: _Form) -> Content:
    parts: Sequence[str] = (server.name, server.address)[: form.server]
    said = "".join(f"{one_line(part, 40)} " for part in dict.fromkeys(parts) if part)
    if server.alive:
        return Content.assemble(said, ("●", "$text-success"))
    return Content.assemble(said, ("○ no answer" if form.server else "○", "$text-error"))


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
        mark = fmt.SPINNER[self._frame % len(fmt.SPINNER)] if busy else "●" if waiting else " "
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
