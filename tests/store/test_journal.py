from __future__ import annotations

import errno
import json
import os
import stat
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.analysis.insights import prompt_changes
from llmopt_tui.core.events import ChatExchanged, Event, SessionFinished, SessionResumed
from llmopt_tui.store.journal import Journal, read_journal
from tests.factories import at, make_run, make_started, record_of, session_events
from tests.nasty import NASTY
from tests.store.strategies import any_events

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="no POSIX modes there")


def keep(path: Path, events: list[Event]) -> Path:
    journal = Journal.create(path, "a1b2c3d4")
    for event in events:
        journal.append(event)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


@pytest.fixture
def no_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Properties write thousands of lines: none of them has to survive a power cut."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def test_the_first_line_names_the_session_and_the_program(path: Path) -> None:
    keep(path, [])
    header = json.loads(path.read_bytes())
    assert header["schema_version"] == 1
    assert header["session_id"] == "a1b2c3d4"
    assert header["program"] == "llmopt-tui"
    assert header["version"]
    assert read_journal(path).header == header


def test_an_event_is_one_line_with_its_name_and_a_time_with_offset(path: Path) -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    keep(path, [SessionResumed(at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=east))])
    line = json.loads(path.read_bytes().splitlines()[1])
    assert line == {"event": "SessionResumed", "at": "2026-01-02T03:04:05+05:30"}


def test_a_session_comes_back_as_it_was(path: Path) -> None:
    events = session_events()
    reading = read_journal(keep(path, events))
    assert list(reading.events) == events
    assert reading.notes == ()


def test_suggestions_that_were_kept_without_a_kind_have_none(path: Path) -> None:
    events = session_events()
    raw = keep(path, events).read_bytes()
    path.write_bytes(raw.replace(b', "kind": ""', b"").replace(b',"kind":""', b""))
    assert path.read_bytes() != raw
    reading = read_journal(path)
    assert list(reading.events) == events
    assert reading.notes == ()
    record = record_of(reading.events)
    assert [kind for kind, _ in prompt_changes(record)] == [
        *("the interviewer's own", "edited by the person"),
    ]


def test_whatever_becomes_of_a_line_no_file_stays_open(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open, really_close = os.open, os.close
    held: set[int] = set()

    def opened(*args: Any) -> int:
        held.add(descriptor := really_open(*args))
        return descriptor

    def closed(descriptor: int) -> None:
        held.discard(descriptor)
        really_close(descriptor)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "close", closed)
    journal = Journal.create(path, "a1b2c3d4")
    journal.append(session_events()[0])
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="space"):
        journal.append(session_events()[1])
    assert held == set()


def test_a_journal_without_a_header_says_so_before_all_else(path: Path) -> None:
    path.write_bytes(b"{\n[]\n")
    assert read_journal(path).notes == (
        "line 1 is no header",
        "line 1 is no JSON and is left out",
        "line 2 is no JSON object and is left out",
    )


@pytest.mark.usefixtures("no_sync")
@settings(deadline=None)
@given(any_events)
def test_any_events_come_back_and_are_written_the_same_again(events: list[Event]) -> None:
    with TemporaryDirectory() as folder:
        first = keep(Path(folder, "first"), events)
        reading = read_journal(first)
        second = keep(Path(folder, "second"), list(reading.events))
        assert list(reading.events) == events
        assert reading.notes == ()
        assert second.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:30])
def test_nasty_text_survives_and_never_breaks_a_line(text: str, path: Path) -> None:
    event = ChatExchanged(at=at(1), interview=1, question=text, answer=text[::-1])
    assert read_journal(keep(path, [event])).events == (event,)
    assert path.read_bytes().count(b"\n") == 2
    assert path.read_bytes().isascii()


@pytest.mark.usefixtures("no_sync")
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_prefix_reads_as_the_events_that_are_whole(data: st.DataObject) -> None:
    events = session_events()
    with TemporaryDirectory() as folder:
        path = keep(Path(folder, "journal"), events)
        whole = path.read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:cut])
        read = list(read_journal(path).events)
        complete = max(0, whole[:cut].count(b"\n") - 1)
        assert events[:complete] == read[:complete]
        # A last line may lack no more than its end.
        assert len(read) - complete in (0, 1)


@pytest.mark.usefixtures("no_sync")
@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, 5))
def test_any_bytes_among_the_lines_cost_no_other_line(garbage: bytes, where: int) -> None:
    with TemporaryDirectory() as folder:
        path = keep(Path(folder, "journal"), session_events()[:5])
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([*lines[: where + 1], garbage, b"\n", *lines[where + 1 :]]))
        assert list(read_journal(path).events) == session_events()[:5]


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("not json", "line 2 is no JSON and is left out"),
        ("[1, 2]", "line 2 is no JSON object and is left out"),
        ('{"event": "ModelSwapped"}', "holds no event that is known ('ModelSwapped')"),
        ('{"event": 7}', "holds no event that is known (7)"),
        ('{"a": 1}', "holds no event that is known (None)"),
        ('{"event": "SessionResumed"}', "does not fit SessionResumed (at)"),
        ('{"event": "SessionResumed", "at": "yesterday"}', "does not fit SessionResumed (at)"),
        ('{"event": "SessionResumed", "at": NaN}', "is no JSON"),
        ('{"event": "SessionResumed", "at": 1e999}', "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("9" * 10_000, "is no JSON"),
    ],
    ids=lambda text: text[:40],
)
def test_a_line_of_no_use_is_left_out_with_a_note(line: str, note: str, path: Path) -> None:
    keep(path, [])
    with path.open("a") as file:
        file.write(line + "\n" + '{"event": "SessionResumed", "at": "2026-01-01T00:00:00Z"}\n')
    reading = read_journal(path)
    assert [type(event) for event in reading.events] == [SessionResumed]
    assert len(reading.notes) == 1
    assert "line 2" in reading.notes[0]
    assert note in reading.notes[0]


