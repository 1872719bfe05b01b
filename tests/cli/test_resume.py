"""`resume`: sessions and suites that were killed come to the end that they would have come to."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from llmopt_tui.cli.main import main
from llmopt_tui.store.journal import read_journal
from llmopt_tui.store.lock import FolderLock
from tests.app.files import CASE, make_workspace
from tests.cli.support import clean_environment, program, set_environment, simulated_server

posix_only = pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")


@pytest.fixture(scope="module")
def server():
    with simulated_server("--delay", "0.002") as url:
        yield url


@pytest.fixture
def environment(tmp_path, monkeypatch):
    environment = clean_environment(tmp_path)
    set_environment(monkeypatch, environment)
    return environment


@pytest.fixture
def workspace(tmp_path, environment):
    second = CASE.replace('"greet"', '"second"', 1)
    return make_workspace(tmp_path / "ws", cases={"greet.toml": CASE, "second.toml": second})


@pytest.fixture
def call(workspace, server):
    """A command in process, on the workspace and the simulated server."""

    def call(command, *arguments):
        where = ["--workspace", str(workspace.root), "--host", server]
        return main([command, *where, *map(str, arguments)])

    return call


RUN = ("--model", "gemma3n", "qwen3", "--case", "greet", "second", "--max-iterations", "3")


def suite(results: Path) -> dict:
    (file,) = results.glob("optimization_suite_*.json")
    return json.loads(file.read_text())


def outcome(results: Path) -> dict:
    """What a suite came to, but for ids and times."""
    found = {}
    for row in suite(results)["sessions"]:
        folder = results / row["folder"]
        data = json.loads((folder / "session_data.json").read_text())
        found[row["model"], row["case"]] = (
            row["status"],
            row["stop_reason"],
            row["best_score"],
            data["best_prompt"],
            [(i["score"], i["validation_score"], i["prompt_sha256"]) for i in data["iterations"]],
        )
    return found


def killed(workspace, server, environment, lines: int) -> None:
    """Run in a process of its own and kill it after so many lines of progress."""
    command = program("run", "--workspace", workspace.root, "--host", server, *RUN)
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for _ in range(lines):
            process.stderr.readline()
        process.send_signal(signal.SIGKILL)
        process.wait(20)


@posix_only
@pytest.mark.parametrize(
    "lines", [2, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 6, 9))]
)
def test_a_killed_suite_comes_to_the_end_of_one_never_disturbed(
    lines, workspace, server, environment, call, tmp_path
):
    whole = make_workspace(
        tmp_path / "whole", cases={p.name: p.read_text() for p in workspace.cases.iterdir()}
    )
    assert main(["run", "--workspace", str(whole.root), "--host", server, *RUN]) == 0
    killed(workspace, server, environment, lines)
    assert suite(workspace.results)["status"] == "running"
    assert call("resume", suite(workspace.results)["suite_id"]) == 0
    assert outcome(workspace.results) == outcome(whole.results)
    assert suite(workspace.results)["status"] == "completed"
    for folder in workspace.results.glob("session_*"):
        assert read_journal(folder / "events.jsonl").notes in ((), *_torn_notes(folder))
        assert not (folder / ".lock").exists()


def _torn_notes(folder: Path) -> list[tuple[str, ...]]:
    """What a journal may say whose last line a kill has torn."""
    notes = read_journal(folder / "events.jsonl").notes
    return [notes] if len(notes) == 1 and notes[0].endswith("is left out") else []


def test_a_session_goes_on_after_it_was_interrupted(call, workspace, capsys):
    assert call("run", *RUN[:2], "--case", "greet", "--max-iterations", "2") == 0
    (folder,) = workspace.results.glob("session_*")
    journal = folder / "events.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    before = json.loads((folder / "session_data.json").read_text())
    journal.write_bytes(b"".join(lines[: len(lines) // 2]) + b'{"event": "RunFin')
    capsys.readouterr()
    assert call("resume", folder.name.split("_")[1]) == 0
    after = json.loads((folder / "session_data.json").read_text())
    same = ("stop_reason", "best_prompt", "best_score", "baseline_score")
    assert [after[key] for key in same] == [before[key] for key in same]
    out = capsys.readouterr()
    assert folder.name in out.out
    assert suite(workspace.results)["status"] == "completed"


def test_what_has_ended_is_left_alone_and_its_documents_are_made_whole(call, workspace, capsys):
    assert call("run", *RUN[:2], "--case", "greet", "--max-iterations", "2") == 0
    (folder,) = workspace.results.glob("session_*")
    journal = (folder / "events.jsonl").read_bytes()
    report = (folder / "optimization_report.md").read_bytes()
    (folder / "optimization_report.md").unlink()
    capsys.readouterr()
    assert call("resume", folder.name.split("_")[1]) == 0
    assert "has ended, max iterations: nothing is left to do" in capsys.readouterr().out
    assert (folder / "events.jsonl").read_bytes() == journal
    assert (folder / "optimization_report.md").read_bytes() == report


def test_what_another_process_writes_is_not_resumed(call, workspace, capsys):
    assert call("run", *RUN[:2], "--case", "greet", "--max-iterations", "2") == 0
    (folder,) = workspace.results.glob("session_*")
    journal = folder / "events.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:5]))
    lock = FolderLock(folder)
    capsys.readouterr()
    try:
        assert call("resume", folder.name.split("_")[1]) == 1
    finally:
        lock.release()
    assert f"is being written by process {os.getpid()}" in capsys.readouterr().err
    assert len(journal.read_bytes().splitlines()) == 5


def test_a_model_that_has_changed_is_not_gone_on_with(call, workspace, capsys):
    assert call("run", *RUN[:2], "--case", "greet", "--max-iterations", "2") == 0
    (folder,) = workspace.results.glob("session_*")
    journal = folder / "events.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    started = json.loads(lines[1])
    started["model"]["digest"] = "f" * 64
    journal.write_text(lines[0] + json.dumps(started) + "\n" + "".join(lines[2:5]))
    capsys.readouterr()
    assert call("resume", folder.name.split("_")[1]) == 1
    assert "is not the model that it was" in capsys.readouterr().err


def test_an_unknown_id_is_a_wrong_request(call, workspace, capsys):
    assert call("resume", "nope") == 2
    assert "no session 'nope'" in capsys.readouterr().err


def test_a_suite_of_an_older_program_says_why_it_cannot_go_on(call, workspace, capsys):
    workspace.results.mkdir(exist_ok=True)
    document = {"schema_version": 1, "suite_id": "e5f6a7b8", "sessions": [], "cases": ["greet"]}
    (workspace.results / "optimization_suite_e5f6a7b8.json").write_text(json.dumps(document))
    assert call("resume", "e5f6") == 2
    assert "does not say what is left to do" in capsys.readouterr().err
