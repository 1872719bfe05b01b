"""No command: the app. The only module of the command line that reaches it, when it starts."""

from __future__ import annotations

import argparse
import sys

from llmopt_tui.cli.common import PROGRAM, CommandError, ExitCode, find_workspace, start_flags


def run(args: argparse.Namespace) -> int:
    """Start the app on the workspace."""
    workspace = find_workspace(args)
    flags = start_flags(workspace, args)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandError(
            f"the app needs a terminal; without one use {PROGRAM} run (see {PROGRAM} --help)"
        )
    from llmopt_tui.tui.app import run_app

    return int(run_app(workspace, flags) or ExitCode.OK)
