"""RowTable: any number of rows, a cursor, keys and mouse, nothing drawn that is not in sight."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult

from llmopt_tui.tui.widgets.row_table import Cell, RowTable, TableColumn, fitted
from tests.nasty import NASTY, naming
from tests.tui_widgets.screen_text import obeyed, screen_text

COLUMNS = (TableColumn("n", "Number", 8, "right"), TableColumn("name", "Name", 20, strong=True))
SIZE = (40, 11)
IN_SIGHT = SIZE[1] - 1


class TableApp(App[None]):
    def __init__(self, rows: list[Any]) -> None:
        super().__init__()
        self._rows = rows
        self.drawn: list[Any] = []
        self.said: list[str] = []

    def compose(self) -> ComposeResult:
        yield RowTable[Any](self._cell, lambda row: row, lambda row: "+" if row == 2 else "")

    def on_mount(self) -> None:
        self.table.set_columns(COLUMNS)
        self.table.set_rows(self._rows)
        self.table.focus()

    def _cell(self, row: Any, column: TableColumn) -> Cell:
        self.drawn.append(row)
        return (str(row), "dim") if column.key == "n" else (f"row {row}", "")

    @property
    def table(self) -> RowTable[Any]:
        return self.query_one(RowTable)

    def on_row_table_chosen(self) -> None:
        self.said.append(f"chosen {self.table.current}")

    def on_row_table_title_clicked(self, event: RowTable.TitleClicked) -> None:
        self.said.append(f"title {event.key}")


def shown(app: TableApp) -> list[int]:
    return [int(n) for n in re.findall(r"row (\d+)", screen_text(app))]


async def test_every_row_can_be_reached_and_only_those_in_sight_are_drawn() -> None:
    app = TableApp(list(range(10_000)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert shown(app) == list(range(IN_SIGHT))
        app.drawn.clear()
        await pilot.press("end")
        assert app.table.current == 9_999
        assert shown(app) == list(range(10_000 - IN_SIGHT, 10_000))
        assert set(app.drawn) <= {0, *range(10_000 - IN_SIGHT - 1, 10_000)}
        await pilot.press("home")
        assert shown(app)[0] == app.table.current == 0


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (["down", "down", "up"], 1),
        (["up"], 0),
        (["pagedown"], IN_SIGHT),
        (["pagedown", "pagedown", "pageup"], IN_SIGHT),
        (["end", "down"], 99),
        (["end", "pagedown"], 99),
    ],
)
async def test_keys_move_the_cursor_and_bring_it_into_sight(keys: list[str], row: int) -> None:
    app = TableApp(list(range(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*keys)
        assert app.table.current == row
        assert row in shown(app)


async def test_enter_chooses_and_there_is_nothing_to_choose_where_nothing_is() -> None:
    app = TableApp([7])
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        app.table.set_rows([])
        await pilot.press("enter", "down", "end", "pageup")
        assert app.table.current is None
        assert app.said == ["chosen 7"]


async def test_a_click_moves_and_a_second_one_chooses() -> None:
    app = TableApp(list(range(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("end")
        await pilot.click(RowTable, offset=(15, 1))
        assert (app.table.current, app.said) == (90, [])
        await pilot.click(RowTable, offset=(15, 1))
        assert app.said == ["chosen 90"]


async def test_titles_can_be_clicked_and_what_is_beside_them_cannot() -> None:
    app = TableApp([1])
    async with app.run_test(size=SIZE) as pilot:
        for x in (0, 9, 10, 31, 35):
            await pilot.click(RowTable, offset=(x, 0))
        await pilot.click(RowTable, offset=(5, 6))
        assert app.said == ["title n", "title n", "title name", "title name"]


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    app = TableApp(list(range(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot._post_mouse_events([events.MouseScrollDown], RowTable, (5, 5), button=0)
        await pilot.pause()
        await pilot.wait_for_animation()
        assert shown(app)[0] > 0
        assert app.table.current == 0


@pytest.mark.parametrize(
    ("rows", "current"),
    [([5, 4, 3, 2], 3), ([9, 8], 8), ([], None), ([1, 2, 3, 4, 5], 3)],
)
async def test_the_cursor_stays_on_its_row_or_in_its_place(rows: list[int], current: Any) -> None:
    app = TableApp([1, 2, 3, 4])
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down")
        app.table.set_rows(rows)
        await pilot.pause()
        assert app.table.current == current
        assert shown(app) == rows


async def test_until_it_is_moved_the_cursor_is_on_the_first_row() -> None:
    app = TableApp([2, 3])
    async with app.run_test(size=SIZE) as pilot:
        app.table.set_rows([1, 2, 3])
        await pilot.pause()
        assert app.table.current == 1
        await pilot.press("down", "up")
        app.table.set_rows([0, 1, 2, 3])
        await pilot.pause()
        assert app.table.current == 1


async def test_the_row_under_the_cursor_is_in_sight_when_others_are_shown() -> None:
    app = TableApp(list(range(1000)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("end")
        app.table.set_rows(list(range(0, 1000, 9)))
        await pilot.pause()
        assert app.table.current == 999
        assert shown(app)[-1] == 999
        app.table.set_rows(list(reversed(range(1000))))
        await pilot.pause()
        assert shown(app)[0] == 999


async def test_marks_and_signs_stand_before_a_row() -> None:
    app = TableApp([1, 2, 3])
    async with app.run_test(size=SIZE) as pilot:
        app.table.marks.add(3)
        app.table.refresh()
        await pilot.pause()
        rows = screen_text(app).splitlines()[1:4]
        assert [row[0] for row in rows] == [" ", "+", "●"]


@pytest.mark.long
async def test_nasty_cells_are_inert_and_keep_their_width() -> None:
    app = TableApp([])
    async with app.run_test(size=SIZE) as pilot:
        for text in NASTY:
            with naming(text):
                app.table.set_rows([text, "after"])
                await pilot.pause()
                assert app.drawn[-4:].count(text) == 2
                assert not obeyed(screen_text(app))
                assert "row after" in screen_text(app).splitlines()[2]


@given(st.text(max_size=60), st.integers(1, 30), st.sampled_from(["left", "right"]))
def test_a_cell_is_as_wide_as_it_is_to_be(text: str, width: int, justify: Any) -> None:
    shown = fitted(text, width, justify)
    assert cell_len(shown) == width
    assert not obeyed(shown)
