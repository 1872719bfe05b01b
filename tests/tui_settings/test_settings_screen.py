"""The Settings: seen, changed, saved and taken back, by keyboard alone and by mouse alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from llmopt_tui.store.appearance import AppearanceFile
from llmopt_tui.tui.bars import TopBar
from llmopt_tui.tui.panes.settings_list import SettingsList
from llmopt_tui.tui.screens.change_setting import Change
from llmopt_tui.tui.screens.dialogs import Confirm
from llmopt_tui.tui.screens.settings import SettingsScreen
from llmopt_tui.tui.theme import Looks
from tests.tui.harness import Stage, text_of, until, words_of

BROKEN = "broken = = 1"
SIZES = [(80, 24), (200, 60)]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("LLMOPT_CONFIG_DIR", str(folder))
    return folder / "llmopt.toml"


@pytest.fixture
def workspace(tmp_path: Path, own: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    file = folder / "llmopt.toml"
    file.write_text("# ours\nmax_iterations = 4 # few\n")
    return file


async def settings_of(stage: Stage, pilot: Pilot[None]) -> SettingsScreen:
    await until(pilot, lambda: isinstance(stage.app.screen, SettingsScreen))
    screen = stage.app.screen
    assert isinstance(screen, SettingsScreen)
    await until(pilot, lambda: screen.query_one(SettingsList).current)
    return screen


async def asked(stage: Stage, pilot: Pilot[None]) -> Change:
    await until(pilot, lambda: isinstance(stage.app.screen, Change) and stage.app.screen.is_mounted)
    await pilot.pause()
    screen = stage.app.screen
    assert isinstance(screen, Change)
    return screen


def text_in(file: Path) -> str:
    return file.read_text()


def break_file(file: Path) -> None:
    file.write_text(BROKEN)


def line_of(screen: SettingsScreen, path: str) -> str:
    rows = screen.query_one(SettingsList)
    at = next(n for n, row in enumerate(rows._rows) if row and row.path == path)
    return " ".join(str(rows.get_option_at_index(at).prompt).split())


@pytest.mark.parametrize("size", SIZES)
async def test_a_value_is_changed_saved_and_taken_back_by_keys(
    workspace: Path, own: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMOPT_PATIENCE", "4")
    stage = Stage(workspace.parent)
    stage.endpoints.settings = stage.workspace.load_settings().settings
    async with stage.app.run_test(size=size) as pilot:
        await stage.ready(pilot)
        await pilot.press("S")
        screen = await settings_of(stage, pilot)
        rows = screen.query_one(SettingsList)
        assert line_of(screen, "max_iterations") == "Iterations at most 4 workspace"
        assert line_of(screen, "patience") == "Patience 4 LLMOPT_PATIENCE"

        rows.go("target")
        await pilot.press("enter")
        dialog = await asked(stage, pilot)
        await pilot.press("8", "enter")
        assert "between 0 and 1" in text_of(dialog)
        await pilot.press("backspace", "0", ".", "8", "enter")
        await until(pilot, lambda: stage.endpoints.settings.target == 0.8)
        assert line_of(screen, "target") == "›Target 0.8 this time only"
        assert text_in(workspace).startswith("# ours\nmax_iterations = 4 # few\n")

        await pilot.press("enter")
        await asked(stage, pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: line_of(screen, "target").endswith("0.8 workspace"))
        assert text_in(workspace) == ("# ours\nmax_iterations = 4 # few\ntarget = 0.8\n")

        rows.go("patience")
        await pilot.press("enter")
        dialog = await asked(stage, pilot)
        assert "LLMOPT_PATIENCE overrides both files" in text_of(dialog)
        await pilot.press("7", "ctrl+o")
        await until(pilot, own.exists)
        assert text_in(own) == "schema_version = 1\npatience = 7\n"
        assert line_of(screen, "patience") == "›Patience 4 LLMOPT_PATIENCE"

        rows.go("target")
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(stage.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: stage.endpoints.settings.target == 0.95)
        assert "target" not in text_in(workspace)

        break_file(workspace)
        await pilot.press("enter")
        dialog = await asked(stage, pilot)
        await pilot.press("0", ".", "7", "ctrl+s")
        await until(pilot, lambda: "Mend the file" in words_of(dialog))
        assert text_in(workspace) == BROKEN


async def test_what_the_top_bar_shows_is_changed_by_clicks_alone(workspace: Path) -> None:
    stage = Stage(workspace.parent)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await stage.ready(pilot)
        bar = stage.workbench.query_one(TopBar)
        await until(pilot, lambda: "llama3.2" in text_of(bar))
        await pilot.click(bar, offset=(text_of(bar).index("llama3.2"), 0))
        dialog = await asked(stage, pilot)
        await pilot.click(dialog.query_one(OptionList), offset=(2, 0))
        assert dialog.query_one(Input).value == "playbook"
        await pilot.click("#keep-unsaved")
        screen = await settings_of(stage, pilot)
        await until(pilot, lambda: stage.endpoints.settings.interviewer == "playbook")
        await until(pilot, lambda: "interviewer playbook" in text_of(screen.query_one(TopBar)))

        bar = screen.query_one(TopBar)
        await pilot.click(bar, offset=(text_of(bar).index("manual"), 0))
        dialog = await asked(stage, pilot)
        await pilot.click(dialog.query_one(OptionList), offset=(2, 1))
        await pilot.click("#keep-workspace")
        await until(pilot, lambda: stage.app.controller.mode == "auto")
        assert 'mode = "auto"' in text_in(workspace)
        await pilot.click(bar, offset=(text_of(bar).index("Sessions"), 0))
        await until(pilot, lambda: stage.app.current_mode == "sessions")
        assert "auto" in text_of(stage.app.screen.query_one(TopBar))


async def test_a_key_is_remapped_and_a_collision_refused(workspace: Path) -> None:
    stage = Stage(workspace.parent)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await stage.ready(pilot)
        await pilot.press("S")
        screen = await settings_of(stage, pilot)
        screen.query_one(SettingsList).go("keymap.sessions")
        await pilot.press("enter")
        dialog = await asked(stage, pilot)
        await pilot.press("l")
        assert 'The key l is "Leaderboard" already' in text_of(dialog)
        await pilot.press("q")
        assert 'The key q is "Quit" already' in text_of(dialog)
        await pilot.press("f7", "tab", "enter")
        await until(pilot, lambda: "keymap" in text_in(workspace))
        assert '[keymap]\nsessions = "f7"\n' in text_in(workspace)
        assert line_of(screen, "keymap.sessions") == "›Sessions f7 workspace"
        await pilot.press("f7")
        await until(pilot, lambda: stage.app.current_mode == "sessions")


async def test_what_is_changed_in_a_run_holds_for_the_next_one(workspace: Path) -> None:
    stage = Stage(workspace.parent)
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await pilot.press("S")
        screen = await settings_of(stage, pilot)
        preferences = stage.app.preferences
        preferences.put("target", 0.5, "unsaved")
        preferences.put("mode", "auto", "unsaved")
        await until(pilot, lambda: line_of(screen, "target").endswith("0.5 this time only"))
        assert stage.endpoints.settings.target == 0.95
        assert stage.app.controller.proposal is not None
        stage.app.controller.stop()
        await until(pilot, lambda: stage.endpoints.settings.target == 0.5)
        await until(pilot, lambda: stage.app.controller.mode == "auto")


async def test_a_theme_that_is_chosen_stays_until_the_settings_name_another(
    workspace: Path, tmp_path: Path
) -> None:
    def stage_of(named: str) -> Stage:
        stage = Stage(workspace.parent)
        workspace.write_text(f'theme = "{named}"\n')
        stage.endpoints.settings = stage.workspace.load_settings().settings
        stage.app.looks = Looks(stage.app, AppearanceFile(tmp_path / "state" / "appearance.json"))
        stage.app.looks.begin()
        return stage

    seen = []
    for named, chosen in (("nord", "dracula"), ("nord", ""), ("gruvbox", ""), ("nord", "")):
        stage = stage_of(named)
        async with stage.app.run_test(size=(80, 24)) as pilot:
            await stage.ready(pilot)
            seen.append(stage.app.theme)
            if chosen:
                stage.app.theme = chosen
    assert seen == ["nord", "dracula", "gruvbox", "dracula"]
