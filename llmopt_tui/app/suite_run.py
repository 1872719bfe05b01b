"""SuiteRun: a suite with its results on disk. What both front ends drive, begun or resumed.

Every event is kept before it is folded, and folded before it is shown. The suite's document says
from the first moment on what is to be done, so that a suite that is interrupted can be resumed.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.judging import swapping
from llmopt_tui.app.members import (
    Follower,
    KeptMember,
    complete_documents,
    id_of,
    is_kept,
    kept_member,
)
from llmopt_tui.app.sessions import OpenSession, not_taken, open_session, resume_session
from llmopt_tui.app.transfers import (
    Transfer,
    case_of,
    pairs,
    transfer_plan,
    transfer_rows,
)
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.events import (
    ChatExchanged,
    Event,
    InterviewFinished,
    IterationFinished,
    Marking,
    SessionFinished,
)
from llmopt_tui.core.fitting import fitting_problem
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.giving_up import GiveUp
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.loop.suite import LLMOptimizationSuite, SuitePlan
from llmopt_tui.core.ports import ModelError
from llmopt_tui.core.signals import Signal
from llmopt_tui.reports.suite_document import (
    Judged,
    SuiteSession,
    SuiteStatus,
    judge_suite,
    suite_document,
)
from llmopt_tui.reports.suite_report import suite_report
from llmopt_tui.store.atomic import remove_unfinished, write_json, write_text
from llmopt_tui.store.disk import cannot_be_written
from llmopt_tui.store.lock import FolderTakenError, Lock
from llmopt_tui.store.sessions import session_folder

if TYPE_CHECKING:
    from llmopt_tui.core.analysis.findings import Gain, Recommendation
    from llmopt_tui.core.case import Case
    from llmopt_tui.state.documents.suite import SuiteDocument

PREFIX = "optimization_suite_"
_SAVE_SECONDS = 1.0
"""How far the suite's document may lag behind its sessions while they run."""


