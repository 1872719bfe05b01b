"""How much room each pane gets: pure arithmetic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.store.appearance import Panes
from llmopt_tui.tui.pane_sizes import (
    NAMES,
    Room,
    heights,
    left_width,
    moved,
    pushed_shut,
    step,
    talk_width,
    usable,
    without,
)

USUAL, ROOM = Panes(), Room(120, 36)
CELLS = st.integers(-50, 400)


def test_before_a_run_the_lists_have_the_room_and_then_the_log_has_it() -> None:
    assert left_width(USUAL, ROOM, idle=True) == 58
    assert left_width(USUAL, ROOM, idle=False) is None
    mine = moved(USUAL, ROOM, "left", 40)
    assert left_width(mine, ROOM, idle=True) == left_width(mine, ROOM, idle=False) == 40
    assert left_width(mine, Room(200, 36), idle=False) == 67
    assert talk_width(USUAL, ROOM) is None
    assert talk_width(moved(USUAL, ROOM, "talk", 50), ROOM) == 50


def test_the_list_that_needs_less_leaves_the_rest() -> None:
    assert heights(USUAL, ROOM, 4, 90) == (4, 32)
    assert heights(USUAL, ROOM, 90, 5) == (31, 5)
    assert heights(USUAL, ROOM, 90, 90) == (18, 18)
    assert heights(USUAL, ROOM, 6, 10) == (16, 20)
    assert heights(moved(USUAL, ROOM, "models", 9), ROOM, 90, 5) == (9, 27)


@given(CELLS, CELLS, CELLS, st.integers(110, 400), st.integers(8, 120))
def test_no_pane_is_pushed_off_the_screen(left, talk, models, width, height) -> None:
    room = Room(width, height)
    panes = moved(
        moved(moved(USUAL, room, "left", left), room, "talk", talk), room, "models", models
    )
    for cells in (left_width(panes, room, idle=False), talk_width(panes, room)):
        assert cells is not None
        assert 0 < cells < width - 30
    upper, lower = heights(panes, room, 5, 5)
    assert upper + lower == height
    assert min(upper, lower) >= 4


def test_hiding_leaves_one_and_shoving_an_edge_shut_hides() -> None:
    panes = USUAL
    for name in NAMES:
        panes = without(panes, frozenset({name}))
    assert panes.hidden == {"models", "cases", "log"}
    assert pushed_shut(ROOM, "left", 5) == ("models", "cases")
    assert pushed_shut(ROOM, "left", 20) == pushed_shut(ROOM, "talk", 30) == ()
    assert pushed_shut(ROOM, "talk", 5) == ("talk",)
    assert (pushed_shut(ROOM, "models", 1), pushed_shut(ROOM, "models", 35)) == (
        ("models",),
        ("cases",),
    )


def test_each_pane_grows_at_the_edge_that_it_has() -> None:
    everything = frozenset(NAMES)
    assert step("models", "width", everything) == ("left", 4)
    assert step("log", "width", everything) == ("talk", -4)
    assert step("log", "width", everything - {"talk"}) == ("left", -4)
    assert step("talk", "width", everything - {"log"}) == ("left", -4)
    assert step("cases", "height", everything) == ("models", -2)
    assert step("cases", "height", everything - {"models"})[1] == 0
    assert step("log", "height", everything)[1] == 0


def test_what_was_kept_never_leaves_an_empty_screen() -> None:
    assert usable(None) == usable(Panes(maximized="no pane")) == USUAL
    assert usable(Panes(hidden=frozenset(NAMES))) == USUAL
    kept = Panes({"left": 0.4}, frozenset({"talk"}), "log")
    assert usable(kept) == kept
