"""Carrying a suite out on the command line: progress, signals, the summary, the exit code."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llmopt_tui.cli.common import PROGRAM, CommandError, ExitCode, put, put_json, put_table, say
from llmopt_tui.cli.progress import PlainProgress, event_line, make_progress
from llmopt_tui.core.endings import ending_phrase
from llmopt_tui.core.events import Event, InterviewStarted, IterationStarted
from llmopt_tui.core.signals import Signal

if TYPE_CHECKING:
    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.app.suite_run import SuiteRun

_TICK_SECONDS = 0.5


class ProgressFollower:
    """Tells a progress of everything, and whose turn it is whenever that changes."""

    def __init__(self, progress: PlainProgress) -> None:
        self._progress = progress
        self._members: tuple[KeptMember, ...] = ()
        self._told: KeptMember | None = None

    def watch(self, members: tuple[KeptMember, ...]) -> None:
        """These are the members that are counted."""
        self._members = members

    def began(self, member: KeptMember) -> None:
        """A session begins: its turn is told."""
        self._turn(member)

    def happened(self, member: KeptMember, event: Event) -> None:
        """Something happened in a session."""
        self._follow(member, event)

    def signalled(self, member: KeptMember, signal: Signal) -> None:
        """A signal came from a session."""
        self._follow(member, signal)

    def _follow(self, member: KeptMember, event: Event | Signal) -> None:
        if event_line(event, member.record) or isinstance(event, IterationStarted):
            self._turn(member)
        if member is self._told or isinstance(event, InterviewStarted):
            self._progress.follow(event, member.record)

    def warned(self, member: KeptMember, problem: str) -> None:
        """A part of a session is known to fail."""
        self._turn(member)
        self._progress.tell(problem)

    def failed(self, member: KeptMember, problem: str) -> None:
        """A session could not begin, or broke."""
        self._turn(member)
        self._progress.tell(f"failed: {problem}")

    def _turn(self, member: KeptMember) -> None:
        if member is not self._told:
            self._told = member
            if member not in self._members:  # a prompt tried on another model comes at the end
                self._members = (*self._members, member)
            place = self._members.index(member) + 1
            self._progress.turn(place, len(self._members), member.model, member.case.id)


Make = Callable[[ProgressFollower], Awaitable["SuiteRun"]]


async def carry_out(make: Make, task: asyncio.Task[Any]) -> SuiteRun:
    """Run a suite with progress on standard error. An interruption leaves it "interrupted"."""
    from llmopt_tui.store.lock import FolderTakenError

    progress = make_progress(sys.stderr)
    follower = ProgressFollower(progress)
    suite = await make(follower)
    follower.watch(suite.members)
    ticking = asyncio.create_task(_tick(progress, suite))
    try:
        await suite.run()
    except asyncio.CancelledError:
        if suite.status != "interrupted":
            raise
        task.uncancel()
    except FolderTakenError as error:
        raise CommandError(error, code=ExitCode.FAILED) from error
    except BrokenPipeError:
        raise  # nobody reads the progress any more; what was kept is kept
    except OSError as error:
        raise CommandError(suite.problem(error), code=ExitCode.FAILED) from error
    finally:
        ticking.cancel()
        progress.close()
    return suite


def run_suite(
    work: Callable[[asyncio.Task[Any]], Awaitable[SuiteRun]], *, json: bool = False
) -> int:
    """Run to the end and print the results. Returns the exit code, raises CommandError."""

    async def interruptible() -> SuiteRun:
        with _cancelled_by_signals() as task:
            return await work(task)

    try:
        suite = asyncio.run(interruptible())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    if json:
        put_json(suite.document)
    else:
        _put_summary(suite)
    if suite.status == "interrupted":
        say(f"{PROGRAM}: interrupted; everything so far is kept in {_places(suite)}")
        if suite.resume_id:
            say(f"{PROGRAM}: resume with: {PROGRAM} resume {suite.resume_id}")
        return ExitCode.INTERRUPTED
    return ExitCode.FAILED if suite.status == "failed" else ExitCode.OK


async def _tick(progress: PlainProgress, suite: SuiteRun) -> None:
    from llmopt_tui.app.clock import SystemClock
    from llmopt_tui.app.time_left import TimeLeft

    time_left = TimeLeft(SystemClock())
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        progress.tick(time_left.words(suite))


@contextmanager
def _cancelled_by_signals() -> Iterator[asyncio.Task[Any]]:
    """Ctrl+C and SIGTERM cancel the running task, once; a second time they end the program."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    signals = (signal.SIGINT, signal.SIGTERM)
    if sys.platform == "win32":
        # There the loop knows no signals; asyncio itself turns Ctrl+C into a cancellation.
        yield task
        return

    def interrupt() -> None:
        restore()
        task.cancel()

    def restore() -> None:
        for number in signals:
            loop.remove_signal_handler(number)

    for number in signals:
        loop.add_signal_handler(number, interrupt)
    try:
        yield task
    finally:
        restore()


def _put_summary(suite: SuiteRun) -> None:
    from llmopt_tui.cli.findings import held_out_cells, recommendation_lines
    from llmopt_tui.reports.figures import score

    document = suite.document
    rows = []
    for session in document.sessions:
        if session.folder:
            cells = session.model, session.case
            scores = score(session.baseline_score), score(session.best_score)
            ended = ending_phrase(session.ended)
            rows.append((*cells, *scores, *held_out_cells(session), ended, session.folder))
    if rows:
        titles = ("model", "case", "before", "after", "held-out", "verdict", "stop", "folder")
        put_table(titles, rows, right=(2, 3))
    lines = list(_ending_lines(suite) or recommendation_lines(document))
    if lines:
        put()
        for line in lines:
            put(line)
    if suite.plan.suite_id:
        put()
        put(f"suite   {suite.file}")
        put(f"report  {suite.report}")


def _ending_lines(suite: SuiteRun) -> list[str]:
    """What a run of one session came to; empty for several, which are compared instead."""
    from llmopt_tui.reports.session_ending import session_ending

    if len(suite.members) != 1:
        return []
    ending = session_ending(suite.members[0].record)
    if ending is None:
        return []
    said = (ending.claim, ending.use, ending.aside, *ending.facts)
    return [line.replace("→", "->") for line in said if line]


def _places(suite: SuiteRun) -> str:
    begun = [member.folder for member in suite.members if member.folder]
    if len(begun) == 1:
        return str(begun[0])
    return f"{suite.file.parent} (suite {suite.plan.suite_id})"
