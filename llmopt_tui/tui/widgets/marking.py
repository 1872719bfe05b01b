"""Marking text with the mouse: what a click that ends a drag means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.widget import Widget


def ends_a_drag(widget: Widget) -> bool:
    """Whether the click that is being handled ended a drag that marked text.

    A click without a drag removes every mark, so what is still marked then was marked by this one.
    It opens and closes nothing: the person wants to copy.
    """
    return bool(widget.screen.selections)
