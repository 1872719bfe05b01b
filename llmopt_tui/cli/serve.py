"""`serve`: the app in a browser, for this machine alone."""

from __future__ import annotations

import argparse
import importlib.util
import secrets
import socket
import sys

from llmopt_tui.cli.common import PROGRAM, CommandError, ExitCode, find_workspace, say, start_flags
from llmopt_tui.config.flags import StartFlags
from llmopt_tui.reports.install_hint import install_command

HOST = "127.0.0.1"
EPILOG = """\
Open the address that is printed: it holds a token, new with every start, and nothing is answered
without it. Every browser tab is an app of its own on the workspace; closing the tab ends it.
Nothing listens but the loopback address: to reach it from elsewhere, forward the port through ssh.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="else 8000")


def run(args: argparse.Namespace) -> int:
    """Serve the app until interrupted. Returns the exit code."""
    flags = start_flags(find_workspace(args), args)
    if importlib.util.find_spec("textual_serve") is None:
        raise CommandError(
            "serving needs the textual-serve package. Install it with: " + install_command("serve")
        )
    if not 0 < args.port < 65536:
        raise CommandError(f"--port: {args.port} is no port; take one from 1 to 65535")
    from llmopt_tui.web.server import address, serve

    token = secrets.token_urlsafe(32)
    with _listen(args.port) as listener:
        say(f"{PROGRAM}: {address(listener, token)} (ctrl+c ends it)")
        serve(command(flags), listener, token=token, title=PROGRAM)
    return ExitCode.OK


def command(flags: StartFlags) -> list[str]:
    """The command line of the app in one tab.

    -P keeps Python from importing modules of the folder that it is started in.
    """
    parts = [sys.executable, "-P", "-m", "llmopt_tui", "--workspace", str(flags.workspace)]
    if flags.host:
        parts += ["--host", flags.host]
    if flags.embedded_model:
        parts += ["--embedded-model", str(flags.embedded_model)]
    elif flags.embedded:
        parts.append("--embedded")
    if flags.debug:
        parts.append("--debug")
    return parts


def _listen(port: int) -> socket.socket:
    """A socket that listens on a port of this machine. Raises CommandError where it cannot."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise CommandError(
            f"port {port} cannot be used: {error.strerror or error}. Name another with --port",
            code=ExitCode.FAILED,
        ) from error
