"""Words that do something when they are clicked."""

from __future__ import annotations

from textual.content import Content
from textual.style import Style


def link(text: str, action: str, style: str = "") -> Content:
    """Our own text; a click on it runs an action, e.g. "screen.stop"."""
    return linked(Content.styled(text, style) if style else Content(text), action)


def linked(content: Content, action: str) -> Content:
    """The same text; a click on it runs the action."""
    return content.stylize(Style.from_meta({"@click": action}))
