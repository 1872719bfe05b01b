"""One session through the whole stack, against a server that goes wrong at a chosen call.

Scripted server over real sockets, client, retries, session, results folder. Time is virtual but
for the deadlines of a hang.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.events import Event, InterviewStarted, SessionPaused
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.ports import ChatRequest, ModelClient, Reply, Tell
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.proposals.model_interviewer import ModelInterviewer
from llmopt_tui.core.scoring.text import Length
from llmopt_tui.core.settings import DEFAULT_OPTIONS, LoopSettings
from llmopt_tui.core.signals import CallRetried, InterviewStreamed, RunStarted, RunStreamed, Signal
from llmopt_tui.core.wrapped_client import WrappedClient
from llmopt_tui.llm.ollama import OllamaClient
from llmopt_tui.llm.openai import OpenAIClient
from llmopt_tui.llm.retry import RetryingClient
from llmopt_tui.store.sessions import load_session
from llmopt_tui.store.writer import SessionWriter
from tests.core.factory import FakeClock
from tests.fakes.ollama import FakeOllama, default_models
from tests.faults.table import Row

Who = Literal["candidate", "interviewer"]

CANDIDATE, INTERVIEWER = "gemma3n:latest", "llama3.2:latest"
CHAT_PATHS = {"ollama": "/api/chat", "openai": "/v1/chat/completions"}
HIT = "second"
"""The example whose call goes wrong, in the first iteration."""
GOOD_CALLS: dict[Who, int] = {"candidate": 1, "interviewer": 2}
"""How many calls go well before: the interview follows the two examples."""

Move = Callable[["Play", Event | Signal], Any]


def make_case() -> Case:
    """Two examples, which the starter candidate answers at too great length at first."""
    prompt = "Describe this job.\nJob title: {{title}}\n- {{duty}}\n- patients"
    return Case(
        id="small",
        title="Small",
        prompt=Prompt("small", prompt),
        criteria=(Length(unit="sentences", max=4),),
        examples=(
            Example("first", {"title": "Nurse", "duty": "wound care"}),
            Example(HIT, {"title": "Midwife", "duty": "home visits"}),
        ),
    )


class AfterMoves(WrappedClient):
    """A client that calls once the moves that have begun are done."""

    def __init__(self, inner: ModelClient, moves: list[asyncio.Future[object]]) -> None:
        super().__init__(inner)
        self._moves = moves

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        await asyncio.gather(*self._moves)
        return await self.inner.chat(request, tell)


@dataclass
class Play:
    """A session on a server that can be taken away and brought back."""

    server: FakeOllama
    results: Path
    row: Row
    settings: LoopSettings | None = None
    clock: FakeClock = field(default_factory=FakeClock)
    control: RunControl = field(default_factory=lambda: RunControl("auto"))
    events: list[Event | Signal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.url = self.server.url
        self.port = int(self.url.rpartition(":")[2])
        client_of = OllamaClient if self.row.kind == "ollama" else OpenAIClient
        inner: ModelClient = client_of(self.url, deadlines=self.row.deadlines)
        self.moves: list[asyncio.Future[object]] = []
        self.client = RetryingClient(AfterMoves(inner, self.moves), self.clock)
        self.writer = SessionWriter.create(self.results, "a1b2c3d4", CANDIDATE)

    async def play(self, move: Move) -> None:
        """Run the session to its end; `move` is told of every event, and may disturb."""
        info = next(m for m in await self.client.models() if m.name == CANDIDATE)
        options = {**DEFAULT_OPTIONS, **self.row.options}
        session = ModelTestSession(
            session_id="a1b2c3d4",
            case=make_case(),
            model=info,
            client=self.client,
            interviewer=ModelInterviewer(self.client, INTERVIEWER, options=DEFAULT_OPTIONS),
            settings=self.settings
            or LoopSettings(mode="auto", options=options, think=self.row.think),
            control=self.control,
            clock=self.clock,
            environment={},
            record=self.writer.record,
            tell=lambda signal: self._see(signal, move),
        )
        async with aclosing(session.run()) as running:
            async for event in running:
                await self.writer.keep(event)
                self._see(event, move)
                await asyncio.gather(*self.moves)
        await self.writer.close()
        await self.client.aclose()

    def _see(self, event: Event | Signal, move: Move) -> None:
        self.events.append(event)
        if (moved := move(self, event)) is not None:
            self.moves.append(asyncio.ensure_future(moved))

    @property
    def record(self) -> SessionRecord:
        """The session as it was kept, read again from disk."""
        return load_session(self.writer.folder).record

    @property
    def data(self) -> dict[str, Any]:
        """session_data.json."""
        loaded: dict[str, Any] = json.loads((self.writer.folder / "session_data.json").read_text())
        return loaded

    @property
    def pauses(self) -> list[SessionPaused]:
        """Every pause."""
        return [event for event in self.events if isinstance(event, SessionPaused)]

    @property
    def retries(self) -> list[CallRetried]:
        """Every further attempt that was waited for."""
        return [e for e in self.events if isinstance(e, CallRetried) and e.wait_seconds]

    @property
    def calls(self) -> int:
        """How many chats the server was asked for."""
        path = CHAT_PATHS[self.row.kind]
        return sum(received.path == path for received in self.server.requests)


def server() -> FakeOllama:
    """A server that is well."""
    return FakeOllama(default_models())


def fault_calls(play: Play, who: Who, times: int) -> None:
    """Let the server go wrong at `who`'s call, so many times."""
    row, healthy = play.row, play.server.answer
    if row.how is not None:
        faults = [row.how(play.server) for _ in range(times)]
        play.server.script(CHAT_PATHS[row.kind], *[healthy] * GOOD_CALLS[who], *faults)


def hits(event: Event | Signal, who: Who, *, during: bool = False) -> bool:
    """Whether this is where `who`'s call begins, or its answer has begun."""
    match event:
        case (
            RunStarted(iteration=1, example_id=example)
            | RunStreamed(iteration=1, example_id=example)
        ):
            there = who == "candidate" and example == HIT
            return there and isinstance(event, RunStreamed) is during
        case InterviewStarted():
            return who == "interviewer" and not during
        case InterviewStreamed():
            return who == "interviewer" and during
        case _:
            return False


def outcome(record: SessionRecord) -> tuple[object, ...]:
    """Everything that a session comes to, but for times and costs."""
    return (
        record.finished and record.finished.stop_reason,
        record.best and (record.best.n, record.best.prompt, record.best.score),
        [(i.n, i.origin, i.prompt, i.score, _runs(i.runs)) for i in record.iterations],
        [
            (i.iteration, i.analysis, i.response, i.suggestion, i.problems)
            for i in record.interviews
        ],
    )


def _runs(runs: Iterable[Any]) -> list[tuple[object, ...]]:
    return [(r.example_id, r.full_prompt, r.output, r.success, r.score) for r in runs]
