"""Making the main screens.

Each is imported when it is first opened: that takes longer than to draw it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

if TYPE_CHECKING:
    from llmopt_tui.tui.app import LlmoptApp


def _workbench(app: LlmoptApp) -> Screen[Any]:
    from llmopt_tui.tui.screens.workbench import Workbench

    return Workbench(app.controller, app.pulls)


def _try(app: LlmoptApp) -> Screen[Any]:
    return app.new_try_screen()


def _cases(app: LlmoptApp) -> Screen[Any]:
    from llmopt_tui.tui.screens.cases import CasesScreen

    return CasesScreen(app.desk)


def _sessions(app: LlmoptApp) -> Screen[Any]:
    from llmopt_tui.tui.screens.sessions import SessionsScreen

    return SessionsScreen(app.workspace.results)


def _leaderboard(app: LlmoptApp) -> Screen[Any]:
    from llmopt_tui.tui.screens.leaderboard import LeaderboardScreen

    return LeaderboardScreen(app.workspace.results, app.controller)


def _settings(app: LlmoptApp) -> Screen[Any]:
    from llmopt_tui.tui.screens.settings import SettingsScreen

    return SettingsScreen(app.preferences)


MAKERS: Mapping[str, Callable[[LlmoptApp], Screen[Any]]] = {
    "workbench": _workbench,
    "try": _try,
    "cases": _cases,
    "sessions": _sessions,
    "leaderboard": _leaderboard,
    "settings": _settings,
}
"""By the names of the main screens."""
