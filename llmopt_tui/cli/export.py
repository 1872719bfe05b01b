"""`export`: a session's or suite's results in the form of another program. Needs no server, unless
an Ollama server is to make a model of them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.app.exporting import FORMATS
from llmopt_tui.cli.common import PROGRAM, CommandError, ExitCode, find_workspace, say
from llmopt_tui.core.text.plain import one_line, visible

if TYPE_CHECKING:
    from llmopt_tui.cli.stored import StoredSuite
    from llmopt_tui.state.documents.suite import SessionRow
    from llmopt_tui.store.sessions import LoadedSession

_FORMATS = {**FORMATS, "ollama": "a model on the Ollama server, called as --name says"}

EPILOG = (
    "formats:\n"
    + "".join(f"  {name:<11}{what}\n" for name, what in _FORMATS.items())
    + """
Of a suite, csv, html and json hold all of it; the others hold one session, the recommended one
where there is one case. Nothing that exists is overwritten without --force; a model never is.
"""
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("id", metavar="ID", help="a session's or suite's id, or the beginning")
    parser.add_argument(
        "--to", metavar="FORMAT", choices=_FORMATS, required=True, help=", ".join(_FORMATS)
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="write to this file, not to the terminal"
    )
    parser.add_argument("--force", action="store_true", help="overwrite the file")
    parser.add_argument("--case", metavar="CASE", help="of a suite: the sessions on this case")
    parser.add_argument("--model", metavar="MODEL", help="of a suite: the sessions of this model")
    parser.add_argument("--name", metavar="NAME", help="with --to ollama: the new model's name")


def run(args: argparse.Namespace) -> int:
    """Find it, bring it into the form, and write that or print it."""
    from llmopt_tui.cli.stored import StoredSuite, find_stored

    _check_flags(args)
    found = find_stored(find_workspace(args).results, args.id)
    if isinstance(found, StoredSuite):
        if not (args.case or args.model) and (text := _of_whole_suite(found, args.to)) is not None:
            return _deliver(args, text)
        found = _one_session(found, args)
    elif args.case or args.model:
        raise CommandError(f"{args.id!r} is a session; --case and --model choose within a suite")
    for note in found.notes:
        say(f"{found.folder.name}: {note}")
    if args.to == "ollama":
        from llmopt_tui.cli.make_model import make_model

        return make_model(args, found.record)
    return _export(args, found)


def _check_flags(args: argparse.Namespace) -> None:
    if args.to == "ollama":
        if args.output or args.force:
            raise CommandError("--to ollama makes a model, no file; it is called as --name says")
        if not (args.name or "").strip():
            raise CommandError("what is the new model to be called? Say it with --name NAME")
    elif args.name is not None:
        raise CommandError("--name is for --to ollama")


def _export(args: argparse.Namespace, session: LoadedSession) -> int:
    from llmopt_tui.app.exporting import NothingToExportError, export_session, report_with_plots
    from llmopt_tui.reports.exports.modelfile import InexpressibleError

    try:
        if args.to == "markdown" and args.output:
            return _write(
                args, report_with_plots(session.record, args.output.name, status=session.status)
            )
        text = export_session(session.record, args.to, status=session.status)
    except (NothingToExportError, InexpressibleError) as error:
        raise CommandError(
            f"{session.folder.name} cannot be exported to {args.to}: {error}", code=ExitCode.FAILED
        ) from error
    code = _deliver(args, text)
    if args.to == "markdown":
        say("the plots are files of their own: -o FILE.md writes them beside it")
    return code


def _of_whole_suite(suite: StoredSuite, to: str) -> str | None:
    """A suite's own text; None where the form holds one session."""
    from llmopt_tui.app.exporting import export_suite

    if to == "markdown" and (report := suite.file.with_suffix(".md")).is_file():
        return report.read_text("utf-8", "replace")
    if to not in ("json", "csv", "html"):
        return None
    sessions = []
    for row in _rows_of(suite):
        try:
            sessions.append(_session_of(suite, row))
        except CommandError as error:
            say(f"left out: {error}")
    return export_suite(suite.stored, sessions, to)


def _one_session(suite: StoredSuite, args: argparse.Namespace) -> LoadedSession:
    """The session of a suite that is meant: the only one, or the recommended one of its case."""
    from llmopt_tui.core.text.names import same_model

    rows = [
        row
        for row in _rows_of(suite)
        if row.scored
        and (not args.case or row.case == args.case)
        and (not args.model or same_model(row.model, args.model))
    ]
    if not rows:
        raise CommandError(
            "no session of the suite that is meant has a score; there is:",
            *map(_choice, _rows_of(suite)),
        )
    if len(rows) > 1 and len({row.case for row in rows}) == 1:
        rows = [_best_of(suite, rows)]
    if len(rows) > 1:
        raise CommandError(
            f"{args.to} holds one session; choose one with --case and --model:",
            *map(_choice, rows),
        )
    say(f"the suite's session {_choice(rows[0])}")
    return _session_of(suite, rows[0])


def _best_of(suite: StoredSuite, rows: list[SessionRow]) -> SessionRow:
    """The session that the suite recommends for its case; without one, that with the best score."""
    chosen = [row for row in rows if row.session_id in suite.document.recommended]
    return max(chosen or rows, key=lambda row: row.best_score or 0.0)


def _session_of(suite: StoredSuite, row: SessionRow) -> LoadedSession:
    from llmopt_tui.cli.stored import find_stored_session

    return find_stored_session(suite.file.parent, row.name)


def _rows_of(suite: StoredSuite) -> list[SessionRow]:
    """The sessions that the suite's document lists and that began."""
    return [row for row in suite.document.sessions if row.session_id]


def _choice(row: SessionRow) -> str:
    shown = "none" if row.best_score is None else f"{row.best_score:.2f}"
    names = f"--case {row.case} --model {row.model}"
    return one_line(f"{row.session_id}: {names} (score {shown})", 200)


def _deliver(args: argparse.Namespace, text: str) -> int:
    """To the file, or to standard output: what a pipe gets is what the file would hold."""
    if args.output:
        return _write(args, {args.output.name: text})
    if sys.stdout.isatty():
        sys.stdout.write(visible(text))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()
    return ExitCode.OK


def _write(args: argparse.Namespace, files: Mapping[str, str]) -> int:
    """Write files into the folder of -o, the named one last; none where one is in the way."""
    from llmopt_tui.store.atomic import write_text
    from llmopt_tui.store.disk import cannot_be_written

    targets = {args.output.parent / name: text for name, text in files.items()}
    taken = [str(path) for path in targets if path.exists() or path.is_symlink()]
    if taken and not args.force:
        raise CommandError(
            *(f"{path} exists" for path in taken), "Name another file, or overwrite with --force"
        )
    for path, text in targets.items():
        try:
            write_text(path, text)
        except OSError as error:
            raise CommandError(
                cannot_be_written(error, path, f"call {PROGRAM} export again"),
                code=ExitCode.FAILED,
            ) from error
        say(f"written to {path}")
    return ExitCode.OK
