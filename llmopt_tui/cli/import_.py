"""`import`: a case made out of a file of another program."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from llmopt_tui.cli.common import (
    PROGRAM,
    CommandError,
    ExitCode,
    find_workspace,
    put,
    put_json,
    say,
)
from llmopt_tui.core.text.plain import one_line

if TYPE_CHECKING:
    from llmopt_tui.app.importing.drafting import Choices, Draft
    from llmopt_tui.app.importing.material import NoteKind

EPILOG = """\
examples:
  llmopt-tui import tickets.csv --dry-run
  llmopt-tui import tickets.csv --case tickets --input subject --input body --expected priority
  llmopt-tui import promptfooconfig.yaml --train 0.5 --seed 7

FILE is CSV or TSV (as Excel writes them, too), JSON, JSON Lines, a promptfoo configuration, DSPy
examples or programs, chat fine-tuning data, inspect_ai samples or a langfuse dataset. What is not
taken over is listed. Nothing is overwritten without --force.
"""
_INPUT_HELP = "a column that goes into the prompt; may be given again (else guessed)"
_TRAIN_HELP = "share of the examples to tune on, above 0 to 1; the others are held out (0.6)"
_SAID: Mapping[NoteKind, str] = {"guess": "guessed", "warning": "warning", "left": "left out"}
_LONGEST_LINE = 400
_MOST_LINES = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add = parser.add_argument
    add("file", metavar="FILE", type=Path, help="the file to import")
    add("--case", metavar="NAME", help="name of the case (else the file's name)")
    add("--input", metavar="COLUMN", action="append", default=[], help=_INPUT_HELP)
    add("--expected", metavar="COLUMN", default="", help="column of right answers (else guessed)")
    add("--train", metavar="SHARE", type=_share, help=_TRAIN_HELP)
    add("--seed", metavar="S", type=int, default=0, help="draws which they are (0)")
    add("--encoding", metavar="NAME", default="", help="the file's encoding (else recognized)")
    add("--force", action="store_true", help="replace files of the same names")
    add("--dry-run", action="store_true", help="say what would be made and write nothing")
    add("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """Read the file, draft the case, write it, and say what became of it."""
    from llmopt_tui.app.importing.drafting import Choices, draft_case
    from llmopt_tui.app.importing.material import ImportRefused
    from llmopt_tui.app.importing.reading import read_file
    from llmopt_tui.app.importing.writing import FilesTaken, problems_of, taken, write_draft

    workspace = find_workspace(args)
    choices = Choices(tuple(args.input), args.expected, args.train, args.seed)
    try:
        material = read_file(args.file.expanduser(), args.encoding)
        draft = draft_case(material, _name(args), args.file.name, choices)
    except ImportRefused as error:
        first, *others = error.lines
        raise CommandError(f"{args.file}: {first}", *others) from error
    if problems := problems_of(draft):
        raise CommandError(f"{args.file} makes no case that can be run:", *problems)
    there = taken(draft, workspace)
    if there and not args.force and not args.dry_run:
        raise _taken(there)
    if not args.dry_run:
        try:
            write_draft(draft, workspace, replace=args.force)
        except FilesTaken as error:
            raise _taken(error.paths) from error
        except OSError as error:
            where = error.filename or workspace.root
            raise CommandError(
                f"{where} cannot be written: {error.strerror}", code=ExitCode.FAILED
            ) from error
    if args.json:
        put_json(_document(draft, choices, written=not args.dry_run))
    else:
        _put_draft(draft, dry_run=args.dry_run, there=there)
    return ExitCode.OK


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f'"{text}" is no share above 0 and up to 1')
    return share


def _name(args: argparse.Namespace) -> str:
    """The case's name: as given, or made of the file's. Raises CommandError."""
    from llmopt_tui.app.importing.drafting import case_name
    from llmopt_tui.core.text.names import folder_slug

    if args.case is None:
        return case_name(args.file.stem)
    name: str = args.case
    if name != folder_slug(name) or name.startswith("."):
        raise CommandError(
            f'--case: "{name}" cannot be the name of a file everywhere; '
            f'try "{case_name(name)}" (letters, digits, ".", "_" and "-")'
        )
    return name


def _taken(paths: tuple[str, ...]) -> CommandError:
    return CommandError(
        f"{', '.join(paths)}: there already; name another case with --case, or replace with --force"
    )


def _put_draft(draft: Draft, *, dry_run: bool, there: tuple[str, ...]) -> None:
    put(f"{'Would make' if dry_run else 'Made'} the case {draft.name} from {draft.format}:")
    for path in draft.files():
        put(f"  {path}{'  (is there already)' if dry_run and path in there else ''}")
    train = sum(example.split == "train" for example in draft.examples)
    put(f"examples  {train} train, {len(draft.examples) - train} held out")
    inputs = (f"{column} -> {{{{{name}}}}}" for column, name in draft.columns.inputs.items())
    put(f"inputs    {one_line(', '.join(inputs), _LONGEST_LINE)}")
    put(f"expected  {one_line(draft.columns.expected or '-')}")
    put(f"criteria  {', '.join(str(table['kind']) for table in draft.criteria)}")
    for kind, word in _SAID.items():
        sentences = draft.said(kind)
        for sentence in sentences[:_MOST_LINES]:
            say(f"{word}: {one_line(sentence, _LONGEST_LINE)}")
        if len(sentences) > _MOST_LINES:
            say(f"{word}: {len(sentences) - _MOST_LINES} more; --json lists them")
    if dry_run:
        say("Nothing was written.")
    else:
        put(f"Next: {PROGRAM} try --case {draft.name} --prompt {draft.name} --model M")


def _document(draft: Draft, choices: Choices, *, written: bool) -> dict[str, object]:
    return {
        "schema_version": 1,
        "case": draft.name,
        "format": draft.format,
        "written": written,
        "files": list(draft.files()),
        "train": sum(example.split == "train" for example in draft.examples),
        "validation": sum(example.split == "validation" for example in draft.examples),
        "seed": choices.seed,
        "inputs": dict(draft.columns.inputs),
        "expected": draft.columns.expected or None,
        "criteria": [dict(table) for table in draft.criteria],
        "guessed": draft.said("guess"),
        "warnings": draft.said("warning"),
        "left_out": draft.said("left"),
    }
