from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from llmopt_tui.core.events import Event, RunFinished, SessionPaused, TrialEnded
from llmopt_tui.core.loop.folding import fold, folded
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.store import atomic
from llmopt_tui.store.journal import Journal, read_journal
from llmopt_tui.store.lock import FolderLock, FolderTakenError, Owner, owner_of
from llmopt_tui.store.writer import SessionWriter, _to_the_end, folder_name, rebuild
from tests.factories import at, session_events
from tests.nasty import NASTY
from tests.raced import raced_events
from tests.store.strategies import sessions

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="no POSIX modes there")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


def rebuilt(folder: Path) -> tuple[str, ...]:
    """Rebuild a folder that its writer may still hold, as if that had died."""
    lock = folder / ".lock"
    lock.unlink(missing_ok=True)
    return rebuild(folder)


async def write(results: Path, events: list[Event]) -> SessionWriter:
    writer = SessionWriter.create(results, "a1b2c3d4", "gemma3n:latest")
    for event in events:
        await writer.keep(event)
    return writer


def upto(kind: str, occurrence: int = 1) -> list[Event]:
    """The events of a session up to one of a kind."""
    events = session_events()
    places = [i for i, event in enumerate(events) if type(event).__name__ == kind]
    return events[: places[occurrence - 1] + 1]


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("deepseek-r1:8b", "session_a1b2c3d4_deepseek-r1_8b"),
        ("hf.co/some/model:Q4", "session_a1b2c3d4_hf.co_some_model_Q4"),
        ("../../etc/passwd", "session_a1b2c3d4_.._.._etc_passwd"),
    ],
)
def test_a_folder_is_named_after_id_and_model(model: str, name: str) -> None:
    assert folder_name("a1b2c3d4", model) == name


@pytest.mark.parametrize("model", NASTY, ids=lambda text: ascii(text)[:30])
def test_no_model_name_leads_out_of_the_results(model: str, tmp_path: Path) -> None:
    folder = SessionWriter.create(tmp_path, "a1b2c3d4", model).folder
    assert folder.parent == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.parametrize("session_id", ["", "..", "a/b", "a_b", "\x00"])
