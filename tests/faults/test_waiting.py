"""Waiting for a server: how long, how it ends, and the key that tries at once."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from llmopt_tui.core.events import Event, SessionPaused, SessionResumed
from llmopt_tui.core.loop.calls import Calls, Outcome, Stopped
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.ports import (
    ChatRequest,
    Clock,
    Message,
    ModelClient,
    ModelError,
    Piece,
    Reply,
    Retrying,
    Tell,
)
from llmopt_tui.core.signals import Signal
from llmopt_tui.llm.errors import ServerBusy, ServerUnreachable, TimedOut
from llmopt_tui.llm.retry import RetryingClient
from tests.core.factory import FakeClient, FakeClock
from tests.fakes.ollama import FakeOllama
from tests.faults.stage import Play, fault_calls, hits, outcome, server
from tests.faults.table import ROWS, Row

REQUEST = ChatRequest("m", (Message("user", "hi"),))
REFUSED = next(row for row in ROWS if row.name == "connection refused")
BUSY = next(row for row in ROWS if row.name == "busy (503)")


class Endless(FakeClock):
    """A clock on which a wait ends only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()
        self.sleeping = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.sleeping.set()
        await self.over.wait()
        self.seconds += seconds


def gone_until(call: int, error: ModelError | None = None) -> FakeClient:
    """A client whose calls fail before this one."""
    client = FakeClient(
        lambda _: (error or ServerUnreachable()) if len(client.requests) < call else "here"
    )
    return client


async def try_now(control: RunControl) -> None:
    """Press the key, once whoever could end the wait has been told of it."""
    for _ in range(100):
        await asyncio.sleep(0)
    assert control.waiting
    control.go_on()


Item = SessionPaused | SessionResumed | Outcome


async def asked(
    client: ModelClient, control: RunControl, clock: Clock, *, server_wait: float | None = None
) -> tuple[list[Item], list[Piece]]:
    """What one call brings: its facts with its outcome, and the pieces that were heard."""
    heard: list[Piece] = []
    calls = Calls(control, clock, Slots({}), server_wait=server_wait)
    return [item async for item in calls.ask(client, REQUEST, heard.append)], heard


async def test_waits_grow_to_a_minute_and_are_announced() -> None:
    clock = FakeClock()
    items, _ = await asked(gone_until(8), RunControl(), clock)
    held = [item for item in items if isinstance(item, SessionPaused)]
    assert [item.retry_in for item in held] == [5, 10, 20, 40, 60, 60, 60]
    assert {(item.by, item.reason) for item in held} == {("server", str(ServerUnreachable()))}
    assert sum(isinstance(item, SessionResumed) for item in items) == 7
    assert clock.slept == [5, 10, 20, 40, 60, 60, 60]


async def test_a_wait_that_has_an_end_counts_the_time_of_calls_that_hang() -> None:
    clock = FakeClock()

    class Hanging(FakeClient):
        async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
            clock.seconds += 1800
            self.requests.append(request)
            raise TimedOut("load", 1800)

    client = Hanging(lambda _: "")
    with pytest.raises(TimedOut):
        await asked(client, RunControl(), clock, server_wait=600)
    assert len(client.requests) == 2


async def test_trying_now_ends_the_wait_for_a_lost_server() -> None:
    control, clock = RunControl(), Endless()
    client = gone_until(2)
    asking = asyncio.create_task(asked(client, control, clock))
    await clock.sleeping.wait()
    await try_now(control)
    (paused, resumed, outcome), _ = await asyncio.wait_for(asking, 5)
    assert isinstance(paused, SessionPaused)
    assert (paused.reason, paused.retry_in) == (str(ServerUnreachable()), 5.0)
    assert isinstance(resumed, SessionResumed)
    assert isinstance(outcome, Outcome)
    assert (outcome.reply.text, outcome.error) == ("here", "")
    assert not control.waiting


async def test_trying_now_ends_the_wait_before_a_further_attempt() -> None:
    control, clock = RunControl(), Endless()
    client = gone_until(2, ServerBusy())
    asking = asyncio.create_task(asked(RetryingClient(client, clock), control, clock))
    await clock.sleeping.wait()
    await try_now(control)
    items, heard = await asyncio.wait_for(asking, 5)
    reason = str(ServerBusy())
    assert heard[:2] == [Retrying(2, 1.0, reason), Retrying(2, 0.0, reason)]
    assert [type(item) for item in items] == [Outcome]
    assert (len(client.requests), clock.slept) == (2, [1.0])
    assert not control.waiting


