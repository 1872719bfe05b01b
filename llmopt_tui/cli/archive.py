"""`archive`: move what is no longer needed to archive/, and bring it back. Needs no server."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from llmopt_tui.app.clock import SystemClock
from llmopt_tui.archive.archiving import begun, list_archives, look_at, opened, plan_archive
from llmopt_tui.archive.manifest import (
    MARKDOWN_NAME,
    STATE_WORDS,
    UNFINISHED,
    ArchiveError,
    Item,
    ManifestError,
    shown,
    size_text,
)
from llmopt_tui.archive.moves import Archive, Outcome
from llmopt_tui.archive.request import FOLDER, ArchiveRequestError
from llmopt_tui.cli.common import (
    PROGRAM,
    CommandError,
    ExitCode,
    find_workspace,
    put,
    put_table,
    say,
)
from llmopt_tui.core.text.plain import one_line
from llmopt_tui.store.lock import FolderTakenError, owner_of

EPILOG = """\
examples:
  llmopt-tui archive 'ty_extract*' --keep ty_extract_final --dry-run
  llmopt-tui archive 'ty_extract*' --keep ty_extract_final --why "superseded"
  llmopt-tui archive --list
  llmopt-tui archive --restore ty_extract

An ITEM is a file, a folder or a link of the workspace, or a pattern with *, ? or [...] that
matches names. Links are moved as links. Nothing is ever overwritten.
"""
_DETAILS = 20
_LONGEST_REASON = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add, other = parser.add_argument, parser.add_mutually_exclusive_group()
    add("items", metavar="ITEM", nargs="*", help="what to move, in the workspace")
    add("--keep", metavar="NAME", action="append", default=[], help="stays; may be given again")
    add("--why", metavar="TEXT", default="", help="the reason, for the manifest")
    add("--name", default="", help="how the archive's name begins (else as the items do)")
    add("--dry-run", action="store_true", help="say what would be done and change nothing")
    other.add_argument("--list", action="store_true", help="list the archives")
    other.add_argument(
        "--restore", metavar="ID", help="bring back what an archive holds; undoes an unfinished one"
    )
    other.add_argument("--finish", metavar="ID", help="resume what was interrupted")
    help_text = "with --restore: where something is in the way, bring back the rest"
    add("--skip-taken", action="store_true", help=help_text)


def run(args: argparse.Namespace) -> int:
    """Do what was asked and say what was done, or would be."""
    flags = ("--list", args.list), ("--restore", args.restore), ("--finish", args.finish)
    chosen = [flag for flag, given in flags if given not in (None, False)]
    if not chosen and not args.items:
        args.parser.error("name what is to be archived, or --list, --restore ID, --finish ID")
    if chosen and (args.items or args.keep or args.why or args.name):
        args.parser.error(f"{chosen[0]} goes with no ITEM, --keep, --why or --name")
    if args.skip_taken and args.restore is None:
        args.parser.error("--skip-taken goes with --restore")
    root = find_workspace(args).root
    try:
        if args.list:
            return _list(root)
        return _resume(root, args) if chosen else _archive(root, args)
    except ArchiveRequestError as error:
        raise CommandError(*error.lines) from error
    except (ArchiveError, FolderTakenError, OSError) as error:
        raise CommandError(_what_failed(error), code=ExitCode.FAILED) from error


def _archive(root: Path, args: argparse.Namespace) -> int:
    now = SystemClock().now()
    plan = plan_archive(root, args.items, args.keep, now=now, name=args.name, why=args.why)
    items = plan.manifest.items
    if items and args.dry_run:
        put(f"Would move to {FOLDER}/{plan.identity}/:")
        _put_items(items)
    for source, why in plan.staying:
        put(f"Stays: {shown(source)}  ({why})")
    for note in plan.notes:
        say(f"note: {note}")
    if not items or args.dry_run:
        say("Nothing was changed." if items else "Nothing to move: all that matches stays.")
        return ExitCode.OK
    with begun(plan) as archive, _resumable(archive):
        outcome = archive.finish(now)
    return _put_outcome(archive, f"Moved to {FOLDER}/{archive.identity}/", outcome)


def _resume(root: Path, args: argparse.Namespace) -> int:
    """Restore an archive, or finish what was begun."""
    undo, skip = args.restore is not None, args.skip_taken
    identity = args.restore if undo else args.finish
    with (
        nullcontext(look_at(root, identity)) if args.dry_run else opened(root, identity) as archive
    ):
        back = undo or archive.manifest.state == "restoring"
        if args.dry_run:
            outcome = archive.preview_restore() if undo else archive.preview()
        else:
            with _resumable(archive):
                now = SystemClock().now()
                outcome = archive.restore(now, skip_taken=skip) if undo else archive.finish(now)
    if undo and outcome.taken and not skip:
        _say_details(f"{path}: something else is there" for path in outcome.taken)
        say("Nothing is restored. --skip-taken brings back the rest.")
        return ExitCode.FAILED
    verb = "restore" if back else "move"
    done = f"Would {verb}" if args.dry_run else f"{verb.capitalize()}d"
    where = "" if back else f" to {FOLDER}/{archive.identity}/"
    code = _put_outcome(archive, done + where, outcome)
    if args.dry_run:
        say("Nothing was changed.")
    return code


def _list(root: Path) -> int:
    archives = list_archives(root)
    if not archives:
        say(f"There is no archive in {root}. Make one: {PROGRAM} archive --help")
        return ExitCode.OK
    owner = owner_of(root / FOLDER)
    rows = []
    for folder, manifest in archives:
        if isinstance(manifest, ManifestError):
            rows.append((shown(folder.name), str(manifest), "", "", "", ""))
            continue
        state = STATE_WORDS[manifest.state]
        if manifest.state in UNFINISHED:
            state += f", by {owner}" if owner else ", interrupted"
        made, count = f"{manifest.created_at:%Y-%m-%d %H:%M}", str(len(manifest.items))
        size = size_text(sum(item.size for item in manifest.items))
        why = one_line(manifest.why, _LONGEST_REASON)
        rows.append((shown(folder.name), state, made, count, size, why))
    put_table(("archive", "state", "made", "items", "size", "why"), rows, right=(3, 4))
    return ExitCode.OK


@contextmanager
def _resumable(archive: Archive) -> Iterator[None]:
    """Say how to resume and how to undo, should it be interrupted."""
    try:
        yield
    except (ArchiveError, OSError, KeyboardInterrupt) as error:
        lines = []
        if archive.manifest.state in UNFINISHED:
            count = f"{archive.inside} of {len(archive.manifest.items)} are in the archive"
            command = f"{PROGRAM} archive"
            lines = [
                f"{count}, nothing is lost. Resume: {command} --finish {archive.identity}",
                f"or bring all back: {command} --restore {archive.identity}",
            ]
        if not isinstance(error, KeyboardInterrupt):
            raise CommandError(_what_failed(error), *lines, code=ExitCode.FAILED) from error
        for line in lines:
            say(line)
        raise


def _put_outcome(archive: Archive, done: str, outcome: Outcome) -> int:
    if outcome.moved:
        put(f"{done}:")
        _put_items(outcome.moved)
    elif outcome.perfect:
        say(f"Nothing is left to do: {archive.identity} is {STATE_WORDS[archive.manifest.state]}.")
    _say_details(f"{path}: something else is there" for path in outcome.taken)
    _say_details(f"{path}: at neither of its two places" for path in outcome.missing)
    _say_details(f"{path}: {what}" for path, what in outcome.changed.items())
    if archive.manifest.state == "archived" and done.startswith("Moved"):
        put(f"The manifest: {archive.folder / MARKDOWN_NAME}")
        put(f"To bring it back: {PROGRAM} archive --restore {archive.identity}")
    return ExitCode.OK if outcome.perfect else ExitCode.FAILED


def _put_items(items: tuple[Item, ...]) -> None:
    for item in items:
        match item.kind:
            case "folder":
                files = f"{item.files} file{'' if item.files == 1 else 's'}"
                what = f"folder, {files}, {size_text(item.size)}"
            case "file":
                what = f"file, {size_text(item.size)}"
            case "link":
                what = f"link to {shown(item.entries[0].target)}"
        put(f"  {shown(item.source)}  ({what})")


def _say_details(details: Iterator[str]) -> None:
    lines = list(details)
    for line in lines[:_DETAILS]:
        say(shown(line))
    if len(lines) > _DETAILS:
        say(f"and {len(lines) - _DETAILS} more")


def _what_failed(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    # A rename has two names, and either may be what is wrong.
    names = " -> ".join(str(name) for name in (error.filename, error.filename2) if name)
    what = error.strerror or str(error)
    return shown(f"{names}: {what}" if names else what)
