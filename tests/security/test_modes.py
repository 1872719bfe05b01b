"""Who may read what is written: results their owner alone, prompts and cases as umask says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmopt_tui.app.prompt_saving import save_prompt, start_case_from
from llmopt_tui.app.workspace import init_workspace
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.store.trash import set_aside
from tests.disk.stage import RUN, Disk, Program, modes

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no POSIX modes there")

PRIVATE = {(True, 0o700), (False, 0o600)}


@pytest.fixture(params=[0, 0o077, 0o022], ids=["open", "closed", "usual"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, umask: int) -> Program:
    return Program(tmp_path, monkeypatch)


def test_results_are_private_through_every_command(program: Program, capsys) -> None:
    assert program("run", *RUN) == 0
    assert modes(program.results) == PRIVATE
    session = program.folders[0].name.split("_")[1]
    for command in (["sessions", "--search", "x"], ["report", session], ["rebuild", session]):
        assert program(*command) == 0
        assert modes(program.results) == PRIVATE
    set_aside(program.results, program.folders[0])
    assert modes(program.results) == PRIVATE
    program.results.rename(program.workspace.root / "older_results")
    assert program("archive", "older_*") == 0, capsys.readouterr().err
    assert modes(program.workspace.root / "archive") == PRIVATE


def test_what_is_left_of_a_run_that_broke_off_is_private(program: Program, monkeypatch) -> None:
    Disk(monkeypatch).fail_at = 60
    assert program("run", *RUN) == 1
    assert modes(program.results) == PRIVATE


def test_a_new_workspaces_results_are_private(tmp_path: Path, umask: int) -> None:
    init_workspace(tmp_path / "new")
    assert modes(tmp_path / "new" / "results") == {(True, 0o700)}


def test_prompts_and_cases_have_the_modes_that_an_editor_would_give_them(
    program: Program, umask: int
) -> None:
    workspace = program.workspace
    case = workspace.cases / "greet.toml"
    case.chmod(0o640)
    file = save_prompt(workspace, Prompt("terse", "Greet {{name}}."))
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask
    file.chmod(0o604)
    save_prompt(workspace, Prompt("terse", "Greet {{name}} briefly."), replace=True)
    start_case_from(workspace, "greet", "terse")
    assert stat.S_IMODE(file.stat().st_mode) == 0o604
    assert stat.S_IMODE(case.stat().st_mode) == 0o640
