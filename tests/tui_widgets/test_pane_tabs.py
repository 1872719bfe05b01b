"""Panes under tabs: which are put away, which are shown in part, and where the keys go."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from llmopt_tui.tui.widgets.pane_tabs import PaneTabs

TITLES = {"one": "1 One", "two": "2 Two", "three": "3 Three"}
STOPS = (("one", "#one Input"), ("two", "#two Input"), ("three", "#three Input"))


class Panes(App[None]):
    """Two panes in the left column, one in the right."""

    CSS: ClassVar = ".-away { display: none; } #left, #right, #one, #two, #three { height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self.tabs = PaneTabs(TITLES, ("left", "right"), STOPS, marks=True)

    def compose(self) -> ComposeResult:
        yield self.tabs
        with Horizontal():
            with Vertical(id="left"):
                yield Vertical(Input(), id="one")
                yield Vertical(Input(), id="two")
            with Vertical(id="right"):
                yield Vertical(Input(), id="three")

    def called(self, name: str) -> set[str]:
        """How the panes and columns of a class are called."""
        return {str(widget.id) for widget in self.query(f".{name}")}

    def text(self) -> str:
        """The line of tabs."""
        return self.tabs.render().plain


async def test_what_is_not_chosen_is_away_and_so_is_a_column_without_a_pane() -> None:
    app = Panes()
    async with app.run_test(size=(60, 10)):
        app.tabs.select("two")
        assert app.called("-away") == {"one", "three", "right"}
        app.tabs.select("three")
        assert app.called("-away") == {"one", "two", "left"}
        assert app.called("-part") == set()


async def test_the_tab_of_what_needs_attention_is_marked() -> None:
    app = Panes()
    async with app.run_test(size=(60, 10)):
        app.tabs.select("one")
        app.tabs.demand({}, ["three"])
        assert app.called("-away") == {"two", "three", "right"}
        assert "3 Three ●" in app.text()
        assert "1 One ●" not in app.text()


async def test_a_pane_may_have_another_one_below_it() -> None:
    app = Panes()
    async with app.run_test(size=(60, 10)):
        app.tabs.select("one")
        app.tabs.demand({"one": "three"}, [])
        assert app.called("-away") == {"two"}
        assert app.called("-part") == {"one", "left"}


async def test_the_tab_key_goes_through_panes_that_are_away() -> None:
    app = Panes()
    async with app.run_test(size=(60, 10)):
        app.tabs.go("one")
        seen = []
        for _ in range(3):
            assert app.tabs.go_on(1)
            seen.append(app.tabs.chosen)
        assert seen == ["two", "three", "one"]
        app.screen.set_focus(None)
        assert not app.tabs.go_on(1)
