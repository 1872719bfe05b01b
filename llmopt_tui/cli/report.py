"""`report`: a session's or suite's report, written again and printed. Needs no server."""

from __future__ import annotations

import argparse

from llmopt_tui.cli.common import CommandError, ExitCode, find_workspace, put, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("id", metavar="ID", help="a session's or suite's id, or the beginning")


def run(args: argparse.Namespace) -> int:
    """Write the report where the session or the suite is, and print it."""
    from llmopt_tui.cli.stored import StoredSuite, find_stored
    from llmopt_tui.store.atomic import write_text
    from llmopt_tui.store.disk import cannot_be_written
    from llmopt_tui.store.documents import REPORT

    found = find_stored(find_workspace(args).results, args.id)
    if isinstance(found, StoredSuite):
        from llmopt_tui.reports.suite_report import suite_report

        file, text = found.file.with_suffix(".md"), suite_report(found.document)
    else:
        from llmopt_tui.reports.session_report import session_report

        text = session_report(found.record, status=found.status)
        file = found.folder / REPORT
    put(text.rstrip("\n"))
    try:
        write_text(file, text)
    except OSError as error:
        problem = cannot_be_written(error, file, "ask for it again")
        raise CommandError(problem, code=ExitCode.FAILED) from error
    say(f"written to {file}")
    return ExitCode.OK
