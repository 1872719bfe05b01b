"""Asking: the questions that a session puts to the person, and the facts that come of the answers.

Each waits in `RunControl` until a key, the rule of auto mode or a stop answers it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from llmopt_tui.core.case import Case
from llmopt_tui.core.changes import Change
from llmopt_tui.core.decisions import PendingConvention, PendingDecision, PendingNext
from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.events import (
    ConventionAnswered,
    Event,
    NextDecided,
    SuggestionDecided,
    SuggestionWritten,
)
from llmopt_tui.core.loop.calls import Stopped
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.next_step import AskConvention, AskPerson, Decide
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import Clock
from llmopt_tui.core.prompt import placeholders_in
from llmopt_tui.core.proposals.brief import Brief
from llmopt_tui.core.proposals.checks import check_suggestion
from llmopt_tui.core.proposals.conventions import convention_rule
from llmopt_tui.core.proposals.playbook import next_play
from llmopt_tui.core.signals import ConventionAsked, NothingSuggested, Sink, SuggestionProposed
from llmopt_tui.core.suggestion import Suggestion


class Asking:
    """Asks the person on behalf of one session. `brief` makes the brief about its best variant."""

    def __init__(
        self,
        session_id: str,
        record: SessionRecord,
        case: Case,
        control: RunControl,
        clock: Clock,
        tell: Sink,
        brief: Callable[[IterationRecord], Brief],
    ) -> None:
        self._session_id = session_id
        self._record = record
        self._case = case
        self._control = control
        self._clock = clock
        self._tell = tell
        self._brief = brief

    async def decide(self, step: Decide) -> AsyncIterator[Event]:
        """Wait until a suggestion of the round is decided: the first, or the one turned to."""
        interview = self._record.interviews[-1]
        n = step.proposal.n
        while True:
            proposal = interview.proposal(n) or step.proposal
            pending = PendingDecision(proposal.suggestion.prompt)
            proposed = SuggestionProposed(
                step.interview, proposal.suggestion, pending, proposal.n, len(interview.proposals)
            )
            with self._control.asking(self._session_id, proposed):
                self._tell(proposed)
                decision = await pending.wait()
            other = interview.proposal(pending.turned_to)
            if other is None or other.decided or self._control.stopped:
                break
            n = other.n
        # Withdrawn without a stop: a newer suggestion from the talk is proposed next.
        if decision.action != "none" or self._control.stopped:
            yield SuggestionDecided(
                at=self._clock.now(),
                interview=step.interview,
                decision=decision,
                proposal=proposal.n,
            )

    async def what_follows(self, step: AskPerson) -> AsyncIterator[Event]:
        """Wait until the person says what to do before the session ends."""
        interview, best = step.interview.n, self._record.best
        assert best is not None
        play = None
        if self._control.mode == "manual":
            play = await asyncio.to_thread(next_play, self._brief(best))
        pending = PendingNext(best.prompt)
        asking = NothingSuggested(interview, pending, step.reason, play is not None)
        with self._control.asking(self._session_id, asking):
            self._tell(asking)
            following = await pending.wait()
        if self._control.stopped:
            raise Stopped
        if following.next == "written":
            yield await self.written(following.text, best, interview, following.draft)
        elif following.next is not None:
            yield NextDecided(at=self._clock.now(), interview=interview, next=following.next)

    async def convention(self, step: AskConvention) -> AsyncIterator[Event]:
        """Wait until the person says what tells two labels apart, or does not want to."""
        pending = PendingConvention()
        asked = ConventionAsked(step.doubt, pending)
        with self._control.asking(self._session_id, asked):
            self._tell(asked)
            answer = await pending.wait()
        if self._control.stopped:
            raise Stopped
        yield ConventionAnswered(
            at=self._clock.now(),
            doubt=step.doubt,
            answer=answer,
            suggestion=convention_rule(step.doubt, answer, self._record),
        )

    async def written(
        self, text: str, best: IterationRecord, interview: int, draft: RefusedDraft | None = None
    ) -> SuggestionWritten:
        """The fact that the person wrote a prompt, or used a refused draft as this text.

        Raises ValueError where it has other placeholders than the best prompt.
        """
        if placeholders_in(text) != placeholders_in(best.prompt):
            raise ValueError("the placeholders must stay as they are")
        variant = best.variant.with_text(text)
        edit = Change("replace text", "person", "own prompt", text=text)
        suggestion = Suggestion(text, "", "person", "own prompt", variant, (edit,))
        if draft is not None:
            suggestion = await self._used(draft, text, best)
        return SuggestionWritten(at=self._clock.now(), interview=interview, suggestion=suggestion)

    async def _used(self, draft: RefusedDraft, text: str, best: IterationRecord) -> Suggestion:
        """A refused draft that is used, with what the checks still say against it."""
        prompt = self._case.prompt.with_text(best.prompt)
        tried = [variant.text for variant in self._record.tried()]
        problems = await asyncio.to_thread(check_suggestion, text, prompt, self._case, tried)
        change = draft.used(text)
        variant = change.apply(best.variant)
        if variant is None or variant.text != text:
            variant = best.variant.with_text(text)
        # What is no fault of the text alone, a rule that is talk for instance, stays said.
        known = draft.problems if text == draft.text else ()
        return Suggestion(
            text,
            change.reason,
            change.source,
            change.name or "refused draft",
            variant,
            (change,),
            change.cause,
            overruled=tuple(dict.fromkeys((*known, *problems))),
        )