async def test_an_attempt_under_way_is_not_waited_for() -> None:
    control, clock = RunControl(), FakeClock()
    seen: list[bool] = []

    class Watching(FakeClient):
        async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
            self.requests.append(request)
            if len(self.requests) == 1:
                raise ServerBusy()
            # Whoever reads has been told by now that the attempt is made.
            for _ in range(5):
                await asyncio.sleep(0)
            seen.append(control.waiting)
            return Reply("here")

    client = Watching(lambda _: "")
    await asked(RetryingClient(client, clock), control, clock)
    assert seen == [False]


@pytest.mark.parametrize("error", [ServerUnreachable(), ServerBusy()])
@pytest.mark.parametrize("retrying", [True, False])
async def test_a_stop_ends_every_wait(error: ModelError, retrying: bool) -> None:
    control, clock = RunControl(), Endless()
    client = gone_until(99, error)
    inner = RetryingClient(client, clock) if retrying else client
    asking = asyncio.create_task(asked(inner, control, clock))
    await clock.sleeping.wait()
    control.stop()
    with pytest.raises(Stopped):
        await asyncio.wait_for(asking, 5)


async def test_a_server_that_stays_away_fails_the_session_after_its_time(tmp_path: Path) -> None:
    from llmopt_tui.core.settings import LoopSettings

    async with server() as fake:
        play = Play(fake, tmp_path, REFUSED, LoopSettings(mode="auto", server_wait=600))

        def move(play: Play, event: Event | Signal) -> object:
            first = hits(event, "candidate") and not play.pauses
            return fake.stop() if first else None

        await play.play(move)
    assert play.data["status"] == "failed"
    assert play.data["error_message"] == REFUSED.sentence(play.url)
    waited = sum(pause.retry_in or 0 for pause in play.pauses)
    assert 500 < waited < 700
    assert play.record.iterations[0].score is None
    assert len(play.record.iterations[0].runs) == 1


async def test_going_on_at_once_leads_to_the_same_end(tmp_path: Path) -> None:
    """The person tries now: no wait passes, and the session ends as ever."""
    row = Row("", BUSY.how, 8, "server", "waits", "")
    clock = Endless()
    async with server() as fake:
        play = Play(fake, tmp_path, row, clock=clock)
        fault_calls(play, "candidate", row.calls)

        async def impatient() -> None:
            while True:
                await clock.sleeping.wait()
                clock.sleeping.clear()
                await try_now(play.control)

        pressing = asyncio.create_task(impatient())
        await asyncio.wait_for(play.play(lambda *_: None), 20)
        pressing.cancel()
    assert play.data["stop_reason"] == "target_reached"
    assert play.calls == 6 + row.calls
    # Each press makes the call anew, with all its attempts before it.
    assert set(clock.slept) == {1.0}


async def test_a_server_process_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    """The same with a process of its own, killed by the system and started on the same port."""

    async def start(port: int) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fakes.ollama", "--port", str(port),
            stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        urls.append(line.split('"')[3])
        return process

    urls: list[str] = []
    process = await start(0)
    place = FakeOllama()
    place.url = urls[0]
    play = Play(place, tmp_path, REFUSED)

    async def kill() -> None:
        process.send_signal(signal.SIGKILL)
        await process.wait()

    async def revive() -> None:
        nonlocal process
        process = await start(play.port)

    def move(play: Play, event: Event | Signal) -> object:
        if hits(event, "candidate", during=True) and not play.pauses and process.returncode is None:
            return kill()
        return revive() if play.pauses and event is play.pauses[0] else None

    try:
        await asyncio.wait_for(play.play(move), 60)
    finally:
        process.kill()
        await process.wait()
    assert len(play.pauses) == 1
    assert urls == [play.url, play.url]
    async with server() as fake:
        quiet = Play(fake, tmp_path / "quiet", REFUSED)
        await quiet.play(lambda *_: None)
    assert outcome(play.record) == outcome(quiet.record)
