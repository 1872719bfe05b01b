"""Files edited, torn or removed by hand: what is left is read, and only our own is mended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmopt_tui.store.journal import read_journal
from tests.disk.stage import RUN, Program, half_written

DOCUMENTS = (
    "session_data.json",
    "test_iteration_1.json",
    "interview_1.json",
    "best_prompt.toml",
    "optimization_report.md",
)
NESTED = b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}"
BOMB = b"[" * 200_000
DAMAGES: dict[str, bytes | None] = {
    "removed": None,
    "empty": b"",
    "torn": b'{"schema_version": 1, "session_id": "a1b2',
    "a list": b"[]",
    "of another shape": b'{"status": 5, "model": [], "iterations": {"n": "x"}, "settings": null}',
    "no text": b"\xff\xfe\x00",
    "nested": NESTED,
    "a bomb": BOMB,
}
damages = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a workspace with one finished suite."""
    root = tmp_path_factory.mktemp("recorded")
    with pytest.MonkeyPatch.context() as patch:
        assert Program(root, patch)("run", *RUN) == 0
    return root


@pytest.fixture
def program(recorded: Path, tmp_path: Path, monkeypatch, capsys) -> Program:
    program = Program(tmp_path, monkeypatch)
    shutil.copytree(recorded / "ws" / "results", program.results)
    capsys.readouterr()
    return program


def damaged(file: Path, damage: bytes | None) -> None:
    file.unlink()
    if damage is not None:
        file.write_bytes(damage)


def session_of(folder: Path) -> str:
    return folder.name.split("_")[1]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@damages
@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_made_whole_by_rebuild_and_resume_alone(
    name: str, damage: bytes | None, program: Program, capsys
) -> None:
    first, second = program.folders
    whole = content(first), content(second)
    for mend in ("rebuild", "resume"):
        damaged(first / name, damage)
        damaged(second / name, damage)
        session = session_of(first)
        for command in (["sessions"], ["sessions", "--json"], ["show", session]):
            assert program(*command) == 0
        out = capsys.readouterr().out
        assert session in out
        assert (first / name).exists() is (damage is not None)
        assert program(mend, session) == 0
        assert content(first) == whole[0]
        other = content(second)
        assert (other.pop(name, None), other) == (damage, _without(whole[1], name))
        (second / name).write_bytes(whole[1][name])
    assert capsys.readouterr().err == ""


def _without(content: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {key: value for key, value in content.items() if key != name}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_folder_in_a_documents_place_is_said(name: str, program: Program, capsys) -> None:
    file = program.folders[0] / name
    file.unlink()
    (file / "theirs").mkdir(parents=True)
    assert program("rebuild", session_of(program.folders[0])) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"llmopt-tui: {file} cannot be written: ")
    assert err.endswith("Move away what is in its place and rebuild it again\n")
    assert (file / "theirs").is_dir()
    assert list(half_written(program.results)) == []


@damages
def test_a_damaged_suite_document_leaves_its_sessions(
    damage: bytes | None, program: Program, capsys
) -> None:
    file = program.suite_file
    suite_id = file.stem.rpartition("_")[2]
    damaged(file, damage)
    assert program("sessions") == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    code = program("resume", suite_id)
    err = capsys.readouterr().err
    if damage is None:
        assert (code, "no session" in err) == (2, True)
    else:
        assert code in (1, 2)
        assert err.count("\n") == 1
    cut_short(program.folders[0])
    assert program("resume", session_of(program.folders[0])) == 0
    assert read_journal(program.folders[0] / "events.jsonl").notes == ()
    assert (file.read_bytes() if file.exists() else None) == damage


def cut_short(folder: Path) -> None:
    """Take the second half of a journal away, as if the program had been killed."""
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "events.jsonl").write_bytes(b"".join(lines[: len(lines) // 2]))


def edits() -> Iterator[tuple[str, Any]]:
    """What a person may write into a suite's document, by the path of what it replaces."""
    for value in (None, [5], {"a": 1}, "../../..", "\x00\ud800"):
        for key in (
            "suite_id", "models", "cases", "case_snapshots", "settings", "sessions", "started_at",
            "sessions.0", "sessions.0.folder", "sessions.0.model", "sessions.0.case",
        ):  # fmt: skip
            yield key, value


def edited(document: Any, path: str, value: Any) -> Any:
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    return document


def test_an_edited_suite_document_leads_nowhere_else(program: Program, capsys) -> None:
    file = program.suite_file
    suite_id = file.stem.rpartition("_")[2]
    journals = {file: file.read_bytes() for file in program.results.glob("*/events.jsonl")}
    # What a careless reader of the folder's name would remove.
    for name in (".lock", ".events.jsonl.new"):
        (program.workspace.root / name).write_text("theirs")
    there = {path.name for path in program.workspace.root.iterdir()}
    whole = json.loads(file.read_bytes())
    for path, value in edits():
        document = edited(json.loads(json.dumps(whole)), path, value)
        file.write_text(json.dumps(document))
        code = program("resume", suite_id)
        err = capsys.readouterr().err
        assert code in (0, 1, 2), (path, value)
        assert "mistake in the program" not in err, (path, value, err)
        assert program("show", suite_id) == 0, (path, value)
    assert {path.name for path in program.workspace.root.iterdir()} == there
    assert (program.workspace.root / ".lock").read_text() == "theirs"
    assert {file: file.read_bytes() for file in journals} == journals


@pytest.mark.parametrize(
    ("depth", "whole"), [(80, True), (200, False), (900, False), (10**5, False)]
)
def test_an_absurdly_nested_journal_costs_its_line(
    depth: int, whole: bool, program: Program, capsys
) -> None:
    folder = program.folders[0]
    session = session_of(folder)
    lines = (folder / "events.jsonl").read_text().splitlines(keepends=True)
    nested = "[" * depth + "]" * depth
    lines[1] = lines[1].replace('"case": {', f'"case": {{"more": {nested}, ')
    lines[2] = lines[2].replace('"at"', f'"more": {nested}, "at"')
    (folder / "events.jsonl").write_text("".join(lines))
    for command in ("sessions", "show", "report", "rebuild", "resume"):
        code = program(command, *([session] if command != "sessions" else []))
        err = capsys.readouterr().err
        if command == "sessions" or whole:
            assert code == 0, err
        else:
            assert (code, "holds no beginning" in err) == (1, True), err
    assert list(half_written(program.results)) == []
