import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from llmopt_tui.core.ports import (
    ChatRequest,
    Delta,
    Message,
    ModelInfo,
    OptionValue,
    Piece,
    Reply,
    Retrying,
    Tell,
)
from llmopt_tui.llm import errors
from llmopt_tui.llm.retry import RetryingClient
from tests.fakes.hearing import heard, silent
from tests.llm.clock import FakeClock

REQUEST = ChatRequest("m", (Message("user", "hi"),))


class Scripted:
    """A client whose chats go as told: an error is raised after one piece, None succeeds."""

    endpoint = "here"
    parallel = 3

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        return ()

    def __init__(self, *outcomes: Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.calls = 0
        self.open = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        self.calls += 1
        self.open += 1
        try:
            tell(Delta("piece"))
            await self.gate.wait()
            outcome = self.outcomes.pop(0) if self.outcomes else None
            if outcome is not None:
                raise outcome
            return Reply("whole")
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


async def test_a_success_passes_through_without_waiting():
    clock = FakeClock()
    client = RetryingClient(Scripted(), clock)
    assert await heard(client, REQUEST) == ([Delta("piece")], Reply("whole"))
    assert clock.slept == []


async def test_each_new_attempt_is_announced_before_it_is_waited_for_and_when_it_is_made():
    clock = FakeClock()
    client = RetryingClient(Scripted(errors.ServerBusy(), errors.ServerUnreachable()), clock)
    told: list[tuple[Piece, int]] = []
    reply = await client.chat(REQUEST, lambda piece: told.append((piece, len(clock.slept))))
    assert [entry for entry in told if isinstance(entry[0], Retrying)] == [
        (Retrying(2, 1.0, str(errors.ServerBusy())), 0),
        (Retrying(2, 0.0, str(errors.ServerBusy())), 1),
        (Retrying(3, 2.0, str(errors.ServerUnreachable())), 1),
        (Retrying(3, 0.0, str(errors.ServerUnreachable())), 2),
    ]
    assert clock.slept == [1.0, 2.0]
    assert reply == Reply("whole")


OFTEN = [
    errors.ServerUnreachable(),
    errors.GatewayFailed(),
    errors.ServerBusy(),
    errors.RateLimited(),
    errors.RunnerCrashed(),
    errors.TruncatedStream(),
    errors.TimedOut("connect", 5),
    errors.ProxyFailed(),
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
    errors.FormatRefused(),
    errors.RequestDeadly(),
    errors.HostRefused(),
    errors.NetworkSettings(),
    errors.ThoughtsOnly(512),
    errors.TlsFailed(),
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

    own = {kind for kind in kinds(errors.LlmError) if kind.__module__.startswith(errors.__name__)}
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
        await RetryingClient(inner, clock).chat(REQUEST, silent)
    assert caught.value is error
    assert inner.calls == calls
    assert clock.slept == [1.0, 2.0, 4.0][: calls - 1]


async def test_waits_stop_growing():
    clock = FakeClock()
    client = RetryingClient(Scripted(*[errors.ServerBusy()] * 7), clock, attempts=8)
    await client.chat(REQUEST, silent)
    assert clock.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


async def test_a_server_that_names_a_time_is_left_alone_so_long():
    clock = FakeClock()
    client = RetryingClient(Scripted(errors.RateLimited(retry_after=12.0)), clock)
    await client.chat(REQUEST, silent)
    assert clock.slept == [12.0]


class DiesOfFormats(Scripted):
    """A server whose process ends at each constrained answer; `ill`: at free ones too."""

    def __init__(self, *, ill: bool = False, thinks: bool = False) -> None:
        super().__init__()
        self.ill = ill
        self.thinks = thinks
        self.requests: list[ChatRequest] = []

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        self.requests.append(request)
        if request.format is not None or self.ill:
            raise errors.RunnerCrashed()
        if self.thinks:
            raise errors.ThoughtsOnly(1)
        return Reply("yes")


CONSTRAINED = replace(REQUEST, format={"type": "object"}, options={"num_ctx": 4096})


@pytest.mark.parametrize("thinks", [False, True])
async def test_a_request_that_kills_the_model_each_time_while_others_succeed_is_to_blame(thinks):
    server = DiesOfFormats(thinks=thinks)
    with pytest.raises(errors.FormatRefused) as caught:
        await RetryingClient(server, FakeClock()).chat(CONSTRAINED, silent)
    assert caught.value.blame == "request"
    *tried, asked = server.requests
    assert tried == [CONSTRAINED] * 4
    assert (asked.format, asked.messages) == (None, CONSTRAINED.messages)
    # Another window would have the model loaded anew.
    assert asked.options == {"num_ctx": 4096, "num_predict": 1}


async def test_a_model_that_dies_of_everything_is_the_servers_fault():
    server = DiesOfFormats(ill=True)
    with pytest.raises(errors.RunnerCrashed):
        await RetryingClient(server, FakeClock()).chat(CONSTRAINED, silent)
    assert len(server.requests) == 5
    client = RetryingClient(server, FakeClock())
    for _ in range(3):
        with pytest.raises(errors.RunnerCrashed):
            await client.chat(REQUEST, silent)


async def test_a_text_that_kills_the_model_each_time_fails_alone():
    class DiesOfOneText(Scripted):
        async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
            if request.messages == REQUEST.messages:
                raise errors.RunnerCrashed()
            return Reply("yes")

    client = RetryingClient(DiesOfOneText(), FakeClock())
    with pytest.raises(errors.RunnerCrashed):  # that may pass, so the server is waited for
        await client.chat(CONSTRAINED, silent)
    with pytest.raises(errors.RequestDeadly) as caught:
        await client.chat(CONSTRAINED, silent)
    assert caught.value.of_one_request


async def test_waits_for_a_server_that_counts_requests_do_not_start_over_after_each_answer():
    clock = FakeClock()
    limited = [errors.RateLimited(), errors.RateLimited(), errors.RateLimited()]
    inner = Scripted(*limited, None, errors.RateLimited(), None, None, errors.RateLimited(), None)
    client = RetryingClient(inner, clock)
    for _ in range(4):
        await client.chat(REQUEST, silent)
    assert clock.slept == [1.0, 2.0, 4.0, 4.0, 2.0]


async def test_a_wait_for_a_server_that_counts_requests_is_one_short_line():
    error = errors.RateLimited.quoting("litellm.RateLimitError: " + "No deployments available " * 9)
    error.where = "http://gateway:4000"
    pieces, _ = await heard(RetryingClient(Scripted(error), FakeClock()), REQUEST)
    reasons = {piece.reason for piece in pieces if isinstance(piece, Retrying)}
    assert reasons == {"The server limits how often it is asked (http://gateway:4000)"}


async def test_a_server_that_asks_for_an_hour_is_waited_for_five_minutes():
    clock = FakeClock()
    busy = errors.RateLimited(retry_after=3600.0)
    pieces, reply = await heard(RetryingClient(Scripted(busy), clock), REQUEST)
    assert clock.slept == [300.0]
    assert next(piece.wait_seconds for piece in pieces if isinstance(piece, Retrying)) == 300.0
    assert reply == Reply("whole")


async def test_cancelling_ends_the_call():
    inner = Scripted()
    inner.gate.clear()
    begun = asyncio.Event()
    client = RetryingClient(inner, FakeClock())
    chat = asyncio.create_task(client.chat(REQUEST, lambda piece: begun.set()))
    await begun.wait()
    assert inner.open == 1
    chat.cancel()
    with pytest.raises(asyncio.CancelledError):
        await chat
    assert (inner.open, inner.calls) == (0, 1)


async def test_what_is_not_a_model_error_is_not_retried():
    inner = Scripted()
    inner.outcomes = [KeyError("bug")]
    with pytest.raises(KeyError):
        await RetryingClient(inner, FakeClock()).chat(REQUEST, silent)
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
