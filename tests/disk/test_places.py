"""Results that cannot be written, that go away, that others use as well: said, and ours alone."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.disk.stage import RUN, Disk, Program, at_call, half_written, remove

as_a_person = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="permissions bind nobody here"
)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    return Program(tmp_path, monkeypatch)


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line about what went wrong."""
    lines = [x for x in capsys.readouterr().err.splitlines() if x.startswith("llmopt-tui:")]
    assert len(lines) == 1, lines
    return lines[0].removeprefix("llmopt-tui: ")


def resume_id(text: str) -> str:
    found = re.search(r"resume with: llmopt-tui resume ([0-9a-f]{8})$", text)
    assert found, text
    return found[1]


@pytest.mark.parametrize(
    ("code", "reason"),
    [(errno.EROFS, "Read-only file system"), (errno.EACCES, "Permission denied")],
)
def test_results_that_cannot_be_written(
    code: int, reason: str, program: Program, monkeypatch, capsys
) -> None:
    Disk(monkeypatch, code).fail_at = 1
    assert program("run", *RUN) == 1
    assert told(capsys) == (
        f"{program.results} cannot be written: {reason}. Make it writable and run it again"
    )
    assert program.calls.total() == 0


@as_a_person
def test_a_folder_without_permission(program: Program, capsys) -> None:
    program.results.mkdir(mode=0o500)
    assert program("run", *RUN) == 1
    assert told(capsys).endswith("Permission denied. Make it writable and run it again")


def test_a_file_where_the_results_should_be(program: Program, capsys) -> None:
    program.results.write_text("mine")
    assert program("run", *RUN) == 1
    text = told(capsys)
    assert text.startswith(f"{program.results} cannot be written: ")
    assert text.endswith("Move away what is in its place and run it again")
    assert program.results.read_text() == "mine"
    for command in ("show", "resume", "report", "rebuild"):
        assert program(command, "a1") == 2
        assert "holds none" in told(capsys)
    assert program("sessions") == 0
    assert "There is no session" in capsys.readouterr().err


def test_a_folder_that_has_a_sessions_name_is_left_alone(
    program: Program, monkeypatch, capsys
) -> None:
    ids = iter(["5f5f5f5f", "a1b2c3d4", "a1b2c3d5", "a1b2c3d6"])
    theirs = program.results / "session_a1b2c3d4_gemma3n_latest"
    theirs.mkdir(parents=True)
    (theirs / "session_data.json").write_text("theirs")
    with monkeypatch.context() as patch:
        given = SimpleNamespace(token_hex=lambda _: next(ids))
        patch.setattr("llmopt_tui.app.endpoints.secrets", given)
        assert program("run", *RUN) == 1
        text = told(capsys)
        assert text.startswith(f"{theirs} cannot be written: File exists. Move away")
        assert program("resume", resume_id(text)) == 0
    assert [path.name for path in theirs.iterdir()] == ["session_data.json"]
    assert (theirs / "session_data.json").read_text() == "theirs"


def removed_session(program: Program) -> None:
    remove(next(program.results.glob("session_*_gemma3n_latest")))


def session_become_a_file(program: Program) -> None:
    folder = next(program.results.glob("session_*_gemma3n_latest"))
    remove(folder)
    folder.write_text("somebody's")


@pytest.mark.parametrize("call", [1, 4, 9])
@pytest.mark.parametrize("what", [removed_session, session_become_a_file])
def test_a_session_that_goes_away_while_it_runs(
    what: Callable[[Program], None], call: int, program: Program, tmp_path: Path, capsys
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        whole = Program(tmp_path / "whole", patch)
        assert whole("run", *RUN) == 0
    before = len(program.client.requests)
    at_call(program, call, lambda: what(program))
    capsys.readouterr()
    assert program("run", *RUN) == 1
    text = told(capsys)
    # Which of the session's files is missed first is a matter of microseconds.
    assert re.match(r"/\S+/session_\w+_gemma3n_latest/\S+ cannot be written: ", text)
    # Nothing goes on unkept: the other model's session may, whose folder is still there.
    later = program.client.requests[before + call :]
    assert sum(request.model.startswith("gemma3n") for request in later) <= 1
    assert program("resume", resume_id(text)) == 0
    assert program.outcome() == whole.outcome()


def test_results_that_go_away_while_it_runs(program: Program, capsys) -> None:
    # Late enough for both sessions to have begun: one that begins makes its folder.
    at_call(program, 14, lambda: remove(program.results))
    assert program("run", *RUN) == 1
    text = told(capsys)
    assert "cannot be written: No such file or directory. Let nothing remove it" in text
    assert text.endswith("run it again")
    assert not program.results.exists()
    assert program("run", *RUN) == 0


FOREIGN = (
    "README.txt",
    ".hidden",
    "session_notes.txt",
    "session_/a",
    "session_mine/session_data.json",
    "session_a1b2c3d4_empty/.session_data.json.swp",
    "optimization_suite_mine.json",
    "optimization_suite_.txt",
    "events.jsonl",
    ".index.sqlite-old",
    "..odd/file",
    "caf\u00e9 \u202e\u2028 \U0001f600/x",
)


def test_what_is_not_ours_is_never_touched(program: Program, capsys) -> None:
    def put(folder: Path, names: tuple[str, ...]) -> dict[Path, tuple[bytes, int, int]]:
        for number, name in enumerate(names):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"{number} is mine")
            os.utime(folder / name, (number, number))
        return {folder / name: seen(folder / name) for name in names}

    def seen(path: Path) -> tuple[bytes, int, int]:
        return path.read_bytes(), path.lstat().st_mtime_ns, path.lstat().st_mode

    foreign = put(program.results, FOREIGN)
    assert program("run", *RUN) == 0
    ours = [f for f in program.folders if (f / "events.jsonl").is_file()]
    assert len(ours) == 2
    for folder in ours:
        foreign |= put(
            folder, ("notes.md", ".session_data.json.swp", "test_iteration_99.json", "x/y")
        )
    session = ours[0].name.split("_")[1]
    for command in (["sessions"], ["sessions", "--search", "mine"], ["show", session]):
        assert program(*command) == 0
    for command in (["report", session], ["rebuild", session], ["resume", session]):
        assert program(*command) == 0
    for path, before in foreign.items():
        assert seen(path) == before, path
    assert capsys.readouterr().err.count("Traceback") == 0


def test_a_disk_without_room_for_the_index_still_lists(
    program: Program, monkeypatch, capsys
) -> None:
    assert program("run", *RUN) == 0
    Disk(monkeypatch).fail_at = 1
    capsys.readouterr()
    assert program("sessions") == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert list(half_written(program.results)) == []
