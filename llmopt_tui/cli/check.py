"""`check`: recorded winners run again and compared with their own benchmarks."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.cli.common import (
    PROGRAM,
    CommandError,
    ExitCode,
    find_workspace,
    load_settings,
    put,
    put_json,
    say,
    start_flags,
)
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.figures import decimals, score_interval

if TYPE_CHECKING:
    from llmopt_tui.app.endpoints import Endpoints
    from llmopt_tui.cli.progress import PlainProgress
    from llmopt_tui.cli.stored import StoredSuite
    from llmopt_tui.reports.check_document import Rerun
    from llmopt_tui.state.documents.check import Check, CheckDocument, Comparison
    from llmopt_tui.state.documents.suite import SessionRow
    from llmopt_tui.store.sessions import LoadedSession

EPILOG = """\
A session's best prompt is run on the examples that it was judged by, with the session's settings
and seeds; of a suite, the recommended prompt of each case. It is a regression (exit 1) where the
score is worse beyond noise, or answers take longer beyond noise and by more than 20%. The
session stays as it is; the result of the check is kept in results/checks/.
"""

# A monitor has to report soon that a service does not answer.
_SERVER_WAIT_SECONDS = 60.0
_TICK_SECONDS = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("id", metavar="ID", help="a session's or suite's id, or the beginning")
    parser.add_argument("--case", metavar="CASE", help="of a suite: the winner of this case alone")
    parser.add_argument("--model", metavar="MODEL", help="of a suite: this model, not the winner")
    parser.add_argument("--score-only", action="store_true", help="slower is no regression")
    parser.add_argument("--json", action="store_true", help="one JSON document, as it is kept")


def run(args: argparse.Namespace) -> int:
    """Run the winners again, then keep and print the results."""
    from llmopt_tui.app.clock import SystemClock
    from llmopt_tui.cli.servers import connected, surveyed
    from llmopt_tui.reports.check_document import check_document

    workspace = find_workspace(args)
    identity, sessions = _winners(workspace.results, args)
    settings = load_settings(workspace, args)
    wait = _SERVER_WAIT_SECONDS if settings.server_wait is None else settings.server_wait
    settings = replace(settings, mode="auto", server_wait=wait)
    flags = start_flags(workspace, args)
    flags = replace(flags, embedded=flags.embedded or _ran_embedded(sessions[0]))

    async def work() -> list[Rerun]:
        async with connected(settings, flags) as endpoints:
            await surveyed(endpoints)
            return await _run_again(endpoints, sessions)

    reruns = asyncio.run(work())
    now = SystemClock().now()
    document = check_document(identity, reruns, checked_at=now, score_only=args.score_only)
    if args.json:
        put_json(document)
    else:
        for line in chain.from_iterable(map(_lines, document.checks)):
            put(line)
    _keep(workspace.results, document, now)
    wrong = document.regressed or document.failed
    return ExitCode.FAILED if wrong else ExitCode.OK


def _winners(results: Path, args: argparse.Namespace) -> tuple[str, list[LoadedSession]]:
    """What to run again, and the id that names it. Raises CommandError."""
    from llmopt_tui.cli.stored import StoredSuite, find_stored, find_stored_session
    from llmopt_tui.store.sessions import PREFIX

    found = find_stored(results, args.id)
    if isinstance(found, StoredSuite):
        rows = _rows(found, args)
        sessions = [find_stored_session(results, row.name) for row in rows]
        identity = found.file.stem.rpartition("_")[2]
    elif args.case or args.model:
        raise CommandError(f"{args.id!r} is a session; --case and --model choose within a suite")
    else:
        sessions = [found]
        identity = found.folder.name.removeprefix(PREFIX).partition("_")[0]
    for session in sessions:
        if session.record.best is None:
            raise CommandError(f"{session.folder.name} has no score to compare with")
    return identity, sessions


def _rows(suite: StoredSuite, args: argparse.Namespace) -> list[SessionRow]:
    """The suite's sessions that are meant: the recommended ones, or those of --model."""
    from llmopt_tui.core.text.names import same_model

    scored = [row for row in suite.document.sessions if row.scored]
    chosen = suite.document.recommended
    rows = [
        row
        for row in scored
        if (not args.case or row.case == args.case)
        and (same_model(row.model, args.model) if args.model else row.session_id in chosen)
    ]
    if not rows:
        raise CommandError(
            "the suite recommends nothing of the kind; its sessions with a score are:"
            if scored
            else "no session of the suite has a score to compare with",
            *(f"--case {row.case} --model {row.model}" for row in scored),
        )
    return rows


