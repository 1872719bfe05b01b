"""Command: one thing a person can do in the app, with the part of the app that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal[
    "app",
    "run",
    "workbench",
    "panes",
    "list",
    "session",
    "sessions",
    "past",
    "page",
    "recorded",
    "compare",
    "leaderboard",
    "editor",
    "try",
    "cases",
    "example",
    "examples",
    "form",
    "import",
    "settings",
]
Group = Literal[
    "Run",
    "Decide",
    "Look",
    "Panes",
    "Go",
    "Try",
    "Cases",
    "Past sessions",
    "Replay",
    "Compare",
    "Leaderboard",
    "Settings",
]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do.

    `scope` names the part of the app that carries it out. `short` is its name in the key bar.
    """

    id: str
    key: str
    title: str
    short: str
    help: str
    group: Group
    scope: Scope
    action: str
    in_palette: bool = True
