"""The entry point: find the command, run it, turn what goes wrong into a line and an exit code."""

from __future__ import annotations

import errno
import importlib
import keyword
import os
import sys
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from llmopt_tui.cli import app
from llmopt_tui.cli.common import PROGRAM, CommandError, ExitCode, add_common_flags, say
from llmopt_tui.cli.parser import Parser, program_name
from llmopt_tui.core.version import __version__

# Each is a module of this package, imported only when it is called: the app starts without them.
_COMMANDS = {
    "init": "make a workspace with the starter prompts and cases",
    "models": "list the models that each endpoint has",
    "pull": "have an Ollama server download models",
    "cases": "list the workspace's cases and check every file",
    "import": "make a case out of a file: CSV, JSON, promptfoo, chat data and more",
    "try": "run one prompt once, on an example or on standard input",
    "run": "optimize prompts without the app, suggestions decided automatically",
    "resume": "continue a session or suite that was interrupted",
    "sessions": "list past sessions, newest first",
    "show": "show a session or a suite",
    "mark": "give an answer a score of your own, which overrules its criteria",
    "report": "write and print the report of a session or suite",
    "check": "run a winner again and compare it with its own benchmark",
    "export": "give results in the form of another program: a file, a script, a model",
    "rebuild": "write a session's documents again from its journal",
    "archive": "move what is no longer needed to archive/, or bring it back",
    "serve": "the app in a browser, on 127.0.0.1",
    "completion": "print what teaches a shell to complete commands, flags and names",
    "doctor": "say what is installed, reachable and missing, and how to fix it",
}
_EPILOG = """\
examples:
  llmopt-tui init my-work                 make a workspace with the starter cases
  llmopt-tui --workspace my-work          open the app on it
  llmopt-tui import tickets.csv           make a case of your own examples
  llmopt-tui run --model gemma3n --case skills_extraction
  llmopt-tui run --embedded --case concise_description --interviewer playbook
  llmopt-tui doctor                       what is installed, reachable, missing

exit codes: 0 all went well, 1 a session failed or a check regressed,
2 the request is wrong, 3 no server answers, 130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is returned, never raised."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if "_ARGCOMPLETE" in os.environ and argv is None:
        from llmopt_tui.cli.completing import complete

        complete(_parser)  # ends the process
    _make_streams_safe()
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        say(f"{PROGRAM}: interrupted")
        return ExitCode.INTERRUPTED
    except CommandError as error:
        if "--debug" in arguments:
            _print_traceback()
        for line in error.lines:
            say(f"{PROGRAM}: {line}")
        return error.code
    except Exception as error:
        if _reader_has_gone(error):
            # Nothing more may be written, not even while Python shuts down.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        elif "--debug" in arguments:
            _print_traceback()
        else:
            say(f"{PROGRAM}: unexpected {type(error).__name__}: {error}")
            say(f"{PROGRAM}: this is a mistake in the program; --debug shows where")
        return ExitCode.FAILED
    return code


def _run(arguments: Sequence[str]) -> int:
    parser = _parser(arguments)
    try:
        args, extra = parser.parse_known_args(arguments)
    except SystemExit as done:  # --help and --version have printed what was asked
        return int(done.code or 0)
    except CommandError:
        # A misspelt flag before the command makes its value look like a wrong command.
        before = takewhile(lambda argument: argument not in _COMMANDS, arguments)
        if unknown := [argument for argument in before if not parser.knows(argument)]:
            parser.refuse(unknown)
        raise
    if extra:
        args.parser.refuse(extra)
    return int(args.run(args))


def _parser(arguments: Sequence[str]) -> Parser:
    """The whole parser; what a command takes is filled in for those that the arguments name."""
    parser = Parser(
        prog=PROGRAM,
        description="Find the local model that does your task best, and the prompt that makes it "
        "do so.\nWithout a command: the app, in this terminal.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    add_common_flags(parser)
    parser.set_defaults(run=app.run, parser=parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, text in _COMMANDS.items():
        sub = commands.add_parser(
            name,
            prog=program_name(name),
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
        )
        if name in arguments:
            module = f"{name}_" if keyword.iskeyword(name) else name
            _fill_in(sub, importlib.import_module(f"llmopt_tui.cli.{module}"))
    return parser


def _fill_in(parser: Parser, command: Any) -> None:
    command.add_arguments(parser)
    add_common_flags(parser, inherit=True)
    parser.set_defaults(run=command.run, parser=parser)
    parser.epilog = getattr(command, "EPILOG", None)


def _reader_has_gone(error: Exception) -> bool:
    """Whether an output could not be written because its reader, such as a pager, has ended."""
    # Windows calls a closed pipe an invalid argument, and no file is named then.
    closed_on_windows = (
        sys.platform == "win32"
        and isinstance(error, OSError)
        and error.errno == errno.EINVAL
        and error.filename is None
    )
    return isinstance(error, BrokenPipeError) or closed_on_windows


def _make_streams_safe() -> None:
    """Let a terminal that lacks a character get its number instead of the program an error."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    if sys.platform == "win32" and "PYTHONIOENCODING" not in os.environ:
        # Files and pipes would be read and written in the code page of the system's language.
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure and not stream.isatty():
                reconfigure(encoding="utf-8")


def _print_traceback() -> None:
    import traceback

    traceback.print_exc()
