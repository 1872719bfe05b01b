"""A small app that shows given widgets, one below the other."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget


class Host(App[None]):
    CSS: ClassVar[str] = "VerticalScroll { scrollbar-size: 0 0; }"

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self._shown = widgets

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield from self._shown

    async def show(self, *widgets: Widget) -> None:
        """Show these in place of what is shown."""
        scroll = self.query_one(VerticalScroll)
        await scroll.remove_children()
        await scroll.mount(*widgets)
