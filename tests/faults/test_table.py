"""Every row of the fault table, played through the whole stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmopt_tui.cli.progress import event_line
from llmopt_tui.core.events import Event
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.signals import Signal
from tests.faults.stage import (
    GOOD_CALLS,
    HIT,
    Play,
    Who,
    fault_calls,
    hits,
    outcome,
    server,
)
from tests.faults.table import ROWS, Row, document

UNDISTURBED = {
    kind: Row("nothing", None, 1, "nobody", "goes on", "", kind=kind)
    for kind in ("ollama", "openai")
}
CALLS = 6
"""Two examples, an interview of two calls, two examples."""


async def played(row: Row, root: Path, who: Who = "candidate", *, times: int | None = None) -> Play:
    """A session into which the row's fault comes, `calls` times unless told otherwise."""
    async with server() as fake:
        play = Play(fake, root, row)
        fault_calls(play, who, row.calls if times is None else times)
        down = False

        async def take_away() -> None:
            nonlocal down
            down = True
            await fake.stop()

        async def bring_back() -> None:
            await fake.start(play.port)

        def move(play: Play, event: Event | Signal) -> object:
            if row.down and not down and hits(event, who, during=row.down == "during"):
                return take_away()
            if row.down and down and len(play.pauses) == 1 and event is play.pauses[0]:
                return bring_back()
            return None

        await play.play(move)
        return play


_KNOWN: dict[str, tuple[object, ...]] = {}


@pytest.fixture
async def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[object, ...]]:
    """What a session comes to where nothing goes wrong, for each kind of server."""
    for kind, row in UNDISTURBED.items():
        if kind not in _KNOWN:
            play = await played(row, tmp_path_factory.mktemp(kind))
            assert play.calls == CALLS
            assert not play.pauses
            first, second = (iteration["score"] for iteration in play.data["iterations"])
            assert first < second == 1.0
            assert play.data["stop_reason"] == "target_reached"
            _KNOWN[kind] = outcome(play.record)
    return _KNOWN


def rows(*outcomes: str) -> list[Row]:
    return [row for row in ROWS if row.outcome in outcomes]


def reads(play: Play) -> str:
    return play.row.sentence(play.url)


@pytest.mark.parametrize("who", ["candidate", "interviewer"])
@pytest.mark.parametrize("row", rows("waits"), ids=lambda row: row.id)
async def test_a_server_at_fault_is_waited_for_and_nothing_is_lost(
    row: Row, who: Who, tmp_path: Path, undisturbed: dict[str, tuple[object, ...]]
) -> None:
    play = await played(row, tmp_path, who)
    # Tried so often, and only then waited for: once, since the server came back meanwhile.
    assert len(play.retries) == row.calls - 1
    [pause] = play.pauses
    assert (pause.by, pause.reason, pause.retry_in) == ("server", reads(play), 5.0)
    assert 5.0 in play.clock.slept
    if not row.down:
        assert play.calls == CALLS + row.calls
    # What a person reads in a log.
    line = event_line(pause, SessionRecord())
    assert line.startswith(f"waiting: {reads(play)[:150]}")
    assert line.endswith("; trying again in 5 s")
    # No iteration was spent on it, and the end is that of a run never disturbed.
    assert outcome(play.record) == undisturbed[row.kind]
    assert play.data["status"] == "completed"
    assert play.data["totals"]["calls"] == 4


@pytest.mark.parametrize(
    "row", [r for r in ROWS if r.calls > 1 and not r.down], ids=lambda row: row.id
)
async def test_a_fault_that_passes_is_not_even_waited_for(
    row: Row, tmp_path: Path, undisturbed: dict[str, tuple[object, ...]]
) -> None:
    play = await played(row, tmp_path, times=1)
    assert not play.pauses
    assert len(play.retries) == (row.blame != "nobody")
    assert play.calls == CALLS + 1
    assert outcome(play.record) == undisturbed[row.kind]


@pytest.mark.parametrize("who", ["candidate", "interviewer"])
@pytest.mark.parametrize("row", rows("fails"), ids=lambda row: row.id)
async def test_a_request_that_cannot_succeed_ends_the_session_with_what_to_do(
    row: Row, who: Who, tmp_path: Path
) -> None:
    play = await played(row, tmp_path, who)
    assert (play.retries, play.pauses) == ([], [])
    assert play.calls == GOOD_CALLS[who] + 1
    data = play.data
    assert (data["status"], data["stop_reason"]) == ("failed", "failed")
    assert data["error_message"] == reads(play)
    # What was finished is kept, and nothing is invented.
    first = play.record.iterations[0]
    assert [run.success for run in first.runs] == [True] * GOOD_CALLS[who]
    assert (first.score is None) is (who == "candidate")


@pytest.mark.parametrize("row", rows("scores 0"), ids=lambda row: row.id)
async def test_a_fault_of_the_model_is_a_run_that_scores_nothing(row: Row, tmp_path: Path) -> None:
    play = await played(row, tmp_path)
    assert play.pauses == []
    assert len(play.retries) == row.calls - 1
    assert play.calls == CALLS - 1 + row.calls
    record = play.record
    run = record.iterations[0].run(HIT, 1)
    assert run is not None
    assert (run.success, run.error_message, run.score) == (False, reads(play), 0.0)
    assert (run.output, run.metrics.truncated) == (row.output, row.truncated)
    # The other runs count as ever, and the session goes on to its end.
    assert record.iterations[0].runs[0].score > 0
    assert play.data["stop_reason"] == "target_reached"
    assert play.data["best_score"] == 1.0


@pytest.mark.parametrize("row", rows("scores 0"), ids=lambda row: row.id)
async def test_an_interviewer_whose_answer_broke_off_is_no_reason_to_stop(
    row: Row, tmp_path: Path
) -> None:
    play = await played(row, tmp_path, "interviewer")
    assert play.pauses == []
    interview = play.record.interviews[0]
    assert interview.problems == [f"The interviewer's answer ended early: {reads(play)}"]
    assert interview.suggestion is not None
    assert play.data["stop_reason"] == "target_reached"


@pytest.mark.parametrize("row", rows("goes on"), ids=lambda row: row.id)
async def test_what_an_answer_lacks_is_recorded_with_it(
    row: Row, tmp_path: Path, undisturbed: dict[str, tuple[object, ...]]
) -> None:
    play = await played(row, tmp_path, times=1)
    assert (play.pauses, play.retries) == ([], [])
    assert play.calls == CALLS + row.calls - 1
    run = play.record.iterations[0].run(HIT, 1)
    assert run is not None
    assert (run.success, run.error_message) == (True, "")
    if row.output:
        assert run.output == row.output
        assert run.metrics.truncated is row.truncated
    else:
        assert outcome(play.record) == undisturbed[row.kind]
    assert play.data["status"] == "completed"


def test_every_row_has_a_name_of_its_own() -> None:
    names = [row.id for row in ROWS]
    assert len(set(names)) == len(names)


def test_every_sentence_says_what_to_do_in_two_sentences_at_most() -> None:
    for row in ROWS:
        if row.reads:
            assert row.reads.count(". ") <= 2, row.name
            assert len(row.reads) < 230, row.name


def test_the_document_is_the_table() -> None:
    path = Path(__file__).parents[2] / "docs" / "faults.md"
    assert path.read_text() == document()
