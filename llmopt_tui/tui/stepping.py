"""Stepping: the tab key, which moves the focus before the next key is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType


class StepsFocus(App[None]):
    """The part of the app that moves the focus by keys.

    Textual hands a key to the focused widget and reads the next one at once: keys typed quickly
    after a tab would go to the widget that had the focus before. A priority binding is carried out
    before the next key is read.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "step_focus(1)", "Next pane", show=False, priority=True),
        Binding("shift+tab", "step_focus(-1)", "Previous pane", show=False, priority=True),
    ]

    def action_step_focus(self, by: int) -> None:
        """Focus the next widget that takes keys, or with -1 the previous one.

        A screen whose panes are under tabs has an action of its own for that.
        """
        own: Callable[[int], None] | None = getattr(self.screen, "action_next_stop", None)
        if own is not None:
            own(by)
        elif by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()
