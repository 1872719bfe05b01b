"""RunController: owns the worker. Every event goes to the journal, then into the state.

What is picked is run as a suite, whose sessions advance in turns. The screen is told by typed
messages that something changed; what changed it reads from the controller and the `RunState` of
the session that is shown. The engine is imported when the first run begins: the first frame does
not wait for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from llmopt_tui.app.time_left import TimeLeft
from llmopt_tui.core.text.plain import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App
    from textual.message_pump import MessagePump
    from textual.worker import Worker

    from llmopt_tui.app.endpoints import Endpoints
    from llmopt_tui.app.suite_run import KeptMember, SuiteRun
    from llmopt_tui.core.case import Case
    from llmopt_tui.core.events import Event, Signal
    from llmopt_tui.core.loop.control import RunControl
    from llmopt_tui.core.ports import Clock
    from llmopt_tui.core.settings import Mode
    from llmopt_tui.state.documents.suite import SuiteDocument
    from llmopt_tui.state.run_state import RunState
    from llmopt_tui.store.sessions import LoadedSession


@dataclass(frozen=True, slots=True)
class Job:
    """One session to run."""

    model: str
    case: Case


class SessionShown(Message):
    """Another session is the one to be drawn."""

    def __init__(self, state: RunState) -> None:
        super().__init__()
        self.state = state


class RunChanged(Message):
    """The run began, paused, went on, changed its mode, got a question or ended."""


class RunProblem(Message):
    """Something went wrong, in words for a person: what, and what to do."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class RunController:
    """The one place from where a run is driven.

    `app` runs the workers (a worker dies with the node that started it), `post_to` gets the
    messages. `shown` is the session that the Workbench draws: the one whose suggestion waits, else
    the one that is at work. `transfer` says whether the next run ends by trying each model's best
    prompt on its other models.
    """

    def __init__(
        self,
        app: App[None],
        endpoints: Endpoints,
        results: Path,
        post_to: MessagePump,
        clock: Clock,
    ) -> None:
        self.endpoints = endpoints
        self.mode: Mode = endpoints.settings.mode
        self.transfer = endpoints.settings.transfer
        self.suite: SuiteRun | None = None
        self.shown: KeptMember | None = None
        self.waiting: list[KeptMember] = []
        self.began_at = 0.0
        self.ended_at: float | None = None
        self.time_left = TimeLeft(clock)
        self._app = app
        self._results = results
        self._post_to = post_to
        self._clock = clock
        self._control: RunControl | None = None
        self._working: KeptMember | None = None
        self._asked_for: KeptMember | None = None
        self._worker: Worker[None] | None = None
        self._stopping = False
        self._chats = 0

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._worker is not None and not self._worker.is_finished

    @property
    def stopping(self) -> bool:
        """Whether the run has been told to stop and has not yet."""
        return self.running and self._stopping

    @property
    def paused(self) -> bool:
        """Whether the person paused the run."""
        return self._control is not None and self._control.paused

    @property
    def held_up(self) -> bool:
        """Whether a server is waited for, which could be tried at once."""
        return self.running and self._control is not None and self._control.waiting

    @property
    def chatting(self) -> bool:
        """Whether the interviewer is answering a question of the person."""
        return self._chats > 0

    @property
    def state(self) -> RunState | None:
        """The session that is shown."""
        return self.shown.state if self.shown else None

    @property
    def position(self) -> int:
        """The place of the shown session among those of the run, from 1; 0 where none is."""
        members = self.suite.everyone if self.suite else ()
        return members.index(self.shown) + 1 if self.shown in members else 0

    @property
    def total(self) -> int:
        """How many sessions the run has."""
        return len(self.suite.everyone) if self.suite else 0

    @property
    def elapsed(self) -> float:
        """Seconds since the run began, until it ended."""
        if not self.began_at:
            return 0.0
        return (self._clock.monotonic() if self.ended_at is None else self.ended_at) - self.began_at

    def start(self, jobs: Iterable[Job]) -> None:
        """Run these as a suite. Ignored while a run is under way."""
        pairs = [(job.model, job.case) for job in jobs]

        def make(control: RunControl) -> SuiteRun:
            from llmopt_tui.app.suite_run import SuiteRun

            return SuiteRun.new(
                self.endpoints,
                self._results,
                pairs,
                control=control,
                follower=_Teller(self),
                transfer=self.transfer,
            )

        self._begin(make)

    def resume(self, found: LoadedSession | SuiteDocument) -> None:
        """Go on with a session, or a suite by its document. Ignored while a run is under way."""

        def make(control: RunControl) -> SuiteRun:
            from llmopt_tui.app.suite_run import SuiteRun
            from llmopt_tui.store.sessions import LoadedSession

            teller = _Teller(self)
            if isinstance(found, LoadedSession):
                return SuiteRun.reopen_session(
                    self.endpoints, self._results, found, control=control, follower=teller
                )
            return SuiteRun.reopen(
                self.endpoints, self._results, found, control=control, follower=teller
            )

        self._begin(make)

    def _begin(self, make: Callable[[RunControl], SuiteRun]) -> None:
        if self.running:
            return
        self.suite = self.shown = self._working = self._asked_for = None
        self.waiting.clear()
        self._stopping = False
        self.began_at, self.ended_at = self._clock.monotonic(), None
        self._worker = self._app.run_worker(
            self._run(make), name="run", group="run", exit_on_error=False
        )
        self._changed()

    def toggle_pause(self) -> None:
        """Hold before the next call, or go on (where a server is waited for: try it at once)."""
        if self._control is None or not self.running:
            return
        if self._control.paused or self._control.waiting:
            self._control.go_on()
        else:
            self._control.pause()
        self._changed()

    def stop(self) -> None:
        """End the run: the sessions under way are closed properly, the others are not begun."""
        if not self.running:
            return
        self._stopping = True
        if self._control:
            self._control.stop()
        self._changed()

    def toggle_mode(self) -> None:
        """Switch who decides. Going to auto accepts the suggestions that wait."""
        self.mode = "auto" if self.mode == "manual" else "manual"
        if self._control:
            self._control.set_mode(self.mode)
        self._changed()

    def accept(self) -> bool:
        """Accept the suggestion that is shown. Says whether there was one."""
        proposal = self.state.proposal if self.state else None
        return proposal is not None and proposal.pending.accept()

    def edit(self, text: str) -> bool:
        """Put the person's wording in the suggestion's place. Says whether one waited."""
        proposal = self.state.proposal if self.state else None
        return proposal is not None and proposal.pending.edit(text)

    def reject(self, note: str = "") -> bool:
        """Refuse the suggestion that is shown, with a reason. Says whether there was one."""
        proposal = self.state.proposal if self.state else None
        return proposal is not None and proposal.pending.reject(note)

    def show(self, member: KeptMember) -> None:
        """Show this session, and go on showing it until it ends or another one asks something."""
        self._asked_for = member
        self._show(member)

    def show_next(self) -> None:
        """Show the next session whose suggestion waits, else the one that is at work."""
        self._asked_for = None
        if self.waiting:
            place = self.waiting.index(self.shown) + 1 if self.shown in self.waiting else 0
            self._show(self.waiting[place % len(self.waiting)])
        elif self._working:
            self._show(self._working)

    def chat(self, text: str) -> bool:
        """Say something to the interviewer of the session. Says whether there is one to hear it."""
        member = self.shown
        if member is None or member.session is None or not member.session.can_chat:
            return False
        self._chats += 1
        self._app.run_worker(
            self._chat(member, text), name="chat", group="chat", exit_on_error=False
        )
        self._changed()
        return True

    async def close(self) -> None:
        """Withdraw what waits, cancel the worker, and wait until everything is kept."""
        worker = self._worker
        if worker is None or worker.is_finished:
            return
        self._stopping = True
        for member in self.waiting:
            if member.state and member.state.proposal:
                member.state.proposal.pending.withdraw("the app was closed")
        worker.cancel()
        from textual.worker import WorkerError

        with contextlib.suppress(WorkerError):
            await worker.wait()

    async def _run(self, make: Callable[[RunControl], SuiteRun]) -> None:
        from llmopt_tui.core.loop.control import RunControl

        try:
            self._control = RunControl(self.mode)
            if self._stopping:
                self._control.stop()
            self.suite = make(self._control)
            await self.suite.run()
        except Exception as error:
            self._post_to.post_message(RunProblem(self._words(error)))
        finally:
            self.ended_at = self._clock.monotonic()
            self._app.call_later(self._changed)

    async def _chat(self, member: KeptMember, text: str) -> None:
        assert self.suite is not None
        try:
            await self.suite.chat(member, text)
        except Exception as error:
            words = self._words(error)
            self._post_to.post_message(RunProblem(f"The interviewer could not answer: {words}"))
        finally:
            self._chats -= 1
            self._changed()

    def _follow(self, member: KeptMember, event: Event | Signal) -> None:
        """Show whoever asks something of the person, else whoever is at work."""
        from llmopt_tui.core.events import (
            InterviewStarted,
            RunStarted,
            SessionFinished,
            SuggestionDecided,
            SuggestionProposed,
        )

        match event:
            case SuggestionProposed():
                if member not in self.waiting:
                    self.waiting.append(member)
                if self.shown not in self.waiting:
                    self._show(member)
                self._changed()
            case SuggestionDecided() | SessionFinished() if member in self.waiting:
                self.waiting.remove(member)
                if self.waiting and self.shown is member:
                    self._show(self.waiting[0])
                self._changed()
            case RunStarted() | InterviewStarted():
                self._working = member
                if self.shown not in self.waiting and not self._kept_in_sight:
                    self._show(member)
            case _:
                pass

    @property
    def _kept_in_sight(self) -> bool:
        member = self._asked_for
        return member is not None and member is self.shown and not member.ended

    def _show(self, member: KeptMember) -> None:
        if member is not self.shown and member.state:
            self.shown = member
            self._post_to.post_message(SessionShown(member.state))

    def _tell(self, member: KeptMember, problem: str) -> None:
        names = f"{one_line(member.model, 80)} × {one_line(member.case.id, 80)}"
        self._post_to.post_message(RunProblem(f"{names}: {problem}"))

    def _changed(self) -> None:
        self._post_to.post_message(RunChanged())

    def _words(self, error: Exception) -> str:
        """An error as a person reads it: our own say what to do, others say at least their kind."""
        from llmopt_tui.core.ports import ModelError

        if isinstance(error, OSError) and self.suite:
            return self.suite.problem(error)
        ours = isinstance(error, ModelError) or type(error).__module__.startswith("llmopt_tui")
        return str(error) if ours else f"{type(error).__name__}: {error}"


class _Teller:
    """The controller as one who watches a run."""

    def __init__(self, controller: RunController) -> None:
        self._controller = controller

    def began(self, member: KeptMember) -> None:
        if self._controller.shown not in self._controller.waiting:
            self._controller._show(member)

    def happened(self, member: KeptMember, event: Event) -> None:
        self._controller._follow(member, event)

    def signalled(self, member: KeptMember, signal: Signal) -> None:
        self._controller._follow(member, signal)

    def failed(self, member: KeptMember, problem: str) -> None:
        self._controller._tell(member, problem)
