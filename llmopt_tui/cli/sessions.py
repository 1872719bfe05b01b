"""`sessions`: past sessions, newest first. Needs no server."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from llmopt_tui.cli.common import (
    PROGRAM,
    CommandError,
    ExitCode,
    find_workspace,
    put_json,
    put_table,
    say,
)
from llmopt_tui.core.endings import ending_phrase
from llmopt_tui.store.sessions import SessionSummary, holds, names

if TYPE_CHECKING:
    from llmopt_tui.store.index import SessionIndex

_QUIET_SECONDS = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--search", metavar="TEXT", help="only those that hold every word")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """Print the sessions of the workspace."""
    from llmopt_tui.store.index import SessionIndex

    workspace = find_workspace(args)
    index = SessionIndex(workspace.results)
    try:
        found = _found(index, args.search)
    except OSError as error:
        raise CommandError(
            f"{workspace.results} cannot be read: {error.strerror}", code=ExitCode.FAILED
        ) from error
    finally:
        index.close()
    sessions = [pair for pair in found if pair[0].kind == "session"]
    suites = [pair for pair in found if pair[0].kind == "suite"]
    if args.json:
        lists = {"sessions": sessions, "suites": suites}
        documents = {name: [_document(*pair) for pair in pairs] for name, pairs in lists.items()}
        put_json({"schema_version": 1, **documents})
    elif sessions:
        titles = ("session", "started", "model", "case", "before", "after", "gain", "how it ended")
        put_table(titles, (_row(summary) for summary, _ in sessions), right=(4, 5, 6))
    else:
        holding = f' that holds "{args.search}"' if args.search else ""
        say(f"There is no session{holding} in {workspace.results}. Start one: {PROGRAM} run --help")
    return ExitCode.OK


def _found(index: SessionIndex, query: str | None) -> list[tuple[SessionSummary, str]]:
    """What answers to a query, each with the place in its text that does, newest first.

    Raises OSError where the results folder cannot be read.
    """
    if not query or not query.strip():
        index.look()
        return [(summary, "") for summary in index.listing()]
    in_texts = index.search_whole(query, _tell())
    return [
        (summary, index.excerpt(name, query) if name in in_texts else "")
        for summary in index.listing()
        if (name := summary.folder.name) in in_texts or holds(names(summary), query)
    ]


def _tell() -> Callable[[int, int], None]:
    """Says how far the reading is where it takes long: now and then, to standard error."""
    heard = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal heard
        if time.monotonic() - heard > _QUIET_SECONDS:
            heard = time.monotonic()
            say(f"indexing {done:,} of {of:,}")

    return tell


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
        ending_phrase(summary.stop_reason or summary.status),
    )


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"


def _document(summary: SessionSummary, snippet: str) -> dict[str, Any]:
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
        "suite_id": summary.suite_id or None,
        "snippet": snippet,
    }
