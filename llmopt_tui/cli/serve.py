"""`serve`: the app in a browser, for this machine alone."""

from __future__ import annotations

import argparse
import importlib.util
import shlex
import socket
import sys
from pathlib import Path

from llmopt_tui.cli.common import PROGRAM, CommandError, ExitCode, find_workspace, say, start_flags
from llmopt_tui.config.flags import StartFlags

HOST = "127.0.0.1"
EPILOG = """\
Every browser tab is an app of its own on the workspace. Nothing listens but the loopback address:
to reach it from elsewhere, forward the port through ssh.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="else 8000")


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    flags = start_flags(find_workspace(args), args)
    if importlib.util.find_spec("textual_serve") is None:
        raise CommandError(
            "serving needs the textual-serve package. Install it with: pip install textual-serve"
        )
    if not 0 < args.port < 65536:
        raise CommandError(f"--port: {args.port} is no port; take one from 1 to 65535")
    if problem := _taken(args.port):
        raise CommandError(
            f"port {args.port} cannot be used: {problem}. Name another with --port",
            code=ExitCode.FAILED,
        )
    from textual_serve.server import Server

    server = Server(command(flags), host=HOST, port=args.port, title=PROGRAM)
    say(f"{PROGRAM}: http://{HOST}:{args.port} (ctrl+c ends it)")
    server.serve()
    return ExitCode.OK


def command(flags: StartFlags) -> str:
    """The command line of the app. It is run through a shell, so every part of it is quoted."""
    parts: list[str | Path] = [sys.executable, "-m", "llmopt_tui", "--workspace", flags.workspace]
    if flags.host:
        parts += ["--host", flags.host]
    if flags.embedded_model:
        parts += ["--embedded-model", flags.embedded_model]
    elif flags.embedded:
        parts.append("--embedded")
    return shlex.join(map(str, parts))


def _taken(port: int) -> str:
    """Why nothing can listen on a port; empty where it can."""
    try:
        with socket.create_server((HOST, port)):
            return ""
    except OSError as error:
        return error.strerror or str(error)
