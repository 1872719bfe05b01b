"""`mark`: a person's score kept with a session that has ended, and everything that shows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmopt_tui.cli.main import main
from llmopt_tui.store.lock import FolderLock
from tests.app.files import make_workspace
from tests.cli.support import clean_environment, set_environment, simulated_server


@pytest.fixture(scope="module")
def server():
    with simulated_server() as url:
        yield url


@pytest.fixture
def ended(tmp_path, monkeypatch, server):
    """The folder of a session that has ended, and its id."""
    set_environment(monkeypatch, clean_environment(tmp_path))
    root = make_workspace(tmp_path / "ws").root
    monkeypatch.chdir(root)
    asked = ("--model", "gemma3n", "--case", "greet", "--interviewer", "playbook")
    assert main(["run", *asked, "--host", server]) == 0
    (folder,) = (root / "results").glob("session_*gemma3n*")
    return folder, data(folder)["session_id"]


def data(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "session_data.json").read_text())
    return found


def test_a_mark_is_in_every_document_and_survives_a_rebuild(ended, capsys):
    folder, name = ended
    before = data(folder)
    assert main(["mark", name, "g-1", "0.4", "--iteration", "1", "--note", "too *curt*"]) == 0
    assert "-> 0.40, marked by hand" in capsys.readouterr().out
    after = data(folder)
    first = after["iterations"][0]
    assert (first["score"], first["marked"]) == (0.4, 1)
    assert after["finished_at"] == before["finished_at"]
    assert after["status"] == "completed"
    runs = json.loads((folder / "test_iteration_1.json").read_text())["runs"]
    (run,) = [run for run in runs if run["mark"]]
    assert (run["example_id"], run["score"], run["mark"]["note"]) == ("g-1", 0.4, "too *curt*")
    report = (folder / "optimization_report.md").read_text()
    assert "marked by hand" in report
    assert "too *curt*" not in report
    assert main(["show", name]) == 0
    assert "marked by hand" in capsys.readouterr().out
    assert main(["rebuild", name]) == 0
    assert data(folder) == after
    assert main(["mark", name, "g-1", "--iteration", "1", "--take-back"]) == 0
    assert "as the criteria gave it" in capsys.readouterr().out
    assert data(folder)["iterations"][0] == before["iterations"][0]
    assert "marked by hand" not in (folder / "optimization_report.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("g-1", "1.5"), "from 0 to 1"),
        (("g-1", "nan"), "from 0 to 1"),
        (("g-9", "1"), "no answer to 'g-9'"),
        (("g-1", "1", "--iteration", "99"), "no iteration 99"),
        (("g-1", "1", "--repeat", "3"), "no answer number 3"),
        (("g-1", "--take-back"), "is not marked"),
        (("g-1", "1", "--take-back"), "give no score"),
        (("g-1",), "give a score"),
    ],
)
def test_a_mark_of_nothing_is_a_wrong_request(ended, capsys, arguments, says):
    folder, name = ended
    before = (folder / "events.jsonl").read_bytes()
    assert main(["mark", name, *arguments]) == 2
    assert says in capsys.readouterr().err
    assert (folder / "events.jsonl").read_bytes() == before


def test_a_session_that_another_program_writes_is_not_marked(ended, capsys):
    folder, name = ended
    lock = FolderLock(folder)
    try:
        assert main(["mark", name, "g-1", "1"]) == 1
    finally:
        lock.release()
    assert "mark it once that has ended" in capsys.readouterr().err
