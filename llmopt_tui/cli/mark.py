"""`mark`: a person's own score of an answer, which overrules the one that the criteria gave."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from llmopt_tui.cli.common import CommandError, ExitCode, find_workspace, put

if TYPE_CHECKING:
    from llmopt_tui.core.events import Marking
    from llmopt_tui.core.loop.record import SessionRecord

EPILOG = """\
examples:
  llmopt-tui mark a1b2 se-004 0.25 --note "leaves out what the team does"
  llmopt-tui mark a1b2 se-004 1 --iteration 1
  llmopt-tui mark a1b2 se-004 --take-back

A mark counts from then on wherever the score is shown, and the interviewer reads it. Marks of ten
answers say how far a judge can be trusted.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add = parser.add_argument
    add("id", metavar="SESSION", help="its id, or the beginning of it")
    add("example", metavar="EXAMPLE", help="the id of the example that was answered")
    score = add("score", metavar="SCORE", type=float, nargs="?")
    score.help = "from 0 (useless) to 1 (as good as can be)"
    add("--iteration", metavar="N", type=int, help="whose answer; else that of the best prompt")
    add("--repeat", metavar="N", type=int, default=1, help="which of several runs of the example")
    add("--note", metavar="TEXT", default="", help="what is good or bad about it")
    add("--take-back", action="store_true", help="remove the mark: the criteria's score counts")


def run(args: argparse.Namespace) -> int:
    """Keep the mark and say what it changed."""
    import asyncio

    from llmopt_tui.app.marking import keep_mark
    from llmopt_tui.app.wrong_request import WrongRequest
    from llmopt_tui.cli.stored import find_stored_session
    from llmopt_tui.core.analysis.agreement import judge_agreement
    from llmopt_tui.store.disk import cannot_be_written
    from llmopt_tui.store.lock import FolderTakenError

    session = find_stored_session(find_workspace(args).results, args.id)
    try:
        mark = _marking(args, session.record)
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
    if marked.mark:
        put(f"{marked.example_id}: {marked.mark.scored:.2f} -> {marked.score:.2f}, marked by hand")
    else:
        put(f"{marked.example_id}: {marked.score:.2f}, as the criteria gave it")
    if iteration.score is not None:
        put(f"iteration {iteration.n}: score {iteration.score:.2f}")
    if agreement := judge_agreement(record):
        put(f"judge: {agreement.words()}")
    return ExitCode.OK


def _marking(args: argparse.Namespace, record: SessionRecord) -> Marking:
    """What is asked for. Raises WrongRequest."""
    from llmopt_tui.app.clock import SystemClock
    from llmopt_tui.app.marking import mark_of, taken_back
    from llmopt_tui.app.wrong_request import WrongRequest

    at = SystemClock().now()
    where = {"at": at, "iteration": args.iteration, "repeat": args.repeat}
    if args.take_back:
        if args.score is not None or args.note:
            raise WrongRequest("--take-back removes a mark: give no score and no note with it")
        return taken_back(record, args.example, **where)
    if args.score is None:
        raise WrongRequest("give a score from 0 to 1, or --take-back")
    return mark_of(record, args.example, args.score, note=args.note, **where)
