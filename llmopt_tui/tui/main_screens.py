"""The main screens: what the top bar leads to. A screen added here appears there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

if TYPE_CHECKING:
    from llmopt_tui.tui.app import LlmoptApp


@dataclass(frozen=True, slots=True)
class MainScreen:
    """One of the screens that a person goes to by the top bar.

    `name` is the app's mode that holds it, `command` the id of the command that goes there, whose
    title the bar shows. `short` is that title for a narrow terminal.
    """

    name: str
    command: str
    make: Callable[[LlmoptApp], Screen[Any]]
    short: str


# What a screen imports takes longer than drawing it, so each is imported when it is first opened.


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


MAIN_SCREENS: tuple[MainScreen, ...] = (
    MainScreen("workbench", "workbench", _workbench, "Work"),
    MainScreen("try", "try", _try, "Try"),
    MainScreen("cases", "case_screen", _cases, "Cases"),
    MainScreen("sessions", "sessions", _sessions, "Sessions"),
    MainScreen("leaderboard", "leaderboard", _leaderboard, "Board"),
    MainScreen("settings", "settings", _settings, "Settings"),
)
"""In the order in which the top bar has them."""
