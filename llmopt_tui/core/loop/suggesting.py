"""Suggesting: what a round suggests: the interviewer is asked, and the other sources add theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from llmopt_tui.core.case import Case
from llmopt_tui.core.events import Event, InterviewFinished, InterviewGivenUp, InterviewStarted
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.giving_up import GivenUp
from llmopt_tui.core.loop.interviewing import Interviewing
from llmopt_tui.core.loop.next_step import Interview, affordable
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.recorded_answers import RecordedAnswers
from llmopt_tui.core.ports import Clock
from llmopt_tui.core.proposals.brief import Brief, make_brief
from llmopt_tui.core.proposals.interviewer import Finding, Interviewer
from llmopt_tui.core.proposals.playbook_interviewer import play_finding, skipped_finding
from llmopt_tui.core.proposals.rounds import plan_round
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.suggestion import Suggestion


class Suggesting:
    """Makes the suggestions of a round on behalf of one session."""

    def __init__(
        self,
        session_id: str,
        record: SessionRecord,
        case: Case,
        settings: LoopSettings,
        interviewer: Interviewer,
        interviewing: Interviewing,
        control: RunControl,
        clock: Clock,
    ) -> None:
        self._session_id = session_id
        self._record = record
        self._case = case
        self._settings = settings
        self._interviewer = interviewer
        self._interviewing = interviewing
        self._control = control
        self._clock = clock

    async def interview(self, step: Interview) -> AsyncIterator[Event]:
        """Interview about the best variant so far, and end the interview with its suggestions."""
        brief = make_brief(
            self._record,
            self._case,
            step.parent,
            self._settings.target,
            ideas=step.most if self._settings.searches else 1,
            interview=step.interview,
        )
        if self._record.interview(step.interview) is None:
            yield InterviewStarted(
                at=self._clock.now(),
                interview=step.interview,
                iteration=step.iteration,
                interview_prompt=self._interviewer.question(brief),
                asked=step.asked,
            )
        finding: Finding | None = None
        async with aclosing(self._found(step, brief)) as items:
            async for item in items:
                if isinstance(item, Finding):
                    finding = item
                else:
                    yield item
        if finding is None:  # the person gave the interview up
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

    async def _found(self, step: Interview, brief: Brief) -> AsyncGenerator[Event | Finding, None]:
        """What happens while the asked source works, and its finding last.

        Without a finding where the person gives the interview up.
        """
        interview = self._record.interviews[-1]
        if step.asked == "nobody":
            yield Finding()
        elif step.asked == "playbook":
            yield await asyncio.to_thread(play_finding, brief)
        elif interview.skipped:
            yield await asyncio.to_thread(skipped_finding, brief, interview.answers)
        else:
            known = RecordedAnswers(interview.answers)
            conversation = self._interviewer.interview(brief)
            with self._control.interviewing(self._session_id) as give_up:
                try:
                    async for item in self._interviewing.carry_out(
                        conversation, step.interview, known, give_up
                    ):
                        yield item
                except GivenUp:
                    again = affordable(self._record, self._case, self._settings) > 0
                    yield InterviewGivenUp(
                        at=self._clock.now(),
                        interview=step.interview,
                        follows=give_up.follows if again else "skipped",
                    )

    def _proposals(self, brief: Brief, finding: Finding, step: Interview) -> tuple[Suggestion, ...]:
        """What is suggested in a round, the interviewer's own suggestions first."""
        if step.asked != "all" or not self._settings.searches:
            return (finding.suggestion,) if finding.suggestion else ()
        own = finding.suggestions or tuple(filter(None, (finding.suggestion,)))
        own = tuple(suggestion for suggestion in own if suggestion.source != "playbook")
        return plan_round(brief, own, step.most, self._settings.demonstrations)