def test_a_field_of_the_wrong_type_costs_its_event_alone(path: Path) -> None:
    keep(path, session_events())
    lines = path.read_text().splitlines()
    run = json.loads(lines[3])
    run["run"]["score"] = "good"
    path.write_text("\n".join([*lines[:3], json.dumps(run), *lines[4:]]) + "\n")
    reading = read_journal(path)
    assert list(reading.events) == session_events()[:2] + session_events()[3:]
    assert reading.notes == ("line 4 does not fit RunFinished (run.score) and is left out",)


def test_unknown_fields_are_passed_over_and_said_once(path: Path) -> None:
    keep(path, [])
    line = '{"event": "SessionResumed", "at": "2026-01-01T00:00:00Z", "mood": "good"}\n'
    with path.open("a") as file:
        file.write(line * 3)
    reading = read_journal(path)
    assert len(reading.events) == 3
    assert reading.notes == (
        "line 2 has a field that is not known, SessionResumed.mood: passed over",
    )


def test_a_torn_last_line_is_noted_and_the_next_event_starts_a_line(path: Path) -> None:
    events = session_events()
    keep(path, events[:4])
    path.write_bytes(path.read_bytes()[:-20])
    reading = read_journal(path)
    assert list(reading.events) == events[:3]
    assert reading.notes == ("line 5 is cut off and is left out",)
    Journal(path).append(events[4])
    assert list(read_journal(path).events) == [*events[:3], events[4]]


def test_a_time_without_offset_is_taken_for_utc(path: Path) -> None:
    keep(path, [])
    with path.open("a") as file:
        file.write('{"event": "SessionResumed", "at": "2026-01-01T00:00:00"}\n')
    assert read_journal(path).events[0].at == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_missing_header_and_a_newer_format_are_noted(path: Path) -> None:
    path.write_text('{"event": "SessionResumed", "at": "2026-01-01T00:00:00Z"}\n')
    assert len(read_journal(path).events) == 1
    assert read_journal(path).notes == ("line 1 is no header",)
    path.write_text('{"schema_version": 2, "session_id": "x"}\n')
    assert read_journal(path).notes == ("line 1 says format 2: read as 1",)


def test_a_file_that_is_not_there_or_no_file_raises(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_journal(path)
    path.mkdir()
    with pytest.raises(OSError, match="no journal there"):
        read_journal(path)


def test_a_journal_is_never_written_over(path: Path) -> None:
    before = keep(path, session_events()).read_bytes()
    with pytest.raises(FileExistsError):
        Journal.create(path, "other")
    assert path.read_bytes() == before


def test_each_event_is_flushed_to_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal.create(path, "a1b2c3d4")
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.fstat(fd).st_size))
    journal.append(SessionResumed(at=at(1)))
    journal.append(SessionResumed(at=at(2)))
    sizes = [len(line) for line in path.read_bytes().splitlines(keepends=True)]
    assert synced == [sum(sizes[:2]), sum(sizes[:3])]


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_write_that_fails_leaves_no_part_of_a_line(
    call: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(keep(path, session_events()[:2]))
    before, write = path.read_bytes(), os.write

    def fail(descriptor: int, data: bytes = b"") -> int:
        if data and len(data) > 30:
            return write(descriptor, data[:30])  # the disk takes a part, then no more
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(OSError, match="No space left"):
            journal.append(session_events()[2])
    assert path.read_bytes() == before
    journal.append(session_events()[2])
    assert list(read_journal(path).events) == session_events()[:3]


def test_an_event_that_could_not_be_read_back_is_refused(path: Path) -> None:
    journal = Journal(keep(path, []))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="stop_reason"):
        journal.append(SessionFinished(at=at(1), stop_reason="bored"))  # type: ignore[arg-type]
    assert path.read_bytes() == before


def test_what_json_lacks_is_kept_as_what_it_has(path: Path) -> None:
    case = {"id": "x", "due": datetime(2026, 1, 1, tzinfo=UTC).date(), "odd": float("nan")}
    kept = Journal(keep(path, [])).append(make_started(case=case))
    assert kept.case == {"id": "x", "due": "2026-01-01", "odd": None}  # type: ignore[attr-defined]
    assert read_journal(path).events == (kept,)


def test_numbers_come_back_in_the_type_of_their_field(path: Path) -> None:
    journal = Journal(keep(path, []))
    events = session_events()
    kept = journal.append(type(events[2])(at=at(1), iteration=1, run=make_run(score=1)))  # type: ignore[call-arg]
    assert isinstance(kept.run.score, float)  # type: ignore[attr-defined]


@posix_only
def test_only_the_owner_may_read_it(path: Path) -> None:
    keep(path, [])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
