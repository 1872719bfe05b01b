"""Marked text can be read: in every theme its colour is another one than its background's."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.selection import Selection

import llmopt_tui.tui
from llmopt_tui.tui import theme
from llmopt_tui.tui.widgets.lines import Line, WrappedLines
from llmopt_tui.tui.widgets.plain import Plain

_STYLES = Path(llmopt_tui.tui.__file__).parent / "styles" / "app.tcss"


class Marked(App[None]):
    CSS_PATH: ClassVar = [_STYLES]

    def compose(self) -> ComposeResult:
        yield Plain("marked words")
        yield WrappedLines()

    def on_mount(self) -> None:
        for own in theme.THEMES:
            self.register_theme(own)


@pytest.mark.parametrize("name", [*(t.name for t in theme.THEMES), "textual-dark", "dracula"])
async def test_marked_text_is_seen(name: str) -> None:
    app = Marked()
    async with app.run_test(size=(40, 6)) as pilot:
        app.theme = name
        app.query_one(WrappedLines).set_lines([Line("marked lines", "")])
        await pilot.pause()
        marked = Selection(Offset(0, 0), Offset(6, 0))
        app.screen.selections = {app.query_one(kind): marked for kind in (Plain, WrappedLines)}
        await pilot.pause()
        plain = app.screen.styles.background.rich_color
        found = [
            segment.style
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.text.startswith("marked")
        ]
        assert len(found) == 2
        for style in found:
            assert style is not None
            assert style.color != style.bgcolor
            assert style.bgcolor != plain
