"""Measuring: variants of a session run on the case's examples, as the steps ask for it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence

from llmopt_tui.core.case import Case, Example, Split
from llmopt_tui.core.events import (
    Event,
    IterationFinished,
    IterationStarted,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    TrialEnded,
    ValidationStarted,
)
from llmopt_tui.core.loop.answering import Answering, Question
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.next_step import Explain, Race, Test, Validate
from llmopt_tui.core.loop.racing import race_standing
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import Clock
from llmopt_tui.core.run import Run
from llmopt_tui.core.settings import LoopSettings


class Measuring:
    """Carries out the steps that run a variant on examples. Runs on record are not made again."""

    def __init__(
        self,
        record: SessionRecord,
        case: Case,
        settings: LoopSettings,
        answering: Answering,
        clock: Clock,
    ) -> None:
        self._record = record
        self._case = case
        self._settings = settings
        self._answering = answering
        self._clock = clock

    async def test(self, step: Test) -> AsyncIterator[Event]:
        """Run an iteration's variant on the train examples, and score it."""
        if self._record.iteration(step.iteration) is None:
            yield IterationStarted(
                at=self._clock.now(),
                iteration=step.iteration,
                prompt=step.variant.text,
                origin=step.origin,
                parent=step.parent,
                planned_runs=self._planned("train"),
                variant=step.variant,
                proposal=step.proposal,
            )
        iteration = self._record.iteration(step.iteration)
        assert iteration is not None
        async for event in self._run_split(iteration, "train"):
            yield event
        runs = iteration.train_runs
        if not any(run.success for run in runs):
            # No answer at all says nothing about the prompt, so it gives no score.
            yield SessionFinished(
                at=self._clock.now(),
                stop_reason="failed",
                error_message=_why_all_failed(step.iteration, runs),
            )
            return
        yield IterationFinished(
            at=self._clock.now(),
            iteration=step.iteration,
            # Rounded once, so that the order in which answers came makes no difference.
            score=math.fsum(run.score for run in runs) / len(runs),
        )

    async def validate(self, step: Validate) -> AsyncIterator[Event]:
        """Run the original and the best variant on the held-out examples."""
        if self._record.validation is None:
            yield ValidationStarted(
                at=self._clock.now(),
                iterations=tuple(iteration.n for iteration in step.iterations),
                planned_runs=len(step.iterations) * self._planned("validation"),
            )
        for iteration in step.iterations:
            async for event in self._run_split(iteration, "validation"):
                yield event

    def _planned(self, split: Split) -> int:
        return len(self._case.split(split)) * self._settings.repeats

    async def _run_split(self, iteration: IterationRecord, split: Split) -> AsyncIterator[Event]:
        """The missing runs of an iteration on the examples of a split."""
        questions = [
            Question(iteration.variant, iteration.n, example, repeat)
            for example, repeat in self._wanted(self._case.split(split))
            if iteration.run(example.id, repeat) is None
        ]
        async for event in self._answering.answer(questions):
            yield event

    def _wanted(self, examples: Sequence[Example]) -> Iterator[tuple[Example, int]]:
        repeats = range(1, self._settings.repeats + 1)
        return ((example, repeat) for repeat in repeats for example in examples)

    async def race(self, step: Race) -> AsyncIterator[Event]:
        """Race the accepted suggestions of a round, block by block, until it is decided."""
        interview, next_n = step.interview.n, self._record.iterations[-1].n + 1
        examples = {example.id: example for example in self._case.split("train")}
        while True:
            now = race_standing(
                self._record, step.interview, step.parent, self._case, self._settings
            )
            for n, (outcome, reason) in now.ended.items():
                proposal = step.interview.proposal(n)
                if proposal is not None and proposal.outcome is None:
                    yield TrialEnded(
                        at=self._clock.now(),
                        interview=interview,
                        proposal=n,
                        outcome=outcome,
                        reason=reason,
                    )
            if not now.running:
                return
            questions = [
                Question(
                    entrant.variant(step.parent.variant), next_n, example, repeat, interview, n
                )
                for n in now.running
                if (entrant := step.interview.proposal(n)) is not None
                for example, repeat in self._wanted([examples[name] for name in now.block])
                if entrant.run(example.id, repeat) is None
            ]
            async for event in self._answering.answer(questions):
                yield event

    async def explain(self, step: Explain) -> AsyncIterator[Event]:
        """Run what is missing of the best variant without each of its parts."""
        best, done = self._record.best, self._record.part_runs
        assert best is not None
        answered = {(n, run.example_id, run.repeat) for n, runs in done.items() for run in runs}
        questions = [
            Question(part.without, best.n, example, repeat, part=part.n)
            for part in step.parts
            for example, repeat in self._wanted(self._case.split("train"))
            if (part.n, example.id, repeat) not in answered
        ]
        async for event in self._answering.answer(questions):
            yield event

    async def try_idea(
        self, interview: int, proposal: int, example_id: str, left_out: tuple[int, ...]
    ) -> AsyncGenerator[Event, None]:
        """Run a suggestion without the changes `left_out` on one train example.

        Nothing where there is no such suggestion or example.
        """
        talk, found = self._record.interview(interview), self._record.proposal(interview, proposal)
        example = next((e for e in self._case.split("train") if e.id == example_id), None)
        if talk is None or found is None or example is None:
            return
        parent = self._record.parent_of(talk)
        variant = found.suggestion.without(left_out, parent).variant_of(parent)
        iteration = self._record.iterations[-1].n + 1
        question = Question(
            variant, iteration, example, 1, interview, proposal, tried=True, left_out=left_out
        )
        async for event in self._answering.answer([question]):
            if not isinstance(event, SessionPaused | SessionResumed):  # the session itself waits
                yield event


def _why_all_failed(iteration: int, runs: Sequence[Run]) -> str:
    """The sentence that says why an iteration without a single answer has no score."""
    (error, _), *others = Counter(run.error_message for run in runs).most_common()
    more = f" (and {len(others)} other errors)" if others else ""
    return f"none of the {len(runs)} answers of iteration {iteration} came: {error}{more}"
