"""Small parts that core's tests are built from: a case, a client, an interviewer, a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.events import Event
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.folding import fold, folded
from llmopt_tui.core.loop.judging import JudgeModel
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.ports import (
    ChatRequest,
    Delta,
    Message,
    Metrics,
    ModelError,
    ModelInfo,
    OptionValue,
    Reply,
    Tell,
)
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.proposals.brief import Brief
from llmopt_tui.core.proposals.interviewer import Conversation, Finding
from llmopt_tui.core.proposals.model_interviewer import ModelInterviewer
from llmopt_tui.core.scoring.base import Criterion, Verdict
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.signals import NothingSuggested, Signal, SuggestionProposed
from llmopt_tui.core.suggestion import Suggestion

ORIGINAL = "Describe this: {{text}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Says(Criterion):
    """The share of `words` that an output says: a score that tests can set exactly."""

    kind: ClassVar[str] = "says"
    words: tuple[str, ...]

    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        missing = [word for word in self.words if word not in output]
        score = 1 - len(missing) / len(self.words)
        if not missing:
            return Verdict(1.0, "says everything")
        return Verdict(score, f"does not say {', '.join(missing)}", "missing")

    def describe(self) -> str:
        return "says what it has to"


def make_case(*, train: int = 3, validation: int = 2, prompt: str = ORIGINAL) -> Case:
    examples = [
        Example(f"t{i}", {"text": f"posting number {i} from Nordwind Logistik"}, "train")
        for i in range(train)
    ]
    examples += [
        Example(f"v{i}", {"text": f"unseen posting {i}"}, "validation") for i in range(validation)
    ]
    return Case(
        id="small",
        title="Small",
        prompt=Prompt("small", prompt),
        criteria=(Says(words=("alpha", "beta", "gamma", "delta")),),
        examples=tuple(examples),
    )


class FakeClock:
    """Time that moves only when somebody sleeps or reads it. Sleeping takes no real time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        self.seconds += 0.001
        return datetime(2026, 11, 2, 14, 3, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        self.seconds += 0.001
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


Answer = Callable[[ChatRequest], str | ModelError]


class FakeClient:
    """Answers by a function of the request; an error it returns is raised."""

    endpoint = "fake"
    parallel = 1

    def __init__(self, answer: Answer) -> None:
        self.requests: list[ChatRequest] = []
        self._answer = answer

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        self.requests.append(request)
        answer = self._answer(request)
        await asyncio.sleep(0)
        if isinstance(answer, ModelError):
            raise answer
        for word in answer.split(" "):
            tell(Delta(word + " "))
        return Reply(answer, metrics=Metrics(output_tokens=10, output_seconds=0.5))

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        return ()

    async def slots(self) -> int | None:
        return None

    async def models(self) -> Sequence[ModelInfo]:
        return [ModelInfo("fake:1b")]

    async def version(self) -> str:
        return "1"

    async def aclose(self) -> None:
        return None


def echo(request: ChatRequest) -> str:
    """A candidate that answers with its prompt: a prompt that says the words scores."""
    return request.messages[-1].content


class ScriptedInterviewer:
    """Suggests what it is told to, one after another; None and running out mean nothing."""

    name = "scripted"
    client = None

    def __init__(self, *prompts: str | None) -> None:
        self._prompts = list(prompts)
        self.briefs: list[Brief] = []

    def question(self, brief: Brief) -> str:
        return f"why only {brief.score:.2f}?"

    def interview(self, brief: Brief) -> Conversation:
        self.briefs.append(brief)
        prompt = self._prompts.pop(0) if self._prompts else None
        return Finding(
            response="because",
            analysis="because",
            suggestion=Suggestion(prompt, "it helps", "interviewer") if prompt else None,
        )
        yield

    def talk(self, brief: Brief, history: Sequence[Message], text: str) -> Conversation:
        return Finding(response="this", suggestion=Suggestion(text, "you said so", "chat"))
        yield


@dataclass
class Stage:
    """A session with everything it needs, and a way to run it to its end.

    The interviewer suggests `prompts`, or is a model that answers with `interviewer_answer`. The
    model judge:7b judges with `judge_answer`.
    """

    case: Case = field(default_factory=make_case)
    answer: Answer = echo
    prompts: tuple[str | None, ...] = ()
    settings: LoopSettings = field(default_factory=lambda: LoopSettings(mode="auto"))
    past: tuple[Event, ...] = ()
    record: SessionRecord | None = None
    interviewer_answer: Answer | None = None
    judge_answer: Answer | None = None

    def __post_init__(self) -> None:
        self.client = FakeClient(self.answer)
        self.interviewer = ScriptedInterviewer(*self.prompts)
        self.interviewer_client = FakeClient(self.interviewer_answer or echo)
        self.judge_client = FakeClient(self.judge_answer or echo)
        judge = JudgeModel(self.judge_client, ModelInfo("judge:7b"))
        self.control = RunControl(self.settings.mode)
        self.clock = FakeClock()
        self.session = ModelTestSession(
            session_id="a1b2c3d4",
            case=self.case,
            model=ModelInfo("fake:1b"),
            client=self.client,
            interviewer=ModelInterviewer(self.interviewer_client, "interviewer:3b", options={})
            if self.interviewer_answer
            else self.interviewer,
            settings=self.settings,
            control=self.control,
            clock=self.clock,
            environment={},
            record=self.record or folded(self.past),
            tell=self._hear,
            judges={"": judge, "judge": judge} if self.judge_answer else None,
        )
        self._events: list[Event | Signal] = []
        self._react: Callable[[Event | Signal], None] = lambda _: None

    def _hear(self, event: Event | Signal) -> None:
        self._events.append(event)
        self._react(event)
        if isinstance(event, NothingSuggested):
            event.pending.finish()  # unless the test has answered it

    async def run(
        self, react: Callable[[Event | Signal], None] | None = None
    ) -> list[Event | Signal]:
        """Everything that happened, facts and signals in their order."""
        self._events = []
        if react:
            self._react = react
        async for event in self.session.run():
            fold(self.session.record, event)
            self._hear(event)
        return self._events


def facts(events: Sequence[Event | Signal]) -> list[Event]:
    return [event for event in events if isinstance(event, Event)]


def on_proposal(act: Callable[[SuggestionProposed], object]) -> Callable[[Event | Signal], None]:
    """React to every suggestion as a person would."""

    def react(event: Event | Signal) -> None:
        if isinstance(event, SuggestionProposed):
            act(event)

    return react
