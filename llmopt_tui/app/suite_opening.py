"""SuiteOpening: the sessions of a suite opened, where they can be, and closed where they must."""

from __future__ import annotations

from pathlib import Path

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.judging import swapping
from llmopt_tui.app.members import Follower, KeptMember
from llmopt_tui.app.sessions import OpenSession, not_taken, open_session, resume_session
from llmopt_tui.core.fitting import fitting_problem
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.suite import SuitePlan
from llmopt_tui.core.signals import Signal


class SuiteOpening:
    """Opens members of a suite: a new session, or one that resumes. What is known to fail in one is
    told to the follower, once for what concerns all.
    """

    def __init__(
        self, endpoints: Endpoints, results: Path, control: RunControl, follower: Follower
    ) -> None:
        self._endpoints, self._results = endpoints, results
        self._control, self._follower = control, follower
        self._told: set[str] = set()
        self._swaps = False

    async def open(self, member: KeptMember, plan: SuitePlan) -> None:
        """Open the member's session. Raises as `open_session` and `resume_session` do."""
        opened = await self._opened(member, plan)
        member.opened, member.session = opened, opened.session
        member.folder, member.record = opened.writer.folder, opened.writer.record

    async def _opened(self, member: KeptMember, plan: SuitePlan) -> OpenSession:
        def tell(signal: Signal) -> None:
            self._follower.signalled(member, signal)

        if member.folder:
            return await resume_session(
                self._endpoints,
                member.folder,
                control=self._control,
                tell=tell,
                endpoint=member.endpoint,
            )
        return await open_session(
            self._endpoints,
            self._results,
            member.model,
            member.case,
            control=self._control,
            plan=plan,
            tell=tell,
            endpoint=member.endpoint,
        )

    def warn(self, member: KeptMember, *, is_new: bool) -> None:
        """Tell what of an open session is known to fail."""
        session = member.open_session.session
        if problem := fitting_problem(session.case, session.model, session.settings):
            self._follower.warned(member, problem)
        untaken = not_taken(self._endpoints, session) if is_new else ""
        if untaken and untaken not in self._told:  # once for each endpoint
            self._told.add(untaken)
            self._follower.warned(member, untaken)
        if not self._swaps and (swaps := swapping(session.model, session.judges.values())):
            self._swaps = True
            self._follower.warned(member, swaps)

    async def elsewhere(self, member: KeptMember) -> tuple[str, ...]:
        """Where a session can resume because its endpoint is gone; then it is closed for now.

        () where its endpoint answers, or no other one is known to have the same model.
        Raises OSError where its folder cannot be written.
        """
        if self._control.stopped or member.record.started is None:
            return ()
        places = await self._endpoints.elsewhere(member.record.started.model, member.endpoint)
        if places and member.opened:
            lost = member.endpoint
            await member.opened.writer.close()
            member.opened = None
            self._follower.warned(
                member, f"{lost} does not answer any more: it resumes on {' or '.join(places)}"
            )
        return places
