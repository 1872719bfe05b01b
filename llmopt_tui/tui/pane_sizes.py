"""How much room each of the Workbench's panes gets. Pure: cells in, cells out.

Places on the screen are named by what is at their left or above: "left" is the width of the column
of Models and Cases, "talk" that of the Interviewer, "models" the height of Models in its column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from llmopt_tui.store.appearance import Panes

Edge = Literal["left", "talk", "models"]

NAMES = ("models", "cases", "log", "talk")
_LEAST: Mapping[Edge, int] = {"left": 18, "talk": 22, "models": 4}
"""The fewest cells that a place gets."""
_LOG = 24
"""The width in cells that is left to the Live log at least."""
_IDLE_SHARE = 0.48
"""The share of the width for Models and Cases before there is a session to show."""
_WIDTH_STEP, _HEIGHT_STEP = 4, 2


@dataclass(frozen=True, slots=True)
class Room:
    """The room in cells: the width of all panes, the height of one column."""

    width: int
    height: int

    def of(self, edge: Edge) -> int:
        """The cells that are shared out at this edge."""
        return self.height if edge == "models" else self.width


def left_width(panes: Panes, room: Room, *, idle: bool) -> int | None:
    """The width of the column of Models and Cases; None: as the style sheet has it.

    `idle`: there is no session to show, but something to pick.
    """
    share = panes.shares.get("left", _IDLE_SHARE if idle else None)
    return None if share is None else _within("left", share * room.width, room)


def talk_width(panes: Panes, room: Room) -> int | None:
    """The width of the Interviewer; None: as the style sheet has it."""
    share = panes.shares.get("talk")
    return None if share is None else _within("talk", share * room.width, room)


def heights(panes: Panes, room: Room, models: int, cases: int) -> tuple[int, int]:
    """The heights of Models and Cases, which need so many lines to show everything.

    Without a size that the person gave, a pane that needs less than half leaves the rest.
    """
    share = panes.shares.get("models")
    if share is not None:
        upper = _within("models", share * room.height, room)
    elif models + cases <= room.height:
        upper = models + (room.height - models - cases) // 2
    elif models <= room.height // 2:
        upper = models
    elif cases <= room.height // 2:
        upper = room.height - cases
    else:
        upper = room.height // 2
    return max(1, upper), max(1, room.height - upper)


def moved(panes: Panes, room: Room, edge: Edge, cells: int) -> Panes:
    """The panes with so many cells at an edge, as far as there is room."""
    share = _within(edge, cells, room) / max(1, room.of(edge))
    return replace(panes, shares={**panes.shares, edge: min(max(share, 0.01), 0.99)})


def pushed_shut(room: Room, edge: Edge, cells: int) -> tuple[str, ...]:
    """The panes that a person hides by dragging an edge to where they have no room left."""
    if edge == "left":
        return ("models", "cases") if cells < _LEAST["left"] // 2 else ()
    if edge == "talk":
        return ("talk",) if cells < _LEAST["talk"] // 2 else ()
    if cells < 2:
        return ("models",)
    return ("cases",) if cells > room.height - 2 else ()


def step(name: str, axis: Literal["width", "height"], shown: frozenset[str]) -> tuple[Edge, int]:
    """Which edge makes a pane larger, and by how many cells; 0 where none does."""
    upright = axis == "height"
    if name in ("models", "cases"):
        if upright:
            both = {"models", "cases"} <= shown
            return "models", both * (_HEIGHT_STEP if name == "models" else -_HEIGHT_STEP)
        return "left", _WIDTH_STEP
    if upright:
        return "models", 0
    if name == "talk":
        return ("talk", _WIDTH_STEP) if "log" in shown else ("left", -_WIDTH_STEP)
    return ("talk", -_WIDTH_STEP) if "talk" in shown else ("left", -_WIDTH_STEP)


def without(panes: Panes, names: frozenset[str]) -> Panes:
    """The panes with these hidden too; the last one that is shown stays."""
    hidden = panes.hidden | names
    return panes if hidden >= set(NAMES) else replace(panes, hidden=hidden)


def usable(panes: Panes | None) -> Panes:
    """The panes as they were kept; the usual ones where what was kept leaves nothing to see."""
    if panes is None or panes.hidden >= set(NAMES) or panes.maximized not in ("", *NAMES):
        return Panes()
    return panes


def _within(edge: Edge, cells: float, room: Room) -> int:
    rest = _LEAST["models"] if edge == "models" else _LOG + _LEAST["left"]
    return round(min(max(cells, _LEAST[edge]), max(_LEAST[edge], room.of(edge) - rest)))
