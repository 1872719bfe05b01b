"""Interventions: what a person does in an open session of a run besides deciding."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from llmopt_tui.app.members import KeptMember
from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.events import ChatExchanged, Event, Marking
from llmopt_tui.core.loop.giving_up import GiveUp


class Interventions:
    """Talks, tries, writes and marks in sessions that are open.

    `take` keeps a fact and tells of it; `changed` brings the suite's document up to date, `marked`
    also what is said of its scores.
    """

    def __init__(
        self,
        take: Callable[[KeptMember, Event], Awaitable[None]],
        changed: Callable[[], None],
        marked: Callable[[], Awaitable[None]],
    ) -> None:
        self._take, self._changed, self._marked = take, changed, marked

    async def chat(self, member: KeptMember, text: str, give_up: GiveUp | None = None) -> None:
        """Say something to the interviewer of a session, which may have ended.

        Raises `GivenUp` where the person gives the answer up, `Stopped`, ModelError, OSError, and
        FolderTakenError where another process writes into the folder of an ended session.
        """
        with member.open_session.writer.held():
            async for event in member.open_session.session.chat(text, give_up):
                await self._take(member, event)
                if isinstance(event, ChatExchanged):
                    self._changed()

    async def try_idea(
        self,
        member: KeptMember,
        interview: int,
        proposal: int,
        example: str,
        left_out: tuple[int, ...],
    ) -> None:
        """Try a suggestion on one example. Raises `Stopped`, ModelError, OSError."""
        session = member.open_session.session
        async for event in session.try_idea(interview, proposal, example, left_out):
            await self._take(member, event)

    async def mark(self, member: KeptMember, mark: Marking) -> None:
        """Keep a person's mark of an answer, or that it is taken back. Raises OSError."""
        await self._take(member, mark)
        await self._marked()

    async def write(self, member: KeptMember, text: str, draft: RefusedDraft | None = None) -> None:
        """Let a prompt of the person take part in a session, perhaps made of a refused draft.

        Raises ValueError, OSError.
        """
        async for event in member.open_session.session.write(text, draft):
            await self._take(member, event)
