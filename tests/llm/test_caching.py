from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from llmopt_tui.core.loop.calls import Calls, Outcome
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.ports import (
    ChatRequest,
    Delta,
    Message,
    Metrics,
    ModelError,
    ModelInfo,
    Reply,
    Tell,
    summed,
)
from llmopt_tui.llm import errors
from llmopt_tui.llm.caching import CachingClient, fresh
from llmopt_tui.llm.retry import RetryingClient
from tests.core.factory import FakeClient
from tests.fakes.hearing import heard, silent
from tests.llm.clock import FakeClock

MODEL = ModelInfo("small:1b", digest="d1")
ASKED = ChatRequest(
    "small:1b", (Message("user", "How urgent?"),), {"temperature": 0.0, "num_predict": 9}
)


class Kept:
    """A cache in memory."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}

    def get(self, key: str, now: float) -> Reply | None:
        return self.replies.get(key)

    def keep(self, key: str, reply: Reply, now: float) -> None:
        self.replies[key] = reply


class Server(FakeClient):
    """Says how often it was asked; each call takes three seconds."""

    def __init__(self, clock: FakeClock, model: ModelInfo = MODEL) -> None:
        super().__init__(lambda request: f"answer {len(self.requests)}")
        self.clock = clock
        self.model = model
        self.failures: list[ModelError] = []
        self.done_reason = "stop"

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        await self.clock.sleep(3.0)
        reply = await super().chat(request, tell)
        if self.failures:
            raise self.failures.pop(0)
        return replace(reply, metrics=replace(reply.metrics, done_reason=self.done_reason))

    async def models(self) -> Sequence[ModelInfo]:
        return [self.model]


async def cached(server: Server, answers: Kept, url: str = "http://here") -> CachingClient:
    """A client of the server, after its models were listed."""
    client = CachingClient(server, answers, url, server.clock)
    await client.models()
    return client


async def text(client: CachingClient, request: ChatRequest = ASKED) -> str:
    return (await client.chat(request, silent)).text


async def test_a_call_is_made_once_and_then_known_with_the_metrics_of_the_call():
    server = Server(FakeClock())
    client = await cached(server, Kept())
    _, first = await heard(client, ASKED)
    pieces, second = await heard(client, ASKED)
    assert len(server.requests) == 1
    assert not first.metrics.cached
    assert second == replace(first, metrics=replace(first.metrics, cached=True), seconds=3.0)
    assert pieces == [Delta("answer 1")]


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, messages=(Message("user", "How urgent!"),)),
        replace(ASKED, messages=(Message("system", "How urgent?"),)),
        replace(ASKED, options={**ASKED.options, "num_predict": 10}),
        replace(ASKED, format="json"),
        replace(ASKED, think="off"),
    ],
)
async def test_whatever_differs_in_the_request_makes_it_another_call(other):
    client = await cached(Server(FakeClock()), Kept())
    assert [await text(client), await text(client, other)] == ["answer 1", "answer 2"]


async def test_how_long_a_model_stays_loaded_makes_no_other_call():
    client = await cached(Server(FakeClock()), Kept())
    assert await text(client) == await text(client, replace(ASKED, keep_alive="1h"))


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({"temperature": 0}, 1),
        ({"temperature": 0.7, "seed": 3}, 1),
        ({"temperature": 0.7}, 2),
        ({"temperature": 0.7, "seed": -1}, 2),
        ({}, 2),
    ],
)
async def test_only_what_can_be_repeated_is_kept(options, calls):
    server = Server(FakeClock())
    client = await cached(server, Kept())
    for _ in range(2):
        await text(client, replace(ASKED, options=options))
    assert len(server.requests) == calls


async def test_a_digest_is_the_model_wherever_it_is_and_whatever_its_name():
    answers, clock = Kept(), FakeClock()
    first = await cached(Server(clock), answers, "http://here")
    await text(first)
    there = await cached(Server(clock, ModelInfo("copy", digest="d1")), answers, "http://there")
    assert (await there.chat(replace(ASKED, model="copy"), silent)).metrics.cached


@pytest.mark.parametrize(
    "other",
    [
        (ModelInfo("small:1b", digest="d2"), "http://here"),
        (ModelInfo("small:1b", size=5), "http://there"),
        (ModelInfo("small:1b", size=6), "http://here"),
        (ModelInfo("small:1b", size=5, quantization="Q4_0"), "http://here"),
    ],
)
async def test_another_model_is_asked_itself(other):
    model, url = other
    answers, clock = Kept(), FakeClock()
    before = MODEL if model.digest else ModelInfo("small:1b", size=5)
    await text(await cached(Server(clock, before), answers))
    server = Server(clock, model)
    await text(await cached(server, answers, url))
    assert len(server.requests) == 1


async def test_nothing_is_looked_up_before_the_models_are_listed():
    server, answers = Server(FakeClock()), Kept()
    client = CachingClient(server, answers, "http://here", server.clock)
    await text(client)
    assert answers.replies == {}


@pytest.mark.parametrize("done_reason", ["load", "content_filter"])
async def test_an_answer_that_was_broken_off_is_not_kept(done_reason):
    server, answers = Server(FakeClock()), Kept()
    server.done_reason = done_reason
    await text(await cached(server, answers))
    assert answers.replies == {}


async def test_a_failed_call_is_not_kept_and_a_repeated_one_has_the_time_of_its_last_attempt():
    server, answers = Server(FakeClock()), Kept()
    server.failures = [ModelError("it broke off", partial=Reply("half"))]
    with pytest.raises(ModelError):
        await text(await cached(server, answers))
    assert answers.replies == {}
    server.failures = [errors.ServerBusy()]
    client = CachingClient(RetryingClient(server, server.clock), answers, "", server.clock)
    await client.models()
    await text(client)
    (kept,) = answers.replies.values()
    assert kept.seconds == 3.0


async def test_a_session_records_the_seconds_of_the_call_that_was_made():
    server, answers = Server(FakeClock()), Kept()
    client = await cached(server, answers)
    await text(client)
    calls = Calls(RunControl("auto"), server.clock, Slots({}))
    (outcome,) = [o async for o in calls.ask(client, ASKED, silent)]
    assert isinstance(outcome, Outcome)
    assert (outcome.seconds, outcome.reply.metrics.cached) == (3.0, True)


async def test_what_is_to_be_measured_again_asks_past_the_cache():
    server = Server(FakeClock())
    client = await cached(server, Kept())
    await text(client)
    assert not (await fresh(client).chat(ASKED, silent)).metrics.cached
    assert fresh(server) is server


def test_an_answer_of_two_calls_is_cached_where_both_were():
    assert not summed([Metrics(cached=True), Metrics()]).cached
    assert summed([Metrics(cached=True), Metrics(cached=True)]).cached
