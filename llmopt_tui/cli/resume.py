"""`resume`: a session or a suite continues where it was interrupted."""

from __future__ import annotations

import argparse
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from llmopt_tui.cli.common import (
    CommandError,
    ExitCode,
    find_workspace,
    load_settings,
    put,
    start_flags,
)

if TYPE_CHECKING:
    import asyncio
    from typing import Any

    from llmopt_tui.app.suite_run import SuiteRun
    from llmopt_tui.app.workspace import Workspace
    from llmopt_tui.cli.carry_out import ProgressFollower
    from llmopt_tui.cli.stored import StoredSuite
    from llmopt_tui.store.sessions import LoadedSession

EPILOG = """\
It continues with the settings, the case and the prompt that it began with; no call that has been
answered is made again. What has ended is left as it is.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("id", metavar="ID", help="a session's or suite's id, or the beginning")


def run(args: argparse.Namespace) -> int:
    """Find the session or suite that is named, and run what is left of it."""
    from llmopt_tui.app.sessions import why_ended
    from llmopt_tui.app.suite_reopening import reopen_session, reopen_suite
    from llmopt_tui.app.wrong_request import WrongRequest
    from llmopt_tui.cli.carry_out import carry_out, run_suite
    from llmopt_tui.cli.servers import connected, surveyed
    from llmopt_tui.cli.stored import StoredSuite, find_stored
    from llmopt_tui.core.loop.control import RunControl

    workspace = find_workspace(args)
    results = workspace.results
    found = find_stored(results, args.id)
    settings = load_settings(workspace, args)
    flags = start_flags(workspace, args)
    if _ran_embedded(workspace, found):
        flags = replace(flags, embedded=True)
    if not isinstance(found, StoredSuite) and (reason := why_ended(found.record)):
        _complete(found)
        put(f"{found.folder.name} has ended, {reason}: nothing is left to do")
        return ExitCode.OK

    async def work(task: asyncio.Task[Any]) -> SuiteRun:
        async with connected(settings, flags) as endpoints:
            await surveyed(endpoints)

            async def make(follower: ProgressFollower) -> SuiteRun:
                control = RunControl("auto")
                if isinstance(found, StoredSuite):
                    # A document that was copied or edited resumes under the id in its file's name.
                    own_id = {"suite_id": found.suite_id}
                    document = found.document.model_copy(update=own_id)
                    return reopen_suite(
                        endpoints, results, document, control=control, follower=follower
                    )
                return reopen_session(endpoints, results, found, control=control, follower=follower)

            try:
                return await carry_out(make, task)
            except WrongRequest as error:
                raise CommandError(error) from error

    return run_suite(work)


def _complete(session: LoadedSession) -> None:
    """Write the documents of a session that was killed after its last event."""
    from llmopt_tui.store.lock import FolderTakenError
    from llmopt_tui.store.writer import rebuild

    with contextlib.suppress(FolderTakenError, OSError):
        rebuild(session.folder)


def _ran_embedded(workspace: Workspace, found: StoredSuite | LoadedSession) -> bool:
    """Whether its candidates ran on the embedded engine."""
    from llmopt_tui.app.endpoints import EMBEDDED
    from llmopt_tui.cli.stored import StoredSuite
    from llmopt_tui.store.sessions import load_session, session_folder

    if not isinstance(found, StoredSuite):
        started = found.record.started
        return started is not None and started.model.endpoint == EMBEDDED
    for row in found.document.sessions:
        folder = session_folder(workspace.results, row.folder)
        with contextlib.suppress(OSError):
            if folder and (started := load_session(folder).record.started):
                return started.model.endpoint == EMBEDDED
    return False
