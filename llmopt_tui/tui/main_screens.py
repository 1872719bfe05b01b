"""The main screens: what the top bar leads to. A screen added here appears there.

`screen_makers.py` makes them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MainScreen:
    """One of the screens that a person goes to by the top bar.

    `name` is the app's mode that holds it, `command` the id of the command that goes there, whose
    title the bar shows. `short` is that title for a narrow terminal.
    """

    name: str
    command: str
    short: str


MAIN_SCREENS: tuple[MainScreen, ...] = (
    MainScreen("workbench", "workbench", "Work"),
    MainScreen("try", "try", "Try"),
    MainScreen("cases", "case_screen", "Cases"),
    MainScreen("sessions", "sessions", "Sessions"),
    MainScreen("leaderboard", "leaderboard", "Board"),
    MainScreen("settings", "settings", "Settings"),
)
"""In the order in which the top bar has them."""
