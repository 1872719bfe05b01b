"""Answering: examples put to the candidate, and its answers scored, as many at once as may be."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.events import Event, IdeaTried, PartRunFinished, RunFinished, TrialRunFinished
from llmopt_tui.core.loop.call_order import by_shared_start
from llmopt_tui.core.loop.calls import Calls, Outcome
from llmopt_tui.core.loop.judging import Judging, Score
from llmopt_tui.core.loop.requests import requests_for
from llmopt_tui.core.loop.side_by_side import side_by_side
from llmopt_tui.core.ports import Clock, Delta, Message, ModelClient, ModelInfo, Piece, summed
from llmopt_tui.core.run import Run
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.signals import CallRetried, RunStarted, RunStreamed, Sink
from llmopt_tui.core.variant import Variant


@dataclass(frozen=True, slots=True)
class Question:
    """One run to make: a variant on an example.

    In a race, it is `proposal` of `interview`, which may also be `tried` before it is decided, with
    some changes `left_out`; of a variant without one `part`, that part's number.
    """

    variant: Variant
    iteration: int
    example: Example
    repeat: int
    interview: int | None = None
    proposal: int | None = None
    part: int | None = None
    tried: bool = False
    left_out: tuple[int, ...] = ()

    @property
    def messages(self) -> tuple[Message, ...]:
        """The chat that asks for the answer."""
        return self.variant.messages(self.example.inputs, self.example.id)

    def answered(self, run: Run, at: datetime) -> Event:
        """The fact that the run was made."""
        if self.part is not None:
            return PartRunFinished(at=at, part=self.part, run=run)
        if self.interview is None or self.proposal is None:
            return RunFinished(at=at, iteration=self.iteration, run=run)
        if self.tried:
            return IdeaTried(
                at=at,
                interview=self.interview,
                proposal=self.proposal,
                run=run,
                left_out=self.left_out,
            )
        return TrialRunFinished(at=at, interview=self.interview, proposal=self.proposal, run=run)


class Answering:
    """Has one candidate answer the examples of one case. `at_once` is how many calls may be made
    at the same time."""

    def __init__(
        self,
        case: Case,
        model: ModelInfo,
        client: ModelClient,
        calls: Calls,
        settings: LoopSettings,
        judging: Judging,
        *,
        clock: Clock,
        tell: Sink,
        at_once: Callable[[], int],
    ) -> None:
        self._case = case
        self._model = model
        self._client = client
        self._calls = calls
        self._settings = settings
        self._judging = judging
        self._clock = clock
        self._tell = tell
        self._at_once = at_once

    async def answer(self, questions: Sequence[Question]) -> AsyncIterator[Event]:
        """Make these runs, those that share the longest start one after the other.

        Yields each as it is done, and every pause.
        """
        order = by_shared_start([question.messages for question in questions])
        jobs = [partial(self._run, questions[n]) for n in order]
        async for event in side_by_side(jobs, self._at_once):
            yield event

    async def _run(self, question: Question) -> AsyncGenerator[Event, None]:
        iteration, proposal = question.iteration, question.proposal
        example, repeat = question.example, question.repeat
        messages = question.messages
        started = RunStarted(iteration, example.id, repeat, messages[-1].content, proposal)
        self._tell(started)

        def hear(piece: Piece) -> None:
            match piece:
                case Delta(text=text, thinking=thinking):
                    self._tell(RunStreamed(iteration, example.id, repeat, text, thinking, proposal))
                case _:
                    wait, reason = piece.wait_seconds, piece.reason
                    self._tell(CallRetried(piece.attempt, wait, reason, started.key))

        said: list[Outcome] = []
        requests = requests_for(
            messages,
            said,
            model=self._model,
            output=self._case.output,
            constrain=question.variant.constrain,
            settings=self._settings,
            repeat=repeat,
        )
        for request in requests:
            async for item in self._calls.ask(self._client, request, hear):
                if isinstance(item, Outcome):
                    said.append(item)
                else:
                    yield item
        score = Score(0.0, ())
        # A reply that ended early is recorded as far as it came, but is not an answer.
        if not said[-1].error:
            async for step in self._judging.score(said[-1].reply.text, example):
                if isinstance(step, Score):
                    score = step
                else:
                    yield step
        run = self._scored(question, messages[-1].content, said, score)
        yield question.answered(run, self._clock.now())

    def _scored(
        self, question: Question, full_prompt: str, said: Sequence[Outcome], score: Score
    ) -> Run:
        """The scored run made of the outcomes of its calls."""
        reply, error = said[-1].reply, said[-1].error
        example = question.example
        return Run(
            example_id=example.id,
            split=example.split,
            repeat=question.repeat,
            full_prompt=full_prompt,
            output=reply.text,
            thinking=said[0].reply.thinking,
            processing_time=sum(outcome.seconds for outcome in said),
            success=not error,
            error_message=error,
            score=score.score,
            criteria=score.criteria,
            metrics=summed([outcome.reply.metrics for outcome in said]),
            calls=len(said) + score.calls,
            cached=sum(outcome.reply.metrics.cached for outcome in said) + score.cached,
        )
