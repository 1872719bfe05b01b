"""No command: the app. The only module of the command line that reaches it, when it starts."""

from __future__ import annotations

import argparse
import sys

from llmopt_tui.cli.common import PROGRAM, CommandError, find_workspace, say, start_flags


def run(args: argparse.Namespace) -> int:
    """Start the app on the workspace."""
    workspace = find_workspace(args)
    flags = start_flags(workspace, args)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandError(
            f"the app needs a terminal; without one use {PROGRAM} run (see {PROGRAM} --help)"
        )
    from llmopt_tui.tui.app import run_app

    left = run_app(workspace, flags)
    if left.resume_id:
        say(f"{PROGRAM}: everything so far is kept")
        say(f"{PROGRAM}: resume with: {PROGRAM} resume {left.resume_id}")
    return left.exit_code