def _ran_embedded(session: LoadedSession) -> bool:
    from llmopt_tui.app.endpoints import EMBEDDED

    started = session.record.started
    return started is not None and started.model.endpoint == EMBEDDED


async def _run_again(endpoints: Endpoints, sessions: list[LoadedSession]) -> list[Rerun]:
    """Every winner once more, one after another, with progress on standard error."""
    from llmopt_tui.cli.progress import make_progress

    progress = make_progress(sys.stderr)
    ticking = asyncio.create_task(_tick(progress))
    try:
        reruns = []
        for place, session in enumerate(sessions, start=1):
            started = session.record.started
            assert started is not None
            case = started.case_id
            progress.turn(place, len(sessions), started.model.name, case)
            reruns.append(await _rerun(endpoints, session, progress))
        return reruns
    finally:
        ticking.cancel()
        progress.close()


async def _rerun(endpoints: Endpoints, session: LoadedSession, progress: PlainProgress) -> Rerun:
    from llmopt_tui.app.sessions import session_again
    from llmopt_tui.app.wrong_request import WrongRequest
    from llmopt_tui.cli.servers import unreachable
    from llmopt_tui.core.analysis.measure import measured_on
    from llmopt_tui.core.events import IterationFinished, SessionFinished
    from llmopt_tui.core.loop.control import RunControl
    from llmopt_tui.core.ports import ModelError
    from llmopt_tui.core.signals import Signal
    from llmopt_tui.reports.check_document import Rerun

    record = session.record
    rerun = Rerun(session.folder.name, record, measured_on(record) or "train")

    def tell(signal: Signal) -> None:
        progress.follow(signal, again.record)

    try:
        again = await session_again(
            endpoints, record, rerun.split, control=RunControl("auto"), tell=tell
        )
    except WrongRequest as error:
        raise CommandError(f"{session.folder.name}: {error}") from error
    except ModelError as error:
        raise unreachable(error) from error
    async with aclosing(again.run()) as events:
        async for event in events:
            fold(again.record, event)
            # What it says of an end is said of a session; what became of this one is told later.
            if not isinstance(event, IterationFinished | SessionFinished):
                progress.follow(event, again.record)
    ended = again.record.finished
    rerun = replace(rerun, model=again.model)
    if ended and ended.stop_reason == "failed":
        return replace(rerun, error_message=ended.error_message or "it failed")
    return replace(rerun, now=again.record)


async def _tick(progress: PlainProgress) -> None:
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        progress.tick()


def _keep(results: Path, document: CheckDocument, at: datetime) -> None:
    from llmopt_tui.store.atomic import write_json
    from llmopt_tui.store.disk import cannot_be_written

    time = at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    file = results / "checks" / f"check_{document.id}_{time}.json"
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        write_json(file, document)
    except OSError as error:
        problem = cannot_be_written(error, file, f"call {PROGRAM} check again")
        raise CommandError(problem, code=ExitCode.FAILED) from error
    say(f"kept in {file}")


def _lines(check: Check) -> Iterator[str]:
    """The result of one winner, for people."""
    score, seconds, digest = check.score, check.seconds, check.digest
    error = one_line(check.error_message, 300)
    verdict = "FAILED" if error else "REGRESSION" if check.regressed else "ok"
    where = f"session {check.session_id}, iteration {check.iteration}"
    yield one_line(f"{verdict}: {check.case} with {check.model} ({where})", 200)
    if error:
        yield f"  could not be checked: {error}"
    if score and score.now is not None:
        yield f"  score  {score.now:.2f} now, {_then(score)}: {score.reason}"
    if seconds and seconds.now is not None and seconds.then is not None:
        now, then = seconds.now, seconds.then
        yield f"  speed  {now:.1f} s an answer now, {then:.1f} s then: {seconds.reason}"
    if check.failed_calls:
        yield f"  calls  {check.failed_calls} of {check.calls} failed"
    if digest.changed:
        yield f"  model  has changed: digest {digest.now[:12]} now, {digest.then[:12]} then"


def _then(score: Comparison) -> str:
    interval = f" ({score_interval(score.then_ci95)})" if score.then_ci95 else ""
    return f"{decimals(score.then, 2)} then{interval}"
