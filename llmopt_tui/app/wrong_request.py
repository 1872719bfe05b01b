"""WrongRequest: what is raised where something cannot be done as asked."""

from __future__ import annotations


class WrongRequest(Exception):
    """What was asked for cannot be done: a name that nothing answers to. Nothing was started."""
