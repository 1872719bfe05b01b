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
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from llmopt_tui.app.endpoints import Endpoints, WrongRequest
from llmopt_tui.app.sessions import OpenSession, open_session, resume_session, why_ended
from llmopt_tui.app.transfers import (
    Transfer,
    case_of,
    folders_in,
    pairs,
    transfer_plan,
    transfer_rows,
)
from llmopt_tui.app.workspace import case_from_snapshot
from llmopt_tui.core.events import (
    ChatExchanged,
    Event,
    InterviewFinished,
    IterationFinished,
    SessionFinished,
    Signal,
)
from llmopt_tui.core.loop.control import RunControl
from llmopt_tui.core.loop.session import ModelTestSession
from llmopt_tui.core.loop.suite import LLMOptimizationSuite, SuiteMember, SuitePlan
from llmopt_tui.core.ports import ModelError
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.suite_document import (
    Judged,
    SuiteSession,
    SuiteStatus,
    judge_suite,
    suite_document,
)
from llmopt_tui.reports.suite_report import suite_report
from llmopt_tui.state.documents.moments import moment
from llmopt_tui.state.run_state import RunState
from llmopt_tui.store.atomic import remove_unfinished, write_json, write_text
from llmopt_tui.store.disk import cannot_be_written, reason
from llmopt_tui.store.journal import FILE_NAME as JOURNAL
from llmopt_tui.store.lock import FolderTakenError, Lock
from llmopt_tui.store.reading import read_document
from llmopt_tui.store.sessions import LoadedSession, load_session, session_folder
from llmopt_tui.store.writer import discard_unbegun, rebuild

if TYPE_CHECKING:
    from llmopt_tui.core.case import Case
    from llmopt_tui.state.documents.suite import SuiteDocument

PREFIX = "optimization_suite_"
_SAVE_SECONDS = 1.0
"""How far the suite's document may lag behind its sessions while they run."""


@dataclass(slots=True, eq=False)
class KeptMember(SuiteMember):
    """A member with the folder that it is kept in, once it has begun."""

    folder: Path | None = None
    opened: OpenSession | None = None

    @property
    def open_session(self) -> OpenSession:
        """The session while it is open. Only for one that has been opened."""
        assert self.opened is not None
        return self.opened

    @property
    def state(self) -> RunState | None:
        """The session as screens see it, while it runs."""
        return self.opened.state if self.opened else None


class Follower(Protocol):
    """Watches a suite. Every method is called after what it tells of has been kept."""

    def began(self, member: KeptMember) -> None:
        """A session begins, or resumes."""
        ...

    def happened(self, member: KeptMember, event: Event) -> None:
        """A fact of a session, which is kept and in its record."""
        ...

    def signalled(self, member: KeptMember, signal: Signal) -> None:
        """A signal of a session, which its state has followed."""
        ...

    def failed(self, member: KeptMember, problem: str) -> None:
        """A session could not begin, or broke."""
        ...


