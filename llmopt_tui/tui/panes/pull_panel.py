"""PullPanel: how far a download is, or why it failed and what the person can do."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Button

from llmopt_tui.core.ports import Clock
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.pulling import PullController
from llmopt_tui.tui.widgets.plain import Plain, notify_plain
from llmopt_tui.tui.widgets.score import score_bar

_LAG_SECONDS = 0.25
"""Seconds by which the panel may lag: a server reports progress many times a second."""
_NAME_CHARS = 60
_ERROR_CHARS = 300


class PullPanel(Horizontal):
    """Two lines, a text and a bar under it. Hidden while nothing is pulled."""

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

    def __init__(self, pulls: PullController, clock: Clock) -> None:
        super().__init__(id="pull")
        self._pulls, self._clock = pulls, clock
        self._drawing: Timer | None = None

    def compose(self) -> ComposeResult:
        """The text, and buttons for the mouse; keys do the same wherever the focus is."""
        yield Plain(id="pull-text")
        for id, label, classes in (
            ("cancel", "Cancel", ""),
            ("again", "Try again", "pull-failed"),
            ("dismiss", "Dismiss", "pull-failed"),
        ):
            button = Button(label, id=f"pull-{id}", name=id, compact=True, classes=classes)
            button.can_focus = False
            yield button

    def on_resize(self) -> None:
        """Draw the bar for the new width."""
        self.draw()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Cancel, try again or dismiss, as the button says."""
        event.stop()
        match event.button.name:
            case "again":
                self._pulls.retry()
            case "dismiss":
                self._pulls.dismiss()
            case _:
                self.cancel()

    def cancel(self) -> None:
        """Cancel the downloads, and say that they can be resumed."""
        if self._pulls.cancel():
            notify_plain(self, "Cancelled. Pulling again resumes where it stopped.")

    def advance(self) -> None:
        """Draw the progress soon."""
        if self._drawing is None:
            self._drawing = self.set_timer(_LAG_SECONDS, self.draw)

    def draw(self) -> None:
        """Show how far the download is, or why it failed."""
        self._drawing = None
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
