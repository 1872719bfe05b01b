"""Wrapping: rows fit, nothing is lost, and a line that grows ends up wrapped like a whole one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.geometry import Offset
from textual.selection import SELECT_ALL, Selection

from llmopt_tui.tui.widgets import lines
from llmopt_tui.tui.widgets.lines import Line, WrappedLines, row_starts
from tests.tui_widgets.hosts import Host
from tests.tui_widgets.screen_text import widget_text

TEXT = st.text(alphabet="ab cd  xyz全角é-.", max_size=80)


def rows_of(text: str, width: int) -> list[str]:
    starts = row_starts(text, width)
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


@given(TEXT, st.integers(2, 30))
def test_rows_hold_the_whole_line_and_fit_the_width(text: str, width: int) -> None:
    rows = rows_of(text, width)
    assert "".join(rows) == text
    assert all(cell_len(row.rstrip()) <= width for row in rows)


@given(st.lists(TEXT, max_size=6), st.integers(2, 30))
def test_text_that_grows_is_wrapped_like_text_that_was_there(pieces: list[str], width: int) -> None:
    grown, whole = WrappedLines(), WrappedLines()
    grown._row_width = whole._row_width = width
    for piece in pieces:
        grown.extend(piece)
    whole.set_lines([Line(text) for text in "".join(pieces).split("\n")])
    assert grown.shown == whole.shown
    assert [r for r in grown._rows if r.end] == [r for r in whole._rows if r.end]


def test_words_move_to_the_next_row_whole() -> None:
    assert rows_of("one two three", 8) == ["one two ", "three"]


def test_a_word_longer_than_a_row_is_folded() -> None:
    assert rows_of("a 123456789", 4) == ["a ", "1234", "5678", "9"]


def test_an_append_wraps_only_the_last_row_again(monkeypatch: pytest.MonkeyPatch) -> None:
    widget = WrappedLines()
    widget._row_width = 40
    widget.extend("word " * 2_000)
    wrapped: list[int] = []

    def counting(text: str, width: int) -> list[int]:
        wrapped.append(len(text))
        return row_starts(text, width)

    monkeypatch.setattr(lines, "row_starts", counting)
    for _ in range(50):
        widget.extend("more ")
    assert max(wrapped) <= 40 + 10


async def test_the_widget_is_as_high_as_its_rows_and_follows_the_width() -> None:
    widget = WrappedLines()
    widget.set_lines([Line("one two three four five six")])
    async with Host(widget).run_test(size=(14, 10)) as pilot:
        await pilot.pause()
        assert widget_text(widget).split("\n") == [
            row.ljust(14) for row in ("one two three ", "four five six")
        ]
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert widget.size.height == 1


async def test_a_selection_leaves_out_gutter_and_wrapping() -> None:
    class Marked(WrappedLines):
        gutter_width = 2

    widget = Marked()
    widget.set_lines([Line("one two three", mark="+", more="┊"), Line("end", mark="-")])
    async with Host(widget).run_test(size=(10, 10)) as pilot:
        await pilot.pause()
        assert widget_text(widget).split("\n") == ["+ one two ", "┊ three   ", "- end     "]
        assert widget.get_selection(SELECT_ALL) == ("one two three\nend", "\n")
        part = Selection(Offset(4, 0), Offset(2, 1))
        assert widget.get_selection(part) == ("two three\nen", "\n")


async def test_what_is_selected_is_drawn_so_on_every_row_it_is_wrapped_to() -> None:
    widget = WrappedLines()
    widget.set_lines([Line("one two three")])
    async with Host(widget).run_test(size=(8, 10)) as pilot:
        await pilot.pause()
        pilot.app.screen.selections = {widget: Selection(Offset(4, 0), Offset(10, 0))}
        await pilot.pause()
        marked = pilot.app.screen.get_component_rich_style("screen--selection").bgcolor
        drawn = [
            "".join(s.text for s in widget.render_line(y) if s.style and s.style.bgcolor == marked)
            for y in range(2)
        ]
        assert drawn == ["two ", "th"]
