"""Interviewing: an interviewer's conversation carried out, call by call.

A conversation only says what it asks. Here its questions become calls, each answer becomes a fact
before the conversation sees it, and what is recorded already is not asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from llmopt_tui.core.events import Event, InterviewAnswered
from llmopt_tui.core.loop.calls import Calls, Outcome
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.giving_up import GiveUp
from llmopt_tui.core.loop.recorded_answers import RecordedAnswers, request_sha256
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.ports import Clock, Delta, ModelClient, Piece
from llmopt_tui.core.proposals.interviewer import Ask, Conversation, Finding, Told
from llmopt_tui.core.signals import CallRetried, InterviewAsked, InterviewStreamed, Sink


class Interviewing:
    """Carries conversations out with one client; None where the interviewer asks no model."""

    def __init__(self, client: ModelClient | None, calls: Calls, clock: Clock, tell: Sink) -> None:
        self._client = client
        self._calls = calls
        self._clock = clock
        self._tell = tell

    def under(self, control: RunControl, slots: Slots) -> Interviewing:
        """The same under another control, which nothing has stopped."""
        calls = Calls(control, self._clock, slots)
        return Interviewing(self._client, calls, self._clock, self._tell)

    async def carry_out(
        self,
        conversation: Conversation,
        interview: int,
        known: RecordedAnswers,
        give_up: GiveUp,
    ) -> AsyncIterator[Event | Finding]:
        """Carry out a conversation. Yields what happens on the way and its finding last.

        A question whose answer is in `known` is not asked again. Raises `GivenUp` where the person
        gives it up, `Stopped` and `ModelError` as `Calls.ask` does.
        """
        turn = await asyncio.to_thread(_next_turn, conversation, None)
        while isinstance(turn, Ask):
            digest = request_sha256(turn.request)
            answer = known.take(digest)
            self._tell(InterviewAsked(interview, turn.doing))
            if answer is None:
                assert self._client is not None
                hear = self._ear(interview)
                async for item in self._calls.ask(self._client, turn.request, hear, give_up):
                    if not isinstance(item, Outcome):
                        yield item
                        continue
                    answer = InterviewAnswered(
                        at=self._clock.now(),
                        interview=interview,
                        request_sha256=digest,
                        reply=item.reply,
                        seconds=item.seconds,
                        error=item.error,
                    )
                    yield answer
            else:
                reply = answer.reply
                self._tell(InterviewStreamed(interview, reply.text, reply.thinking))
            assert answer is not None
            told = Told(answer.reply, answer.error)
            turn = await asyncio.to_thread(_next_turn, conversation, told)
        yield turn

    def _ear(self, interview: int) -> Callable[[Piece], None]:
        def hear(piece: Piece) -> None:
            match piece:
                case Delta(text=text, thinking=thinking):
                    self._tell(InterviewStreamed(interview, text, thinking))
                case _:
                    self._tell(CallRetried(piece.attempt, piece.wait_seconds, piece.reason))

        return hear


def _next_turn(conversation: Conversation, told: Told | None) -> Ask | Finding:
    """The next question of a conversation, or its finding at the end."""
    try:
        return next(conversation) if told is None else conversation.send(told)
    except StopIteration as end:
        finding: Finding = end.value
        return finding
