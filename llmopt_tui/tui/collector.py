"""How often Python's garbage collector runs while the app runs."""

from __future__ import annotations

import gc

_NEW_OBJECTS = 50_000


def collect_seldom() -> None:
    """Let the collector run less often: after more new objects than Python's default.

    A screen consists of tens of thousands of objects, and nearly all of them stay alive. Checking
    them again and again delayed many key presses by a tenth of a second, and took a third of the
    time to open a session. Collecting less often costs a few megabytes.
    """
    gc.set_threshold(_NEW_OBJECTS, 10, 10)
