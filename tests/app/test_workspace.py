import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from llmopt_tui.app.workspace import Workspace, WorkspaceError, init_workspace

REPOSITORY = Path(__file__).parents[2]


def test_the_chosen_folder_goes_over_the_environment_and_that_over_here(tmp_path, monkeypatch):
    chosen, named, here = (tmp_path / name for name in ("chosen", "named", "here"))
    for folder in (chosen, named, here):
        folder.mkdir()
    monkeypatch.chdir(here)
    environ = {"LLMOPT_WORKSPACE": str(named)}
    assert Workspace.find(chosen, environ).root == chosen
    assert Workspace.find(None, environ).root == named
    assert Workspace.find(None, {}).root == here
    assert Workspace.find(Path("../chosen"), {}).root.samefile(chosen)


def test_a_folder_that_is_none_is_refused_with_advice(tmp_path):
    with pytest.raises(WorkspaceError, match="llmopt-tui init"):
        Workspace.find(tmp_path / "nowhere", {})


def test_finding_and_loading_touch_no_file(tmp_path):
    workspace = Workspace.find(tmp_path, {})
    workspace.load_cases()
    workspace.load_settings(environ={"LLMOPT_CONFIG_DIR": str(tmp_path / "config")})
    assert list(tmp_path.iterdir()) == []


def test_settings_come_from_both_files(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "llmopt.toml").write_text("target = 0.5\nrepeats = 3")
    (tmp_path / "llmopt.toml").write_text("target = 0.6")
    environ = {"LLMOPT_CONFIG_DIR": str(tmp_path / "config")}
    loaded = Workspace(tmp_path).load_settings({"max_iterations": "2"}, {"seed": "4"}, environ)
    settings = loaded.settings
    assert loaded.problems == ()
    assert (settings.target, settings.repeats, settings.max_iterations) == (0.6, 3, 2)
    assert settings.options == {"seed": 4}


def test_init_makes_a_workspace_whose_cases_load(tmp_path):
    report = init_workspace(tmp_path / "new" / "deep")
    workspace = Workspace(report.root)
    loaded = workspace.load_cases()
    assert loaded.problems == ()
    assert {"skills_extraction", "concise_description"} <= {case.id for case in loaded.cases}
    assert workspace.results.is_dir()
    assert report.kept == ()
    assert "results/" in report.created
    for name in report.created:
        assert (report.root / name).exists()


def test_init_copies_the_repositorys_own_files(tmp_path):
    init_workspace(tmp_path)
    files = list((REPOSITORY / "cases").iterdir())
    assert {file.suffix for file in files} == {".toml", ".jsonl"}
    for file in files:
        assert (tmp_path / "cases" / file.name).read_bytes() == file.read_bytes()


def test_init_overwrites_nothing_and_says_so(tmp_path):
    first = init_workspace(tmp_path)
    mine = tmp_path / "cases" / "skills_extraction.toml"
    mine.write_text("mine")
    (tmp_path / "prompts" / "skills_extraction.toml").unlink()
    second = init_workspace(tmp_path)
    assert mine.read_text() == "mine"
    assert second.created == ("prompts/skills_extraction.toml",)
    assert set(second.kept) == set(first.created) - set(second.created)


def test_init_into_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be written"):
        init_workspace(tmp_path / "file")


def test_an_installed_copy_brings_its_own_starter_files(tmp_path):
    site = tmp_path / "site"
    skip = shutil.ignore_patterns("__pycache__", "starter")
    shutil.copytree(REPOSITORY / "llmopt_tui", site / "llmopt_tui", ignore=skip)
    for part in ("prompts", "cases"):
        shutil.copytree(REPOSITORY / part, site / "llmopt_tui" / "starter" / part)
    subprocess.run(
        [sys.executable, "-m", "llmopt_tui", "init", "work"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(site)},
        check=True,
        capture_output=True,
    )
    assert (tmp_path / "work" / "cases" / "skills_extraction.toml").is_file()
