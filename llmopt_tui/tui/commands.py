"""Commands: which commands of the table each screen has, and the key bindings made of them.

Bindings, the keys at the foot, the palette, the help screen and the check of `[keymap]` all come
from the one table; how keys are written is in keys.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.binding import Binding, BindingType

from llmopt_tui.tui.command import Command, Group, Scope
from llmopt_tui.tui.command_tables import COMMANDS

__all__ = [
    "BY_ID",
    "COMMANDS",
    "PAIRS",
    "SCREENS",
    "Command",
    "Group",
    "Scope",
    "bindings",
    "grouped",
    "scopes_of",
]

SCREENS: Mapping[str, tuple[Scope, ...]] = {
    "Workbench": ("app", "run", "workbench", "panes", "list", "session"),
    "Sessions": ("app", "sessions", "past"),
    "Recorded": ("app", "page", "past", "recorded", "session"),
    "Compare": ("app", "page", "compare"),
    "Report": ("app", "page"),
    "Leaderboard": ("app", "run", "leaderboard"),
    "Editor": ("editor",),
    "Try": ("app", "try"),
    "Cases": ("app", "cases", "examples"),
    "Example": ("app", "page", "example", "examples"),
    "Import": ("app", "page", "import"),
    "Form": ("form",),
    "Settings": ("app", "settings"),
}
"""Which scopes are active together on a screen: among them, a key has one meaning."""


BY_ID: Mapping[str, Command] = {command.id: command for command in COMMANDS}

PAIRS: Mapping[tuple[str, str], str] = {
    ("older", "newer"): "iteration",
    ("slower", "faster"): "speed",
    ("event_back", "event_on"): "event",
    ("previous", "next"): "example",
    ("view_before", "view_after"): "case",
    ("try_before", "try_after"): "example",
    ("example_previous", "example_next"): "example",
}
"""Pairs of commands that share one entry in the key bar, and what they step through."""


def bindings(
    scope: Scope, *, everywhere: bool = False, priority: bool = False
) -> list[BindingType]:
    """The key bindings of one part of the app, with ids, so that a keymap can change them.

    With `everywhere`, only those that make sense wherever the focus is: the palette's. With
    `priority`, they win over the bindings of the focused widget.
    """
    return [
        Binding(
            command.key,
            command.action,
            command.title,
            priority=priority,
            tooltip=command.help,
            id=command.id,
        )
        for command in COMMANDS
        if command.scope == scope and (command.in_palette or not everywhere)
    ]


def scopes_of(command_ids: Iterable[str]) -> set[Scope]:
    """The parts of the app that these commands belong to. Unknown ids are ignored."""
    return {BY_ID[name].scope for name in command_ids if name in BY_ID}


def grouped(commands: Iterable[Command] = COMMANDS) -> dict[Group, list[Command]]:
    """Commands by group, in the order in which they are declared."""
    groups: dict[Group, list[Command]] = {}
    for command in commands:
        groups.setdefault(command.group, []).append(command)
    return groups
