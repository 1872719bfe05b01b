"""`report`: a session's report, written anew and printed. Needs no server."""

from __future__ import annotations

import argparse

from llmopt_tui.cli.common import CommandError, ExitCode, find_workspace, put, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("id", metavar="ID", help="the session's id, or the beginning of it")


def run(args: argparse.Namespace) -> int:
    """Write optimization_report.md into the session's folder and print it."""
    from llmopt_tui.cli.stored import find_stored_session
    from llmopt_tui.reports.session_report import session_report
    from llmopt_tui.store.atomic import write_text

    session = find_stored_session(find_workspace(args).results, args.id)
    text = session_report(session.record, status=session.status)
    file = session.folder / "optimization_report.md"
    put(text.rstrip("\n"))
    try:
        write_text(file, text)
    except OSError as error:
        raise CommandError(
            f"{file} cannot be written: {error.strerror}", code=ExitCode.FAILED
        ) from error
    say(f"written to {file}")
    return ExitCode.OK