def test_an_id_that_is_no_id_is_refused(session_id: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no session id"):
        SessionWriter.create(tmp_path, session_id, "m")
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    first = await write(tmp_path, session_events())
    before = files(first.folder)
    with pytest.raises(FileExistsError):
        SessionWriter.create(tmp_path, "a1b2c3d4", "gemma3n:latest")
    assert files(first.folder) == before


@posix_only
async def test_only_the_owner_may_read_what_is_kept(tmp_path: Path) -> None:
    writer = await write(tmp_path, session_events())
    assert stat.S_IMODE(writer.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in writer.folder.iterdir()} == {0o600}


async def test_a_fact_is_on_disk_when_keep_returns(tmp_path: Path) -> None:
    writer = await write(tmp_path, [])
    for n, event in enumerate(session_events(), start=1):
        await writer.keep(event)
        assert read_journal(writer.folder / "events.jsonl").events == tuple(session_events()[:n])


async def test_a_fact_is_folded_once_the_disk_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads the record never sees more than what a kill would leave."""
    on_disk: list[int] = []

    def watched(record: SessionRecord, event: Event) -> None:
        on_disk.append(len(read_journal(writer.folder / "events.jsonl").events))
        fold(record, event)

    writer = await write(tmp_path, session_events()[:2])
    monkeypatch.setattr("llmopt_tui.store.writer.fold", watched)
    for event in session_events()[2:5]:
        await writer.keep(event)
    assert on_disk == [3, 4, 5]


async def test_a_fact_that_the_disk_refused_is_not_folded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await write(tmp_path, session_events()[:2])
    monkeypatch.setattr("llmopt_tui.store.journal.Journal.append", _full)
    with pytest.raises(OSError, match="No space"):
        await writer.keep(session_events()[2])
    assert writer.record.facts == 2


async def test_the_journal_has_an_event_before_the_documents_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []

    def count(path: Path, text: str) -> None:
        kept.append(len(read_journal(path.parent / "events.jsonl").events))

    monkeypatch.setattr("llmopt_tui.store.writer.write_text", count)
    await write(tmp_path, upto("IterationFinished"))
    assert kept == [1, 5, 5, 5, 5]


@pytest.mark.parametrize(
    ("events", "new"),
    [
        (upto("SessionStarted"), {"events.jsonl", "session_data.json"}),
        (upto("RunFinished"), set()),
        (
            upto("IterationFinished"),
            {"test_iteration_1.json", "best_prompt.toml", "optimization_report.md"},
        ),
        (upto("InterviewStarted"), set()),
        (upto("InterviewFinished"), {"interview_1.json"}),
        (upto("IterationFinished", 2), {"test_iteration_2.json"}),
        (upto("InterviewFinished", 2), {"interview_2.json"}),
        (upto("IterationFinished", 3), {"test_iteration_3.json"}),
    ],
    ids=lambda value: str(len(value)),
)
async def test_a_document_appears_with_the_event_that_completes_it(
    events: list[Event], new: set[str], tmp_path: Path
) -> None:
    writer = await write(tmp_path, events[:-1])
    before = set(files(writer.folder))
    await writer.keep(events[-1])
    assert set(files(writer.folder)) - before == new


@pytest.mark.parametrize(
    ("kind", "occurrence", "name"),
    [
        ("IterationFinished", 2, "session_data.json"),
        ("IterationFinished", 2, "best_prompt.toml"),
        ("IterationFinished", 2, "optimization_report.md"),
        ("InterviewFinished", 2, "session_data.json"),
        ("SuggestionDecided", 1, "interview_1.json"),
        ("ChatExchanged", 1, "interview_2.json"),
        ("SessionFinished", 1, "session_data.json"),
        ("SessionFinished", 1, "optimization_report.md"),
    ],
)
async def test_a_document_is_as_a_rebuild_would_have_it_after_what_changes_it(
    kind: str, occurrence: int, name: str, tmp_path: Path
) -> None:
    writer = await write(tmp_path, upto(kind, occurrence))
    written = files(writer.folder)[name]
    rebuilt(writer.folder)
    anew = files(writer.folder)[name]
    if kind != "SessionFinished":  # a rebuild takes a session without an end for interrupted
        said, broke_off = (
            b"it has not: the session is running",
            b"it was interrupted before its end; everything until then is kept",
        )
        written = written.replace(b'"running"', b'"interrupted"').replace(said, broke_off)
    assert written == anew


async def test_a_pause_shows_in_the_status(tmp_path: Path) -> None:
    writer = await write(tmp_path, upto("IterationStarted"))
    await writer.keep(SessionPaused(at=at(15), by="person"))
    assert json.loads(files(writer.folder)["session_data.json"])["status"] == "paused"


async def test_every_document_is_rebuilt_from_the_journal_alone(tmp_path: Path) -> None:
    writer = await write(tmp_path, session_events())
    written = files(writer.folder)
    assert set(written) == {
        "events.jsonl",
        "session_data.json",
        *(f"test_iteration_{n}.json" for n in (1, 2, 3)),
        *(f"interview_{n}.json" for n in (1, 2)),
        "best_prompt.toml",
        "optimization_report.md",
    }
    for path in writer.folder.iterdir():
        if path.name != "events.jsonl":
            path.unlink()
    assert rebuilt(writer.folder) == ()
    assert files(writer.folder) == written


@settings(deadline=None, max_examples=60)
@given(sessions)
def test_whatever_happens_a_rebuild_comes_to_the_same(events: list[Event]) -> None:
    async def write_and_close(results: Path) -> Path:
        writer = await write(results, events)
        await writer.close()
        return writer.folder

    with TemporaryDirectory() as results, pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        folder = asyncio.run(write_and_close(Path(results)))
        written = files(folder)
        for name in written.keys() - {"events.jsonl"}:
            (folder / name).unlink()
        rebuild(folder)
        assert files(folder) == written


async def test_closing_a_session_without_an_end_leaves_it_interrupted(tmp_path: Path) -> None:
    events = upto("RunFinished", 4)[:-1]  # in the middle of the second iteration
    writer = await write(tmp_path, events)
    await writer.close()
    written = files(writer.folder)
    assert json.loads(written["session_data.json"])["status"] == "interrupted"
    second = json.loads(written["test_iteration_2.json"])
    assert second["score"] is None
    assert len(second["runs"]) == sum(
        isinstance(event, RunFinished) and event.iteration == 2 for event in events
    )
    rebuilt(writer.folder)
    assert files(writer.folder) == written


async def test_closing_a_session_with_an_end_changes_nothing(tmp_path: Path) -> None:
    writer = await write(tmp_path, session_events())
    before = files(writer.folder)
    await writer.close()
    assert files(writer.folder) == before


async def test_a_talk_that_ends_after_the_session_is_kept(tmp_path: Path) -> None:
    chat = upto("ChatExchanged")[-1]
    events = [event for event in session_events() if event != chat]
    writer = await write(tmp_path, events)
    await writer.close()
    await writer.keep(chat)
    assert b"Then say: once." in files(writer.folder)["interview_2.json"]


async def test_facts_kept_at_once_stand_in_the_order_of_the_calls(tmp_path: Path) -> None:
    writer = await write(tmp_path, [])
    events = session_events()
    await asyncio.gather(*(writer.keep(event) for event in events))
    assert list(read_journal(writer.folder / "events.jsonl").events) == events


def held_journal(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Makes every append wait. Returns what says that one has begun, and what lets it go on."""
    begun, go_on, append = threading.Event(), threading.Event(), Journal.append

    def wait(journal: Journal, event: Event) -> Event:
        begun.set()
        assert go_on.wait(10)
        return append(journal, event)

    monkeypatch.setattr(Journal, "append", wait)
    return begun, go_on


async def test_the_loop_goes_on_while_the_disk_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = held_journal(monkeypatch)
    writer = SessionWriter.create(tmp_path, "a1b2c3d4", "m")
    keeping = asyncio.create_task(writer.keep(session_events()[0]))
    assert await asyncio.to_thread(begun.wait, 10)  # reached only by a loop that is free
    assert not keeping.done()
    go_on.set()
    await keeping


async def test_a_cancelled_keep_keeps_first_and_lets_no_other_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = held_journal(monkeypatch)
    writer = SessionWriter.create(tmp_path, "a1b2c3d4", "m")
    first, second = session_events()[:2]
    keeping = asyncio.create_task(writer.keep(first))
    assert await asyncio.to_thread(begun.wait, 10)
    begun.clear()
    keeping.cancel()
    after = asyncio.create_task(writer.keep(second))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not keeping.done()
    assert not begun.is_set()  # the second waits for its turn
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    await after
    assert read_journal(writer.folder / "events.jsonl").events == (first, second)


async def test_a_fact_that_could_not_be_kept_is_said_to_who_was_cancelled_too() -> None:
    async def failing() -> None:
        raise OSError(28, "no space left")

    for turns in range(1, 4):  # before, as and after it fails
        keeping = asyncio.create_task(_to_the_end(failing()))
        for _ in range(turns):
            await asyncio.sleep(0)
        keeping.cancel()
        with pytest.raises(OSError, match="no space left"):
            await keeping


async def test_a_rebuild_leaves_the_folder_to_others_whatever_comes_of_it(tmp_path: Path) -> None:
    writer = await write(tmp_path, session_events())
    await writer.close()
    held: list[FolderLock] = []  # a lock that nothing refers to any more would let go by itself
    really = FolderLock.__init__

    def remembered(lock: FolderLock, folder: Path) -> None:
        held.append(lock)
        really(lock, folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FolderLock, "__init__", remembered)
        rebuild(writer.folder)
        assert owner_of(writer.folder) is None
        (writer.folder / "events.jsonl").unlink()
        with pytest.raises(FileNotFoundError):
            rebuild(writer.folder)
        assert owner_of(writer.folder) is None
    assert len(held) == 2


async def test_a_journal_that_cannot_be_written_stops_the_session(tmp_path: Path) -> None:
    writer = await write(tmp_path, session_events()[:2])
    (writer.folder / "events.jsonl").unlink()
    with pytest.raises(FileNotFoundError):
        await writer.keep(session_events()[2])


async def test_a_document_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    events = session_events()
    writer = await write(tmp_path, events[:-1])
    blocked = writer.folder / "optimization_report.md"
    blocked.unlink()
    blocked.mkdir()
    await writer.keep(events[-1])
    with pytest.raises(OSError, match="optimization_report"):
        await writer.close()
    blocked.rmdir()
    await writer.close()
    written = files(writer.folder)
    rebuilt(writer.folder)
    assert files(writer.folder) == written


async def test_a_rebuild_says_what_it_could_not_use_and_keeps_the_journal(tmp_path: Path) -> None:
    writer = await write(tmp_path, session_events())
    journal = writer.folder / "events.jsonl"
    with journal.open("ab") as file:
        file.write(b"garbage")
    before = journal.read_bytes()
    assert rebuilt(writer.folder) == ("line 23 is cut off and is left out",)
    assert journal.read_bytes() == before


async def test_a_session_in_which_nothing_happened_leaves_nothing(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, "a1b2c3d4", "m")
    assert writer.folder.is_dir()
    assert files(writer.folder) == {}
    await writer.close()
    assert files(tmp_path) == {}


async def test_a_journal_never_stands_there_without_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = SessionWriter.create(tmp_path, "a1b2c3d4", "m")
    monkeypatch.setattr("llmopt_tui.store.journal.Journal.append", _full)
    with pytest.raises(OSError, match="No space left"):
        await writer.keep(session_events()[0])
    assert "events.jsonl" not in files(writer.folder)
    monkeypatch.undo()
    await writer.keep(session_events()[0])
    assert len(read_journal(writer.folder / "events.jsonl").events) == 1


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


async def test_one_writer_at_a_time(tmp_path: Path) -> None:
    writer = await write(tmp_path, upto("IterationFinished"))
    assert owner_of(writer.folder) == Owner(os.getpid(), socket.gethostname())
    for attempt in (SessionWriter.reopen, rebuild):
        with pytest.raises(FolderTakenError, match=f"by process {os.getpid()}"):
            attempt(writer.folder)
    await writer.close()
    assert owner_of(writer.folder) is None
    again = SessionWriter.reopen(writer.folder)
    assert again.record == folded(upto("IterationFinished"))
    await again.close()


async def test_a_reopened_session_is_written_to_the_same_documents(tmp_path: Path) -> None:
    events = session_events()
    whole = await write(tmp_path / "whole", events)
    await whole.close()
    for cut in range(1, len(events)):
        folder = (await write(tmp_path / str(cut), events[:cut])).folder
        (folder / ".lock").unlink()  # its writer is dead now
        (folder / ".session_data.json.x7.unfinished").write_text("half of it")
        writer = SessionWriter.reopen(folder)
        assert writer.record == folded(events[:cut])
        for event in events[cut:]:
            await writer.keep(event)
        await writer.close()
        assert files(folder) == files(whole.folder), cut


def test_a_lock_that_was_left_behind_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text('{"pid": 1, "machine": "elsewhere"}')
    assert owner_of(tmp_path) is None
    FolderLock(tmp_path).release()
    assert not (tmp_path / ".lock").exists()


@pytest.mark.parametrize("text", ["", "garbage", "[]", '{"pid": "one"}', "\x00\xff"])
def test_an_owner_that_cannot_be_read_is_another_program(text: str, tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    (tmp_path / ".lock").write_text(text)
    assert str(owner_of(tmp_path)) == "another program"
    lock.release()
    lock.release()


@pytest.mark.parametrize("call", ["os.fsync", "pathlib.Path.replace"])
def test_a_file_whose_writing_fails_stays_as_it_was(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.txt"
    atomic.write_text(path, "old")

    def fail(*_: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr(call, fail)
    with pytest.raises(OSError, match="disk"):
        atomic.write_text(path, "new")
    assert files(tmp_path) == {"file.txt": b"old"}


@pytest.mark.parametrize("write_it", [atomic.write_json, atomic.write_toml])
def test_any_document_can_be_written(
    write_it: Callable[[Path, dict[str, str]], None], tmp_path: Path
) -> None:
    write_it(tmp_path / "document", {str(n): text for n, text in enumerate(NASTY)})
    assert (tmp_path / "document").read_text("utf-8")


@posix_only
def test_names_reach_the_device_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was renamed into place is only safe from a power cut once its folder is."""
    synced: list[int] = []
    real = os.fsync

    def watched(descriptor: int) -> None:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            synced.append(found.st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    writer = asyncio.run(write(tmp_path, session_events()[:1]))
    folder, results = writer.folder.stat().st_ino, tmp_path.stat().st_ino
    # The journal's own name, the folder's, and that of the one document that is due.
    assert synced == [folder, results, folder]
    asyncio.run(writer.close())


async def test_a_round_is_written_when_an_idea_leaves_its_race(tmp_path: Path) -> None:
    events = raced_events()
    writer = SessionWriter.create(tmp_path, "a1b2c3d4", "gemma3n:latest")
    ended = next(n for n, event in enumerate(events) if isinstance(event, TrialEnded))
    for event in events[: ended + 1]:
        await writer.keep(event)
    document = json.loads((writer.folder / "interview_1.json").read_text("utf-8"))
    assert [p["outcome"] for p in document["proposals"]] == ["dropped", None, None]
    await writer.close()
