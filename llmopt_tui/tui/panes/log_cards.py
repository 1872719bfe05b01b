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

    def follow(self, place: Place, *, writes: bool) -> None:
        """Scroll until a card is in sight: where it `writes` an answer, that one's end."""
        card = self.by_place.get(place)
        if card is None:
            return
        rows = range(card.virtual_region.y, card.virtual_region.bottom)
        height = self.scrollable_content_region.height
        target = row_to_follow(rows, card.answer_rows if writes else None, height)
        target = min(max(0, target), self.max_scroll_y)
        if target != round(self.scroll_y):
            self.scroll_to(y=target, animate=False, force=True)

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


def row_to_follow(card: range, answer: range | None, height: int) -> int:
    """The row to scroll to, so that the answer being written is in sight.

    `card` and `answer` are rows of the log, of which `height` are in sight at once. The card's line
    stays in sight too where both fit; without an answer, the card begins at the top.
    """
    if answer is None:
        return card.start
    below = max(1, min(height // 4, height - len(answer) - 1))
    bottom = min(card.stop, answer.stop + below)
    if bottom - card.start <= height:
        return min(card.start, max(0, bottom - height))
    return bottom - height
