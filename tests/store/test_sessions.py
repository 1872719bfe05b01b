from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.events import Event
from llmopt_tui.store.sessions import (
    SessionNotFoundError,
    find_session,
    list_sessions,
    load_session,
)
from llmopt_tui.store.writer import SessionWriter
from tests.factories import BEGAN_AT, session_events


async def write(
    results: Path,
    session_id: str = "a1b2c3d4",
    *,
    count: int | None = None,
    days: int = 0,
    alive: bool = False,
) -> Path:
    """A session's folder; the session breaks off after `count` events, without being closed."""
    events: list[Event] = session_events(session_id, at=BEGAN_AT + timedelta(days=days))
    writer = SessionWriter.create(results, session_id, "gemma3n:latest")
    for event in events[:count]:
        await writer.keep(event)
    if not alive:
        writer._lock.release()  # as the end of its process does
    return writer.folder


def change(folder: Path, **fields: Any) -> None:
    path = folder / "session_data.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | fields))


async def test_a_finished_session_is_summed_up(tmp_path: Path) -> None:
    folder = await write(tmp_path)
    (summary,) = list_sessions(tmp_path)
    assert summary.session_id == "a1b2c3d4"
    assert summary.folder == folder
    assert summary.started_at == BEGAN_AT
    assert (summary.model, summary.case_id) == ("gemma3n:latest", "skills_extraction")
    assert summary.case_title == "Skills extraction"
    assert (summary.before, summary.after, summary.gain) == (0.4, 1.0, pytest.approx(0.6))
    assert (summary.status, summary.stop_reason) == ("completed", "target_reached")
    assert (summary.iterations, summary.seconds, summary.note) == (3, 60.0, "")


async def test_the_newest_session_comes_first(tmp_path: Path) -> None:
    for session_id, days in (("aaaa0000", 1), ("bbbb0000", 3), ("cccc0000", 2)):
        await write(tmp_path, session_id, days=days)
    ids = [summary.session_id for summary in list_sessions(tmp_path)]
    assert ids == ["bbbb0000", "cccc0000", "aaaa0000"]


async def test_a_session_that_breaks_off_is_interrupted(tmp_path: Path) -> None:
    folder = await write(tmp_path, count=4)
    assert json.loads((folder / "session_data.json").read_bytes())["status"] == "running"
    (summary,) = list_sessions(tmp_path)
    assert (summary.status, summary.stop_reason, summary.seconds) == ("interrupted", "", 12.0)
    assert load_session(folder).status == "interrupted"


async def test_a_session_that_is_being_worked_on_is_running(tmp_path: Path) -> None:
    await write(tmp_path, count=4)
    await write(tmp_path, "bbbb0000", count=4, alive=True)
    status = {s.session_id: s.status for s in list_sessions(tmp_path)}
    assert status == {"a1b2c3d4": "interrupted", "bbbb0000": "running"}


async def test_a_finished_session_is_listed_without_its_journal_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(tmp_path)
    monkeypatch.setattr("llmopt_tui.store.sessions.read_journal", lambda _: 1 / 0)
    assert [summary.note for summary in list_sessions(tmp_path)] == [""]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "session_data.json").unlink(),
        lambda folder: (folder / "session_data.json").write_bytes(b"\xff\x00{"),
        lambda folder: (folder / "session_data.json").write_text("[" * 100_000),
        lambda folder: (folder / "session_data.json").write_text("[]"),
        lambda folder: (folder / "session_data.json").write_text("{}"),
        lambda folder: change(folder, best_score="high"),
        lambda folder: change(folder, best_score=10**400),
        lambda folder: change(folder, best_score=True),
        lambda folder: change(folder, started_at="yesterday"),
        lambda folder: change(folder, started_at="0001-01-01T00:00:00+14:00"),
        lambda folder: change(folder, model="gemma3n"),
        lambda folder: change(folder, case=[]),
        lambda folder: change(folder, iterations=3),
        lambda folder: change(folder, status="splendid"),
        lambda folder: change(folder, status=["completed"]),
    ],
)
async def test_a_document_of_no_use_is_made_up_for_by_the_journal(
    spoil: Callable[[Path], object], tmp_path: Path
) -> None:
    folder = await write(tmp_path)
    (expected,) = list_sessions(tmp_path)
    spoil(folder)
    assert list_sessions(tmp_path) == [expected]


async def test_what_is_no_session_is_passed_over(tmp_path: Path) -> None:
    await write(tmp_path)
    (tmp_path / "session_notes").mkdir()
    (tmp_path / "session_file_x").write_text("a file")
    (tmp_path / "other").mkdir()
    (tmp_path / "optimization_suite_e5f6a7b8.json").write_text("{}")
    (tmp_path / "session_dead_link").symlink_to(tmp_path / "nowhere")
    assert [summary.session_id for summary in list_sessions(tmp_path)] == ["a1b2c3d4"]


