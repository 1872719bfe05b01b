"""RunController: starts, steers and ends runs.

It belongs to the app, so that it outlives any screen. What is picked runs as a suite, whose
sessions advance in turns; following.py turns what happens in them into messages to every screen. A
screen reads what changed from the controller and from the `RunState` of the shown session. The
engine is imported when the first run begins, so that the first frame need not wait for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from llmopt_tui.app.time_left import TimeLeft
from llmopt_tui.tui.answering import Answering
from llmopt_tui.tui.beginning import Beginning
from llmopt_tui.tui.error_words import error_words
from llmopt_tui.tui.following import Following
from llmopt_tui.tui.in_sight import InSight
from llmopt_tui.tui.news import NewsRoom, RunChanged, RunProblem, SessionShown

if TYPE_CHECKING:
    from pathlib import Path

    from textual.worker import Worker

    from llmopt_tui.app.branching import Branch
    from llmopt_tui.app.endpoints import Endpoints
    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.app.suite_run import SuiteRun
    from llmopt_tui.core.case import Case
    from llmopt_tui.core.loop.control import RunControl
    from llmopt_tui.core.ports import Clock
    from llmopt_tui.core.settings import Mode
    from llmopt_tui.state.documents.suite import SuiteDocument
    from llmopt_tui.state.run_state import RunState
    from llmopt_tui.store.sessions import LoadedSession


class RunController(Answering):
    """Starts, steers and ends runs, one at a time.

    `app` runs the workers and passes messages on to all screens. `transfer` says whether the next
    run ends by trying each model's best prompt on its other models.
    """

    def __init__(self, app: NewsRoom, endpoints: Endpoints, results: Path, clock: Clock) -> None:
        self.endpoints = endpoints
        self.mode: Mode = endpoints.settings.mode
        self.transfer = endpoints.settings.transfer
        self.suite: SuiteRun | None = None
        self.began_at = 0.0
        self.ended_at: float | None = None
        self.time_left = TimeLeft(clock)
        super().__init__()
        self._app = app
        self._clock = clock
        self._control: RunControl | None = None
        self._sight = InSight(self._shows)
        self.follower = Following(app, self._sight, lambda: self.waiting, self.accepted_before)
        self._beginning = Beginning(endpoints, results, self.follower)
        endpoints.engine_restarted = self._engine_restarted
        self._worker: Worker[None] | None = None
        self._stopping = False

    def _engine_restarted(self, why: str) -> None:
        """Say that the embedded engine died: nothing tells of it once its call is repeated."""
        again = "It was started again, and the call that it died under is repeated"
        self._app.tell_screens(RunProblem(f"{why}. {again}."))

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._worker is not None and not self._worker.is_finished

    @property
    def stopping(self) -> bool:
        """Whether the run was told to stop but is still ending."""
        return self.running and self._stopping

    @property
    def paused(self) -> bool:
        """Whether the person paused the run."""
        return self._control is not None and self._control.paused

    @property
    def held_up(self) -> bool:
        """Whether the run waits for a server, which can be tried again at once."""
        return self.running and self._control is not None and self._control.waiting

    @property
    def shown(self) -> KeptMember | None:
        """The session that the Workbench draws; None if there is none."""
        return self._sight.shown

    @property
    def state(self) -> RunState | None:
        """The state of the shown session; None if there is none."""
        return self.shown.state if self.shown else None

    @property
    def waiting(self) -> list[KeptMember]:
        """The sessions whose suggestion waits for the person's decision, the oldest first."""
        if self._control is None:
            return []
        opened = {m.opened.session.session_id: m for m in self._everyone if m.opened}
        return [opened[asked] for asked in self._control.undecided]

    @property
    def _everyone(self) -> tuple[KeptMember, ...]:
        return self.suite.everyone if self.suite else ()

    @property
    def position(self) -> int:
        """The place of the shown session among the run's sessions, from 1; 0 if there is none."""
        members = self._everyone
        return members.index(self.shown) + 1 if self.shown in members else 0

    @property
    def total(self) -> int:
        """How many sessions the run has."""
        return len(self._everyone)

    @property
    def elapsed(self) -> float:
        """Seconds since the run began, until it ended."""
        if not self.began_at:
            return 0.0
        return (self._clock.monotonic() if self.ended_at is None else self.ended_at) - self.began_at

    def start(self, pairs: Sequence[tuple[str, Case]]) -> None:
        """Run these models on these cases as a suite. Ignored while a run is under way."""
        self._begin(self._beginning.of_picked(pairs, transfer=self.transfer))

    def resume(self, found: LoadedSession | SuiteDocument) -> None:
        """Resume a session, or a suite by its document. Ignored while a run is under way."""
        self._begin(self._beginning.of_found(found))

    def branch(self, branch: Branch) -> None:
        """Begin a session with an iteration of another. Ignored while a run is under way."""
        self._begin(self._beginning.of_branch(branch))

    def _begin(self, make: Callable[[RunControl], SuiteRun]) -> None:
        if self.running:
            return
        self.suite = None
        self._sight.clear()
        self._stopping = False
        self.began_at, self.ended_at = self._clock.monotonic(), None
        self._worker = self._app.run_worker(
            self._run(make), name="run", group="run", exclusive=False, exit_on_error=False
        )
        self._changed()

    def toggle_pause(self) -> None:
        """Pause before the next call, or resume. While a server is waited for: try it at once."""
        if self._control is None or not self.running:
            return
        if self._control.paused or self._control.waiting:
            self._control.go_on()
        else:
            self._control.pause()
        self._changed()

    def stop(self) -> None:
        """End the run: sessions under way are finished in order, the others are not begun."""
        if not self.running:
            return
        self._stopping = True
        if self._control:
            self._control.stop()
        self._changed()

    def toggle_mode(self, *, what_waits: bool = False) -> None:
        """Switch who decides. What waits stays with the person, unless the rule is to decide it."""
        self.mode = "auto" if self.mode == "manual" else "manual"
        if self._control:
            self._control.set_mode(self.mode)
            if what_waits:
                self._control.decide_by_rule()
        self._changed()

    def show(self, member: KeptMember) -> None:
        """Show this session until it ends or another one asks something."""
        self._sight.want(member)

    def show_next(self) -> None:
        """Show the next session whose suggestion waits, else the one that is at work."""
        self._sight.turn(self.waiting)

    async def ended(self) -> None:
        """Wait until the run has ended, if there is one."""
        from textual.worker import WorkerError

        if self._worker is not None:
            with contextlib.suppress(WorkerError):
                await self._worker.wait()

    async def close(self) -> str:
        """Withdraw what waits, cancel the worker, and wait until everything is kept.

        Returns the id by which the last run can be resumed, "" if there is nothing to resume.
        """
        worker = self._worker
        if worker and not worker.is_finished:
            self._stopping = True
            for member in self.waiting:
                if proposal := self.proposal_of(member):
                    proposal.pending.give_up("the app was closed")
            worker.cancel()
            await self.ended()
        suite = self.suite
        return suite.resume_id if suite and suite.status == "interrupted" else ""

    async def _run(self, make: Callable[[RunControl], SuiteRun]) -> None:
        from llmopt_tui.core.loop.control import RunControl

        try:
            self._control = RunControl(self.mode)
            if self._stopping:
                self._control.stop()
            self.suite = make(self._control)
            await self.suite.run()
        except Exception as error:
            self._app.tell_screens(RunProblem(self._words(error)))
        finally:
            self.ended_at = self._clock.monotonic()
            self._app.call_later(self._changed)

    def _shows(self, member: KeptMember) -> None:
        if member.state:
            self._app.tell_screens(SessionShown(member.state))

    def _changed(self) -> None:
        self._app.tell_screens(RunChanged())

    def _words(self, error: Exception) -> str:
        if isinstance(error, OSError) and self.suite:
            return self.suite.problem(error)
        return error_words(error)
