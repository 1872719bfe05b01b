"""ModelTestSession: one candidate on one case, as a stream of events.

Test, score, interview, decide, test again: `next_step` chooses the step, and this module has it
carried out: `measuring` runs examples, `suggesting` asks for ideas, `asking` asks the person.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing

from llmopt_tui.core.case import Case
from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.events import Event, SessionFinished, SessionResumed, SessionStarted
from llmopt_tui.core.loop.answering import Answering
from llmopt_tui.core.loop.asking import Asking
from llmopt_tui.core.loop.calls import Calls, Stopped
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.giving_up import GiveUp
from llmopt_tui.core.loop.interviewing import Interviewing
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.judging import JudgeModel, Judging
from llmopt_tui.core.loop.measuring import Measuring
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
    can_try,
    next_step,
)
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.loop.suggesting import Suggesting
from llmopt_tui.core.loop.talking import Talking
from llmopt_tui.core.ports import Clock, ModelClient, ModelError, ModelInfo
from llmopt_tui.core.proposals.brief import Brief, make_brief
from llmopt_tui.core.proposals.interviewer import Interviewer
from llmopt_tui.core.settings import LoopSettings, StopReason
from llmopt_tui.core.signals import Sink
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
        self._control = control
        self._clock = clock
        self._client = client
        self._slots = slots or Slots({})
        calls = Calls(control, clock, self._slots, server_wait=settings.server_wait)
        answering = Answering(
            case,
            model,
            client,
            calls,
            settings,
            Judging(case, client, judges or {}, calls, settings),
            clock=clock,
            tell=tell,
            at_once=lambda: self._slots.of(client.endpoint, model.name),
        )
        self._measuring = Measuring(record, case, settings, answering, clock)
        self._interviewer = interviewer
        self._interviewing = Interviewing(interviewer.client, calls, clock, tell)
        self._suggesting = Suggesting(
            session_id, record, case, settings, interviewer, self._interviewing, control, clock
        )
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
            yield SessionFinished(
                at=self._clock.now(), stop_reason="failed", error_message=str(error)
            )

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
                return self._measuring.test(step)
            case Interview():
                return self._suggesting.interview(step)
            case Decide():
                return self._asking.decide(step)
            case Race():
                return self._measuring.race(step)
            case AskPerson():
                return self._asking.what_follows(step)
            case AskConvention():
                return self._asking.convention(step)
            case Explain():
                return self._measuring.explain(step)
            case Validate():
                return self._measuring.validate(step)
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

    def _brief(self, parent: IterationRecord) -> Brief:
        """The brief about one idea to improve `parent`, for a talk and for what follows a round."""
        return make_brief(self.record, self.case, parent, self.settings.target)

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
        tried = self._measuring.try_idea(interview, proposal, example_id, left_out)
        async with aclosing(self._folding(tried)) as facts:
            async for fact in facts:
                yield fact

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
