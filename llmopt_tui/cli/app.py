"""No command: the app. The only module of the command line that reaches it, when it starts."""

from __future__ import annotations

import argparse
import os
import sys

from llmopt_tui.cli.common import PROGRAM, CommandError, find_workspace, say, start_flags


def run(args: argparse.Namespace) -> int:
    """Start the app on the workspace."""
    workspace = find_workspace(args)
    flags = start_flags(workspace, args)
    # Textual draws elsewhere where a driver is named, as `serve` does for its pages.
    in_terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if not in_terminal and not os.environ.get("TEXTUAL_DRIVER"):
        raise CommandError(
            f"the app needs a terminal; without one use {PROGRAM} run (see {PROGRAM} --help)"
        )
    from llmopt_tui.tui.app import run_app

    left = run_app(workspace, flags)
    if left.resume_id:
        say(f"{PROGRAM}: everything so far is kept")
        say(f"{PROGRAM}: resume with: {PROGRAM} resume {left.resume_id}")
    return left.exit_code