class SuiteRun:
    """Runs every model on every case, or resumes what is left of that.

    Made by `new`, or by the functions of `suite_reopening`. `control` pauses, stops and decides for
    all of its sessions.
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
        self.status: SuiteStatus = "running"
        self._endpoints = endpoints
        self._follower = follower
        self._started_at = started_at
        self._finished_at: datetime | None = None
        self._judged: Judged | None = None
        self._saved_at = -math.inf
        self._swaps = False
        self.read_from: SuiteDocument | None = None
        self._results = results
        self._told: set[str] = set()

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
    def file(self) -> Path:
        """The file of the suite's document, JSON."""
        return self._results / f"{PREFIX}{self.plan.suite_id}.json"

    @property
    def report(self) -> Path:
        """The file of the suite's report, Markdown."""
        return self.file.with_suffix(".md")

    @property
    def document(self) -> SuiteDocument:
        """The suite as it is now, with unknown fields of the document that it was read from."""
        from llmopt_tui.state.documents.suite import CaseSnapshot

        plan = self.plan
        document = suite_document(
            suite_id=plan.suite_id,
            status=self.status,
            models=plan.models,
            cases=[case.id for case in plan.cases],
            case_snapshots={
                case.id: CaseSnapshot(case=case.snapshot(), prompt=case.prompt.snapshot())
                for case in plan.cases
            },
            baseline_model=plan.baseline_model,
            interviewer_model=plan.interviewer_model,
            settings=plan.settings,
            sessions=[self._view(member) for member in self.members],
            started_at=self._started_at,
            finished_at=self._finished_at,
            judged=self._judged,
            transfer=transfer_rows(self.transfers) if plan.transfer else None,
        )
        return document.keeping(self.read_from)

    @property
    def recommendation(self) -> Recommendation | None:
        """What is recommended as far as sessions have been judged."""
        return self._judged.recommendation if self._judged else None

    def gain_of(self, member: KeptMember) -> Gain | None:
        """What a session gained, judged together with the others; None before that is known."""
        gains = self._judged.analysis.gains if self._judged else {}
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
                self._end("interrupted")
            with contextlib.suppress(OSError):
                await self._close()
            raise
        finally:
            if lock:
                lock.release()

    async def _carry_out(self) -> None:
        remove_unfinished(self._results, [self.file.name, self.report.name])
        self._save()
        await asyncio.to_thread(complete_documents, self.everyone)
        await self._advance(self.members)
        if not self.control.stopped:
            self.plan_transfers()
            await self._advance([transfer.trial for transfer in self.transfers])
        await self._judge()
        self._end(self._outcome())

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
            slots=await self._endpoints.slots(),
            loaded=self._endpoints.loaded,
        )
        await suite.run()

    async def _ended(self, _: KeptMember) -> None:
        if self._is_due():
            await self._judge()
        self._save(report=True)

    def _is_due(self) -> bool:
        """Whether the document may be brought up to date: it says nothing that journals do not."""
        return self._endpoints.clock.monotonic() - self._saved_at >= _SAVE_SECONDS

    async def _judge(self) -> None:
        sessions = [self._view(member) for member in self.members]
        self._judged = await asyncio.to_thread(judge_suite, sessions, self.plan.baseline_model)

    def _outcome(self) -> SuiteStatus:
        left = any(not m.error and m.record.finished is None for m in self.everyone)
        if left or self.control.stopped:
            return "interrupted"
        failed = any(self._view(member).status == "failed" for member in self.everyone)
        return "failed" if failed else "completed"

    async def _open(self, member: KeptMember) -> ModelTestSession | None:
        is_new = not member.folder
        try:
            opened = await self._opened(member)
        except (ModelError, WrongRequest, FolderTakenError) as error:
            member.error = str(error)
            self._save()
            self._follower.failed(member, member.error)
            return None
        member.opened, member.session = opened, opened.session
        member.folder, member.record = opened.writer.folder, opened.writer.record
        self._save()
        self._follower.began(member)
        session = opened.session
        if problem := fitting_problem(session.case, session.model, session.settings):
            self._follower.warned(member, problem)
        untaken = not_taken(self._endpoints, session) if is_new else ""
        if untaken and untaken not in self._told:  # once for each endpoint
            self._told.add(untaken)
            self._follower.warned(member, untaken)
        if not self._swaps and (swaps := swapping(session.model, session.judges.values())):
            self._swaps = True
            self._follower.warned(member, swaps)
        return session

    async def _opened(self, member: KeptMember) -> OpenSession:
        def tell(signal: Signal) -> None:
            self._follower.signalled(member, signal)

        if member.folder:
            return await resume_session(
                self._endpoints,
                member.folder,
                control=self.control,
                tell=tell,
                endpoint=member.endpoint,
            )
        return await open_session(
            self._endpoints,
            self._results,
            member.model,
            member.case,
            control=self.control,
            plan=self.plan if member in self.members else transfer_plan(self.plan),
            tell=tell,
            endpoint=member.endpoint,
        )

    async def _take(self, member: KeptMember, event: Event) -> None:
        """Kept on disk and folded, then followed by the session's state, then told."""
        opened = member.open_session
        kept = await opened.writer.keep(event)
        opened.state.follow(kept)
        self._follower.happened(member, kept)
        if isinstance(event, SessionFinished):
            await opened.writer.close()
        if isinstance(event, IterationFinished | InterviewFinished) and self._is_due():
            self._save()

    async def chat(self, member: KeptMember, text: str, give_up: GiveUp | None = None) -> None:
        """Say something to the interviewer of a session, which may have ended.

        Raises `GivenUp` where the person gives the answer up, `Stopped`, ModelError, OSError, and
        FolderTakenError where another process writes into the folder of an ended session.
        """
        with member.open_session.writer.held():
            async for event in member.open_session.session.chat(text, give_up):
                await self._take(member, event)
                if isinstance(event, ChatExchanged):
                    self._save()

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
        if self._judged:
            await self._judge()
        self._save()

    async def write(self, member: KeptMember, text: str, draft: RefusedDraft | None = None) -> None:
        """Let a prompt of the person take part in a session, perhaps made of a refused draft.

        Raises ValueError, OSError.
        """
        async for event in member.open_session.session.write(text, draft):
            await self._take(member, event)

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

    def _end(self, status: SuiteStatus) -> None:
        self.status, self._finished_at = status, self._endpoints.clock.now()
        self._save(report=True)

    def _save(self, *, report: bool = False) -> None:
        self._saved_at = self._endpoints.clock.monotonic()
        if self.plan.suite_id:
            document = self.document
            write_json(self.file, document)
            if report:
                write_text(self.report, suite_report(document))

    def _view(self, member: KeptMember) -> SuiteSession:
        begun = member.record.started is not None
        return SuiteSession(
            model=member.model,
            case=member.case.id,
            session_id=member.opened.session.session_id if member.opened else id_of(member),
            folder=member.folder.name if member.folder else "",
            record=member.record if begun or not member.error else None,
            error_message=member.error,
            interrupted=self.status == "interrupted",
        )
