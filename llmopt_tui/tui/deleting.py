"""Deleting a session: the person is asked twice, then its folder is moved to the trash."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.screens.dialogs import Ask, Confirm
from llmopt_tui.tui.session_table import date_text, model_text
from llmopt_tui.tui.widgets.plain import notify_plain

if TYPE_CHECKING:
    from llmopt_tui.store.sessions import SessionSummary
    from llmopt_tui.store.trash import Size

WORD = "delete"
"""The word that a person types to confirm."""


async def delete_session(screen: Screen[Any], results: Path, summary: SessionSummary) -> bool:
    """Ask twice, then move the session into the trash. Returns whether it was moved.

    Where the system's trash fails, a trash folder in the results folder is offered. Call this in
    a worker.
    """
    from llmopt_tui.store import trash

    if summary.kind == "suite":
        notify_plain(screen, "A suite is deleted session by session.", severity="warning")
        return False
    if problem := await asyncio.to_thread(trash.problem_with, results, summary.folder):
        _say_problem(screen, f"{summary.folder.name} {problem}.")
        return False
    size = await asyncio.to_thread(trash.size_of, summary.folder)
    if not await _asked_twice(screen, summary, size):
        return False
    try:
        await asyncio.to_thread(trash.move_to_trash, results, summary.folder)
    except trash.NoTrashError as error:
        return await _aside(screen, results, summary, str(error))
    except trash.NotDeletedError as error:
        _say_problem(screen, f"{error}.")
        return False
    notify_plain(screen, f"Session {summary.session_id} is in the system's trash.")
    return True


async def _asked_twice(screen: Screen[Any], summary: SessionSummary, size: Size) -> bool:
    what = f"{one_line(model_text(summary), 60)} × {one_line(summary.case_id, 60)}"
    kept = f"{fmt.plural(summary.iterations, 'iteration')}, {fmt.plural(size.files, 'file')}"
    facts = f"{what}\n{date_text(summary)}\n{kept}, {_bytes(size.bytes)}\n{summary.folder}"
    wanted = await screen.app.push_screen_wait(
        Confirm(f"Delete session {summary.session_id}?", facts, yes="Delete ...", no="Keep it")
    )
    if not wanted:
        return False
    typed = await screen.app.push_screen_wait(
        Ask(
            f"Really delete session {summary.session_id}?",
            f"Its folder goes to the system's trash. Type {WORD} to confirm.",
            ok="Delete",
            problem_with=lambda text: "" if text == WORD else f"Type {WORD}, or cancel.",
        )
    )
    return typed == WORD


async def _aside(screen: Screen[Any], results: Path, summary: SessionSummary, problem: str) -> bool:
    from llmopt_tui.store import trash

    aside = results / trash.ASIDE
    if not await screen.app.push_screen_wait(
        Confirm(
            "There is no trash here",
            f"{problem}.\n\nThe folder can be moved to {aside} instead, where no list shows it. "
            "It takes up room until you remove it there.",
            yes="Move it there",
            no="Keep it",
        )
    ):
        return False
    try:
        target = await asyncio.to_thread(trash.set_aside, results, summary.folder)
    except trash.NotDeletedError as error:
        _say_problem(screen, f"{error}.")
        return False
    notify_plain(screen, f"Session {summary.session_id} is in {target}.", timeout=15)
    return True


def _say_problem(screen: Screen[Any], text: str) -> None:
    notify_plain(screen, text, title="Not deleted", severity="error", timeout=15)


def _bytes(count: int) -> str:
    return fmt.size(count).strip() if count >= 1_000_000 else f"{max(1, count // 1000)} kB"
