"""Panes made larger, hidden, shown alone and left so for next time, by keys and by the mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Region
from textual.pilot import Pilot

from llmopt_tui.store.appearance import AppearanceFile
from llmopt_tui.tui.theme import Looks
from llmopt_tui.tui.widgets.pane_tabs import PaneTabs
from tests.tui.harness import Stage, text_of, until

SIZE = (120, 40)


def stage_of(root: Path) -> Stage:
    """An app that remembers how it looked, in a file of the test."""
    stage = Stage(root)
    stage.app.looks = Looks(stage.app, AppearanceFile(root / "state" / "appearance.json"))
    stage.app.looks.begin()
    return stage


def region(stage: Stage, name: str) -> Region:
    return stage.workbench.query_one(f"#{name}").region


def shown(stage: Stage) -> set[str]:
    names = ("models", "cases", "log", "talk")
    return {name for name in names if region(stage, name).area}


async def has_width(stage: Stage, pilot: Pilot[None], name: str, width: int) -> None:
    await until(pilot, lambda: region(stage, name).width == width)


async def test_panes_are_arranged_by_keys_and_stay_so(tmp_path: Path) -> None:
    stage = stage_of(tmp_path)
    async with stage.app.run_test(size=SIZE) as pilot:
        await stage.ready(pilot)
        await has_width(stage, pilot, "models", 58)  # nothing runs: the lists have the room
        await pilot.press("<", "<")
        await has_width(stage, pilot, "models", 50)
        height = region(stage, "models").height
        await pilot.press("+")
        await until(pilot, lambda: region(stage, "models").height == height + 2)
        await pilot.press("Z")
        await until(pilot, lambda: shown(stage) == {"cases", "log", "talk"})
        tabs = stage.workbench.query_one(PaneTabs)
        await until(pilot, lambda: "1 Models +" in text_of(tabs))
        await pilot.press("1")
        await until(pilot, lambda: len(shown(stage)) == 4)
        await pilot.press("z")
        await until(pilot, lambda: shown(stage) == {"models"})
        await pilot.press("3")
        await until(pilot, lambda: shown(stage) == {"log"})
        await pilot.press("2", "z")
        await until(pilot, lambda: len(shown(stage)) == 4)
        await pilot.press("tab", "Z")
        await until(pilot, lambda: len(shown(stage)) == 3)
        left = shown(stage)
    again = stage_of(tmp_path)
    async with again.app.run_test(size=SIZE) as pilot:
        await again.ready(pilot)
        await until(pilot, lambda: shown(again) == left)
        await has_width(again, pilot, "cases", 50)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: shown(again) == {"models"})
        await pilot.resize_terminal(*SIZE)
        await until(pilot, lambda: shown(again) == left)
        await pilot.press("=")
        await until(pilot, lambda: len(shown(again)) == 4)
        await has_width(again, pilot, "models", 58)


@pytest.mark.long
async def test_panes_are_arranged_by_the_mouse(tmp_path: Path) -> None:
    stage = stage_of(tmp_path)
    async with stage.app.run_test(size=SIZE) as pilot:
        await stage.ready(pilot)
        await has_width(stage, pilot, "models", 58)

        async def drag(start: tuple[int, int], *to: tuple[int, int]) -> None:
            await pilot.mouse_down(offset=start)
            for place in to:
                await pilot.hover(offset=place)
            await pilot.mouse_up(offset=to[-1])

        await drag((57, 10), (50, 10), (39, 10))
        await has_width(stage, pilot, "models", 40)
        assert not stage.workbench.selections
        talk = region(stage, "talk")
        await drag((talk.x, 12), (talk.x - 8, 12))
        await has_width(stage, pilot, "talk", talk.width + 8)
        models = region(stage, "models")
        await drag((10, models.bottom - 1), (10, models.bottom + 2))
        await until(pilot, lambda: region(stage, "models").height == models.height + 3)

        talk = region(stage, "talk")
        await drag((talk.x, 12), (110, 12), (117, 12))
        await until(pilot, lambda: "talk" not in shown(stage))
        tabs = stage.workbench.query_one(PaneTabs)
        await until(pilot, lambda: "4 Interviewer +" in text_of(tabs))
        await pilot.click(tabs, offset=(text_of(tabs).index("4 Interviewer"), 0))
        await until(pilot, lambda: "talk" in shown(stage))

        await pilot.click(offset=(region(stage, "log").x + 20, 1), times=2)
        await until(pilot, lambda: shown(stage) == {"log"})
        await until(pilot, lambda: "show all panes" in text_of(tabs))
        await pilot.click(tabs, offset=(text_of(tabs).index("show all"), 0))
        await until(pilot, lambda: len(shown(stage)) == 4)

        # What waits for the person is shown, hidden or not.
        await pilot.press("4", "Z", "1")
        await until(pilot, lambda: "talk" not in shown(stage))
        await stage.run(pilot)
        await stage.deciding(pilot)
        await until(pilot, lambda: "talk" in shown(stage))
