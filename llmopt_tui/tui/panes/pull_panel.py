"""PullPanel: how far a download is, or why it failed, with what can be done about it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from llmopt_tui.core.ports import Clock
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.pulling import PullController
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.score import score_bar

_TICK_SECONDS = 0.25
_NAME_CHARS = 60
_ERROR_CHARS = 300


class PullPanel(Horizontal):
    """Not there while nothing is pulled; then two lines: facts, and a bar under them."""

    DEFAULT_CSS = """
    PullPanel { display: none; height: auto; padding: 0 1; background: $surface; }
    PullPanel.-busy { display: block; }
    PullPanel.-failed { border-left: outer $error; }
    PullPanel > #pull-text { width: 1fr; height: auto; max-height: 5; }
    PullPanel > Button {
        width: auto; min-width: 10; margin-left: 1; background: $panel; color: $foreground;
    }
    PullPanel > .pull-failed { display: none; }
    PullPanel.-failed > .pull-failed { display: block; }
    PullPanel.-failed > #pull-cancel { display: none; }
    """

    class Chosen(Message):
        """A button was pressed: "cancel", "again" or "dismiss"."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, pulls: PullController, clock: Clock) -> None:
        super().__init__(id="pull")
        self._pulls, self._clock = pulls, clock

    def compose(self) -> ComposeResult:
        """The words, and buttons for the mouse: keys reach the same from wherever the focus is."""
        yield Plain(id="pull-text")
        for id, label, classes in (
            ("cancel", "Cancel", ""),
            ("again", "Try again", "pull-failed"),
            ("dismiss", "Dismiss", "pull-failed"),
        ):
            button = Button(label, id=f"pull-{id}", name=id, compact=True, classes=classes)
            button.can_focus = False
            yield button

    def on_mount(self) -> None:
        """Time passes on its own."""
        self.set_interval(_TICK_SECONDS, self._tick)

    def on_resize(self) -> None:
        """The bar is as long as there is room."""
        self.draw()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Hand it on."""
        event.stop()
        self.post_message(self.Chosen(event.button.name or ""))

    def _tick(self) -> None:
        if self._pulls.running:
            self.draw()

    def draw(self) -> None:
        """Say how things stand."""
        pulls = self._pulls
        self.set_class(bool(pulls.queue), "-busy")
        self.set_class(bool(pulls.problem), "-failed")
        if pulls.queue:
            self.query_one("#pull-text", Plain).update(self._text())

    def _text(self) -> Content:
        pulls = self._pulls
        model = pulls.queue[0]
        if pulls.problem:
            name = one_line(fmt.model_in(model, _NAME_CHARS), _NAME_CHARS)
            words = f"{name} was not pulled. {one_line(pulls.problem, _ERROR_CHARS)}"
            lost = "\nThe run has not begun." if pulls.run_after else ""
            return Content.assemble(("! ", "bold"), words, lost)
        width = max(20, self.query_one("#pull-text").size.width)
        facts = pulls.pull.facts(self._clock.monotonic()) if pulls.pull else ["starting"]
        rest = "   ".join(one_line(fact, 60) for fact in facts)
        room = max(10, width - len(rest) - 5)
        after = self._after()
        share = pulls.pull.share if pulls.pull else 0.0
        filled, empty = score_bar(share, max(5, width - len(after) - 2))
        return Content.assemble(
            ("↓ ", "bold"),
            (one_line(fmt.model_in(model, room), room), "bold"),
            f"   {rest}\n{filled}",
            (empty, "$foreground-disabled"),
            (f"  {after}", "$foreground-muted"),
        )

    def _after(self) -> str:
        more = len(self._pulls.queue) - 1
        parts = [f"{more} more"] if more else []
        if self._pulls.run_after:
            parts.append("the run")
        return f"then {' and '.join(parts)}" if parts else ""
