"""`mark`: a person's own score of an answer, which overrules the one that the criteria gave."""

from __future__ import annotations

import argparse

from llmopt_tui.cli.common import CommandError, ExitCode, find_workspace, put

EPILOG = """\
examples:
  llmopt-tui mark a1b2 se-004 0.25 --note "leaves out what the team does"
  llmopt-tui mark a1b2 se-004 1 --iteration 1

A mark counts from then on wherever the score is shown, and the interviewer reads it. Marks of ten
answers say how far a judge can be trusted.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add = parser.add_argument
    add("id", metavar="SESSION", help="its id, or the beginning of it")
    add("example", metavar="EXAMPLE", help="the id of the example that was answered")
    add("score", metavar="SCORE", type=float, help="from 0 (useless) to 1 (as good as can be)")
    add("--iteration", metavar="N", type=int, help="whose answer; else that of the best prompt")
    add("--repeat", metavar="N", type=int, default=1, help="which of several runs of the example")
    add("--note", metavar="TEXT", default="", help="what is good or bad about it")


def run(args: argparse.Namespace) -> int:
    """Keep the mark and say what it changed."""
    import asyncio

    from llmopt_tui.app.clock import SystemClock
    from llmopt_tui.app.endpoints import WrongRequest
    from llmopt_tui.app.marking import keep_mark, mark_of
    from llmopt_tui.cli.stored import find_stored_session
    from llmopt_tui.core.analysis.agreement import judge_agreement
    from llmopt_tui.store.disk import cannot_be_written
    from llmopt_tui.store.lock import FolderTakenError

    session = find_stored_session(find_workspace(args).results, args.id)
    try:
        mark = mark_of(
            session.record,
            args.example,
            args.score,
            at=SystemClock().now(),
            iteration=args.iteration,
            repeat=args.repeat,
            note=args.note,
        )
    except WrongRequest as error:
        raise CommandError(error) from error
    try:
        record, marked = asyncio.run(keep_mark(session.folder, mark))
    except FolderTakenError as error:
        raise CommandError(f"{error}; mark it once that has ended", code=ExitCode.FAILED) from error
    except OSError as error:
        problem = cannot_be_written(error, session.folder, "mark it again")
        raise CommandError(problem, code=ExitCode.FAILED) from error
    iteration = record.iteration(mark.iteration)
    assert iteration is not None
    assert marked.mark is not None
    put(f"{marked.example_id}: {marked.mark.scored:.2f} -> {marked.score:.2f}, marked by hand")
    if iteration.score is not None:
        put(f"iteration {iteration.n}: score {iteration.score:.2f}")
    if agreement := judge_agreement(record):
        put(f"judge: {agreement.words()}")
    return ExitCode.OK
