"""What a shell is told when it asks what may follow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from llmopt_tui.cli import main
from tests.app.files import make_workspace
from tests.cli.support import clean_environment, program

# Argcomplete answers on descriptor 8, which Windows cannot hand to a process.
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="descriptors are handed on")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    make_workspace(folder)
    for name in ("session_a1b2c3d4_gemma3n_latest", "session_a1ffffff_qwen3_latest"):
        (folder / "results" / name).mkdir(parents=True)
    (folder / "results" / "optimization_suite_e5f6a7b8.json").write_text("{}")
    return folder


def offered(workspace: Path, line: str) -> set[str]:
    """What the program offers for the end of a line, in a workspace."""
    answer = workspace / "answer"
    asked = {
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_SHELL": "bash",
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
    }
    environment = clean_environment(workspace.parent) | asked
    subprocess.run(program(), cwd=workspace, env=environment, check=True, timeout=60)
    found = answer.read_text()
    answer.unlink()
    return {word.strip() for word in found.splitlines()}


@posix_only
def test_commands_flags_and_names_of_the_workspace_are_offered(workspace: Path) -> None:
    case = {file.stem for file in (workspace / "cases").glob("*.toml")}
    prompt = {file.stem for file in (workspace / "prompts").glob("*.toml")}
    assert case
    assert {"run", "resume", "completion"} <= offered(workspace, "llmopt-tui ")
    assert {"--max-iterations", "--json", "--workspace"} <= offered(workspace, "llmopt-tui run --")
    assert offered(workspace, "llmopt-tui run --case ") == case
    assert offered(workspace, "llmopt-tui try --prompt ") == prompt
    assert offered(workspace, "llmopt-tui run --interviewer pl") == {"playbook"}
    assert offered(workspace, "llmopt-tui run --model gem") == {"gemma3n:latest"}
    assert offered(workspace, "llmopt-tui show a1") == {"a1b2c3d4", "a1ffffff"}
    assert offered(workspace, "llmopt-tui report e5") == {"e5f6a7b8"}
    assert offered(workspace, "llmopt-tui mark e5") == set()
    assert offered(workspace, "llmopt-tui export e5f6a7b8 --to mod") == {"modelfile"}
    assert "tickets.csv" not in offered(workspace, "llmopt-tui run --target ")
    (workspace / "tickets.csv").touch()
    assert offered(workspace, "llmopt-tui import tick") == {"tickets.csv"}
    elsewhere = f"llmopt-tui --workspace {workspace} cases --"
    assert "--json" in offered(workspace.parent / "mine", elsewhere)


@posix_only
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_lines_for_a_shell_can_be_read_by_it(shell: str, tmp_path: Path, capsys) -> None:
    assert main.main(["completion", shell]) == 0
    lines = capsys.readouterr().out
    assert "llmopt-tui" in lines
    if where := shutil.which(shell):
        file = tmp_path / "lines"
        file.write_text(lines)
        subprocess.run([where, "-n", file], check=True, timeout=60, env=dict(os.environ))


def test_a_shell_that_is_not_known_is_a_wrong_request(capsys) -> None:
    assert main.main(["completion", "tcshell"]) == 2
    assert "powershell" in capsys.readouterr().err
