"""How the app looked when it was left: its theme, and the sizes of its panes.

It is kept in one small file for all workspaces. Nothing of value is in it: a file that cannot be
read says nothing, and one that cannot be written is done without.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LARGEST = 64 * 1024
"""Bytes of a file that can be ours."""


@dataclass(frozen=True, slots=True)
class Panes:
    """How a person arranged the Workbench's panes.

    `shares` are parts of the room, between 0 and 1, by the name of what has them. `hidden` are the
    ids of panes that are not shown, `maximized` that of the one that is shown alone, or "".
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    maximized: str = ""


@dataclass(frozen=True, slots=True)
class Appearance:
    """What is kept. `theme` was chosen in the app while the settings said `theme_over`."""

    theme: str = ""
    theme_over: str = ""
    panes: Panes = field(default_factory=Panes)


class AppearanceFile:
    """The file that keeps an `Appearance`. None of its methods raises."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Appearance:
        """What is kept; the usual look where nothing readable is."""
        data = self._data()
        panes = _table(data.get("panes"))
        hidden = panes.get("hidden")
        return Appearance(
            theme=_text(data.get("theme")),
            theme_over=_text(data.get("theme_over")),
            panes=Panes(
                shares={k: v for k, v in _table(panes.get("shares")).items() if _is_share(v)},
                hidden=frozenset(map(_text, hidden if isinstance(hidden, list) else ())) - {""},
                maximized=_text(panes.get("maximized")),
            ),
        )

    def keep_theme(self, theme: str, over: str) -> None:
        """Remember a theme that was chosen while the settings said `over`."""
        self._change({"theme": theme, "theme_over": over})

    def keep_panes(self, panes: Panes) -> None:
        """Remember how the panes are arranged."""
        shares = {name: round(share, 4) for name, share in panes.shares.items()}
        kept = {"shares": shares, "hidden": sorted(panes.hidden), "maximized": panes.maximized}
        self._change({"panes": kept})

    def _change(self, changed: Mapping[str, Any]) -> None:
        """Replace these keys. Others, which another process may have changed, stay."""
        from llmopt_tui.store.atomic import write_json

        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_json(self._path, {"schema_version": 1, **self._data(), **changed})

    def _data(self) -> dict[str, Any]:
        try:
            with self._path.open("rb") as file:
                return _table(json.loads(file.read(_LARGEST)))
        except (OSError, ValueError, RecursionError):
            return {}


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and 0 < value < 1