def test_no_folder_is_no_sessions(tmp_path: Path) -> None:
    assert list_sessions(tmp_path / "results") == []
    (tmp_path / "file").write_text("")
    assert list_sessions(tmp_path / "file") == []


async def test_a_journal_of_no_use_is_said_in_the_note(tmp_path: Path) -> None:
    folder = await write(tmp_path)
    (folder / "session_data.json").unlink()
    (folder / "events.jsonl").write_bytes(b"garbage\n")
    (summary,) = list_sessions(tmp_path)
    assert (summary.session_id, summary.note) == ("a1b2c3d4", "its journal holds no beginning")


async def test_notes_on_the_journal_reach_the_summary(tmp_path: Path) -> None:
    folder = await write(tmp_path, count=5)
    path = folder / "events.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    assert [s.note for s in list_sessions(tmp_path)] == ["line 6 is cut off and is left out"]


async def test_a_session_whose_journal_is_gone_is_known_from_its_document(tmp_path: Path) -> None:
    (await write(tmp_path, count=4) / "events.jsonl").unlink()
    (summary,) = list_sessions(tmp_path)
    assert (summary.status, summary.note) == ("interrupted", "its journal is missing")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a session that was kept without trouble."""
    folder = asyncio.run(write(tmp_path_factory.mktemp("results")))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_no_damage_to_any_file_keeps_the_list_from_being_made(
    kept: dict[str, bytes], data: st.DataObject
) -> None:
    with TemporaryDirectory() as results:
        folder = Path(results, "session_a1b2c3d4_m")
        folder.mkdir()
        for name in ("session_data.json", "events.jsonl"):
            content = bytearray(kept[name])
            places = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
            for place, byte in data.draw(st.lists(places, max_size=4)):
                content[place] = byte
            (folder / name).write_bytes(content)
        assert len(list_sessions(Path(results))) == 1


async def test_a_session_is_loaded_from_its_journal_alone(tmp_path: Path) -> None:
    folder = await write(tmp_path)
    for path in folder.iterdir():
        if path.name != "events.jsonl":
            path.unlink()
    loaded = load_session(folder)
    assert list(loaded.events) == session_events(at=BEGAN_AT)
    assert (loaded.status, loaded.notes, loaded.folder) == ("completed", (), folder)
    assert loaded.record.best_score == 1.0
    with pytest.raises(FileNotFoundError):
        load_session(tmp_path / "nowhere")


@pytest.mark.parametrize("typed", ["a1b2c3d4", "a1b2", "A1B2", "session_a1b2", "a1b2c3d4_gemma3n"])
async def test_a_session_is_found_by_any_beginning_of_its_id(typed: str, tmp_path: Path) -> None:
    folder = await write(tmp_path)
    await write(tmp_path, "ffff0000")
    assert find_session(tmp_path, typed) == folder
    assert find_session(tmp_path, folder.name) == folder


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("a1", "'a1' is not one session; it may be: a1b2c3d4, a1ffffff"),
        ("a1b2c3d5", "no session 'a1b2c3d5'; did you mean a1b2c3d4?"),
        ("zz", "no session 'zz'; there is: a1b2c3d4, a1ffffff, ffff0000"),
        ("", "'' is not one session; it may be: a1b2c3d4, a1ffffff, ffff0000"),
        ("../..", "no session '../..'; there is: a1b2c3d4, a1ffffff, ffff0000"),
    ],
)
async def test_what_is_not_found_is_said_with_what_there_is(
    typed: str, message: str, tmp_path: Path
) -> None:
    for session_id in ("a1b2c3d4", "a1ffffff", "ffff0000"):
        await write(tmp_path, session_id, count=1)
    with pytest.raises(SessionNotFoundError) as caught:
        find_session(tmp_path, typed)
    assert str(caught.value) == message


def test_nothing_is_found_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(SessionNotFoundError, match="holds none"):
        find_session(tmp_path, "a1")


async def test_a_copied_folder_is_found_by_its_whole_name(tmp_path: Path) -> None:
    folder = await write(tmp_path, count=1)
    copy = tmp_path / f"{folder.name} copy"
    shutil.copytree(folder, copy)
    with pytest.raises(SessionNotFoundError, match="more than one session; name the folder"):
        find_session(tmp_path, "a1b2c3d4")
    assert find_session(tmp_path, copy.name) == copy
    assert find_session(tmp_path, folder.name) == folder
