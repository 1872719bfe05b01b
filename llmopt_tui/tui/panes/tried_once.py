"""TriedOnce: what a suggestion answered to single examples before it was decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.containers import Vertical

from llmopt_tui.state.deciding import meant_of
from llmopt_tui.tui.panes.meant_example import tried_example
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.core.events import IdeaTried
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.state.run_state import LiveRun


class TriedOnce(Vertical):
    """The answers, the newest first, and above them the one that is being written.

    `tries` is how many there are when the card opens: only later ones are scrolled to.
    """

    def __init__(self, record: SessionRecord, tries: int) -> None:
        super().__init__(id="suggestion-tried", classes="part")
        self._record = record
        self._drawn: object = None
        self._shown = tries

    def show(self, tries: Sequence[IdeaTried], live: LiveRun | None, doing: str) -> None:
        """Show these answers. `live` is the one under way, `doing` its clock in words."""
        now = (len(tries), len(live.text) if live else -1, doing)
        if now == self._drawn or not self.is_mounted:
            return
        self._drawn = now
        self.remove_children()
        parts: list[Plain] = []
        if live is not None or doing:
            parts.append(Plain(doing, "$text-accent"))
            if live is not None and live.text:
                parts.append(Plain(live.text))
        for tried in reversed(tries):
            (before, *_) = [*meant_of(self._record, (tried.run.example_id,)), None]
            parts.append(tried_example(tried, before))
        if parts:
            self.mount(Plain("Tried on one example", classes="heading"), *parts)
            if doing or len(tries) != self._shown:
                self.call_after_refresh(self.scroll_visible, animate=False)
        self._shown = len(tries)
