"""The installed program in a real terminal, against a server that speaks Ollama's protocol."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("pexpect")

from benchmarks.terminal import Terminal, program
from llmopt_tui.app.workspace import init_workspace

pytestmark = pytest.mark.terminal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.ollama"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    init_workspace(tmp_path)
    (tmp_path / "llmopt.toml").write_text('interviewer = "playbook"\n')
    return tmp_path


@pytest.fixture
def app(server: str, workspace: Path) -> Iterator[Terminal]:
    terminal = Terminal(program("--workspace", str(workspace), "--host", server))
    try:
        yield terminal
    finally:
        terminal.close()


def test_a_person_runs_a_case_accepts_a_suggestion_and_finds_the_folder(
    app: Terminal, workspace: Path
) -> None:
    app.wait_for(lambda text: "gemma3n" in text and "Concise" in text)
    app.send(" \t \x12")  # all at once, as a person types who knows the way
    app.wait_for(lambda text: "waiting for you" in text)
    app.wait_for(lambda text: "What it changes" in text and "a accept" in text)

    # Keys are ignored for half a second after a suggestion appears: press until it is taken.
    def accepted(text: str) -> bool:
        if "accepted by you" not in text:
            app.send("a")
        return "accepted by you" in text

    app.wait_for(accepted)
    app.send("q")
    app.wait_for(lambda text: "Leave in the middle of a run?" in text)
    app.send("y")
    app.child.expect_exact("\x1b[?1049l", timeout=30)  # back on the terminal's own screen
    app.child.expect("llmopt-tui resume [0-9a-f]{8}", timeout=30)
    app.child.wait()
    assert app.child.exitstatus == 0

    folders = list((workspace / "results").glob("session_*"))
    assert len(folders) == 1
    names = {file.name for file in folders[0].iterdir()}
    assert {
        "events.jsonl",
        "session_data.json",
        "test_iteration_1.json",
        "best_prompt.toml",
    } <= names
    data = json.loads((folders[0] / "session_data.json").read_text())
    assert data["iterations"][0]["score"] is not None


def test_without_a_server_it_says_what_was_tried_and_what_to_do(workspace: Path) -> None:
    terminal = Terminal(program("--workspace", str(workspace), "--host", "127.0.0.1:9"))
    try:
        terminal.wait_for(lambda text: "127.0.0.1:9" in text and "embedded model" in text)
        terminal.send("q")
        terminal.child.wait()
        assert terminal.child.exitstatus == 0
    finally:
        terminal.close()
