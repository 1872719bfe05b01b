"""Wherever a journal is cut, and whatever is at the cut, it folds, and the session goes on."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.events import Event, InterviewAnswered, RunFinished
from llmopt_tui.core.loop.folding import folded
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.store.documents import documents
from llmopt_tui.store.journal import read_journal
from llmopt_tui.store.writer import SessionWriter
from tests.core.factory import Stage
from tests.core.loop.test_resume import calls, ends, talkative

AUTO = LoopSettings(mode="auto")


async def keep(stage: Stage, writer: SessionWriter) -> None:
    async for event in stage.session.run():
        await writer.keep(event)
    await writer.close()


@cache
def whole() -> tuple[bytes, Stage]:
    """The journal of a session that was never disturbed, and the session."""
    with TemporaryDirectory() as results, patch("os.fsync"):
        writer = SessionWriter.create(Path(results), "a1b2c3d4", "fake:1b")
        stage = Stage(settings=AUTO, interviewer_answer=talkative, record=writer.record)
        asyncio.run(keep(stage, writer))
        return (writer.folder / "events.jsonl").read_bytes(), stage


tails = st.one_of(
    st.just(b""),
    st.binary(max_size=30),
    st.sampled_from([b"\n\n", b"{", b'{"event": "RunFinished"', b"null\n", b"\x00" * 8, b"[]\n"]),
)


@settings(max_examples=120)
@given(cut=st.floats(0, 1), tail=tails)
def test_any_cut_folds_and_goes_on_to_the_same_end(cut: float, tail: bytes) -> None:
    journal, undisturbed = whole()
    with TemporaryDirectory() as base, patch("os.fsync"):
        folder = Path(base, "session_a1b2c3d4_fake_1b")
        folder.mkdir()
        (folder / "events.jsonl").write_bytes(journal[: round(cut * len(journal))] + tail)
        torn = read_journal(folder / "events.jsonl")
        record = folded(torn.events)
        for text in documents(record, status="interrupted").values():
            text()
        if record.started is None or record.finished:
            return
        writer = SessionWriter.reopen(folder)
        stage = Stage(settings=AUTO, interviewer_answer=talkative, record=writer.record)
        asyncio.run(keep(stage, writer))
        assert ends(stage) == ends(undisturbed)
        again = read_journal(folder / "events.jsonl")
        assert calls(again.events) == calls(read(journal, base))
        assert len(again.notes) <= 1 + tail.count(b"\n")


def read(journal: bytes, base: str) -> tuple[Event, ...]:
    file = Path(base, "whole.jsonl")
    file.write_bytes(journal)
    return read_journal(file).events


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_line_in_the_middle_costs_that_line_alone(data: st.DataObject) -> None:
    journal, _ = whole()
    lines = journal.splitlines(keepends=True)
    place = data.draw(st.integers(1, len(lines) - 1))
    lines[place] = data.draw(st.sampled_from([b"garbage\n", b"{}\n", b'{"event": "New"}\n', b"\n"]))
    with TemporaryDirectory() as base:
        file = Path(base, "events.jsonl")
        file.write_bytes(b"".join(lines))
        reading = read_journal(file)
    assert len(reading.events) == len(lines) - 2
    assert len(reading.notes) == (lines[place] != b"\n")
    folded(reading.events)


def test_the_session_that_is_cut_has_calls_of_both_models() -> None:
    kinds = {RunFinished, InterviewAnswered}
    with TemporaryDirectory() as base:
        assert kinds <= {type(event) for event in read(whole()[0], base)}
