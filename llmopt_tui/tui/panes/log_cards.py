"""Cards: the part of the Live log that scrolls, and the card of each iteration and race in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import MouseScrollDown, MouseScrollUp
from textual.message import Message

from llmopt_tui.tui.panes.iteration_card import IterationCard
from llmopt_tui.tui.panes.log_order import Place
from llmopt_tui.tui.panes.race_card import RaceCard


class Cards(VerticalScroll, inherit_bindings=False):
    """The part that scrolls. Left, right and enter act on the iterations; they do not scroll.

    Up and down move among the examples of an open iteration: the log does that, or has it scroll.
    `by_place` has the cards by their places in the log.
    """

    DEFAULT_CSS = """
    Cards {
        height: 1fr; display: none; background: transparent;
        scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $border;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Previous example, or scroll up", show=False),
        Binding("down", "move(1)", "Next example, or scroll down", show=False),
        Binding("pageup", "scroll('page_up')", "Page up", show=False),
        Binding("pagedown", "scroll('page_down')", "Page down", show=False),
        Binding("home", "scroll('home')", "Top", show=False),
        Binding("end", "scroll('end')", "Bottom", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="cards")
        self.by_place: dict[Place, IterationCard | RaceCard] = {}

    def hold(self, needed: Sequence[Place]) -> None:
        """Have these cards, in this order."""
        for gone in self.by_place.keys() - set(needed):
            self.by_place.pop(gone).remove()
        previous: IterationCard | RaceCard | None = None
        for place in needed:
            if place not in self.by_place:
                card = RaceCard(place) if place.interview else IterationCard(place.iteration)
                self.by_place[place] = card
                self.mount(card, after=previous)
            previous = self.by_place[place]

    def clear(self) -> None:
        """Remove all cards."""
        self.by_place.clear()
        self.remove_children()

    class Scrolled(Message):
        """The person scrolled the log by a key or the wheel."""

    class Moved(Message):
        """The person pressed up (-1) or down (1)."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def action_move(self, by: int) -> None:
        """Tell the log of up and down."""
        self.post_message(self.Moved(by))

    def action_scroll(self, where: str) -> None:
        """Scroll by a key, and tell the log."""
        getattr(self, f"scroll_{where}")(animate=False)
        self.post_message(self.Scrolled())

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Tell the log that the person scrolls by the wheel."""
        self.post_message(self.Scrolled())

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Tell the log that the person scrolls by the wheel."""
        self.post_message(self.Scrolled())
