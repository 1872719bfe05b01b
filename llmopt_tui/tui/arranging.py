"""Arranging: the person's sizes of the Workbench's panes, by key and by mouse, kept for next time.

One pane alone is what a narrow terminal shows anyway, so a maximized pane makes the screen narrow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from textual.css.query import NoMatches
from textual.events import MouseDown, MouseEvent
from textual.widget import Widget

from llmopt_tui.store.appearance import Panes
from llmopt_tui.tui import pane_sizes
from llmopt_tui.tui.pane_sizes import NAMES, Edge, Room
from llmopt_tui.tui.panes.cases import Problems
from llmopt_tui.tui.panes.picklist import PickList
from llmopt_tui.tui.screens import first_frame
from llmopt_tui.tui.screens.breakpoints import class_at
from llmopt_tui.tui.session_view import SessionView

if TYPE_CHECKING:
    from llmopt_tui.tui.screens.workbench import Workbench

HIDDEN = "-hidden"
_ALWAYS_NARROW = [(0, "-narrow"), (10**6, "-columns"), (10**6 + 1, "-spacious")]
_FRAME = 2
"""The lines of a pane's borders."""


class Arranging:
    """The arrangement of the panes of one screen."""

    def __init__(self, screen: Workbench) -> None:
        self._screen = screen
        self.panes = Panes()
        self._dragged: Edge | None = None

    @property
    def alone(self) -> bool:
        """Whether one pane is shown alone by the person's wish."""
        return bool(self.panes.maximized)

    @property
    def hidden(self) -> frozenset[str]:
        """The panes that are not shown. What waits for the person is always shown."""
        asked = {"talk"} if self._screen.controller.deciding else set()
        return self.panes.hidden & set(NAMES) - asked

    def begin(self) -> None:
        """Show the panes as they were left."""
        self.panes = pane_sizes.usable(self._screen.app.looks.panes)
        if self.alone:
            self._make_narrow()
            self._screen.tabs.select(self.panes.maximized)
        self.apply()

    def apply(self) -> None:
        """Give each pane its room."""
        screen = self._screen
        try:
            left, session = screen.query_one("#left"), screen.query_one(SessionView)
            found = {name: screen.query_one(f"#{name}") for name in NAMES}
        except NoMatches:
            return  # the screen is being removed
        narrow, hidden = screen.has_class("-narrow"), self.hidden
        for name, widget in found.items():
            widget.set_class(name in hidden, HIDDEN)
        left.set_class(hidden >= {"models", "cases"}, HIDDEN)
        session.set_class(hidden >= {"log", "talk"}, HIDDEN)
        screen.set_class(bool(hidden) and not narrow, "-some-hidden")
        screen.tabs.tell(hidden=frozenset() if narrow else hidden, alone=self.alone)
        if narrow:
            _set(left, width=None)
            _set(found["talk"], width=None, min_width=None, max_width=None)
            _set(found["models"], height=None)
            _set(found["cases"], height=None)
            return
        room = self._room
        finding = screen.finding
        idle = session.state is None and finding.can_run and not finding.needed
        width: Any = pane_sizes.left_width(self.panes, room, idle=idle)
        _set(left, width="1fr" if session.has_class(HIDDEN) else width)
        self._apply_talk(found["talk"], "log" in hidden)
        self._apply_heights(found["models"], found["cases"])

    def _apply_talk(self, talk: Widget, log_hidden: bool) -> None:
        if log_hidden:
            _set(talk, width="1fr", min_width=None, max_width="100%")
        elif self._screen.controller.deciding:
            _set(talk, width=None, min_width=None, max_width=None)  # it needs what it can get
        else:
            width = pane_sizes.talk_width(self.panes, self._room)
            given = width is not None
            _set(
                talk,
                width=width,
                min_width=1 if given else None,
                max_width="100%" if given else None,
            )

    def _apply_heights(self, models: Widget, cases: Widget) -> None:
        needs = [pane.query_one(PickList).virtual_size.height + _FRAME for pane in (models, cases)]
        if cases.query(Problems) or not self._screen.finding.can_run:
            needs = [3 * self._room.height, 2 * self._room.height]
        upper, lower = pane_sizes.heights(self.panes, self._room, *needs)
        _set(models, height=f"{upper}fr")
        _set(cases, height=f"{lower}fr")

    @property
    def _room(self) -> Room:
        left = self._screen.query_one("#left")
        return Room(self._screen.size.width, max(left.size.height, 8))

    # By key

    def resize(self, axis: Literal["width", "height"], sign: int) -> None:
        """Make the focused pane larger (1) or smaller (-1)."""
        name = self._focused
        if not name or self._screen.has_class("-narrow"):
            return
        edge, cells = pane_sizes.step(name, axis, frozenset(NAMES) - self.hidden)
        if cells:
            self._move(edge, self._now(edge) + sign * cells)
            self._keep()

    def hide(self) -> None:
        """Hide the focused pane, and focus the next one."""
        name = self._focused
        if not name or self._screen.has_class("-narrow"):
            return
        before, self.panes = self.panes, pane_sizes.without(self.panes, frozenset({name}))
        if self.panes == before:
            self._screen.app.say("The last pane stays.")
            return
        self._screen.tabs.go_on(1)
        self.apply()
        self._keep()

    def show(self, name: str) -> None:
        """Show a pane again, where it is hidden."""
        if name in self.panes.hidden:
            self.panes = replace(self.panes, hidden=self.panes.hidden - {name})
            self.apply()
            self._keep()

    def maximize(self, name: str = "") -> None:
        """Show one pane alone, the focused one unless it is named; or all of them again."""
        screen = self._screen
        name = name or self._focused or "log"
        if self.alone:
            self.panes = replace(self.panes, maximized="")
            screen.HORIZONTAL_BREAKPOINTS = first_frame.HORIZONTAL_BREAKPOINTS
            wide = class_at(screen.size.width, first_frame.HORIZONTAL_BREAKPOINTS)
            assert wide is not None  # the first breakpoint is at 0
            screen.remove_class("-narrow").add_class(wide)
        elif screen.has_class("-narrow"):
            return  # there is one pane at a time already
        else:
            self.panes = replace(self.panes, maximized=name)
            self._make_narrow()
            screen.tabs.select(name)
        self.apply()
        self._keep()

    def reset(self) -> None:
        """Show every pane in its usual size."""
        if self.alone:
            self.maximize()
        self.panes = Panes()
        self.apply()
        self._keep()

    def _make_narrow(self) -> None:
        self._screen.HORIZONTAL_BREAKPOINTS = _ALWAYS_NARROW
        self._screen.remove_class("-columns", "-spacious").add_class("-narrow")

    @property
    def _focused(self) -> str:
        focused = self._screen.focused
        around = focused.ancestors_with_self if focused else []
        return next((node.id for node in around if node.id in NAMES), "")

    # By mouse

    def grab(self, event: MouseDown) -> bool:
        """Begin to drag the border under the mouse. Returns whether there is one."""
        self._dragged = None if event.button != 1 else self._edge_at(event)
        return self._dragged is not None

    def drag(self, event: MouseEvent) -> bool:
        """Move the border that is dragged. Returns whether one is."""
        if self._dragged is not None:
            self._move(self._dragged, self._cells_at(self._dragged, event))
        return self._dragged is not None

    def drop(self, event: MouseEvent) -> bool:
        """End dragging; a pane that was pushed shut is hidden. Returns whether one was dragged."""
        edge, self._dragged = self._dragged, None
        if edge is None:
            return False
        shut = pane_sizes.pushed_shut(self._room, edge, self._cells_at(edge, event))
        if shut:
            shares = {name: share for name, share in self.panes.shares.items() if name != edge}
            self.panes = pane_sizes.without(replace(self.panes, shares=shares), frozenset(shut))
            self.apply()
        self._keep()
        return True

    def border_at(self, event: MouseEvent) -> str:
        """The pane whose border is under the mouse; "" if none is."""
        x, y = event.screen_x, event.screen_y
        for name in NAMES:
            region = self._screen.query_one(f"#{name}").region
            inside = region.shrink((1, 1, 1, 1))
            if region.contains(x, y) and not inside.contains(x, y):
                return name
        return ""

    def _edge_at(self, event: MouseEvent) -> Edge | None:
        screen, x, y = self._screen, event.screen_x, event.screen_y
        if screen.has_class("-narrow"):
            return None
        left, cases, talk = (
            screen.query_one(f"#{name}").region for name in ("left", "cases", "talk")
        )
        if left.area and left.x <= x < left.right - 1 and cases.area and cases.y > left.y:
            return "models" if y in (cases.y - 1, cases.y) else None
        if left.area and x in (left.right - 1, left.right):
            return "left"
        if talk.area and talk.x > left.right and x in (talk.x - 1, talk.x):
            return "talk"
        return None

    def _now(self, edge: Edge) -> int:
        """The cells that a place has now."""
        name = {"left": "left", "talk": "talk", "models": "models"}[edge]
        size = self._screen.query_one(f"#{name}").outer_size
        return size.height if edge == "models" else size.width

    def _cells_at(self, edge: Edge, event: MouseEvent) -> int:
        """The cells that a place would have if its edge were under the mouse."""
        if edge == "models":
            return event.screen_y + 1 - self._screen.query_one("#left").region.y
        if edge == "left":
            return event.screen_x + 1
        return self._screen.size.width - event.screen_x

    def _move(self, edge: Edge, cells: int) -> None:
        self.panes = pane_sizes.moved(self.panes, self._room, edge, cells)
        self.apply()

    def _keep(self) -> None:
        self._screen.app.looks.keep_panes(self.panes)


def _set(widget: Widget, **rules: Any) -> None:
    """Set inline styles; None leaves a rule to the style sheets."""
    for name, value in rules.items():
        setattr(widget.styles, name, value)
