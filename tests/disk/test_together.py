"""Several at once in one results folder: nobody waits for another, and nobody writes another's."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from llmopt_tui.cli.main import main
from llmopt_tui.store.lock import Lock
from tests.app.files import make_workspace
from tests.cli.support import clean_environment, program, set_environment, simulated_server
from tests.disk.stage import RUN, Program, half_written


def test_two_suites_run_in_one_folder(tmp_path: Path, monkeypatch, capsys) -> None:
    environment = clean_environment(tmp_path)
    set_environment(monkeypatch, environment)
    workspace = make_workspace(tmp_path / "ws")
    with simulated_server() as url:
        command = program("run", "--workspace", workspace.root, "--host", url, *RUN)
        both = [
            subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        while any(process.poll() is None for process in both):
            assert main(["sessions", "--workspace", str(workspace.root)]) == 0
        told = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    found = []
    for file in workspace.results.glob("optimization_suite_*.json"):
        rows = json.loads(file.read_text())["sessions"]
        assert {row["status"] for row in rows} == {"completed"}
        found += [row["folder"] for row in rows]
    assert sorted(found) == sorted(path.name for path in workspace.results.glob("session_*"))
    assert len(set(found)) == 4
    assert list(half_written(workspace.results)) == []


def test_a_suite_is_run_by_one_process_at_a_time(tmp_path: Path, monkeypatch, capsys) -> None:
    call = Program(tmp_path, monkeypatch)
    assert call("run", *RUN) == 0
    name = call.suite_file.stem
    before = call.suite_file.read_bytes()
    lock = Lock(call.results / f".{name}.lock", name)
    capsys.readouterr()
    try:
        assert call("resume", name.rpartition("_")[2]) == 1
    finally:
        lock.release()
    err = capsys.readouterr().err
    assert err == f"llmopt-tui: {name} is being written by process {os.getpid()}\n"
    assert call.suite_file.read_bytes() == before


def test_what_is_being_written_is_not_rebuilt(tmp_path: Path, monkeypatch, capsys) -> None:
    call = Program(tmp_path, monkeypatch)
    assert call("run", *RUN) == 0
    folder = call.folders[0]
    before = {path: path.read_bytes() for path in folder.iterdir()}
    lock = Lock(folder / ".lock", folder.name)
    capsys.readouterr()
    try:
        assert call("rebuild", folder.name.split("_")[1]) == 1
    finally:
        lock.release()
    err = capsys.readouterr().err
    assert err == f"llmopt-tui: {folder.name} is being written by process {os.getpid()}\n"
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
