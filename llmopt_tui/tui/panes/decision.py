"""The Decision pane: what waits for the person, in the middle of the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.panes.convention_card import ConventionCard
from llmopt_tui.tui.panes.next_card import NextCard
from llmopt_tui.tui.panes.suggestion_card import SuggestionCard
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from textual.timer import Timer

    from llmopt_tui.core.signals import Waits
    from llmopt_tui.state.run_state import LiveRun, RunState

Card = SuggestionCard | NextCard | ConventionCard

_TICK_SECONDS = 0.2


class DecisionPane(Vertical):
    """Draws the question that waits: an idea, what follows, or what tells two labels apart.

    `waiting` returns the question, `trying` the id of the example on which the shown idea is tried
    now, "" for none; `monotonic` returns the seconds of a monotonic clock.
    """

    DEFAULT_CSS = """
    DecisionPane > .note { padding: 0 1; }
    """
    BORDER_TITLE = "Decide"
    HELP = """\
An idea that waits for you: what it changes word by word, why, the examples that it is to mend, and
how its kind did before. Space leaves a single change out. What is left is tested.

Where several ideas wait, the digits go to one by its number while the focus is in here, and to the
panes from anywhere else. f shows the log, 5 goes from there to what waits."""

    @property
    def counts_ideas(self) -> bool:
        """Whether the digits go to ideas now: several are listed, and the focus is here."""
        card = self.card
        return card is not None and card.counts_ideas and card.has_pseudo_class("focus-within")

    def __init__(
        self,
        *,
        waiting: Callable[[], Waits | None],
        trying: Callable[[], str],
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__(id="decide", classes="pane")
        self._waiting, self._trying, self._monotonic = waiting, trying, monotonic
        self._state: RunState | None = None
        self.keys: Mapping[str, str] = {}
        self.current: Card | None = None
        self._typed: dict[object, str] = {}
        self._trying_since = 0.0
        self._tried = ""
        self._clock: Timer | None = None

    def compose(self) -> ComposeResult:
        """What is said while nothing waits."""
        yield Plain("Nothing waits for your decision.", "$foreground-muted", classes="note")

    def on_mount(self) -> None:
        """Redraw the clock of a try-out by a timer."""
        self._clock = self.set_interval(_TICK_SECONDS, self.write, pause=True)

    @property
    def card(self) -> SuggestionCard | None:
        """The card of the idea that waits; None where none does."""
        return self.current if isinstance(self.current, SuggestionCard) else None

    def copyable(self) -> list[tuple[str, str]]:
        """The idea that waits, as it would be tested, and its reason."""
        card = self.card
        if card is None:
            return []
        return [("suggested prompt", card.kept.prompt), ("reason", card.kept.reasoning)]

    def show(self, state: RunState) -> None:
        """Draw this session from now on."""
        self._state = state
        self.draw()

    def draw(self) -> None:
        """Show what waits now. A card whose question is answered goes."""
        if self._state is None or not self.is_mounted:
            return
        waits = self._waiting()
        if waits is None or _pending(self.current) is not waits.pending:
            self._replace(waits)
        elif self.card is not None:
            self.card.draw_round()
            self.border_title = plain_text(self.card.title)
        self.write()

    def _replace(self, waits: Waits | None) -> None:
        old, focused = self.current, self._has_focus
        if old is not None:
            self._keep_typed(old)
            if focused:
                # Otherwise an input elsewhere would get the focus, and keys meant as commands.
                self.screen.set_focus(None)
            old.remove()
        self.current = self._card(waits) if waits else None
        note = self.query_one(".note")
        note.display = self.current is None
        self.border_title = plain_text(self.current.title) if self.current else "Decide"
        self.border_subtitle = plain_text(self.current.subtitle) if self.current else ""
        if self.current is not None:
            self.mount(self.current)
            if focused:
                self.call_after_refresh(self.focus_text)

    @property
    def _has_focus(self) -> bool:
        """Whether the focus is in here, also while another screen is in front."""
        focused = self.screen.focused
        return focused is not None and self in focused.ancestors

    def focus_text(self, tries: int = 20) -> None:
        """Focus what is read of the question that waits, as soon as it is there.

        The text of a card that is being removed may still be here: it would keep the focus, and
        every key with it.
        """
        focused, card = self.screen.focused, self.current
        if card is None or (focused is not None and card in focused.ancestors):
            return
        if stops := list(card.query("#suggestion-text")):
            self.screen.set_focus(stops[0])
        elif tries:
            self.call_after_refresh(self.focus_text, tries - 1)

    def _keep_typed(self, card: Card) -> None:
        """Keep what was typed into a card that goes before its question was answered."""
        if isinstance(card, SuggestionCard | ConventionCard) and card.note and card.open:
            self._typed[_about(card)] = card.note

    def _card(self, waits: Waits) -> Card:
        from llmopt_tui.core.signals import NothingSuggested, SuggestionProposed

        assert self._state is not None
        record = self._state.record
        if isinstance(waits, SuggestionProposed):
            card: Card = SuggestionCard(waits, record, self.keys, self._monotonic)
        elif isinstance(waits, NothingSuggested):
            return NextCard(waits, record, self.keys, self._monotonic)
        else:
            card = ConventionCard(waits, record, self.keys, self._monotonic)
        typed = self._typed.pop(_about(card), "")
        return _with_note(card, typed)

    def write(self) -> None:
        """Update only what is being tried."""
        card, example = self.card, self._trying()
        if example != self._tried:
            self._tried, self._trying_since = example, self._monotonic()
        if self._clock:
            (self._clock.resume if example else self._clock.pause)()
        if card is not None:
            card.draw(self._live(card) if example else None, self._doing(example))

    def _doing(self, example: str) -> str:
        if not example:
            return ""
        took = self._monotonic() - self._trying_since
        frame = fmt.SPINNER[int(took / _TICK_SECONDS) % len(fmt.SPINNER)]
        return f"{frame} trying it on {example}  {fmt.seconds(took).strip()}"

    def _live(self, card: SuggestionCard) -> LiveRun | None:
        """The answer under way of the idea that is tried."""
        raced = self._state.raced(card.proposal.proposal) if self._state else []
        return raced[-1] if raced else None


def _pending(card: Card | None) -> object:
    """The question that a card is about."""
    match card:
        case SuggestionCard():
            return card.proposal.pending
        case NextCard():
            return card.asking.pending
        case ConventionCard():
            return card.asked.pending
        case _:
            return None


def _about(card: Card) -> object:
    """What a card is about, whichever question asks it: what was typed belongs to that."""
    if isinstance(card, SuggestionCard):
        return card.proposal.interview, card.proposal.proposal
    return card.asked.doubt if isinstance(card, ConventionCard) else None


def _with_note(card: Card, typed: str) -> Card:
    if typed and isinstance(card, SuggestionCard | ConventionCard):
        card.type(typed)
    return card
