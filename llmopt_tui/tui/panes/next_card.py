"""NextCard: nobody has an idea left, and the person says what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from llmopt_tui.tui.panes.suggestion_card import GRACE_SECONDS, Choice
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.core.events import NothingSuggested

Following = Literal["again", "write", "finish"]
MEANINGS: Mapping[Choice, Following] = {"accept": "again", "edit": "write", "reject": "finish"}
"""What the keys of a suggestion mean here."""
_LABELS: Mapping[Following, str] = {
    "again": "ask again",
    "write": "write your own",
    "finish": "finish",
}


class NextCard(Vertical):
    """The question what to do without an idea, and a button for each answer.

    `keys` are the keys named on the buttons; `monotonic` returns the seconds of a monotonic clock.
    """

    DEFAULT_CSS = """
    NextCard {
        height: auto; border: heavy $accent; border-title-color: $accent;
        border-title-style: bold; padding: 0 1;
    }
    NextCard > Horizontal { height: auto; margin-top: 1; layout: vertical; }
    NextCard Button {
        min-width: 4; width: auto; margin-right: 1; background: $panel; color: $foreground;
    }
    NextCard Button:focus { background: $accent; color: $background; }
    """

    class Chosen(Message):
        """The person said what follows."""

        def __init__(self, following: Following) -> None:
            super().__init__()
            self.following = following

    def __init__(
        self, asking: NothingSuggested, keys: Mapping[str, str], monotonic: Callable[[], float]
    ) -> None:
        super().__init__()
        self.asking = asking
        self._keys = keys
        self._monotonic = monotonic
        self._shown_at = monotonic()
        self.border_title = "No idea left"

    def compose(self) -> ComposeResult:
        """The question, and a button for each answer."""
        yield Plain(
            "No source suggests anything that was not tried. "
            "Before the session ends: what should happen?"
        )
        with Horizontal():
            for choice, following in MEANINGS.items():
                label = Content.assemble((self._keys[choice], "bold"), f" {_LABELS[following]}")
                yield Button(label, name=choice, compact=True)

    def choose(self, choice: Choice) -> None:
        """Answer by the key of a suggestion. Ignored in the first half second."""
        in_grace = self._monotonic() - self._shown_at < GRACE_SECONDS
        if choice in MEANINGS and not in_grace and not self.asking.pending.resolved:
            self.post_message(self.Chosen(MEANINGS[choice]))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer by a button."""
        event.stop()
        for choice in MEANINGS:
            if event.button.name == choice:
                self.choose(choice)
