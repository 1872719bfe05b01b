"""The tables of commands: every action of the app, with its id, key, title and help."""

from __future__ import annotations

from llmopt_tui.tui.command import Command
from llmopt_tui.tui.command_tables import (
    cases,
    leaderboard,
    looking,
    past,
    running,
    settings,
    trying,
)

COMMANDS: tuple[Command, ...] = (
    *running.COMMANDS,
    *looking.COMMANDS,
    *trying.COMMANDS,
    *cases.COMMANDS,
    *past.COMMANDS,
    *leaderboard.COMMANDS,
    *settings.COMMANDS,
)
"""Every command. Within a group they are in the order in which the help lists them."""
