"""`archive`: move what is no longer needed to archive/, and bring it back. Needs no server."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from llmopt_tui.archive.archiving import Plan
    from llmopt_tui.archive.manifest import Item
    from llmopt_tui.archive.moves import Archive, Outcome

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
    parser.add_argument("items", metavar="ITEM", nargs="*", help="what to move, in the workspace")
    parser.add_argument(
        "--keep", metavar="NAME", action="append", default=[], help="stays; may be given again"
    )
    parser.add_argument("--why", metavar="TEXT", default="", help="the reason, for the manifest")
    parser.add_argument(
        "--name", default="", help="how the archive's name begins (else as the items do)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be done and change nothing"
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--list", action="store_true", help="list the archives")
    other.add_argument(
        "--restore", metavar="ID", help="bring back what an archive holds; undoes an unfinished one"
    )
    other.add_argument("--finish", metavar="ID", help="go on with what was interrupted")
    parser.add_argument(
        "--skip-taken",
        action="store_true",
        help="with --restore: where something stands in the way, bring back the rest",
    )


def run(args: argparse.Namespace) -> int:
    """Do what was asked and say what was done, or would be."""
    _check(args)
    root = find_workspace(args).root
    with _told():
        if args.list:
            return _list(root)
        if args.restore is not None:
            return _restore(root, args.restore, skip=args.skip_taken, dry=args.dry_run)
        if args.finish is not None:
            return _finish(root, args.finish, dry=args.dry_run)
        return _archive(root, args)


def _check(args: argparse.Namespace) -> None:
    """Raises CommandError where flags do not go together."""
    chosen = [
        flag
        for flag, given in (
            ("--list", args.list),
            ("--restore", args.restore is not None),
            ("--finish", args.finish is not None),
        )
        if given
    ]
    if not chosen and not args.items:
        args.parser.error("name what is to be archived, or --list, --restore ID, --finish ID")
    if chosen and (args.items or args.keep or args.why or args.name):
        args.parser.error(f"{chosen[0]} goes with no ITEM, --keep, --why or --name")
    if args.skip_taken and args.restore is None:
        args.parser.error("--skip-taken goes with --restore")


@contextmanager
def _told() -> Iterator[None]:
    """Turn what goes wrong into CommandError."""
    from llmopt_tui.archive.moves import ArchiveError
    from llmopt_tui.archive.request import ArchiveRequestError
    from llmopt_tui.store.lock import FolderTakenError

    try:
        yield
    except ArchiveRequestError as error:
        raise CommandError(*error.lines) from error
    except (ArchiveError, FolderTakenError) as error:
        raise CommandError(error, code=ExitCode.FAILED) from error
    except OSError as error:
        raise CommandError(_what_failed(error), code=ExitCode.FAILED) from error


def _archive(root: Path, args: argparse.Namespace) -> int:
    from llmopt_tui.app.clock import SystemClock
    from llmopt_tui.archive.archiving import begun, plan_archive

    now = SystemClock().now()
    plan = plan_archive(root, args.items, args.keep, now=now, name=args.name, why=args.why)
    items = plan.manifest.items
    if items and args.dry_run:
        put(f"Would move to archive/{plan.identity}/:")
        _put_items(items)
    _put_rest(plan)
    if not items:
        say("Nothing to move: all that matches stays.")
        return ExitCode.OK
    if args.dry_run:
        say("Nothing was changed.")
        return ExitCode.OK
    with begun(plan) as archive, _resumable(archive):
        outcome = archive.finish(now)
    return _put_outcome(archive, "Moved", f"to archive/{archive.identity}/", outcome)


def _restore(root: Path, identity: str, *, skip: bool, dry: bool) -> int:
    from llmopt_tui.app.clock import SystemClock
    from llmopt_tui.archive.archiving import look_at, opened

    if dry:
        archive = look_at(root, identity)
        outcome = archive.preview_restore()
        refused = bool(outcome.taken) and not skip
    else:
        with opened(root, identity) as archive, _resumable(archive):
            outcome = archive.restore(SystemClock().now(), skip_taken=skip)
        refused = outcome.refused
    if refused:
        _say_taken(outcome)
        say("Nothing is restored. --skip-taken brings back the rest.")
        return ExitCode.FAILED
    code = _put_outcome(archive, "Would restore" if dry else "Restored", "", outcome)
    if dry:
        say("Nothing was changed.")
    return code


def _finish(root: Path, identity: str, *, dry: bool) -> int:
    from llmopt_tui.app.clock import SystemClock
    from llmopt_tui.archive.archiving import look_at, opened

    if dry:
        archive = look_at(root, identity)
        back = archive.manifest.state == "restoring"
        outcome = archive.preview()
    else:
        with opened(root, identity) as archive, _resumable(archive):
            back = archive.manifest.state == "restoring"
            outcome = archive.finish(SystemClock().now())
    verb = "restore" if back else "move"
    done = f"Would {verb}" if dry else f"{verb.capitalize()}d"
    code = _put_outcome(archive, done, "" if back else f"to archive/{archive.identity}/", outcome)
    if dry:
        say("Nothing was changed.")
    return code


def _list(root: Path) -> int:
    from llmopt_tui.archive.archiving import list_archives
    from llmopt_tui.archive.manifest import (
        ManifestError,
        shown,
        size_text,
        state_text,
    )
    from llmopt_tui.archive.moves import UNFINISHED
    from llmopt_tui.store.lock import owner_of

    archives = list_archives(root)
    if not archives:
        say(f"There is no archive in {root}. Make one: {PROGRAM} archive --help")
        return ExitCode.OK
    owner = owner_of(root / "archive")
    rows = []
    for folder, manifest in archives:
        if isinstance(manifest, ManifestError):
            rows.append((shown(folder.name), str(manifest), "", "", "", ""))
            continue
        state = state_text(manifest.state).lower()
        if manifest.state in UNFINISHED:
            state += f", by {owner}" if owner else ", interrupted"
        rows.append(
            (
                shown(folder.name),
                state,
                f"{manifest.created_at:%Y-%m-%d %H:%M}",
                str(len(manifest.items)),
                size_text(sum(item.size for item in manifest.items)),
                one_line(manifest.why, _LONGEST_REASON),
            )
        )
    put_table(("archive", "state", "made", "items", "size", "why"), rows, right=(3, 4))
    return ExitCode.OK


@contextmanager
def _resumable(archive: Archive) -> Iterator[None]:
    """Say how to go on and how to undo, should something come between."""
    from llmopt_tui.archive.moves import UNFINISHED, ArchiveError

    try:
        yield
    except (ArchiveError, OSError, KeyboardInterrupt) as error:
        lines = []
        if archive.manifest.state in UNFINISHED:
            count = f"{archive.inside} of {len(archive.manifest.items)} are in the archive"
            lines = [
                f"{count}, nothing is lost. Go on: {PROGRAM} archive --finish {archive.identity}",
                f"or bring all back: {PROGRAM} archive --restore {archive.identity}",
            ]
        if isinstance(error, KeyboardInterrupt):
            for line in lines:
                say(line)
            raise
        what = _what_failed(error) if isinstance(error, OSError) else error
        raise CommandError(what, *lines, code=ExitCode.FAILED) from error


def _put_outcome(archive: Archive, done: str, where: str, outcome: Outcome) -> int:
    if outcome.moved:
        put(f"{done} {where}".rstrip() + ":")
        _put_items(outcome.moved)
    elif outcome.perfect:
        say(f"Nothing is left to do: {archive.identity} is {_state(archive)}.")
    _say_taken(outcome)
    _say_details([f"{path}: at neither of its two places" for path in outcome.missing])
    _say_details([f"{path}: {what}" for path, what in outcome.changed.items()])
    if archive.manifest.state == "archived" and done == "Moved":
        put(f"The manifest: {archive.folder / 'manifest.md'}")
        put(f"To bring it back: {PROGRAM} archive --restore {archive.identity}")
    return ExitCode.OK if outcome.perfect else ExitCode.FAILED


def _state(archive: Archive) -> str:
    from llmopt_tui.archive.manifest import state_text

    return state_text(archive.manifest.state).lower()


def _put_items(items: tuple[Item, ...]) -> None:
    from llmopt_tui.archive.manifest import shown, size_text

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


def _put_rest(plan: Plan) -> None:
    from llmopt_tui.archive.manifest import shown

    for source, why in plan.staying:
        put(f"Stays: {shown(source)}  ({why})")
    for note in plan.notes:
        say(f"note: {note}")


def _say_taken(outcome: Outcome) -> None:
    _say_details([f"{path}: something else stands there" for path in outcome.taken])


def _say_details(lines: list[str]) -> None:
    from llmopt_tui.archive.manifest import shown

    for line in lines[:_DETAILS]:
        say(shown(line))
    if len(lines) > _DETAILS:
        say(f"and {len(lines) - _DETAILS} more")


def _what_failed(error: OSError) -> str:
    from llmopt_tui.archive.manifest import shown

    # A rename has two names, and either may be what is wrong.
    names = " -> ".join(str(name) for name in (error.filename, error.filename2) if name)
    what = error.strerror or str(error)
    return shown(f"{names}: {what}" if names else what)
