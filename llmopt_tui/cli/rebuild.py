"""`rebuild`: a session's documents, written again from its journal. Needs no server."""

from __future__ import annotations

import argparse

from llmopt_tui.cli.common import CommandError, ExitCode, find_workspace, put, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("id", metavar="ID", help="the session's id, or the beginning of it")


def run(args: argparse.Namespace) -> int:
    """Rebuild the session's folder and say what of the journal could not be used."""
    from llmopt_tui.cli.stored import find_stored_session
    from llmopt_tui.store.disk import cannot_be_written
    from llmopt_tui.store.lock import FolderTakenError
    from llmopt_tui.store.writer import rebuild

    results = find_workspace(args).results
    folder = find_stored_session(results, args.id).folder
    if not folder.resolve().is_relative_to(results.resolve()):
        raise CommandError(
            f"{folder} is a link to {folder.resolve()}, outside {results}, where nothing is "
            "written. Move the folder here, or rebuild it in its own workspace"
        )
    try:
        notes = rebuild(folder)
    except FolderTakenError as error:
        raise CommandError(error, code=ExitCode.FAILED) from error
    except OSError as error:
        problem = cannot_be_written(error, folder, "rebuild it again")
        raise CommandError(problem, code=ExitCode.FAILED) from error
    put(f"rebuilt {folder}")
    for note in notes:
        say(note)
    return ExitCode.OK
