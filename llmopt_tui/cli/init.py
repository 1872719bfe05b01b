"""`init`: make a workspace with the starter prompts and cases."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from llmopt_tui.app.workspace import WorkspaceError, init_workspace
from llmopt_tui.cli.common import PROGRAM, CommandError, ExitCode, put


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("dir", metavar="DIR", nargs="?", type=Path, help="the folder (else here)")


def run(args: argparse.Namespace) -> int:
    """Copy what is missing and say what was done."""
    folder = (args.dir or args.workspace or Path()).expanduser().absolute()
    try:
        report = init_workspace(folder)
    except WorkspaceError as error:
        raise CommandError(error, code=ExitCode.FAILED) from error
    put(f"Workspace {report.root}")
    for name in report.created:
        put(f"  created  {name}")
    for name in report.kept:
        put(f"  kept     {name}")
    put(f"Next: {PROGRAM} --workspace {shlex.quote(str(report.root))}")
    return ExitCode.OK
