"""Talking: the person's talk with the interviewer, while the session runs and after its end."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.events import ChatExchanged, Event, SessionPaused, SessionResumed
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.giving_up import GiveUp
from llmopt_tui.core.loop.interviewing import Interviewing
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.recorded_answers import RecordedAnswers
from llmopt_tui.core.ports import Clock, Message
from llmopt_tui.core.proposals.brief import Brief
from llmopt_tui.core.proposals.interviewer import Finding, Interviewer
from llmopt_tui.core.signals import CallRetried, Sink

TOO_LATE = "The session has ended, so nothing more is tested in it."


class Talking:
    """Carries a talk out, turn by turn, on behalf of one session."""

    def __init__(
        self,
        session_id: str,
        record: SessionRecord,
        interviewer: Interviewer,
        control: RunControl,
        clock: Clock,
        tell: Sink,
    ) -> None:
        self._session_id = session_id
        self._record = record
        self._interviewer = interviewer
        self._control = control
        self._clock = clock
        self._tell = tell

    async def turn(
        self, interviewing: Interviewing, brief: Brief, text: str, give_up: GiveUp
    ) -> AsyncGenerator[Event, None]:
        """One turn: what the person says, and what the interviewer answers.

        A better prompt that it offers becomes the suggestion that waits; after the end of the
        session it is kept as a draft. Raises `GivenUp` and what `Interviewing.carry_out` raises.
        """
        interview = self._record.interviews[-1]
        history = tuple(Message(m.role, m.content) for m in interview.messages)
        conversation = self._interviewer.talk(brief, history, text)
        nothing_known = RecordedAnswers(())
        async for item in interviewing.carry_out(conversation, interview.n, nothing_known, give_up):
            match item:
                case Finding():
                    exchanged = self._exchanged(interview.n, text, item)
                    yield exchanged
                    # Only now, when the newer suggestion is in the record.
                    if exchanged.suggestion and (waits := self._control.waits(self._session_id)):
                        waits.pending.give_up("a newer suggestion came out of the talk")
                case SessionPaused() | SessionResumed():
                    # The talk waits, not the session: this is not a fact of the session.
                    if isinstance(item, SessionPaused) and item.by == "server":
                        self._tell(CallRetried(0, item.retry_in or 0.0, item.reason))
                case _:
                    yield item

    def _exchanged(self, interview: int, text: str, found: Finding) -> ChatExchanged:
        suggestion, refused, problems = found.suggestion, found.refused, found.problems
        if suggestion and self._record.finished:
            change = suggestion.changes[0]
            refused = (RefusedDraft(suggestion.prompt, (TOO_LATE,), change), *refused)
            suggestion, problems = None, (*problems, TOO_LATE)
        return ChatExchanged(
            at=self._clock.now(),
            interview=interview,
            question=text,
            answer=found.response,
            problems=problems,
            suggestion=suggestion,
            refused=refused,
        )
