"""RunController: owns the worker. Every event goes to the journal, then into the state.

What is picked is run one session after another. The screen is told by typed messages that
something changed; what changed it reads from the controller and the `RunState`. The engine is
imported when the first session is opened: the first frame does not wait for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from textual.app import App
    from textual.message_pump import MessagePump
    from textual.worker import Worker

    from llmopt_tui.core.case import Case
    from llmopt_tui.core.control import RunControl
    from llmopt_tui.core.events import Event, Signal
    from llmopt_tui.core.ports import Clock
    from llmopt_tui.core.settings import Mode
    from llmopt_tui.launch import Launcher, OpenSession
    from llmopt_tui.state.run_state import RunState


@dataclass(frozen=True, slots=True)
class Job:
    """One session to run."""

    model: str
    case: Case


class SessionOpened(Message):
    """A session begins: its state is there to be drawn."""

    def __init__(self, state: RunState, job: Job) -> None:
        super().__init__()
        self.state = state
        self.job = job


class RunChanged(Message):
    """The run began, paused, went on, changed its mode or ended."""


class RunProblem(Message):
    """Something went wrong, in words for a person: what, and what to do."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class RunController:
    """The one place from where a session is driven.

    `app` runs the workers (a worker dies with the node that started it), `post_to` gets the
    messages.
    """

    def __init__(
        self,
        app: App[None],
        launcher: Launcher,
        post_to: MessagePump,
        clock: Clock,
    ) -> None:
        self.launcher = launcher
        self.mode: Mode = launcher.settings.mode
        self.jobs: tuple[Job, ...] = ()
        self.position = 0
        self.began_at = 0.0
        self.ended_at: float | None = None
        self.state: RunState | None = None
        self._app = app
        self._post_to = post_to
        self._clock = clock
        self._control: RunControl | None = None
        self._session: OpenSession | None = None
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
    def chatting(self) -> bool:
        """Whether the interviewer is answering a question of the person."""
        return self._chats > 0

    @property
    def elapsed(self) -> float:
        """Seconds since the run began, until it ended."""
        if not self.jobs:
            return 0.0
        return (self._clock.monotonic() if self.ended_at is None else self.ended_at) - self.began_at

    def start(self, jobs: Iterable[Job]) -> None:
        """Run these one after another. Ignored while a run is under way."""
        if self.running:
            return
        self.jobs = tuple(jobs)
        self.position, self._stopping = 0, False
        self.began_at, self.ended_at = self._clock.monotonic(), None
        self._worker = self._app.run_worker(
            self._run_all(), name="run", group="run", exit_on_error=False
        )
        self._changed()

    def toggle_pause(self) -> None:
        """Hold before the next call, or go on (and retry a lost server at once)."""
        if self._control is None or not self.running:
            return
        held = self.state is not None and self.state.record.paused is not None
        if self._control.paused or held:
            self._control.go_on()
        else:
            self._control.pause()
        self._changed()

    def stop(self) -> None:
        """End the run: the session under way is closed properly, the others are not begun."""
        if not self.running:
            return
        self._stopping = True
        if self._control:
            self._control.stop()
        self._changed()

    def toggle_mode(self) -> None:
        """Switch who decides. Going to auto accepts a suggestion that waits."""
        self.mode = "auto" if self.mode == "manual" else "manual"
        if self._control:
            self._control.set_mode(self.mode)
        self._changed()

    def accept(self) -> bool:
        """Accept the suggestion that waits. Says whether there was one."""
        proposal = self.state.proposal if self.state else None
        return proposal is not None and proposal.pending.accept()

    def edit(self, text: str) -> bool:
        """Put the person's wording in the suggestion's place. Says whether one waited."""
        proposal = self.state.proposal if self.state else None
        return proposal is not None and proposal.pending.edit(text)

    def reject(self, note: str = "") -> bool:
        """Refuse the suggestion that waits, with a reason. Says whether there was one."""
        proposal = self.state.proposal if self.state else None
        return proposal is not None and proposal.pending.reject(note)

    def chat(self, text: str) -> bool:
        """Say something to the interviewer of the session. Says whether there is one to hear it."""
        if self._session is None or not self._session.session.can_chat:
            return False
        self._chats += 1
        self._app.run_worker(
            self._chat(self._session, text), name="chat", group="chat", exit_on_error=False
        )
        self._changed()
        return True

    async def close(self) -> None:
        """Withdraw what waits, cancel the worker, and wait until everything is kept."""
        worker = self._worker
        if worker is None or worker.is_finished:
            return
        self._stopping = True
        if self.state and self.state.proposal:
            self.state.proposal.pending.withdraw("the app was closed")
        worker.cancel()
        from textual.worker import WorkerError

        with contextlib.suppress(WorkerError):
            await worker.wait()

    async def _run_all(self) -> None:
        try:
            for position, job in enumerate(self.jobs, 1):
                if self._stopping:
                    break
                self.position = position
                try:
                    await self._run(job)
                except Exception as error:
                    problem = f"{job.model} × {job.case.id}: {_words(error)}"
                    self._post_to.post_message(RunProblem(problem))
        finally:
            self.ended_at = self._clock.monotonic()
            self._app.call_later(self._changed)

    async def _run(self, job: Job) -> None:
        from llmopt_tui.core.control import RunControl

        self._control = RunControl(self.mode)
        self._session = None
        opened = await self.launcher.open(job.model, job.case, control=self._control)
        if self._stopping:
            self._control.stop()
        self._session, self.state = opened, opened.state
        self._post_to.post_message(SessionOpened(opened.state, job))
        try:
            async for event in opened.session.run():
                await self._take(opened, event)
        except Exception as error:
            await self._close_as_failed(opened, error)
            raise
        finally:
            await opened.writer.close()

    async def _chat(self, opened: OpenSession, text: str) -> None:
        try:
            async for event in opened.session.chat(text):
                await self._take(opened, event)
        except Exception as error:
            self._post_to.post_message(RunProblem(f"The interviewer could not answer: {error}"))
        finally:
            self._chats -= 1
            self._changed()

    async def _take(self, opened: OpenSession, event: Event | Signal) -> None:
        await opened.writer.keep(event)
        opened.state.consume(event)

    async def _close_as_failed(self, opened: OpenSession, error: Exception) -> None:
        from llmopt_tui.core.events import SessionFinished

        event = SessionFinished(
            at=self._clock.now(), stop_reason="failed", error_message=_words(error)
        )
        opened.session.record.apply(event)
        # Where the folder itself is the trouble, the screen still says how the session ended.
        with contextlib.suppress(OSError):
            await opened.writer.keep(event)
        opened.state.consume(event)

    def _changed(self) -> None:
        self._post_to.post_message(RunChanged())


def _words(error: Exception) -> str:
    """An error as a person reads it: our own say what to do, others say at least their kind."""
    from llmopt_tui.core.ports import ModelError

    ours = isinstance(error, ModelError) or type(error).__module__.startswith("llmopt_tui")
    return str(error) if ours else f"{type(error).__name__}: {error}"
