"""Deleting sessions and suites: asked once, undone by a key, then given to the system's trash.

What is deleted is set aside in the results folder first, where it can be brought back at once. It
goes to the system's trash when something else is deleted, or when the screen ends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import work
from textual.screen import Screen

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.keys import key_of
from llmopt_tui.tui.screens.dialogs import Confirm
from llmopt_tui.tui.session_table import date_text, model_text
from llmopt_tui.tui.widgets.plain import notify_plain

if TYPE_CHECKING:
    from llmopt_tui.store.sessions import SessionSummary
    from llmopt_tui.tui.panes.session_listing import SessionListing

_NAMED = 6
"""How many of the things to be deleted are named in the question."""


@dataclass
class Bin:
    """What has been deleted and can still be brought back: names, and where each lies now."""

    results: Path
    aside: list[tuple[str, Path]] = field(default_factory=list)

    def take(self, paths: Sequence[Path]) -> None:
        """Set these aside, after giving to the trash what was set aside before.

        Raises NotDeletedError, and then everything is where it was.
        """
        from llmopt_tui.store import trash

        self.hand_over()
        try:
            for path in paths:
                self.aside.append((path.name, trash.set_aside(self.results, path)))
        except trash.NotDeletedError:
            self.undo()
            raise

    def undo(self) -> int:
        """Bring back what was deleted last, and return how many files and folders that were.

        Raises NotDeletedError for the first that cannot be brought back.
        """
        from llmopt_tui.store import trash

        count = 0
        while self.aside:
            name, place = self.aside[-1]
            trash.put_back(self.results, place, name)
            self.aside.pop()
            count += 1
        return count

    def hand_over(self) -> None:
        """Give what was set aside to the system's trash. What that does not take stays aside.

        It is put back first: the trash keeps the place from which a thing came.
        """
        from llmopt_tui.store import trash

        given, self.aside = self.aside, []
        for name, place in given:
            with contextlib.suppress(trash.NotDeletedError):
                trash.put_back(self.results, place, name)
                try:
                    trash.move_to_trash(self.results, self.results / name)
                except trash.NoTrashError:
                    trash.set_aside(self.results, self.results / name)


class Deleting(Screen[None]):
    """The part of the Sessions screen that deletes and undoes."""

    listing: SessionListing

    def make_bin(self, results: Path) -> None:
        """Begin with nothing deleted."""
        self._bin = Bin(results)

    @property
    def chosen(self) -> Sequence[SessionSummary]:
        """What is marked, or else what is selected."""
        raise NotImplementedError

    @work(exclusive=True, group="delete", exit_on_error=False)
    async def action_delete(self) -> None:
        """Move what is marked, or else what is selected, to the trash, after asking once."""
        if not (chosen := self.chosen):
            return
        paths = await asyncio.to_thread(self._paths_of, chosen)
        if await _delete(self, self._bin, chosen, paths):
            self.listing.unmark()
            key = key_of("undo", getattr(self.app, "keymap", {}))
            notify_plain(self, f"Deleted. {key} brings it back.", timeout=15)
            self.listing.refresh_sessions()

    def _paths_of(self, chosen: Sequence[SessionSummary]) -> list[Path]:
        """The folders and files of sessions and suites, each once."""
        from llmopt_tui.store.trash import files_of_suite

        found: dict[Path, None] = {}
        for summary in chosen:
            if summary.kind == "session":
                found[summary.folder] = None
                continue
            found |= dict.fromkeys(member.folder for member in self.listing.members_of(summary))
            found |= dict.fromkeys(files_of_suite(summary.folder))
        return list(found)

    @work(exclusive=True, group="delete", exit_on_error=False)
    async def action_undo(self) -> None:
        """Bring back what was deleted last."""
        from llmopt_tui.store.trash import NotDeletedError

        try:
            count = await asyncio.to_thread(self._bin.undo)
        except NotDeletedError as error:
            notify_plain(self, f"{error}.", severity="error", timeout=15)
            return
        notify_plain(self, "Brought back." if count else "There is nothing to bring back.")
        self.listing.refresh_sessions()

    def on_unmount(self) -> None:
        """Give what was deleted to the system's trash: it cannot be undone any more."""
        self._bin.hand_over()


async def _delete(
    screen: Screen[Any], bin_: Bin, chosen: Sequence[SessionSummary], paths: Sequence[Path]
) -> bool:
    """Ask once, then set the files and folders of what was chosen aside. Returns whether it did."""
    from llmopt_tui.store import trash

    problems = await asyncio.to_thread(_problems, bin_.results, paths)
    if problems:
        _say_problem(screen, "\n".join(problems[:3]))
        return False
    count = await asyncio.to_thread(_bytes_in, paths)
    detail = "\n".join(_line(summary) for summary in chosen[:_NAMED])
    if len(chosen) > _NAMED:
        detail += f"\nand {len(chosen) - _NAMED} more"
    detail += f"\n\n{_bytes(count)} go to the trash. It can be undone until you leave."
    wanted = await screen.app.push_screen_wait(
        Confirm(f"Delete {_what(chosen)}?", detail, yes="Delete", no="Keep")
    )
    if not wanted:
        return False
    try:
        await asyncio.to_thread(bin_.take, paths)
    except trash.NotDeletedError as error:
        _say_problem(screen, f"{error}.")
        return False
    return True


def _problems(results: Path, paths: Sequence[Path]) -> list[str]:
    from llmopt_tui.store import trash

    found = ((path.name, trash.problem_with(results, path)) for path in paths)
    return [f"{name} {problem}." for name, problem in found if problem]


def _bytes_in(paths: Sequence[Path]) -> int:
    from llmopt_tui.store import trash

    return sum(trash.size_of(p).bytes if p.is_dir() else p.stat().st_size for p in paths)


def _what(chosen: Sequence[SessionSummary]) -> str:
    """What is deleted, in words: "session a1b2c3d4", "2 sessions and 1 suite"."""
    if len(chosen) == 1:
        return f"{chosen[0].kind} {chosen[0].session_id}"
    suites = sum(summary.kind == "suite" for summary in chosen)
    counts = ((len(chosen) - suites, "session"), (suites, "suite"))
    return " and ".join(fmt.plural(n, name) for n, name in counts if n)


def _line(summary: SessionSummary) -> str:
    what = f"{one_line(model_text(summary), 50)} × {one_line(summary.case_id, 50)}"
    kept = f", {fmt.plural(len(summary.members), 'session')}" if summary.members else ""
    return f"{date_text(summary)}  {what}{kept}"


def _say_problem(screen: Screen[Any], text: str) -> None:
    notify_plain(screen, text, title="Not deleted", severity="error", timeout=15)


def _bytes(count: int) -> str:
    return fmt.size(count).strip() if count >= 1_000_000 else f"{max(1, count // 1000)} kB"
