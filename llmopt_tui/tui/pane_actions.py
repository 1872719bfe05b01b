"""PaneActions: how a person arranges a screen's panes, by key, palette and mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.screen import Screen

if TYPE_CHECKING:
    from llmopt_tui.tui.arranging import Arranging


class PaneActions(Screen[None]):
    """The actions of the scope "panes", and dragging borders, for a screen that arranges panes."""

    arranging: Arranging

    def action_wider(self, sign: int) -> None:
        """Make the focused pane wider, or with -1 narrower."""
        self.arranging.resize("width", sign)

    def action_taller(self, sign: int) -> None:
        """Make the focused pane taller, or with -1 shorter."""
        self.arranging.resize("height", sign)

    def action_hide_pane(self) -> None:
        """Hide the focused pane."""
        self.arranging.hide()

    def action_maximize_pane(self) -> None:
        """Show the focused pane alone, or all panes again."""
        self.arranging.maximize()

    def action_usual_panes(self) -> None:
        """Show every pane in its usual size."""
        self.arranging.reset()

    def on_resize(self) -> None:
        """Give the panes their share of the new room."""
        self.call_after_refresh(self.arranging.apply)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to drag a border."""
        if self.arranging.grab(event):
            self.clear_selection()
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Move the border that is dragged."""
        if self.arranging.drag(event):
            self.clear_selection()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Leave the border where it is."""
        if self.arranging.drop(event):
            self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """A double click on a pane's border shows it alone, or all panes again."""
        if event.chain == 2 and (name := self.arranging.border_at(event)):
            self.arranging.maximize(name)
