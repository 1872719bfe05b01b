"""SuiteKeeper: the suite's document and report on disk, and what statistics say in them.

The document says from the first moment on what is to be done, so that a suite that is interrupted
can be resumed. It holds nothing that the journals of its sessions do not: so it may lag behind
them, and is written the less often the longer that takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.app.members import KeptMember, id_of
from llmopt_tui.app.transfers import Transfer, transfer_rows
from llmopt_tui.core.loop.suite import SuitePlan
from llmopt_tui.core.ports import Clock
from llmopt_tui.reports.suite_document import (
    Judged,
    SuiteSession,
    SuiteStatus,
    judge_suite,
    suite_document,
)
from llmopt_tui.reports.suite_report import suite_report
from llmopt_tui.store.atomic import remove_unfinished, write_json, write_text

if TYPE_CHECKING:
    from llmopt_tui.state.documents.suite import SuiteDocument

PREFIX = "optimization_suite_"
_SAVE_SECONDS = 1.0
"""How far the suite's document may lag behind its sessions while they run, in seconds."""
_SHARE = 30
"""It lags as long as so many times what it takes to judge the sessions and to write it."""


class SuiteKeeper:
    """Keeps one suite. `members` and `transfers` are the suite's own; a plan without an id is one
    session, and has no document.

    `read_from` is the document that the suite was reopened from.
    """

    def __init__(
        self,
        results: Path,
        plan: SuitePlan,
        members: Sequence[KeptMember],
        transfers: Sequence[Transfer],
        *,
        started_at: datetime,
        clock: Clock,
    ) -> None:
        self.file = results / f"{PREFIX}{plan.suite_id}.json"
        self.report = self.file.with_suffix(".md")
        self.status: SuiteStatus = "running"
        self.judged: Judged | None = None
        self.read_from: SuiteDocument | None = None
        self._plan, self._members, self._transfers = plan, members, transfers
        self._started_at = started_at
        self._finished_at: datetime | None = None
        self._clock = clock
        self._next = -math.inf
        self._took = 0.0
        self._updating: asyncio.Task[None] | None = None
        self._judging = False

    @property
    def document(self) -> SuiteDocument:
        """The suite as it is now, with unknown fields of the document that it was read from."""
        from llmopt_tui.state.documents.suite import CaseSnapshot

        plan = self._plan
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
            sessions=self._views(),
            started_at=self._started_at,
            finished_at=self._finished_at,
            judged=self.judged,
            transfer=transfer_rows(self._transfers) if plan.transfer else None,
        )
        return document.keeping(self.read_from)

    def begin(self) -> None:
        """Write the document before anything is done. Raises OSError."""
        remove_unfinished(self.file.parent, [self.file.name, self.report.name])
        self._save()

    def changed(self) -> None:
        """A session began or got further: on disk at once where that costs little, else soon.

        Raises OSError, also that of the last writing.
        """
        if self._clock.monotonic() >= self._next or self._took * _SHARE <= _SAVE_SECONDS:
            self._save()
        else:
            self._update_soon()

    def ended(self) -> None:
        """A session ended: what is told of the suite is soon judged anew. Raises as `changed`."""
        self._judging = True
        self._update_soon()

    async def marked(self) -> None:
        """A person overruled a score: what was told of the suite is judged anew. Raises OSError."""
        if self.judged is not None:
            await self._judge()
        self._save(report=self.judged is not None)

    def _update_soon(self) -> None:
        if self._updating is not None and self._updating.done():
            self._updating.result()
            self._updating = None
        if self._updating is None:
            self._updating = asyncio.create_task(self._update())

    async def _update(self) -> None:
        if (wait := self._next - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait)
        began = self._clock.monotonic()
        if self._judging:
            await self._judge()
        self._save(report=True)
        self._next = self._clock.monotonic() + self._lag(self._clock.monotonic() - began)

    async def _judge(self) -> None:
        self._judging = False
        sessions = self._views()
        self.judged = await asyncio.to_thread(judge_suite, sessions, self._plan.baseline_model)

    async def end(self, outcome: Callable[[], SuiteStatus]) -> None:
        """Judge everything and write it, with how the suite ended. Raises OSError."""
        await self._let_go()
        await self._judge()
        self.close(outcome())

    def close(self, status: SuiteStatus) -> None:
        """Write how the suite ended with what has been judged so far. Raises OSError."""
        if self._updating is not None:
            self._updating.cancel()
        self.status, self._finished_at = status, self._clock.now()
        self._save(report=True)

    async def _let_go(self) -> None:
        """End what is written in the background: what comes next writes it all."""
        if self._updating is not None:
            self._updating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._updating

    def _save(self, *, report: bool = False) -> None:
        began = self._clock.monotonic()
        if self._plan.suite_id:
            document = self.document
            write_json(self.file, document)
            if report:
                write_text(self.report, suite_report(document))
        self._took = self._clock.monotonic() - began
        self._next = self._clock.monotonic() + self._lag(self._took)

    def _lag(self, took: float) -> float:
        return max(_SAVE_SECONDS, _SHARE * took)

    def view(self, member: KeptMember) -> SuiteSession:
        """A session as the document describes it."""
        begun = member.record.started is not None
        return SuiteSession(
            model=member.model,
            case=member.case.id,
            session_id=member.opened.session.session_id if member.opened else id_of(member),
            folder=member.folder.name if member.folder else "",
            record=member.record if begun or not member.error else None,
            error_message=member.error,
            interrupted=self.status == "interrupted",
            constant=member.constant,
        )

    def _views(self) -> list[SuiteSession]:
        return [self.view(member) for member in self._members]
