"""Opening a session from the Leaderboard: in the Workbench while it runs, else as recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.reports.leaderboard_words import state_word
from llmopt_tui.tui.widgets.plain import notify_plain

if TYPE_CHECKING:
    from llmopt_tui.app.members import KeptMember
    from llmopt_tui.state.leaderboard import Cell
    from llmopt_tui.store.sessions import SessionSummary
    from llmopt_tui.tui.app import LlmoptApp
    from llmopt_tui.tui.controller import RunController


async def pick_cell(app: LlmoptApp, cells: Sequence[Cell]) -> Cell | None:
    """The only cell, or the one that the person picks; None if none. Call this in a worker."""
    from llmopt_tui.tui.screens.dialogs import Choose

    if len(cells) < 2:
        return cells[0] if cells else None
    offers = [(cell.case, f"{cell.case}   {state_word(cell)}") for cell in cells]
    title = f"Open a session of {one_line(cells[0].model, 40)}"
    chosen = await app.push_screen_wait(Choose(title, offers))
    return next((cell for cell in cells if cell.case == chosen), None)


async def open_cell(
    screen: Screen[Any],
    results: Path,
    cell: Cell,
    run: RunController | None,
    member: KeptMember | None,
) -> None:
    """Show a session. `member` is set if this app runs it. Call this in a worker."""
    app: LlmoptApp = screen.app  # type: ignore[assignment]
    if run and member and member.state and not member.ended:
        run.show(member)
        app.action_workbench()
        return
    summary = await asyncio.to_thread(_summary, results, cell.folder)
    if summary is None:
        why = cell.problem or "it has not begun"
        notify_plain(screen, f"There is nothing to open: {one_line(why, 300)}.")
        return
    from llmopt_tui.tui.screens.recorded import RecordedScreen

    app.push_screen(RecordedScreen(summary))


def _summary(results: Path, folder: str) -> SessionSummary | None:
    """The summary of the session in this folder of the results; None if there is none."""
    from llmopt_tui.store.sessions import read_summary, session_folder

    path = session_folder(results, folder)
    summary = read_summary(path) if path else None
    return summary if summary and summary.started_at else None
