"""A server that is away, as the person in front of the app sees it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from llmopt_tui.core.ports import ChatRequest, Reply, Retrying, Tell
from llmopt_tui.llm.errors import ServerBusy, ServerUnreachable
from llmopt_tui.tui.bars import StatusLine
from llmopt_tui.tui.key_bar import KeyBar
from tests.fakes.models import ScriptedClient
from tests.tui.harness import Stage, StillClock, text_of, until

WIDE, NARROW = (160, 40), (80, 24)


class HeldClock(StillClock):
    """Time on which a wait ends only when somebody does not wait for it."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.clock.__class__ = HeldClock
    return stage


def lose(client: ScriptedClient, error: Exception, calls: int = 1) -> None:
    """Let the next calls fail so."""
    answer = client.chat
    left = calls

    async def chat(request: ChatRequest, tell: Tell) -> Reply:
        nonlocal left
        if left:
            left -= 1
            raise error
        return await answer(request, tell)

    client.chat = chat  # type: ignore[method-assign]


async def test_a_lost_server_is_counted_down_and_p_tries_at_once(stage: Stage) -> None:
    lost = ServerUnreachable()
    lost.where = "http://127.0.0.1:11434"
    lose(stage.client, lost)
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        status = stage.workbench.query_one(StatusLine)
        says = (
            "trying again in 5 s, p tries now: No answer from the server (http://127.0.0.1:11434)"
        )
        await until(pilot, lambda: says in text_of(status))
        await until(pilot, lambda: "p try now" in text_of(stage.workbench.query_one(KeyBar)))
        for seconds in (4, 3, 2):
            stage.clock.seconds += 1
            await until(pilot, lambda s=seconds: f"trying again in {s} s" in text_of(status))
        assert not stage.client.requests
        await pilot.press("p")
        await until(pilot, lambda: stage.state.live or stage.state.record.iterations[0].runs)
        await until(pilot, lambda: "trying again" not in text_of(status))
        assert stage.state.record.paused is None


async def test_the_countdown_and_its_key_are_seen_on_a_narrow_terminal(stage: Stage) -> None:
    lose(stage.client, ServerBusy())
    async with stage.app.run_test(size=NARROW) as pilot:
        await stage.run(pilot)
        status = stage.workbench.query_one(StatusLine)
        await until(pilot, lambda: "trying again in 5 s, p tries now" in text_of(status))


async def test_p_pauses_as_ever_while_an_attempt_is_under_way(stage: Stage) -> None:
    stage.client.retries = [Retrying(2, 0.0, "the server is busy")]
    stage.client.hold()
    async with stage.app.run_test(size=WIDE) as pilot:
        await stage.run(pilot)
        status = stage.workbench.query_one(StatusLine)
        await until(pilot, lambda: "trying again: the server is busy" in text_of(status))
        await pilot.press("p")
        assert stage.app.controller is not None
        await until(pilot, lambda: stage.app.controller.paused)
        stage.client.let_go()
        await until(pilot, lambda: "paused, p resumes" in text_of(status))
