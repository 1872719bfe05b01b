"""ModelTestSession: one candidate on one case, as a stream of events.

Test, score, interview, decide, test again: `next_step` chooses the step, this module does it.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing

from llmopt_tui.core.case import Case, Example, Split
from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.events import (
    Event,
    InterviewFinished,
    InterviewGivenUp,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    TrialEnded,
    ValidationStarted,
)
from llmopt_tui.core.loop.answering import Answering, Question
from llmopt_tui.core.loop.asking import Asking
from llmopt_tui.core.loop.calls import Calls, Stopped
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.giving_up import GivenUp, GiveUp
from llmopt_tui.core.loop.interviewing import Interviewing, Sink
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.judging import JudgeModel, Judging
from llmopt_tui.core.loop.next_step import (
    AskConvention,
    AskPerson,
    Decide,
    Explain,
    Finish,
    Interview,
    Race,
    Step,
    Test,
    Validate,
    affordable,
    can_try,
    next_step,
)
from llmopt_tui.core.loop.racing import race_standing
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.recorded_answers import RecordedAnswers
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.loop.talking import Talking
from llmopt_tui.core.ports import (
    Clock,
    ModelClient,
    ModelError,
    ModelInfo,
)
from llmopt_tui.core.proposals.brief import Brief, make_brief
from llmopt_tui.core.proposals.interviewer import (
    Finding,
    Interviewer,
    play_finding,
    skipped_finding,
)
from llmopt_tui.core.proposals.rounds import plan_round
from llmopt_tui.core.run import Run
from llmopt_tui.core.settings import LoopSettings, StopReason
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.core.variant import Variant


class ModelTestSession:
    """One candidate on one case, from the original prompt to a stop.

    `run()` yields the facts. `record` is the session's only record: the caller stores each fact and
    applies it to the record before it asks for the next one. What the record holds at the start is
    never done again. Signals go to `tell` at once. `slots` says how many calls may be made
    at once, this session's and others'. `earlier` are winners of earlier sessions, to be tried too.
    `judges` are the models that score answers, by the name that a criterion asks for.
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
        record: SessionRecord,
        tell: Sink,
        suite_id: str = "",
        baseline_model: str = "",
        slots: Slots | None = None,
        earlier: Sequence[Variant] = (),
        judges: Mapping[str, JudgeModel] | None = None,
    ) -> None:
        self.session_id = session_id
        self.case = case
        self.model = model
        self.settings = settings
        self.record = record
        self._tell = tell
        self._control = control
        self._clock = clock
        self._client = client
        self._slots = slots or Slots({})
        self._calls = Calls(control, clock, self._slots, server_wait=settings.server_wait)
        self._answering = Answering(
            case,
            model,
            client,
            self._calls,
            settings,
            Judging(case, client, judges or {}, self._calls, settings),
            clock=clock,
            tell=tell,
            at_once=self._at_once,
        )
        self._interviewer = interviewer
        self._interviewing = Interviewing(interviewer.client, self._calls, clock, tell)
        self._asking = Asking(session_id, record, case, control, clock, tell, self._brief)
        self._talking = Talking(session_id, record, interviewer, control, clock, tell)
        self.judges = judges or {}
        self._environment = environment
        self._suite_id = suite_id
        self._baseline_model = baseline_model
        self._earlier = tuple(earlier)
        self._begun = False

    async def run(self) -> AsyncGenerator[Event, None]:
        """Carry out step after step until nothing is left to do."""
        while not self.ended:
            async with aclosing(self.advance()) as events:
                async for event in events:
                    yield event

    async def advance(self) -> AsyncGenerator[Event, None]:
        """Carry out the next step. The first time, yield the start of the session before it.

        Raises RuntimeError where the caller did not apply a fact before asking for the next.
        """
        async with aclosing(self._folding(self._step())) as facts:
            async for fact in facts:
                yield fact

    async def _folding(self, facts: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        """The same facts, with a check that the caller applied each before asking for the next."""
        async with aclosing(facts):
            async for fact in facts:
                folded = self.record.facts
                yield fact
                if self.record.facts == folded:
                    raise RuntimeError(f"{type(fact).__name__} was not folded into the record")

    async def _step(self) -> AsyncGenerator[Event, None]:
        try:
            if not self._begun:
                self._begun = True
                yield self._beginning()
            if self._control.stopped:
                raise Stopped
            async for event in self._carry_out(self.next_step):
                yield event
        except Stopped:
            yield SessionFinished(at=self._clock.now(), stop_reason="stopped_by_user")
        except ModelError as error:
            yield self._failure(str(error))

    def _failure(self, message: str) -> SessionFinished:
        return SessionFinished(at=self._clock.now(), stop_reason="failed", error_message=message)

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do."""
        return self._begun and self.record.finished is not None

    @property
    def next_step(self) -> Step:
        """The step that `advance` will carry out next."""
        return next_step(self.record, self.case, self.settings)

    def needs(self) -> tuple[str, str] | None:
        """The endpoint and the model that the next step calls; None where it calls none."""
        match self.next_step:
            case Test() | Race() | Validate() | Explain():
                return self._client.endpoint, self.model.name
            case Interview() if client := self._interviewer.client:
                return client.endpoint, self._interviewer.name
            case _:
                return None

    def _beginning(self) -> Event:
        if self.record.started is None:
            return self._started()
        return SessionResumed(at=self._clock.now())

    def _carry_out(self, step: Step) -> AsyncIterator[Event]:
        match step:
            case Test():
                return self._test(step)
            case Interview():
                return self._interview(step)
            case Decide():
                return self._asking.decide(step)
            case Race():
                return self._race(step)
            case AskPerson():
                return self._asking.what_follows(step)
            case AskConvention():
                return self._asking.convention(step)
            case Explain():
                return self._explain(step)
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
            prompt=self.case.prompt.snapshot(),
            settings=self.settings,
            environment=self._environment,
            earlier=self._earlier,
        )

    async def _finish(self, reason: StopReason) -> AsyncIterator[Event]:
        yield SessionFinished(at=self._clock.now(), stop_reason=reason)

    async def _test(self, step: Test) -> AsyncIterator[Event]:
        if self.record.iteration(step.iteration) is None:
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
        iteration = self.record.iteration(step.iteration)
        assert iteration is not None
        async for event in self._run_split(iteration, "train"):
            yield event
        runs = iteration.train_runs
        if not any(run.success for run in runs):
            # No answer at all says nothing about the prompt, so it gives no score.
            yield self._failure(_why_all_failed(step.iteration, runs))
            return
        yield IterationFinished(
            at=self._clock.now(),
            iteration=step.iteration,
            # Rounded once, so that the order in which answers came makes no difference.
            score=math.fsum(run.score for run in runs) / len(runs),
        )

    async def _validate(self, step: Validate) -> AsyncIterator[Event]:
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

    async def _run_split(self, iteration: IterationRecord, split: Split) -> AsyncIterator[Event]:
        """The missing runs of an iteration on the examples of a split."""
        questions = [
            Question(iteration.variant, iteration.n, example, repeat)
            for example, repeat in self._wanted(self.case.split(split))
            if iteration.run(example.id, repeat) is None
        ]
        async for event in self._answering.answer(questions):
            yield event

    def _wanted(self, examples: Sequence[Example]) -> Iterator[tuple[Example, int]]:
        repeats = range(1, self.settings.repeats + 1)
        return ((example, repeat) for repeat in repeats for example in examples)

    def _at_once(self) -> int:
        return self._slots.of(self._client.endpoint, self.model.name)

    async def _race(self, step: Race) -> AsyncIterator[Event]:
        """Race the accepted suggestions of a round, block by block, until it is decided."""
        interview, next_n = step.interview.n, self.record.iterations[-1].n + 1
        examples = {example.id: example for example in self.case.split("train")}
        while True:
            now = race_standing(self.record, step.interview, step.parent, self.case, self.settings)
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

    def _brief(self, parent: IterationRecord, *, ideas: int = 1, interview: int = 1) -> Brief:
        return make_brief(
            self.record,
            self.case,
            parent,
            self.settings.target,
            ideas=ideas,
            interview=interview,
        )

    async def _interview(self, step: Interview) -> AsyncIterator[Event]:
        ideas = step.most if self.settings.searches else 1
        brief = self._brief(step.parent, ideas=ideas, interview=step.interview)
        if self.record.interview(step.interview) is None:
            yield InterviewStarted(
                at=self._clock.now(),
                interview=step.interview,
                iteration=step.iteration,
                interview_prompt=self._interviewer.question(brief),
                asked=step.asked,
            )
        interview = self.record.interviews[-1]
        finding = Finding()
        if step.asked == "playbook":
            finding = await asyncio.to_thread(play_finding, brief)
        elif step.asked == "all" and interview.skipped:
            finding = await asyncio.to_thread(skipped_finding, brief, interview.answers)
        elif step.asked == "all":
            with self._control.interviewing(self.session_id) as give_up:
                known = RecordedAnswers(interview.answers)
                conversation = self._interviewer.interview(brief)
                try:
                    async for item in self._interviewing.carry_out(
                        conversation, step.interview, known, give_up
                    ):
                        if isinstance(item, Finding):
                            finding = item
                        else:
                            yield item
                except GivenUp:
                    again = affordable(self.record, self.case, self.settings) > 0
                    yield InterviewGivenUp(
                        at=self._clock.now(),
                        interview=step.interview,
                        follows=give_up.follows if again else "skipped",
                    )
                    return
        proposals = await asyncio.to_thread(self._proposals, brief, finding, step)
        yield InterviewFinished(
            at=self._clock.now(),
            interview=step.interview,
            response=finding.response,
            analysis=finding.analysis,
            messages=finding.messages,
            problems=finding.problems,
            suggestion=proposals[0] if proposals else None,
            proposals=proposals,
            refused=finding.refused,
        )

    def _proposals(self, brief: Brief, finding: Finding, step: Interview) -> tuple[Suggestion, ...]:
        """What is suggested in a round, the interviewer's own suggestions first."""
        if step.asked != "all" or not self.settings.searches:
            return (finding.suggestion,) if finding.suggestion else ()
        own = finding.suggestions or tuple(filter(None, (finding.suggestion,)))
        own = tuple(suggestion for suggestion in own if suggestion.source != "playbook")
        return plan_round(brief, own, step.most, self.settings.demonstrations)

    async def _explain(self, step: Explain) -> AsyncIterator[Event]:
        """Run what is missing of the best variant without each of its parts."""
        best, done = self.record.best, self.record.part_runs
        assert best is not None
        answered = {(n, run.example_id, run.repeat) for n, runs in done.items() for run in runs}
        questions = [
            Question(part.without, best.n, example, repeat, part=part.n)
            for part in step.parts
            for example, repeat in self._wanted(self.case.split("train"))
            if (part.n, example.id, repeat) not in answered
        ]
        async for event in self._answering.answer(questions):
            yield event

    @property
    def can_write(self) -> bool:
        """Whether a prompt of the person can still be tested: not before the original is."""
        record = self.record
        return record.best is not None and record.validation is None and record.finished is None

    async def write(
        self, text: str, draft: RefusedDraft | None = None
    ) -> AsyncGenerator[Event, None]:
        """Let a prompt of the person take part in the search while `run()` continues.

        If `can_write`; it needs no decision. Where it was made of a refused `draft`, it is recorded
        as such. Raises ValueError where it has other placeholders.
        """
        best = self.record.best
        if best is None:
            raise ValueError("the original is not scored yet")
        interview = self.record.interviews[-1].n if self.record.interviews else 0
        written = await self._asking.written(text, best, interview, draft)
        async with aclosing(self._folding(_one(written))) as facts:
            async for fact in facts:
                yield fact

    def can_try(self, variant: Variant) -> bool:
        """Whether a variant can be tried on one example now: calls may be limited."""
        record = self.record
        unfinished = record.best is not None and record.finished is None
        return unfinished and can_try(record, self.case, self.settings, variant)

    async def try_idea(
        self, interview: int, proposal: int, example_id: str, left_out: tuple[int, ...] = ()
    ) -> AsyncGenerator[Event, None]:
        """Try a suggestion on one train example while `run()` waits for its decision.

        Without the changes `left_out`. Does nothing where there is no such suggestion or example.
        Raises `ModelError`, and `Stopped` where the session is stopped meanwhile.
        """
        talk, found = self.record.interview(interview), self.record.proposal(interview, proposal)
        example = next((e for e in self.case.split("train") if e.id == example_id), None)
        if talk is None or found is None or example is None:
            return
        parent = self.record.parent_of(talk)
        variant = found.suggestion.without(left_out, parent).variant_of(parent)
        iteration = self.record.iterations[-1].n + 1
        question = Question(
            variant, iteration, example, 1, interview, proposal, tried=True, left_out=left_out
        )
        async with aclosing(self._folding(self._try(question))) as facts:
            async for fact in facts:
                yield fact

    async def _try(self, question: Question) -> AsyncGenerator[Event, None]:
        async for event in self._answering.answer([question]):
            if not isinstance(event, SessionPaused | SessionResumed):  # the session itself waits
                yield event

    @property
    def can_chat(self) -> bool:
        """Whether there is an interview to talk about, during the session or after its end."""
        interviews = self.record.interviews
        return bool(interviews and interviews[-1].finished_at)

    async def chat(self, text: str, give_up: GiveUp | None = None) -> AsyncGenerator[Event, None]:
        """Talk with the interviewer while `run()` continues, or after it, if `can_chat`.

        Yields facts. A better prompt that it offers becomes the suggestion that waits. Raises
        `GivenUp` where the person gives the answer up, `ModelError`, and `Stopped` where the
        session is stopped meanwhile.
        """
        best = self.record.best
        assert best is not None
        interviewing = self._interviewing
        if self.record.finished:
            # The run's own control may be stopped, and that would stop the talk as well.
            interviewing = interviewing.under(RunControl(), self._slots)
        turn = self._talking.turn(interviewing, self._brief(best), text, give_up or GiveUp())
        async with aclosing(self._folding(turn)) as facts:
            async for fact in facts:
                yield fact


async def _one(fact: Event) -> AsyncGenerator[Event, None]:
    yield fact


def _why_all_failed(iteration: int, runs: Sequence[Run]) -> str:
    """The sentence that says why an iteration without a single answer has no score."""
    (error, _), *others = Counter(run.error_message for run in runs).most_common()
    more = f" (and {len(others)} other errors)" if others else ""
    return f"none of the {len(runs)} answers of iteration {iteration} came: {error}{more}"
