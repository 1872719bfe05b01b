"""Sessions one after another, kept as one suite: what `run` does once everything is checked."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from llmopt_tui.cli.progress import PlainProgress
from llmopt_tui.core.case import Case
from llmopt_tui.core.control import RunControl
from llmopt_tui.core.events import IterationFinished
from llmopt_tui.core.ports import ModelError
from llmopt_tui.reports.suite_document import SuiteSession, SuiteStatus, suite_document
from llmopt_tui.store.atomic import write_json

if TYPE_CHECKING:
    from pathlib import Path

    from llmopt_tui.launch import Launcher, OpenSession

_TICK_SECONDS = 0.5


class SuiteRun:
    """Runs every model on every case; the suite's document is on disk from the start."""

    def __init__(
        self,
        launcher: Launcher,
        models: Sequence[str],
        cases: Sequence[Case],
        progress: PlainProgress,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self.suite_id = secrets.token_hex(4)
        self.sessions: list[SuiteSession] = []
        self.status: SuiteStatus = "running"
        self._launcher = launcher
        self._models = models
        self._cases = cases
        self._progress = progress
        self._now = now
        self._started_at = now()
        self._finished_at: datetime | None = None

    @property
    def file(self) -> Path:
        """The suite's document."""
        return self._launcher.workspace.results / f"optimization_suite_{self.suite_id}.json"

    @property
    def document(self) -> dict[str, Any]:
        """The suite as it stands."""
        return suite_document(
            suite_id=self.suite_id,
            status=self.status,
            models=self._models,
            cases=[case.id for case in self._cases],
            baseline_model=self._launcher.settings.baseline,
            interviewer_model=self._launcher.interviewer,
            settings=self._launcher.settings.loop(),
            sessions=self.sessions,
            started_at=self._started_at,
            finished_at=self._finished_at,
        )

    async def run(self) -> None:
        """Run the sessions. Cancelling keeps everything so far and marks it interrupted.

        A session that cannot begin is recorded as failed, and the others go on. Raises OSError
        where results cannot be written.
        """
        self._save()
        ticking = asyncio.create_task(self._tick())
        try:
            pairs = [(model, case) for model in self._models for case in self._cases]
            for n, (model, case) in enumerate(pairs, start=1):
                self._progress.begin(n, len(pairs), model, case.id)
                await self._session(model, case)
            failed = any(session.status == "failed" for session in self.sessions)
            self._end("failed" if failed else "completed")
        except asyncio.CancelledError:
            self.sessions = [replace(session, interrupted=True) for session in self.sessions]
            self._end("interrupted")
            raise
        finally:
            ticking.cancel()
            self._progress.close()

    async def _session(self, model: str, case: Case) -> None:
        from llmopt_tui.launch import LaunchError

        control = RunControl("auto")
        try:
            opened = await self._launcher.open(model, case, control=control, suite_id=self.suite_id)
        except (ModelError, LaunchError) as error:
            self.sessions.append(SuiteSession(model, case.id, error_message=str(error)))
            self._progress.say(f"failed: {error}")
            self._save()
            return
        self.sessions.append(
            SuiteSession(
                opened.session.model.name,
                case.id,
                session_id=opened.session.session_id,
                folder=opened.writer.folder.name,
                record=opened.state.record,
            )
        )
        try:
            await self._follow(opened)
        finally:
            await opened.writer.close()
        self._save()

    async def _follow(self, opened: OpenSession) -> None:
        async with aclosing(opened.session.run()) as events:
            async for event in events:
                await opened.writer.keep(event)
                opened.state.consume(event)
                self._progress.follow(event, opened.state.record)
                if isinstance(event, IterationFinished):
                    self._save()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self._progress.tick()

    def _end(self, status: SuiteStatus) -> None:
        self.status, self._finished_at = status, self._now()
        self._save()

    def _save(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_json(self.file, self.document)
