"""Which value holds, where it comes from, and what a change does to the files."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path

import pytest

from llmopt_tui.app.settings_desk import CannotSaveError, SettingsDesk
from llmopt_tui.app.workspace import Workspace
from llmopt_tui.config.catalogue import SETTINGS, value_from_text, value_text
from llmopt_tui.config.settings import Settings


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "own").mkdir()
    (tmp_path / "work").mkdir()
    own, workspace = tmp_path / "own" / "llmopt.toml", tmp_path / "work" / "llmopt.toml"
    own.write_text("target = 0.7\npatience = 4\n")
    workspace.write_text("# ours\ntarget = 0.8  # agreed\n\n[options]\nseed = 3\n")
    return own, workspace


def desk_of(places: tuple[Path, Path], flags=None, **environ: str) -> SettingsDesk:
    own, workspace = places
    variables = {"LLMOPT_CONFIG_DIR": str(own.parent), **environ}
    return SettingsDesk(Workspace(workspace.parent), flags, variables)


def test_each_value_says_where_it_comes_from_and_what_overrides_it(places) -> None:
    desk = desk_of(places, {"host": "box"}, LLMOPT_PATIENCE="9", OLLAMA_HOST="elsewhere")
    origins = {p: desk.origin(p) for p in ("target", "patience", "host", "options.seed", "mode")}
    assert origins == {
        "target": "workspace",
        "patience": "environment",
        "host": "flags",
        "options.seed": "workspace",
        "mode": "default",
    }
    assert desk.sources("target") == [("own", 0.7), ("workspace", 0.8)]
    assert desk.value("options.num_ctx") == 8192
    assert desk.wins_over("target", "own") == "workspace"
    assert desk.wins_over("target", "workspace") is None
    assert desk.wins_over("patience", "workspace") == "environment"
    assert desk.wins_over("patience", "unsaved") is None


def test_a_value_for_this_time_overrides_all_until_it_is_saved_or_taken_back(places) -> None:
    own, workspace = places
    before = workspace.read_bytes()
    desk = desk_of(places, LLMOPT_TARGET="0.6")
    desk.put("target", 0.5, "unsaved")
    desk.put("options.num_predict", 64, "unsaved")
    assert (desk.settings.target, desk.origin("target")) == (0.5, "unsaved")
    assert workspace.read_bytes() == before
    desk.put("target", 0.75, "workspace")
    assert workspace.read_text() == before.decode().replace("0.8", "0.75")
    assert (desk.settings.target, desk.origin("target")) == (0.6, "environment")
    desk.put("options.seed", None, "unsaved")
    assert "seed" not in desk.settings.options
    desk.remove("options.seed", "unsaved")
    assert desk.settings.options == {"seed": 3, "num_predict": 64}
    desk.put("max_calls", 40, "own")
    assert own.read_text() == "target = 0.7\npatience = 4\nmax_calls = 40\n"
    desk.put("max_calls", None, "own")
    assert own.read_text() == "target = 0.7\npatience = 4\n"


def test_what_was_changed_elsewhere_in_the_app_holds_for_this_time(places) -> None:
    desk = desk_of(places)
    options = {**desk.settings.options, "num_ctx": 99}
    desk.adopt(replace(desk.settings, interviewer="playbook", mode="auto", options=options))
    changed = {p for p in ("interviewer", "mode", "target", "options.num_ctx", "options.seed")
               if desk.origin(p) == "unsaved"}  # fmt: skip
    assert changed == {"interviewer", "mode", "options.num_ctx"}


def test_a_file_keeps_its_mode_its_links_and_what_others_wrote_meanwhile(places) -> None:
    own, workspace = places
    own.unlink()
    real = own.parent / "real.toml"
    real.write_text("\ufeffpatience = 1\r\n", newline="")
    own.symlink_to(real)
    real.chmod(0o644)
    desk = desk_of(places)
    real.write_text("\ufeffpatience = 2\r\n", newline="")
    desk.put("target", 0.5, "own")
    assert own.is_symlink()
    assert real.read_bytes().decode() == "\ufeffpatience = 2\r\ntarget = 0.5\r\n"
    assert desk.settings.patience == 2
    if os.name != "nt":
        assert real.stat().st_mode & 0o777 == 0o644
    workspace.unlink()
    desk.put("target", 0.5, "workspace")
    assert workspace.read_text() == "schema_version = 1\ntarget = 0.5\n"


def test_a_broken_file_is_left_alone_and_said(places) -> None:
    _, workspace = places
    workspace.write_text("target = = 1\n")
    desk = desk_of(places)
    with pytest.raises(CannotSaveError, match=r"llmopt\.toml: is not valid TOML.*Mend the file"):
        desk.put("target", 0.5, "workspace")
    assert workspace.read_text() == "target = = 1\n"
    workspace.unlink()
    workspace.mkdir()
    with pytest.raises(CannotSaveError, match="cannot be written"):
        desk.put("target", 0.5, "workspace")


def test_texts_are_read_as_strictly_as_files() -> None:
    for path, text, value in (
        ("target", " 0.5 ", 0.5),
        ("max_calls", "", None),
        ("keep_alive", "5m", "5m"),
        ("cache", "false", False),
        ("options.seed", "7", 7),
        ("options.num_predict", "", None),
        ("theme", "", None),
        ("keymap.run", "f5", "f5"),
    ):
        assert value_from_text(path, text) == value, path
    for path, text, said in (
        ("target", "1.5", "between 0 and 1"),
        ("target", "", "a number"),
        ("repeats", "1.5", "a whole number"),
        ("mode", "aut", "did you mean"),
        ("interviewer", " ", "is empty"),
        ("host", "a b", "host"),
        ("options.temperature", "-1", "0 or more"),
        ("options.temperature", "nan", "a number"),
    ):
        with pytest.raises(ValueError, match=said):
            value_from_text(path, text)


def test_every_setting_of_the_files_is_on_the_screen_or_left_out_on_purpose() -> None:
    listed = {setting.path.partition(".")[0] for setting in SETTINGS}
    assert {field.name for field in fields(Settings)} - listed == {"endpoints", "keymap"}
    shown = [value_text(value) for value in (None, True, 0.5, 1.0, 3, "x")]
    assert shown == ["", "true", "0.5", "1", "3", "x"]
