"""`sessions`: past sessions, newest first. Needs no server."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from llmopt_tui.cli.common import PROGRAM, ExitCode, find_workspace, put_json, put_table, say

if TYPE_CHECKING:
    from llmopt_tui.store.sessions import SessionSummary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--search", metavar="TEXT", help="only those that hold the text")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """Print the sessions of the workspace."""
    from llmopt_tui.store.sessions import list_sessions

    workspace = find_workspace(args)
    found = [
        s for s in list_sessions(workspace.results) if not args.search or _holds(s, args.search)
    ]
    if args.json:
        put_json({"schema_version": 1, "sessions": [_document(summary) for summary in found]})
    elif found:
        titles = ("session", "started", "model", "case", "before", "after", "gain", "how it ended")
        put_table(titles, map(_row, found), right=(4, 5, 6))
    else:
        holding = f' that holds "{args.search}"' if args.search else ""
        say(f"There is no session{holding} in {workspace.results}. Start one: {PROGRAM} run --help")
    return ExitCode.OK


def _holds(summary: SessionSummary, text: str) -> bool:
    """Whether a name of the session, or any text in its journal, holds the text."""
    from llmopt_tui.store.journal import FILE_NAME

    wanted = text.casefold()
    names = (summary.session_id, summary.model, summary.case_id, summary.case_title)
    if any(wanted in name.casefold() for name in names):
        return True
    try:
        journal = (summary.folder / FILE_NAME).read_text("utf-8", "replace").casefold()
    except OSError:
        return False
    # Texts stand in the journal as JSON in ASCII writes them.
    return json.dumps(text)[1:-1].casefold() in journal


def _row(summary: SessionSummary) -> tuple[str, ...]:
    started = summary.started_at
    return (
        summary.session_id,
        f"{started:%Y-%m-%d %H:%M}" if started else "",
        summary.model,
        summary.case_id,
        _score(summary.before),
        _score(summary.after),
        "" if summary.gain is None else f"{summary.gain:+.2f}",
        (summary.stop_reason or summary.status).replace("_", " "),
    )


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"


def _document(summary: SessionSummary) -> dict[str, Any]:
    return {
        "session_id": summary.session_id,
        "folder": summary.folder.name,
        "started_at": summary.started_at.isoformat() if summary.started_at else None,
        "model": summary.model,
        "case": summary.case_id,
        "title": summary.case_title,
        "status": summary.status,
        "stop_reason": summary.stop_reason or None,
        "baseline_score": summary.before,
        "best_score": summary.after,
        "improvement": summary.gain,
        "iterations": summary.iterations,
        "seconds": summary.seconds,
        "note": summary.note,
    }
