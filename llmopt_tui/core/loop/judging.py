"""Judging: answers scored where a model is asked for its verdict, and its calls are the session's.

A criterion asks its judge through a client like any other. Here that client sends the question to
the model that is meant, under the session's pauses, stops, slots and settings, and counts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.events import Event
from llmopt_tui.core.loop.calls import Calls, Outcome, Stopped
from llmopt_tui.core.ports import ChatRequest, ModelClient, ModelError, ModelInfo, Reply, Tell
from llmopt_tui.core.scoring import CriterionScore, score_answer, verdicts_awaited
from llmopt_tui.core.scoring.judge import JudgeFailed
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.wrapped_client import WrappedClient

ATTEMPTS = 3
"""How often an answer is judged at most until every judge has given a score.

Once where the calls are bounded: nobody can know before how many more it would take.
"""


@dataclass(frozen=True, slots=True)
class JudgeModel:
    """A model that judges, and the client that reaches it."""

    client: ModelClient
    info: ModelInfo


@dataclass(slots=True)
class Score:
    """The score of an answer, with what it took: calls, and how many came from the cache."""

    score: float
    criteria: tuple[CriterionScore, ...]
    calls: int = 0
    cached: int = 0


class Judging:
    """Scores the answers of a session. `judges` are by the name that a criterion asks for."""

    def __init__(
        self,
        case: Case,
        candidate: ModelClient,
        judges: Mapping[str, JudgeModel],
        calls: Calls,
        settings: LoopSettings,
    ) -> None:
        self._case = case
        self._candidate = candidate
        self._judges = judges
        self._calls = calls
        self._settings = settings

    async def score(self, output: str, example: Example) -> AsyncGenerator[Event | Score, None]:
        """Score an answer. Yields the pauses of the judge's calls, and the score last.

        Raises `Stopped`, and `ModelError` where a judge gives no score, whosever fault that is:
        then there is none.
        """
        case, settings = self._case, self._settings
        if not verdicts_awaited(case.criteria):
            yield Score(
                *await score_answer(case.criteria, output, example.expected, example.inputs)
            )
            return
        attempts = ATTEMPTS if settings.max_calls is None else 1
        made: list[Outcome] = []
        for attempt in range(1, attempts + 1):
            asking = _Asking(self._candidate, self._judges, self._calls, settings, attempt, made)
            work = asyncio.create_task(
                score_answer(case.criteria, output, example.expected, example.inputs, client=asking)
            )
            work.add_done_callback(asking.ended)
            try:
                while (fact := await asking.facts.get()) is not None:
                    yield fact
            finally:
                work.cancel()
                with suppress(asyncio.CancelledError, ModelError):
                    await work
            if asking.stopped:
                raise Stopped
            try:
                score, criteria = work.result()
            except ModelError as error:
                if attempt < attempts and isinstance(error, JudgeFailed):
                    continue
                about = f"the judge failed on the answer to {example.id}, which has no score"
                raise JudgeFailed(f"{about}: {error}") from error
            cached = sum(outcome.reply.metrics.cached for outcome in made)
            yield Score(score, criteria, len(made), cached)
            return


class _Asking(WrappedClient):
    """The client that criteria get for one answer: it asks the judges, and else the candidate.

    `made` collects the calls; `facts` has their pauses, and None at the end.
    """

    def __init__(
        self,
        candidate: ModelClient,
        judges: Mapping[str, JudgeModel],
        calls: Calls,
        settings: LoopSettings,
        attempt: int,
        made: list[Outcome],
    ) -> None:
        super().__init__(candidate)
        self._judges = judges
        self._calls = calls
        self._settings = settings
        self._attempt = attempt
        self._made = made
        self.facts: asyncio.Queue[Event | None] = asyncio.Queue()
        self.stopped = False

    def ended(self, work: asyncio.Task[Any]) -> None:
        """Nothing more will happen."""
        self.facts.put_nowait(None)

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat as a call of the session. Raises `ModelError`."""
        judge = self._judges.get(request.model)
        client = judge.client if judge else self.inner
        completed = self._completed(request, judge.info if judge else None)
        outcome: Outcome | None = None
        try:
            async for item in self._calls.ask(client, completed, tell):
                if isinstance(item, Outcome):
                    outcome = item
                else:
                    self.facts.put_nowait(item)
        except Stopped as stop:
            # A criterion must not take the person's stop for a failure of its own.
            self.stopped = True
            raise JudgeFailed("the session was stopped") from stop
        assert outcome is not None
        self._made.append(outcome)
        if outcome.error:
            raise JudgeFailed(outcome.error)
        return outcome.reply

    def _completed(self, request: ChatRequest, judge: ModelInfo | None) -> ChatRequest:
        """The request with the session's settings, and room for a judge that thinks."""
        settings = self._settings
        options = {**settings.options, **request.options}
        if self._attempt > 1:
            # The same question would get the same reply.
            options |= {"temperature": 0.5, "seed": self._attempt}
        thinks = judge is not None and judge.thinks and settings.think != "off"
        if thinks and isinstance(room := options.get("num_predict"), int):
            options["num_predict"] = room + settings.think_tokens
        return replace(
            request,
            model=judge.name if judge else request.model,
            options=options,
            think=settings.think,
            keep_alive=settings.keep_alive,
        )
