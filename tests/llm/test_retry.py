from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from llmopt_tui.core.ports import (
    ChatRequest,
    Delta,
    Message,
    ModelInfo,
    Reply,
    Retrying,
)
from llmopt_tui.llm import errors
from llmopt_tui.llm.retry import RetryingClient
from tests.llm.clock import FakeClock

REQUEST = ChatRequest("m", (Message("user", "hi"),))


class Scripted:
    """A client whose chats go as told: an error is raised after one piece, None succeeds."""

    endpoint = "here"
    parallel = 3

    def __init__(self, *outcomes: Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.calls = 0
        self.open = 0

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta | Reply, None]:
        self.calls += 1
        self.open += 1
        try:
            yield Delta("piece")
            outcome = self.outcomes.pop(0) if self.outcomes else None
            if outcome is not None:
                raise outcome
            yield Reply("whole")
        finally:
            self.open -= 1

    async def slots(self) -> int | None:
        return 2

    async def models(self) -> list[ModelInfo]:
        raise errors.ServerUnreachable()

    async def version(self) -> str:
        return "1"

    async def aclose(self) -> None:
        self.calls = -1


async def collected(client: RetryingClient) -> list[object]:
    return [event async for event in client.chat(REQUEST)]


async def test_a_success_passes_through_without_waiting():
    clock = FakeClock()
    assert await collected(RetryingClient(Scripted(), clock)) == [Delta("piece"), Reply("whole")]
    assert clock.slept == []


async def test_each_new_attempt_is_announced_before_it_is_waited_for_and_when_it_is_made():
    clock = FakeClock()
    client = RetryingClient(Scripted(errors.ServerBusy(), errors.ServerUnreachable()), clock)
    events = await collected(client)
    assert [event for event in events if isinstance(event, Retrying)] == [
        Retrying(2, 1.0, str(errors.ServerBusy())),
        Retrying(2, 0.0, str(errors.ServerBusy())),
        Retrying(3, 2.0, str(errors.ServerUnreachable())),
        Retrying(3, 0.0, str(errors.ServerUnreachable())),
    ]
    assert clock.slept == [1.0, 2.0]
    assert events[-1] == Reply("whole")
    async with aclosing(RetryingClient(Scripted(errors.ServerBusy()), clock).chat(REQUEST)) as chat:
        async for event in chat:
            if isinstance(event, Retrying):
                break
    assert clock.slept == [1.0, 2.0]


OFTEN = [
    errors.ServerUnreachable(),
    errors.GatewayFailed(),
    errors.ServerBusy(),
    errors.RateLimited(),
    errors.RunnerCrashed(),
    errors.TruncatedStream(),
    errors.TimedOut("connect", 5),
]
ONCE = [
    errors.OutOfMemory(),
    errors.LoadStalled(),
    errors.ServerFailed(),
    errors.BadReply(),
    errors.NotOllama(),
    errors.EndedEarly(),
]
NEVER = [
    errors.BadRequest(),
    errors.ModelMissing(),
    errors.ModelIncompatible(),
    errors.ThinkingUnsupported(),
    errors.ContextOverflow(),
    errors.Forbidden(),
    errors.Unauthorized(),
    errors.OtherProtocol(),
    errors.EndpointMissing(),
    errors.Redirected("x"),
    errors.LoadFailed(),
    errors.OutOfMemoryLoading(),
    errors.RunawayRepetition(),
    errors.EndlessReply(),
    errors.TimedOut("question", 5),
    errors.TimedOut("load", 5),
    errors.TimedOut("first event", 5),
    errors.TimedOut("gap", 5),
]


def test_every_kind_of_error_has_its_retry_rule_tested():
    def kinds(base: type[errors.LlmError]) -> set[type[errors.LlmError]]:
        return {base}.union(*(kinds(kind) for kind in base.__subclasses__()))

    own = {kind for kind in kinds(errors.LlmError) if kind.__module__ == errors.__name__}
    tested = {type(error) for error in (*OFTEN, *ONCE, *NEVER)}
    assert own - tested == {errors.LlmError, errors.RequestError}


@pytest.mark.parametrize(
    ("error", "calls"),
    [*((e, 4) for e in OFTEN), *((e, 2) for e in ONCE), *((e, 1) for e in NEVER)],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
async def test_an_error_that_stays_is_tried_as_often_as_it_makes_sense(error, calls):
    clock = FakeClock()
    inner = Scripted(*[error] * 10)
    with pytest.raises(type(error)) as caught:
        await collected(RetryingClient(inner, clock))
    assert caught.value is error
    assert inner.calls == calls
    assert clock.slept == [1.0, 2.0, 4.0][: calls - 1]


async def test_waits_stop_growing():
    clock = FakeClock()
    client = RetryingClient(Scripted(*[errors.ServerBusy()] * 7), clock, attempts=8)
    await collected(client)
    assert clock.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


async def test_a_server_that_names_a_time_is_left_alone_so_long():
    clock = FakeClock()
    await collected(RetryingClient(Scripted(errors.RateLimited(retry_after=12.0)), clock))
    assert clock.slept == [12.0]


async def test_a_server_that_asks_for_an_hour_is_waited_for_five_minutes():
    clock = FakeClock()
    busy = errors.RateLimited(retry_after=3600.0)
    events = await collected(RetryingClient(Scripted(busy), clock))
    assert clock.slept == [300.0]
    assert next(event.wait_seconds for event in events if isinstance(event, Retrying)) == 300.0
    assert events[-1] == Reply("whole")


async def test_leaving_early_closes_the_call():
    inner = Scripted()
    async with aclosing(RetryingClient(inner, FakeClock()).chat(REQUEST)) as chat:
        async for _ in chat:
            assert inner.open == 1
            break
    assert inner.open == 0


async def test_what_is_not_a_model_error_is_not_retried():
    inner = Scripted()
    inner.outcomes = [KeyError("bug")]
    with pytest.raises(KeyError):
        await collected(RetryingClient(inner, FakeClock()))
    assert inner.calls == 1


async def test_all_but_chats_go_straight_to_the_client():
    clock = FakeClock()
    inner = Scripted()
    client = RetryingClient(inner, clock)
    assert (client.endpoint, client.parallel, await client.version()) == ("here", 3, "1")
    assert await client.slots() == 2
    with pytest.raises(errors.ServerUnreachable):
        await client.models()
    assert clock.slept == []
    await client.aclose()
    assert inner.calls == -1
