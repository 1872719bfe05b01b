"""SuiteRun: a suite with its results on disk. What both front ends drive, begun or resumed.

Every event is kept before it is folded, and folded before it is shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.interventions import Interventions
from llmopt_tui.app.members import (
    Follower,
    KeptMember,
    complete_documents,
    id_of,
    is_kept,
    kept_member,
)
from llmopt_tui.app.suite_keeping import SuiteKeeper
from llmopt_tui.app.suite_opening import SuiteOpening
from llmopt_tui.app.transfers import Transfer, case_of, pairs, transfer_plan
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.core.events import Event, InterviewFinished, IterationFinished, SessionFinished
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.loop.suite import LLMOptimizationSuite, SuitePlan
from llmopt_tui.core.ports import ModelError
from llmopt_tui.store.disk import cannot_be_written
from llmopt_tui.store.lock import FolderTakenError, Lock
from llmopt_tui.store.sessions import session_folder

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.findings import Gain, Recommendation
    from llmopt_tui.core.case import Case
    from llmopt_tui.reports.suite_document import SuiteStatus
    from llmopt_tui.state.documents.suite import SuiteDocument

KEPT_OPEN = 32
"""How many sessions that have ended stay open, the last ones: to talk about, to be shown whole."""


class SuiteRun:
    """Runs every model on every case, or resumes what is left of that.

    Made by `new`, or by the functions of `suite_reopening`. `control` pauses, stops and decides for
    all of its sessions; `person` is what else a person does in those that are open.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        results: Path,
        plan: SuitePlan,
        members: Sequence[KeptMember],
        *,
        control: RunControl,
        follower: Follower,
        started_at: datetime,
    ) -> None:
        self.plan = plan
        self.members = tuple(members)
        self.transfers: list[Transfer] = []
        self.control = control
        self._endpoints = endpoints
        self._follower = follower
        self._results = results
        self._keeper = SuiteKeeper(
            results,
            plan,
            self.members,
            self.transfers,
            started_at=started_at,
            clock=endpoints.clock,
        )
        self._opening = SuiteOpening(endpoints, results, control, follower)
        self.person = Interventions(self._take, self._keeper.changed, self._keeper.marked)
        self._over: deque[KeptMember] = deque()
        """The sessions that have ended and are still open, the last one last."""

    @classmethod
    def new(
        cls,
        endpoints: Endpoints,
        results: Path,
        pairs: Sequence[tuple[str, Case]],
        *,
        control: RunControl,
        follower: Follower,
        transfer: bool = False,
    ) -> SuiteRun:
        """A suite of these models and cases, with the endpoints' settings.

        With `transfer`, each model's best prompt is tried on the others at the end.
        """
        plan = SuitePlan(
            suite_id=endpoints.new_id(),
            models=tuple(dict.fromkeys(model for model, _ in pairs)),
            cases=tuple({case.id: case for _, case in pairs}.values()),
            baseline_model=endpoints.settings.baseline,
            interviewer_model=endpoints.interviewer,
            settings=replace(endpoints.settings.loop(), mode=control.mode),
            transfer=transfer,
        )
        members = [KeptMember(model, case) for model, case in pairs]
        return cls(
            endpoints,
            results,
            plan,
            members,
            control=control,
            follower=follower,
            started_at=endpoints.clock.now(),
        )

    @property
    def status(self) -> SuiteStatus:
        """Whether it runs, or how it ended."""
        return self._keeper.status

    @property
    def file(self) -> Path:
        """The file of the suite's document, JSON."""
        return self._keeper.file

    @property
    def report(self) -> Path:
        """The file of the suite's report, Markdown."""
        return self._keeper.report

    @property
    def document(self) -> SuiteDocument:
        """The suite as it is now."""
        return self._keeper.document

    @property
    def recommendation(self) -> Recommendation | None:
        """What is recommended as far as sessions have been judged."""
        return self._keeper.judged.recommendation if self._keeper.judged else None

    def reopened_from(self, document: SuiteDocument) -> None:
        """The document that it was read from: what is unknown in it is kept."""
        self._keeper.read_from = document

    def gain_of(self, member: KeptMember) -> Gain | None:
        """What a session gained, judged together with the others; None before that is known."""
        gains = self._keeper.judged.analysis.gains if self._keeper.judged else {}
        return gains.get((member.model, member.case.id))

    @property
    def ended(self) -> bool:
        """Whether nothing was left to do when it was opened."""
        return all(member.ended for member in self.everyone)

    @property
    def everyone(self) -> tuple[KeptMember, ...]:
        """Its members, and the sessions that try their prompts on other models."""
        return (*self.members, *(transfer.trial for transfer in self.transfers))

    @property
    def resume_id(self) -> str:
        """The id by which it can be resumed; empty where nothing of it is kept."""
        if self.plan.suite_id and os.path.isfile(self.file):  # noqa: PTH113 - it never raises
            return self.plan.suite_id
        kept = [id_of(member) for member in self.members if is_kept(member)]
        return kept[0] if len(kept) == 1 else ""

    def problem(self, error: OSError) -> str:
        """The sentence for results that could not be written: where, why and what to do."""
        again = f"resume with: llmopt-tui resume {self.resume_id}"
        return cannot_be_written(error, self._results, again if self.resume_id else "run it again")

    async def run(self) -> None:
        """Carry everything out. Cancelling keeps what there is and marks it interrupted.

        A session that cannot begin is recorded as failed, and the others continue. Raises OSError
        where results cannot be written, FolderTakenError where another process runs this suite.
        """
        self._results.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = self.file.stem
        lock = Lock(self._results / f".{name}.lock", name) if self.plan.suite_id else None
        try:
            await self._carry_out()
            await self._close()
        except BaseException:
            # The first error says more than a second one, from writing what came of it.
            with contextlib.suppress(OSError):
                self._keeper.close("interrupted")
            with contextlib.suppress(OSError):
                await self._close()
            raise
        finally:
            if lock:
                lock.release()

    async def _carry_out(self) -> None:
        self._keeper.begin()
        await asyncio.to_thread(complete_documents, self.everyone)
        await self._advance(self.members)
        if not self.control.stopped:
            self.plan_transfers()
            await self._advance([transfer.trial for transfer in self.transfers])
        await self._keeper.end(self._outcome)

    def plan_transfers(self, folders: Mapping[tuple[str, str, str], str] | None = None) -> None:
        """Add the transfers that have become possible: a prompt of one model to try on another."""
        known = {(id(t.origin), id(t.target)) for t in self.transfers}
        for origin, target in pairs(self.members) if self.plan.transfer else ():
            if (id(origin), id(target)) in known:
                continue
            key = origin.case.id, origin.model, target.model
            folder = session_folder(self._results, (folders or {}).get(key, ""))
            trial = kept_member(target.model, case_of(origin), folder)
            self.transfers.append(Transfer(origin, target, trial))

    async def _advance(self, members: Sequence[KeptMember]) -> None:
        """Carry out every step of these."""
        for member in members:
            started = member.record.started
            before = started.model if started else None
            member.endpoints = await self._endpoints.endpoints_of(member.model, before)
        suite = LLMOptimizationSuite(
            members,
            open=self._open,
            take=self._take,
            failed=self._failed,
            ended=self._ended,
            elsewhere=self._opening.elsewhere,
            slots=await self._endpoints.slots(),
            loaded=self._endpoints.loaded,
        )
        await suite.run()

    async def _ended(self, member: KeptMember) -> None:
        """The suite is judged anew; a session that ended long before is let go of."""
        self._over.append(member)
        while len(self._over) > KEPT_OPEN:
            await asyncio.to_thread(self._over.popleft().let_go)
        self._keeper.ended()

    def _outcome(self) -> SuiteStatus:
        left = any(not m.error and m.record.finished is None for m in self.everyone)
        if left or self.control.stopped:
            return "interrupted"
        failed = any(self._keeper.view(member).status == "failed" for member in self.everyone)
        return "failed" if failed else "completed"

    async def _open(self, member: KeptMember) -> ModelTestSession | None:
        is_new = not member.folder
        plan = self.plan if member in self.members else transfer_plan(self.plan)
        try:
            await self._opening.open(member, plan)
        except (ModelError, WrongRequest, FolderTakenError) as error:
            member.error = str(error)
            self._keeper.changed()
            self._follower.failed(member, member.error)
            return None
        self._keeper.changed()
        self._follower.began(member)
        self._opening.warn(member, is_new=is_new)
        return member.session

    async def _take(self, member: KeptMember, event: Event) -> None:
        """Kept on disk and folded, then followed by the session's state, then told."""
        opened = member.open_session
        kept = await opened.writer.keep(event)
        opened.state.follow(kept)
        self._follower.happened(member, kept)
        if isinstance(event, SessionFinished):
            await opened.writer.close()
        if isinstance(event, IterationFinished | InterviewFinished):
            self._keeper.changed()

    async def _failed(self, member: KeptMember, error: Exception) -> None:
        """A session broke: it ends as failed, with the error."""
        ours = type(error).__module__.startswith("llmopt_tui")
        member.error = str(error) if ours else f"{type(error).__name__}: {error}"
        if member.opened:
            event = SessionFinished(
                at=self._endpoints.clock.now(), stop_reason="failed", error_message=member.error
            )
            await self._take(member, event)
        self._follower.failed(member, member.error)

    async def _close(self) -> None:
        """Close every folder; a session that has not ended is left as interrupted.

        Raises OSError where something is not written, after all are closed.
        """
        failure: OSError | None = None
        for member in self.everyone:
            try:
                if member.opened:
                    await member.opened.writer.close()
            except OSError as error:
                failure = failure or error
        if failure:
            raise failure
