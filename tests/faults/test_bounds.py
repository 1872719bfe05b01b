"""What a flood of words may cost: memory that has a bound, time that grows with its length."""

from __future__ import annotations

import time
import tracemalloc
from datetime import UTC, datetime

import pytest

from llmopt_tui.core.events import InterviewStarted
from llmopt_tui.core.ports import ChatRequest, Message, Piece
from llmopt_tui.core.signals import InterviewStreamed, RunStarted, RunStreamed
from llmopt_tui.llm.errors import EndlessReply
from llmopt_tui.llm.ollama import OllamaClient
from llmopt_tui.llm.openai import OpenAIClient
from llmopt_tui.llm.retry import RetryingClient
from llmopt_tui.llm.written import CHARS_WITHOUT_LIMIT, MOST_CHARS_PER_TOKEN, Written
from llmopt_tui.state.run_state import RunState
from tests.core.factory import FakeClock
from tests.fakes.wire import WireServer
from tests.faults import servers

AT = datetime(2026, 11, 2, tzinfo=UTC)
MB = 1024 * 1024
LIMIT = 2048
"""num_predict of a case that asks for much; the server sends a million tokens."""


@pytest.mark.long
@pytest.mark.parametrize(
    ("make", "path", "flood"),
    [
        (OllamaClient, "/api/chat", servers.never_ends),
        (OpenAIClient, "/v1/chat/completions", servers.never_ends_events),
    ],
)
async def test_a_million_tokens_cost_little_memory_and_end_soon(
    make: type[OllamaClient] | type[OpenAIClient], path: str, flood: servers.Fault
) -> None:
    request = ChatRequest("m", (Message("user", "x"),), {"num_predict": LIMIT})
    async with WireServer() as server:
        server.script(path, flood(server))  # type: ignore[arg-type]
        client = RetryingClient(make(server.url), FakeClock())
        characters = 0

        def count(piece: Piece) -> None:
            nonlocal characters
            characters += len(getattr(piece, "text", ""))

        tracemalloc.start()
        try:
            with pytest.raises(EndlessReply) as caught:
                await client.chat(request, count)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        await client.aclose()
    # The server's own side is in the same process, and counted too.
    assert peak < 12 * MB
    assert characters <= LIMIT * MOST_CHARS_PER_TOKEN
    assert caught.value.partial is not None
    assert caught.value.partial.metrics.truncated
    assert len(caught.value.partial.text) == LIMIT * 4


def test_four_million_characters_in_small_pieces_take_what_they_are_long() -> None:
    written = Written(ChatRequest("m", (), {"num_predict": -1}))

    def flood() -> None:
        while True:
            written.add("a few words more ", "")

    tracemalloc.start()
    try:
        with pytest.raises(EndlessReply):
            flood()
        content = written.parts()[0]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(content) == CHARS_WITHOUT_LIMIT
    assert peak < 4 * CHARS_WITHOUT_LIMIT


def test_what_is_drawn_of_a_long_answer_does_not_cost_its_square() -> None:
    state = RunState()
    state.consume(RunStarted(1, "a", 1, ""))
    state.consume(InterviewStarted(at=AT, interview=1, iteration=1, interview_prompt=""))
    began = time.process_time()
    for _ in range(200_000):
        state.consume(RunStreamed(1, "a", 1, "some more words here", ""))
        state.consume(InterviewStreamed(1, "some more words here"))
    # Copied each time, eight million characters would take minutes.
    assert time.process_time() - began < 10
    live = state.newest
    assert live is not None
    assert len(live.text) == len(state.said[-1].text) == 4_000_000
