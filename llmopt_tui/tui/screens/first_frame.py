"""The first frame: the Workbench's four panes, empty, on the screen before anything is loaded.

Importing what the Workbench needs takes longer than drawing it. This screen shows the person at
once where things will be.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-columns"), (160, "-spacious")]


class _Pane(Widget):
    """An empty pane: a border with a title."""

    def __init__(self, title: str, pane_id: str) -> None:
        super().__init__(id=pane_id, classes="pane")
        self.border_title = title

    def render(self) -> str:
        """Nothing: a bare widget draws its name."""
        return ""


class FirstFrame(Screen[None]):
    """Four titled borders, where the Workbench will have its panes."""

    HORIZONTAL_BREAKPOINTS = HORIZONTAL_BREAKPOINTS
    DEFAULT_CSS = """
    FirstFrame {
        padding: 1 0 2 0;
        #frame-left { width: 28; }
        #frame-models { height: 3fr; }
        #frame-cases { height: 2fr; }
        #frame-log { width: 2fr; }
        #frame-talk { width: 1fr; min-width: 34; }
        &.-spacious #frame-left { width: 58; }
        &.-spacious #frame-talk { max-width: 70; }
        &.-narrow #frame-left { width: 1fr; }
        &.-narrow #frame-cases, &.-narrow #frame-log, &.-narrow #frame-talk { display: none; }
    }
    """

    def compose(self) -> ComposeResult:
        """The four empty panes in their places."""
        with Horizontal():
            with Vertical(id="frame-left"):
                yield _Pane("Models", "frame-models")
                yield _Pane("Cases", "frame-cases")
            yield _Pane("Live log", "frame-log")
            yield _Pane("Interviewer", "frame-talk")
