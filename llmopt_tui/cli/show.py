"""`show`: one session or suite, as it was kept. Needs no server."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from llmopt_tui.cli.common import ExitCode, find_workspace, put, put_json, put_table, say
from llmopt_tui.core.endings import ENDINGS, ending_phrase
from llmopt_tui.core.text.plain import one_line

if TYPE_CHECKING:
    from llmopt_tui.cli.stored import StoredSuite
    from llmopt_tui.core.loop.iteration import IterationRecord
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.variant import Variant
    from llmopt_tui.state.documents.suite import SessionRow
    from llmopt_tui.store.sessions import LoadedSession

_INPUT_CHARS = 80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("id", metavar="ID", help="its id, or the beginning of it")
    parser.add_argument("--json", action="store_true", help="one JSON document, as stored")


def run(args: argparse.Namespace) -> int:
    """Print the session or suite."""
    from llmopt_tui.cli.stored import StoredSuite, find_stored

    found = find_stored(find_workspace(args).results, args.id)
    if isinstance(found, StoredSuite):
        if args.json:
            put_json(found.stored)
        else:
            _put_suite(found)
        return ExitCode.OK
    if args.json:
        from llmopt_tui.store.documents import session_data

        put_json(session_data(found.record, status=found.status))
    else:
        _put_session(found)
    for note in found.notes:
        say(f"{found.folder.name}: {note}")
    return ExitCode.OK


def _put_session(session: LoadedSession) -> None:
    from llmopt_tui.core.analysis.agreement import judge_agreement
    from llmopt_tui.reports.figures import score

    record = session.record
    started, finished = record.started, record.finished
    assert started is not None
    ended = f", {ENDINGS[finished.stop_reason].phrase}" if finished else ""
    put(f"session      {started.session_id}  {session.status}{ended}")
    if finished and finished.error_message:
        put(f"error        {finished.error_message}")
    put(f"model        {started.model.name}")
    put(f"case         {started.case_id}")
    put(f"interviewer  {started.interviewer_model}")
    put(f"started      {started.at:%Y-%m-%d %H:%M}")
    put(f"folder       {session.folder}")
    if record.iterations:
        put()
        rows = [
            (
                str(iteration.n),
                iteration.origin,
                score(iteration.score),
                f"{iteration.processing_time:.1f}",
                _about(record, iteration),
            )
            for iteration in record.iterations
        ]
        put_table(("iteration", "prompt", "score", "seconds", ""), rows, right=(0, 2, 3))
    if agreement := judge_agreement(record):
        put()
        put(f"judge        {agreement.words()}")
    if record.best:
        put()
        put(f"The best prompt, from iteration {record.best.n}:")
        put()
        put(record.best.prompt.strip("\n"))
        _put_more(record.best.variant)


def _put_more(variant: Variant) -> None:
    """What is sent besides the text: the system message and the demonstrations."""
    from llmopt_tui.reports.idea_words import demonstrations_words

    if variant.system:
        put()
        put("With this system message:")
        put()
        put(variant.system.strip("\n"))
    if variant.demonstrations:
        put()
        put(f"With {demonstrations_words(len(variant.demonstrations), variant.instructions)}:")
    for n, shown in enumerate(variant.demonstrations, start=1):
        origin = f", of example {shown.example_id}" if shown.example_id else ""
        put()
        put(f"demonstration {n}{origin}:")
        for name, text in shown.inputs.items():
            put(f"  {name}: {one_line(text, _INPUT_CHARS)}")
        put(f"  answer: {shown.answer.strip()}")


def _about(record: SessionRecord, iteration: IterationRecord) -> str:
    """What there is to say of an iteration: that it is the best, and what a person marked in it."""
    from llmopt_tui.core.loop.marks import by_hand, marks_in

    best = "best" if iteration is record.best else ""
    return ", ".join(filter(None, (best, by_hand(marks_in(iteration.runs), len(iteration.runs)))))


def _put_suite(suite: StoredSuite) -> None:
    from llmopt_tui.cli.findings import ranking_cells, recommendation_lines

    document = suite.document
    put(f"suite    {document.suite_id}  {document.status}")
    put(f"file     {suite.file}")
    if document.sessions:
        put()
        titles = ("session", "model", "case", "before", "after", "held-out", "verdict", "ended")
        put_table(titles, map(_suite_row, document.sessions), right=(3, 4))
    if ranking := list(ranking_cells(document)):
        put()
        columns = ("case", "rank", "model", "score", "95% interval", "examples")
        put_table(columns, ranking, right=(1, 3, 5))
    if lines := list(recommendation_lines(document)):
        put()
        for line in lines:
            put(line)


def _suite_row(session: SessionRow) -> tuple[str, ...]:
    from llmopt_tui.cli.findings import held_out_cells
    from llmopt_tui.reports.figures import score

    return (
        session.session_id,
        session.model,
        session.case,
        score(session.baseline_score),
        score(session.best_score),
        *held_out_cells(session),
        ending_phrase(session.ended),
    )
