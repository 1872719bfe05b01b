"""What the cards of a decision share: the text that scrolls, and for how long keys are ignored."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

GRACE_SECONDS = 0.5
"""Seconds for which a new card ignores keys and clicks: they were meant for something else."""


class IdeaText(VerticalScroll, inherit_bindings=False):
    """The part of the card that scrolls. Left and right stay with the log."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "Scroll up", show=False),
        Binding("down", "scroll_down", "Scroll down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("home", "scroll_home", "Top", show=False),
        Binding("end", "scroll_end", "Bottom", show=False),
    ]
