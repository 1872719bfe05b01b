"""What a terminal would be told to show, as text, and whether it is harmless."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.widget import Widget

from tests.nasty import acted_on


def widget_text(widget: Widget) -> str:
    """The rows of one widget's content."""
    return "\n".join(widget.render_line(y).text for y in range(widget.content_size.height))


def screen_text(app: App[Any]) -> str:
    """Every row of the screen."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def obeyed(text: str) -> set[str]:
    """The characters that a terminal would act on instead of showing them."""
    return acted_on(text)
