"""Text from outside stays text: in labels, titles, cells, notifications and streams."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content
from textual.widgets import DataTable

from llmopt_tui.core.text.plain import visible
from llmopt_tui.tui.widgets.plain import (
    Plain,
    StreamingText,
    notify_plain,
    plain_cell,
    plain_text,
)
from tests.nasty import NASTY, naming
from tests.tui_widgets.hosts import Host
from tests.tui_widgets.screen_text import obeyed, screen_text, widget_text

SHORT = [text for text in NASTY if len(text) < 200 and "\n" not in text and text.strip()]


async def test_labels_show_nasty_text_inert() -> None:
    app = Host()
    async with app.run_test(size=(250, 30)) as pilot:
        for text in NASTY:
            with naming(text):
                label = Plain(text)
                await app.show(label)
                await pilot.pause()
                assert not obeyed(screen_text(app))
                if text in SHORT and "\t" not in text:
                    assert visible(text).strip() in widget_text(label)
                label.update("then " + text)
                await pilot.pause()
                assert widget_text(label).startswith("then")
                assert not obeyed(screen_text(app))


@pytest.mark.long
async def test_titles_show_nasty_text_inert() -> None:
    app = Host()
    async with app.run_test(size=(300, 8)) as pilot:
        for text in NASTY:
            with naming(text):
                label = Plain("inside")
                label.styles.border = ("round", "white")
                label.border_title = plain_text("Title " + text)
                await app.show(label)
                await pilot.pause()
                shown = screen_text(app)
                assert not obeyed(shown)
                if text in SHORT and "\t" not in text and len(text) < 100:
                    assert visible(text).strip() in shown


async def test_table_cells_show_nasty_text_inert_on_one_line() -> None:
    table: DataTable[object] = DataTable()
    async with Host(table).run_test(size=(300, len(NASTY) + 5)) as pilot:
        table.add_column(plain_cell("[b]head[/b]"), width=220)
        for text in NASTY:
            table.add_row(plain_cell(text))
        await pilot.pause()
        shown = screen_text(pilot.app)
        assert not obeyed(shown)
        assert "[b]head[/b]" in shown
        assert "[bold red]not bold[/bold red]" in shown
        assert "␛[31mred␛[0m" in shown
        assert table.row_count == len(NASTY)


@pytest.mark.long
async def test_notifications_show_nasty_text_inert() -> None:
    app = Host()
    async with app.run_test(size=(200, 30), notifications=True) as pilot:
        for text in SHORT:
            with naming(text):
                notify_plain(app, "Failed: " + text, title=text)
                await pilot.pause()
                shown = screen_text(app)
                assert shown.count("Failed:") == 1
                assert not obeyed(shown)
                if "[" in text and len(text) < 50:
                    assert visible(text).strip() in shown
                app.clear_notifications()
                await pilot.pause()


async def test_content_that_we_built_keeps_its_styles() -> None:
    label = Plain(Content.styled("ours", "bold"))
    async with Host(label).run_test() as pilot:
        await pilot.pause()
        bold = [s.text for s in label.render_line(0) if s.style and s.style.bold]
        assert bold == ["ours"]


@pytest.mark.long
async def test_streams_show_nasty_text_inert() -> None:
    app = Host()
    async with app.run_test(size=(60, 30)) as pilot:
        for text in NASTY:
            with naming(text):
                stream = StreamingText()
                await app.show(stream)
                for start in range(0, len(text), 700):
                    stream.append(text[start : start + 700])
                await pilot.pause()
                assert not obeyed(screen_text(app))
                rows = [stream.render_line(y) for y in range(stream.size.height)]
                assert all(row.cell_length == 60 for row in rows)


@given(st.lists(st.text(max_size=30), max_size=8))
def test_a_short_stream_shows_everything_however_it_is_cut(pieces: list[str]) -> None:
    stream = StreamingText()
    for piece in pieces:
        stream.append(piece)
    stream.append("!")
    assert stream.shown == visible("".join(pieces) + "!").replace("\t", "    ")


def test_a_line_end_may_be_cut_in_two() -> None:
    stream = StreamingText("one\r")
    stream.append("\ntwo")
    assert stream.shown == "one\ntwo"


def test_of_a_long_stream_head_and_tail_are_held_and_the_gap_is_counted() -> None:
    stream = StreamingText()
    written = 0
    for n in range(40_000):
        piece = f"{n} " + ("\n" if n % 20 == 0 else "")
        written += len(piece)
        stream.append(piece)
    head, note, tail = stream.shown.partition(f"… {stream.hidden:,} characters not shown …")
    assert note
    assert len(head) + len(tail) + stream.hidden - 2 == written
    assert len(stream.shown) <= StreamingText.HEAD + StreamingText.TAIL * 5 // 4 + 100
    assert head.startswith("0 \n1 2 3")
    assert tail.endswith("39998 39999 ")


def test_a_long_stream_without_line_ends_is_bounded_too() -> None:
    stream = StreamingText()
    for _ in range(300):
        stream.append("x" * 500)
    assert len(stream.shown) < 20_000
    assert stream.hidden > 100_000


def test_another_text_starts_afresh() -> None:
    stream = StreamingText("a" * 50_000)
    stream.set_text("short")
    assert (stream.shown, stream.hidden) == ("short", 0)
    stream.clear()
    assert stream.shown == ""
