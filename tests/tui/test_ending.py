"""The end of a run: what it came to, and what can be done with it from there."""

from __future__ import annotations

import tomllib
from pathlib import Path

from textual.widgets import Input

from llmopt_tui.tui.panes.end_panel import EndPanel
from llmopt_tui.tui.screens.dialogs import Ask, Choose
from tests.tui.harness import Stage, make_case, until, words_of


def said(panel: EndPanel) -> str:
    """What the panel shows, without its border."""
    return words_of(panel).replace("▌ ", "")


async def test_the_end_says_what_was_gained_and_keeps_the_prompt(tmp_path: Path) -> None:
    stage = Stage(tmp_path, cases=[make_case(train=6)])
    stage.endpoints.settings = stage.endpoints.settings.__class__(
        proposals=1, demonstrations=0, mode="auto"
    )
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.run(pilot)
        panel = stage.workbench.query_one(EndPanel)
        await until(pilot, lambda: "nobody tuned on" in said(panel))
        assert "UNDERPOWERED" in said(panel)
        assert "On the 6 train examples that ideas are made from:" in said(panel)
        panel.scroll_end(animate=False)
        await until(pilot, lambda: "is made of: iteration" in said(panel))
        panel.scroll_home(animate=False)

        # The name is asked for, and one that is taken is refused.
        (stage.workspace.prompts).mkdir()
        (stage.workspace.prompts / "concise_description.toml").write_text("mine", "utf-8")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(stage.app.screen, Ask))
        line = stage.app.screen.query_one(Input)
        assert line.value == "concise_description-2"
        line.value = "concise_description"
        await pilot.press("enter")
        await until(pilot, lambda: "already" in words_of(stage.app.screen))
        line.value = "short"
        await pilot.press("enter")
        saved = stage.workspace.prompts / "short.toml"
        await until(pilot, saved.is_file)
        await until(pilot, lambda: "provenance" in saved.read_text("utf-8"))
        assert tomllib.loads(saved.read_text("utf-8"))["name"] == "short"
        assert (stage.workspace.prompts / "concise_description.toml").read_text("utf-8") == "mine"

        # By mouse: the words in the panel do what their keys do.
        await until(pilot, lambda: stage.app.screen is stage.workbench)
        keys = panel.query_one("#end-keys")
        shown = str(keys.render())
        await pilot.click(keys, offset=(shown.index("X export") + 2, 0))
        await until(pilot, lambda: isinstance(stage.app.screen, Choose))
        await pilot.press("5")
        await until(pilot, lambda: isinstance(stage.app.screen, Ask))
        assert stage.app.screen.query_one(Input).value.endswith(".promptfoo.json")
        stage.app.screen.query_one(Input).value = str(tmp_path / "out" / "test.json")
        await pilot.press("enter")
        await until(pilot, (tmp_path / "out" / "test.json").is_file)


async def test_what_was_stopped_says_so_and_resumes(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        stage.app.controller.stop()
        await until(pilot, lambda: not stage.app.controller.running)
        await until(pilot, lambda: "g resume" in said(stage.workbench.query_one(EndPanel)))
        assert "Stopped before the held-out" in said(stage.workbench.query_one(EndPanel))
        await pilot.press("g")
        await until(pilot, lambda: stage.app.controller.running)
        await stage.deciding(pilot)
        assert not stage.workbench.query_one(EndPanel).display

    # The app was left in the middle of the run: the next start offers to resume it.
    again = Stage(tmp_path)
    async with again.app.run_test(size=(120, 40)) as pilot:
        await again.ready(pilot)
        await until(pilot, lambda: "was interrupted" in words_of(again.workbench), 60)
        await until(pilot, lambda: again.workbench.query("StartPanel Button"))
        again.workbench.query_one("StartPanel Button").focus()
        await pilot.press("enter")
        await again.deciding(pilot)
