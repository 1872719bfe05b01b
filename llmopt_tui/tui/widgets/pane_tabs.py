"""PaneTabs: panes side by side, or in a narrow terminal one at a time under a line of tabs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from textual.content import Content
from textual.widget import Widget

from llmopt_tui.tui.bars import Bar
from llmopt_tui.tui.links import link

AWAY, PART = "-away", "-part"


class PaneTabs(Bar):
    """The line of tabs. It also decides which panes are hidden if there is no room for all.

    `titles` has the panes' titles by their ids, `groups` the ids of the columns that hold them. A
    pane that is not shown gets the class "-away", one that is shown in a few lines "-part"; a
    column gets them if all of its panes do. Style sheets use both only in narrow terminals.
    `stops` are the widgets that take keys, in the order of the tab key, each with its pane.
    """

    def __init__(
        self,
        titles: Mapping[str, str],
        groups: Collection[str],
        stops: Sequence[tuple[str, str]],
        *,
        marks: bool = False,
    ) -> None:
        super().__init__(id="tabs")
        self.chosen = next(iter(titles))
        self._titles, self._groups, self._stops, self._marks = titles, groups, stops, marks
        self._above: Mapping[str, str] = {}
        self._marked: Collection[str] = ()
        self._hidden: Collection[str] = ()
        self._alone = False
        self._digits = True

    def on_resize(self) -> None:
        """Lay the two sides out again."""
        self._draw()

    def demand(self, above: Mapping[str, str], marked: Collection[str]) -> None:
        """Set what is shown besides the chosen pane, and which tabs need attention.

        `above` maps a pane that is shown in part to the pane below it.
        """
        self._above, self._marked = above, marked
        self.select(self.chosen)

    def select(self, name: str) -> None:
        """Choose the pane that is shown in a narrow terminal."""
        self.chosen = name
        below = self._above.get(name)
        part = {name} if below else set()
        shown = {name} | ({below} if below else set())
        panes = {pane: self.screen.query_one(f"#{pane}") for pane in self._titles}
        # In a wide terminal the classes change no style, and to restyle a pane costs much.
        styles = self.screen.has_class("-narrow")
        for pane, widget in panes.items():
            _put(widget, away=pane not in shown, part=pane in part, update=styles)
        for group in self._groups:
            column = self.screen.query_one(f"#{group}")
            held = {pane for pane, widget in panes.items() if column in widget.ancestors} & shown
            _put(column, away=not held, part=bool(held) and held <= part, update=styles)
        self._draw()

    def show_digits(self, shown: bool) -> None:
        """Name each pane with its digit, or without it while digits mean something else."""
        if shown != self._digits:
            self._digits = shown
            self._draw()

    def tell(self, *, hidden: Collection[str], alone: bool) -> None:
        """Set which panes the person has hidden, and whether one is shown alone by their wish."""
        if (hidden, alone) != (self._hidden, self._alone):
            self._hidden, self._alone = hidden, alone
            self._draw()

    def _draw(self) -> None:
        if not self.size.width:
            return  # it is not displayed; `on_resize` draws it once it is
        parts: list[str | Content] = [" "]
        for name, title in self._titles.items():
            wanting = name in self._marked or name in self._above
            mark = (" ●" if wanting else "  ") if self._marks else " "
            style = "bold reverse" if name == self.chosen and not self._hidden else ""
            if self._hidden:
                mark, style = (" +", "$foreground-muted") if name in self._hidden else ("  ", "")
            named = title if self._digits else title.partition(" ")[2]
            parts += [link(f" {named}{mark}", f"screen.pane('{name}')", style), " "]
        if self._hidden:
            parts.append(Content.styled(" + is hidden: a click shows it", "$foreground-muted"))
        back = link("show all panes ", "screen.maximize_pane", "underline") if self._alone else None
        self.put(Content.assemble(*parts), back)

    def go(self, name: str) -> None:
        """Choose a pane, and focus the first of its widgets that takes keys."""
        self.select(self._tab_of(name))
        for pane, stop in self._own_stops():
            if pane == name:
                self.screen.set_focus(stop)
                return

    def go_on(self, by: int) -> bool:
        """Focus the next stop (or with -1 the previous). Returns False if the focus is on none."""
        stops = self.stops()
        widgets = [stop for _, stop in stops]
        if self.screen.focused not in widgets:
            return False
        pane, stop = stops[(widgets.index(self.screen.focused) + by) % len(stops)]
        self.select(pane)
        self.screen.set_focus(stop)
        return True

    def show_focus(self, focused: Widget) -> None:
        """Choose the pane of the focused widget, so that it is visible."""
        for pane, stop in self.stops():
            if stop is focused and pane != self.chosen:
                self.select(pane)

    def stops(self) -> list[tuple[str, Widget]]:
        """All widgets that can take the focus once their tab is chosen, each with its tab."""
        return [(self._tab_of(pane), widget) for pane, widget in self._own_stops()]

    def _tab_of(self, pane: str) -> str:
        """The tab under which a pane is shown: in a narrow terminal perhaps that of another one."""
        tabs = {below: above for above, below in self._above.items()}
        return tabs.get(pane, pane) if self.screen.has_class("-narrow") else pane

    def _own_stops(self) -> list[tuple[str, Widget]]:
        """All widgets that can take the focus once their tab is chosen, each with its own pane."""
        return [
            (pane, widget)
            for pane, selector in self._stops
            for widget in self.screen.query(selector)
            if self._reachable(widget)
        ]

    def _reachable(self, stop: Widget) -> bool:
        """Whether the widget is visible as soon as its tab is chosen."""
        own = {*self._titles, *self._groups}
        if any(node.id in self._hidden for node in stop.ancestors_with_self):
            return False
        return not stop.disabled and all(
            node.display or node.has_class(AWAY) or node.id in own
            for node in stop.ancestors_with_self
            if isinstance(node, Widget)
        )


def _put(widget: Widget, *, away: bool, part: bool, update: bool) -> None:
    widget.set_class(away, AWAY, update=update)
    widget.set_class(part, PART, update=update)
