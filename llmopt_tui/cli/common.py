"""What every command shares: exit codes, errors for people, common flags, and printing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from llmopt_tui.app.workspace import Workspace, WorkspaceError
from llmopt_tui.config.flags import StartFlags
from llmopt_tui.core.text.plain import visible

if TYPE_CHECKING:
    from llmopt_tui.config.settings import Settings

PROGRAM = "llmopt-tui"


class ExitCode(IntEnum):
    """The exit codes of the program."""

    OK = 0
    FAILED = 1
    WRONG_REQUEST = 2
    NO_SERVER = 3
    INTERRUPTED = 130


class CommandError(Exception):
    """A command cannot continue. Each line says one thing that is wrong, and what to do then."""

    def __init__(self, *lines: object, code: ExitCode = ExitCode.WRONG_REQUEST) -> None:
        self.lines = tuple(str(line) for line in lines)
        self.code = code
        super().__init__("; ".join(self.lines))


def add_common_flags(parser: argparse.ArgumentParser, *, inherit: bool = False) -> None:
    """The flags that may come before a command or after it.

    With `inherit`, a flag that is not given leaves what came before the command as it is.
    """

    def default(value: object) -> Any:
        return argparse.SUPPRESS if inherit else value

    group = parser.add_argument_group("common flags")
    group.add_argument(
        "--workspace",
        metavar="DIR",
        type=Path,
        default=default(None),
        help="folder with prompts/, cases/ and results/ (else LLMOPT_WORKSPACE, else here)",
    )
    group.add_argument(
        "--host",
        metavar="URL",
        default=default(None),
        help="the Ollama server (else OLLAMA_HOST, else http://127.0.0.1:11434)",
    )
    group.add_argument(
        "--embedded",
        action="store_true",
        default=default(False),
        help="use the embedded engine and model instead of a server",
    )
    group.add_argument(
        "--embedded-model",
        metavar="FILE",
        type=Path,
        default=default(None),
        help="a GGUF file for the embedded engine",
    )
    group.add_argument(
        "--debug",
        action="store_true",
        default=default(False),
        help="show the traceback of an error",
    )


def find_workspace(args: argparse.Namespace) -> Workspace:
    """The workspace that the flags and the environment name. Raises CommandError."""
    try:
        return Workspace.find(args.workspace)
    except WorkspaceError as error:
        raise CommandError(error) from error


def require_cases(workspace: Workspace) -> None:
    """Raises CommandError where the folder was never made a workspace."""
    if not workspace.cases.is_dir():
        raise CommandError(
            f"{workspace.root} has no cases/ folder. Make a workspace there with {PROGRAM} init, "
            "or name another with --workspace DIR"
        )


def load_settings(
    workspace: Workspace,
    args: argparse.Namespace,
    flags: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
) -> Settings:
    """The settings from every source. Raises CommandError with all mistakes in them."""
    given = {} if args.host is None else {"host": args.host}
    loaded = workspace.load_settings(given | (flags or {}), options)
    if loaded.problems:
        raise CommandError(*loaded.problems)
    return loaded.settings


def start_flags(workspace: Workspace, args: argparse.Namespace) -> StartFlags:
    """The common flags as one value. Raises CommandError where the model file is not there."""
    model: Path | None = args.embedded_model
    if model is not None:
        model = model.expanduser().absolute()
        if not model.is_file():
            raise CommandError(f"--embedded-model: there is no file {model}")
    return StartFlags(
        workspace=workspace.root,
        host=args.host,
        embedded=args.embedded or model is not None,
        embedded_model=model,
        debug=args.debug,
    )


def say(text: object, stream: TextIO | None = None) -> None:
    """One message to standard error, harmless to the terminal."""
    print(visible(str(text)), file=stream or sys.stderr)


def put(text: object = "") -> None:
    """One line of the answer to standard output, harmless to the terminal."""
    print(visible(str(text)))


def put_json(document: object) -> None:
    """The answer as one JSON document, in ASCII: no terminal and no locale gets in its way."""
    from llmopt_tui.store.values import plain

    print(json.dumps(plain(document), indent=2))


def put_table(
    titles: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()
) -> None:
    """Rows under titles in aligned columns; the columns in `right` end at the same place."""
    lines = [[visible(cell).replace("\n", " ") for cell in row] for row in (titles, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join(cells).rstrip())
