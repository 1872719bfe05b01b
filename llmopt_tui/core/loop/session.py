"""ModelTestSession: one candidate on one case, as a stream of events.

Test, score, interview, decide, test again: `next_step` says what follows, this module does it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict

from llmopt_tui.core.case import Case, Example, Split
from llmopt_tui.core.decisions import PendingDecision
from llmopt_tui.core.events import (
    CallRetried,
    ChatExchanged,
    Event,
    InterviewAnswered,
    InterviewFinished,
    InterviewStarted,
    InterviewStreamed,
    IterationFinished,
    IterationStarted,
    Run,
    RunFinished,
    RunStarted,
    RunStreamed,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    Signal,
    SuggestionDecided,
    SuggestionProposed,
    ValidationStarted,
)
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.controlled import ControlledClient, Stopped
from llmopt_tui.core.loop.next_step import (
    Decide,
    Finish,
    Interview,
    Step,
    Test,
    Validate,
    next_step,
)
from llmopt_tui.core.loop.record import IterationRecord, SessionRecord
from llmopt_tui.core.loop.remembering import RememberingClient
from llmopt_tui.core.ports import (
    Answered,
    ChatRequest,
    Clock,
    Delta,
    Held,
    Message,
    Metrics,
    ModelClient,
    ModelError,
    ModelInfo,
    Piece,
    Reply,
    Retrying,
)
from llmopt_tui.core.proposals.brief import make_brief
from llmopt_tui.core.proposals.interviewer import Controlled, Finding, Interviewer
from llmopt_tui.core.scoring import score_output
from llmopt_tui.core.settings import LoopSettings, StopReason


class ModelTestSession:
    """One candidate on one case, from the original prompt to a stop.

    `run()` yields facts and signals; whoever iterates keeps and draws them before asking for the
    next. `past` are the events of an earlier run: what they hold is never done again.
    """

    def __init__(
        self,
        *,
        session_id: str,
        case: Case,
        model: ModelInfo,
        client: ModelClient,
        interviewer: Interviewer,
        settings: LoopSettings,
        control: RunControl,
        clock: Clock,
        environment: Mapping[str, str],
        suite_id: str = "",
        baseline_model: str = "",
        past: Iterable[Event] = (),
    ) -> None:
        self.session_id = session_id
        self.case = case
        self.model = model
        self.settings = settings
        self.record = SessionRecord()
        self._control = control
        self._clock = clock
        self._client = self._controlled(client)
        self._interviewer = interviewer
        self._environment = environment
        self._suite_id = suite_id
        self._baseline_model = baseline_model
        self._pending: PendingDecision | None = None
        self._begun = False
        for event in past:
            self.record.apply(event)

    async def run(self) -> AsyncGenerator[Event | Signal, None]:
        """Carry out step after step until nothing is left to do."""
        while not self.ended:
            async with aclosing(self.advance()) as events:
                async for event in events:
                    yield event

    async def advance(self) -> AsyncGenerator[Event | Signal, None]:
        """Carry out the next step. The first time, say before it that the session begins."""
        try:
            if not self._begun:
                self._begun = True
                yield self._noted(self._beginning())
            if self._control.stopped:
                raise Stopped
            async for event in self._carry_out(self.next_step):
                yield self._noted(event)
        except Stopped:
            yield self._noted(SessionFinished(at=self._clock.now(), stop_reason="stopped_by_user"))
        except ModelError as error:
            yield self._noted(
                SessionFinished(
                    at=self._clock.now(), stop_reason="failed", error_message=str(error)
                )
            )

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do."""
        return self._begun and self.record.finished is not None

    @property
    def next_step(self) -> Step:
        """What `advance` will do."""
        return next_step(self.record, self.case, self.settings)

    def needs(self) -> tuple[str, str] | None:
        """The endpoint and the model that the next step asks; None where it asks none."""
        match self.next_step:
            case Test() | Validate():
                return self._client.endpoint, self.model.name
            case Interview() if self._interviewer.endpoint:
                return self._interviewer.endpoint, self._interviewer.name
            case _:
                return None

    def _noted(self, event: Event | Signal) -> Event | Signal:
        if isinstance(event, Event):
            self.record.apply(event)
        return event

    def _beginning(self) -> Event:
        if self.record.started is None:
            return self._started()
        return SessionResumed(at=self._clock.now())

    def _carry_out(self, step: Step) -> AsyncIterator[Event | Signal]:
        match step:
            case Test():
                return self._test(step)
            case Interview():
                return self._interview(step)
            case Decide():
                return self._decide(step)
            case Validate():
                return self._validate(step)
            case Finish(reason=reason):
                return self._finish(reason)

    def _started(self) -> SessionStarted:
        return SessionStarted(
            at=self._clock.now(),
            session_id=self.session_id,
            suite_id=self._suite_id,
            model=self.model,
            interviewer_model=self._interviewer.name,
            baseline_model=self._baseline_model,
            case=self.case.snapshot(),
            prompt=asdict(self.case.prompt),
            settings=self.settings,
            environment=self._environment,
        )

    async def _finish(self, reason: StopReason) -> AsyncIterator[Event | Signal]:
        yield SessionFinished(at=self._clock.now(), stop_reason=reason)

    async def _test(self, step: Test) -> AsyncIterator[Event | Signal]:
        if self.record.iteration(step.iteration) is None:
            yield IterationStarted(
                at=self._clock.now(),
                iteration=step.iteration,
                prompt=step.prompt,
                origin=step.origin,
                parent=step.parent,
                planned_runs=self._planned("train"),
            )
        iteration = self.record.iteration(step.iteration)
        assert iteration is not None
        async for event in self._run_split(iteration, "train"):
            yield event
        scores = [run.score for run in iteration.train_runs]
        yield IterationFinished(
            at=self._clock.now(), iteration=step.iteration, score=sum(scores) / len(scores)
        )

    async def _validate(self, step: Validate) -> AsyncIterator[Event | Signal]:
        if self.record.validation is None:
            yield ValidationStarted(
                at=self._clock.now(),
                iterations=tuple(iteration.n for iteration in step.iterations),
                planned_runs=len(step.iterations) * self._planned("validation"),
            )
        for iteration in step.iterations:
            async for event in self._run_split(iteration, "validation"):
                yield event

    def _planned(self, split: Split) -> int:
        return len(self.case.split(split)) * self.settings.repeats

    async def _run_split(
        self, iteration: IterationRecord, split: Split
    ) -> AsyncIterator[Event | Signal]:
        """Every run of an iteration on the examples of a split that is not there yet."""
        for repeat in range(1, self.settings.repeats + 1):
            for example in self.case.split(split):
                if iteration.run(example.id, repeat) is None:
                    async for event in self._run_example(iteration, example, repeat):
                        yield event

    async def _run_example(
        self, iteration: IterationRecord, example: Example, repeat: int
    ) -> AsyncIterator[Event | Signal]:
        messages = self.case.prompt.with_text(iteration.prompt).messages(example.inputs)
        full_prompt = messages[-1].content
        yield RunStarted(iteration.n, example.id, repeat, full_prompt)
        reply, error, began = Reply(""), "", self._clock.monotonic()
        try:
            async for piece in self._client.chat(self._request(messages, repeat)):
                match piece:
                    case Delta(text=text, thinking=thinking):
                        yield RunStreamed(iteration.n, example.id, repeat, text, thinking)
                    case Reply():
                        reply = piece
                    case _:
                        began = self._clock.monotonic()
                        yield self._waiting(piece)
        except ModelError as failure:
            if failure.blame != "model":
                raise
            error, reply = str(failure), failure.partial or Reply("", metrics=Metrics())
        seconds = self._clock.monotonic() - began
        # A reply that broke off is recorded as far as it came, and is no answer.
        score, criteria = score_output(
            self.case.criteria, reply.text, example.expected, example.inputs
        )
        run = Run(
            example_id=example.id,
            split=example.split,
            repeat=repeat,
            full_prompt=full_prompt,
            output=reply.text,
            thinking=reply.thinking,
            processing_time=seconds,
            success=not error,
            error_message=error,
            score=0.0 if error else score,
            criteria=() if error else criteria,
            metrics=reply.metrics,
        )
        yield RunFinished(at=self._clock.now(), iteration=iteration.n, run=run)

    def _request(self, messages: tuple[Message, ...], repeat: int) -> ChatRequest:
        options = dict(self.settings.options)
        thinks = self.model.thinks and self.settings.think != "off"
        budget = self.case.output.max_tokens + (self.settings.think_tokens if thinks else 0)
        options.setdefault("num_predict", budget)
        if isinstance(seed := options.get("seed"), int):
            options["seed"] = seed + repeat - 1
        return ChatRequest(
            model=self.model.name,
            messages=messages,
            options=options,
            format=self.case.output.constraint,
            think=self.settings.think,
            keep_alive=self.settings.keep_alive,
        )

    def _waiting(self, piece: Piece) -> Event | Signal:
        """What a call that is held up says to the outside."""
        now = self._clock.now()
        match piece:
            case Retrying(attempt=attempt, wait_seconds=wait, reason=reason):
                return CallRetried(attempt, wait, reason)
            case Held(by=by, reason=reason, retry_in=retry_in):
                return SessionPaused(at=now, by=by, reason=reason, retry_in=retry_in)
            case _:
                return SessionResumed(at=now)

    async def _interview(self, step: Interview) -> AsyncIterator[Event | Signal]:
        brief = make_brief(self.record, self.case, step.parent, self.settings.target)
        if self.record.interview(step.interview) is None:
            yield InterviewStarted(
                at=self._clock.now(),
                interview=step.interview,
                iteration=step.iteration,
                interview_prompt=self._interviewer.question(brief),
            )
        answers = tuple(self.record.interviews[-1].answers)
        finding = Finding()
        async for item in self._interviewer.interview(brief, self._remembering(answers)):
            if isinstance(item, Finding):
                finding = item
            else:
                yield self._interview_event(step.interview, item)
        yield InterviewFinished(
            at=self._clock.now(),
            interview=step.interview,
            response=finding.response,
            analysis=finding.analysis,
            messages=finding.messages,
            problems=finding.problems,
            suggestion=finding.suggestion,
        )

    def _interview_event(self, interview: int, piece: Piece) -> Event | Signal:
        match piece:
            case Delta(text=text, thinking=thinking):
                return InterviewStreamed(interview, text, thinking)
            case Answered():
                return InterviewAnswered(
                    at=self._clock.now(),
                    interview=interview,
                    request_sha256=piece.request_sha256,
                    reply=piece.reply,
                    seconds=piece.seconds,
                    error=piece.error,
                )
            case _:
                return self._waiting(piece)

    async def _decide(self, step: Decide) -> AsyncIterator[Event | Signal]:
        self._pending = PendingDecision(step.suggestion.prompt)
        yield SuggestionProposed(step.interview, step.suggestion, self._pending)
        try:
            with self._control.proposing(self._pending):
                decision = await self._pending.wait()
        finally:
            self._pending = None
        # Withdrawn without a stop: a newer suggestion came out of the talk and is proposed next.
        if decision.action != "none" or self._control.stopped:
            yield SuggestionDecided(
                at=self._clock.now(), interview=step.interview, decision=decision
            )

    @property
    def can_chat(self) -> bool:
        """Whether there is an interview to talk about, and a session going on."""
        interviews = self.record.interviews
        return bool(interviews and interviews[-1].finished_at and not self.record.finished)

    async def chat(self, text: str) -> AsyncIterator[Event | Signal]:
        """Talk with the interviewer, beside `run()`, when `can_chat`.

        A better prompt that it offers becomes the suggestion that waits. Raises `ModelError`.
        """
        interview, best = self.record.interviews[-1], self.record.best
        assert best is not None
        brief = make_brief(self.record, self.case, best, self.settings.target)
        history = tuple(Message(m.role, m.content) for m in interview.messages)
        finding = Finding()
        async for item in self._interviewer.chat(brief, history, text, self._remembering()):
            if isinstance(item, Finding):
                finding = item
            elif isinstance(item, Delta | Retrying):
                yield self._interview_event(interview.n, item)
            elif isinstance(item, Answered):
                yield self._noted(self._interview_event(interview.n, item))
            elif isinstance(item, Held) and item.by == "server":
                # The talk waits, not the session: that is no fact of the session.
                yield CallRetried(0, item.retry_in or 0.0, item.reason)
        yield self._noted(
            ChatExchanged(
                at=self._clock.now(),
                interview=interview.n,
                question=text,
                answer=finding.response,
                problems=finding.problems,
                suggestion=finding.suggestion,
            )
        )
        if finding.suggestion and self._pending:
            self._pending.withdraw("a newer suggestion came out of the talk")

    def _remembering(self, answers: Sequence[InterviewAnswered] = ()) -> Controlled:
        """How an interviewer's client is put under control, and spared what has been answered."""
        return lambda client: RememberingClient(self._controlled(client), self._clock, answers)

    def _controlled(self, client: ModelClient) -> ControlledClient:
        """A client whose calls this session's control holds and stops."""
        return ControlledClient(
            client, self._control, self._clock, server_wait=self.settings.server_wait
        )