class SuiteRun:
    """Runs every model on every case, or resumes what is left of that.

    Made by `new`, `reopen` or `reopen_session`. `control` pauses, stops and decides for all.
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
        self._read_from: SuiteDocument | None = None
        self._results = results

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
            settings=endpoints.settings.loop(),
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

    @classmethod
    def reopen(
        cls,
        endpoints: Endpoints,
        results: Path,
        document: SuiteDocument,
        *,
        control: RunControl,
        follower: Follower,
        only: Path | None = None,
    ) -> SuiteRun:
        """A suite that resumes, from its document. What has ended is not run again.

        With `only`, of its sessions the one in that folder alone. Raises WrongRequest where the
        document does not say enough.
        """
        try:
            plan = _plan_in(document)
            started_at = moment(document.started_at)
            if started_at is None:
                raise ValueError("started_at is missing or odd")
            folders = {
                (row.model, row.case): session_folder(results, row.folder)
                for row in document.sessions
            }
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise WrongRequest(
                "the suite's document does not say what is left to do "
                f"({one_line(repr(error), 120)}); its sessions can be resumed by their own ids"
            ) from error
        cases = {case.id: case for case in plan.cases}
        members = [
            _kept(model, cases[case], folder)
            for (model, case), folder in folders.items()
            if case in cases
        ]
        for member in members:
            member.ended = member.ended or (only is not None and member.folder != only)
        suite = cls(
            endpoints,
            results,
            plan,
            members,
            control=control,
            follower=follower,
            started_at=started_at,
        )
        suite._read_from = document
        suite._plan_transfers(folders_in(document))
        for transfer in suite.transfers:
            transfer.trial.ended = transfer.trial.ended or only is not None
        return suite

    @classmethod
    def reopen_session(
        cls,
        endpoints: Endpoints,
        results: Path,
        session: LoadedSession,
        *,
        control: RunControl,
        follower: Follower,
    ) -> SuiteRun:
        """One session that resumes. Where it belongs to a suite, that is brought up to date.

        Raises WrongRequest where it cannot be read.
        """
        started = session.record.started
        if started is None:
            raise WrongRequest("its journal holds no beginning: there is nothing to resume")
        document = _suite_of(results, started.suite_id)
        if document and _lists(document, session.folder):
            # A document that was edited or torn keeps no session of its suite from resuming.
            with contextlib.suppress(WrongRequest):
                return cls.reopen(
                    endpoints,
                    results,
                    document,
                    control=control,
                    follower=follower,
                    only=session.folder,
                )
        try:
            case = case_from_snapshot(started.case, started.prompt)
        except ValueError as error:
            raise WrongRequest(f"its case cannot be read: {error}") from error
        plan = SuitePlan(
            suite_id="",
            models=(started.model.name,),
            cases=(case,),
            baseline_model=started.baseline_model,
            interviewer_model=started.interviewer_model,
            settings=started.settings,
        )
        member = _kept(started.model.name, case, session.folder)
        return cls(
            endpoints,
            results,
            plan,
            [member],
            control=control,
            follower=follower,
            started_at=started.at,
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
                case.id: CaseSnapshot(case=case.snapshot(), prompt=asdict(case.prompt))
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
        return document.keeping(self._read_from)

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
        kept = [_id_of(member) for member in self.members if _is_kept(member)]
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
        await asyncio.to_thread(_complete, self.everyone)
        await self._advance(self.members)
        if not self.control.stopped:
            self._plan_transfers()
            await self._advance([transfer.trial for transfer in self.transfers])
        await self._judge()
        self._end(self._outcome())

    def _plan_transfers(self, folders: Mapping[tuple[str, str, str], str] | None = None) -> None:
        """Add the transfers that have become possible: a prompt of one model to try on another."""
        known = {(id(t.origin), id(t.target)) for t in self.transfers}
        for origin, target in pairs(self.members) if self.plan.transfer else ():
            if (id(origin), id(target)) in known:
                continue
            key = origin.case.id, origin.model, target.model
            folder = session_folder(self._results, (folders or {}).get(key, ""))
            trial = _kept(target.model, case_of(origin), folder)
            self.transfers.append(Transfer(origin, target, trial))

    async def _advance(self, members: Sequence[KeptMember]) -> None:
        """Carry out every step of these."""
        limits = await self._endpoints.limits()
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
            limits=limits,
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
        return opened.session

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

    async def chat(self, member: KeptMember, text: str) -> None:
        """Say something to the interviewer of a session. Raises ModelError, OSError."""
        async for event in member.open_session.session.chat(text):
            await self._take(member, event)
            if isinstance(event, ChatExchanged):
                self._save()

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
            session_id=member.opened.session.session_id if member.opened else _id_of(member),
            folder=member.folder.name if member.folder else "",
            record=member.record if begun or not member.error else None,
            error_message=member.error,
            interrupted=self.status == "interrupted",
        )


def _is_kept(member: KeptMember) -> bool:
    journal = member.folder and member.folder / JOURNAL
    return bool(journal and _id_of(member) and os.path.isfile(journal))  # noqa: PTH113


def _id_of(member: KeptMember) -> str:
    return member.record.started.session_id if member.record.started else ""


def _plan_in(document: SuiteDocument) -> SuitePlan:
    """The plan in a suite's document. Raises KeyError, TypeError or ValueError."""
    suite_id, settings = document.suite_id, document.settings
    if not (suite_id.isascii() and suite_id.isalnum()):  # it becomes part of a path
        raise ValueError(f"{suite_id!r} is no suite id")
    needed = ("models", "cases", "baseline_model", "interviewer_model", "sessions")
    if settings is None or not document.knows(*needed):
        raise ValueError(f"settings, {', '.join(needed)}: one is missing or odd")
    snapshots = document.case_snapshots
    return SuitePlan(
        suite_id=suite_id,
        models=document.models,
        cases=tuple(
            case_from_snapshot(snapshots[name].case, snapshots[name].prompt)
            for name in document.cases
        ),
        baseline_model=document.baseline_model,
        interviewer_model=document.interviewer_model,
        settings=settings,
        transfer=document.transfer is not None,
    )


def _suite_of(results: Path, suite_id: str) -> SuiteDocument | None:
    """The document of a suite, where there is one that can be resumed."""
    from llmopt_tui.state.documents.suite import SuiteDocument

    if not (suite_id.isascii() and suite_id.isalnum()):
        return None
    document = read_document(results / f"{PREFIX}{suite_id}.json", SuiteDocument)
    return document if document.case_snapshots else None


def _lists(document: SuiteDocument, folder: Path) -> bool:
    return any(row.folder == folder.name for row in document.sessions)


def _complete(members: Sequence[KeptMember]) -> None:
    """Write the documents of sessions that were killed after their last event."""
    for member in members:
        if member.ended and member.folder and member.record.finished:
            with contextlib.suppress(FolderTakenError, OSError):
                rebuild(member.folder)


def _kept(model: str, case: Case, folder: Path | None) -> KeptMember:
    """A member as its folder says; one whose session never began starts a new one."""
    member = KeptMember(model, case)
    if folder is None:
        return member
    try:
        loaded = load_session(folder)
    except FileNotFoundError:
        discard_unbegun(folder)
        return member
    except OSError as error:
        raise WrongRequest(f"{folder.name} cannot be read: {reason(error)}") from error
    if loaded.record.started:
        member.folder, member.record = folder, loaded.record
        member.ended = bool(why_ended(loaded.record))
    return member
