"""How often Python looks for garbage while the app runs."""

from __future__ import annotations

import gc

_NEW_OBJECTS = 50_000


def collect_seldom() -> None:
    """Have the collector come by after more new objects than Python's few hundred.

    A screen is drawn from tens of thousands of objects, nearly all of which live on: walking them
    again and again took a tenth of a second out of many a key press, and a third of the time to
    open a session. The price is a few megabytes.
    """
    gc.set_threshold(_NEW_OBJECTS, 10, 10)
