"""Marked text can be read: in every theme its colour is another one than its background's."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from rich.color import Color as RichColor
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
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


def contrast(style: Style) -> float:
    """How much a text stands out from its background, by the WCAG: 1 to 21."""
    assert style.color is not None
    assert style.bgcolor is not None
    low, high = sorted(map(luminance, (style.color, style.bgcolor)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: RichColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in Color.from_rich_color(colour).normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


KINDS = ("", "lines--note", "lines--added", "lines--removed")


@pytest.mark.parametrize("no_color", [False, True])
@pytest.mark.parametrize("name", [*(t.name for t in theme.THEMES), "textual-dark", "dracula"])
async def test_marked_text_is_seen(
    name: str, no_color: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    app = Marked()
    async with app.run_test(size=(40, 8)) as pilot:
        app.theme = name
        lines = app.query_one(WrappedLines)
        lines.set_lines([Line("marked lines", kind) for kind in KINDS])
        await pilot.pause()
        marked = Selection(Offset(0, 0), Offset(6, 0))
        ends = {app.query_one(Plain): marked, lines: Selection(Offset(0, 0), Offset(6, 3))}
        app.screen.selections = ends
        await pilot.pause()
        found = [
            segment.style
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.text.startswith("marked") and segment.style
        ]
        plain = next(
            segment.style
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.text.strip() == "words" and segment.style
        )
        assert len(found) == 1 + len(KINDS)
        for style in found:
            assert contrast(style) >= 4.5
            assert style.bgcolor != plain.bgcolor or style.reverse
            assert bool(style.reverse) == no_color
