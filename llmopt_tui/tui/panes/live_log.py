"""The Live log: a card per iteration and race, the running one open, and a chart of the scores."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from llmopt_tui.state.previous_answers import PreviousAnswers, before_iteration, before_race
from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.copying import offers_of
from llmopt_tui.tui.panes.card_body import CardReady, CardView
from llmopt_tui.tui.panes.end_panel import EndPanel
from llmopt_tui.tui.panes.examples_view import ExamplesView
from llmopt_tui.tui.panes.idea_row import IdeaRow, IdeaView
from llmopt_tui.tui.panes.iteration_card import IterationCard
from llmopt_tui.tui.panes.log_cards import Cards
from llmopt_tui.tui.panes.log_examples import LogExamples
from llmopt_tui.tui.panes.log_order import Opened, Place, cards, is_shown, newest_place, places
from llmopt_tui.tui.panes.log_writing import LogWriting
from llmopt_tui.tui.panes.race_card import RaceCard
from llmopt_tui.tui.panes.start_panel import StartPanel
from llmopt_tui.tui.panes.trend_strip import TrendStrip
from llmopt_tui.tui.widgets.plain import plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.loop.iteration import IterationRecord
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.run import Run
    from llmopt_tui.state.run_state import RunState
    from llmopt_tui.tui.panes.examples_view import ExampleKey


class LiveLog(Vertical):
    """Draws a session's iterations and races. Follows the text being written until scrolled."""

    BORDER_TITLE = "Live log"
    HELP = """\
One line per iteration: number, how its prompt came about, gain, score, a bar per example, time
and speed; ★ marks the best. An open one shows its prompt and its examples, a line each, the worst
first, train and held-out ones apart. Up and down move among them, or scroll where none is in sight;
enter opens one: input, expected, answer and criticism.

Where several ideas are raced, the race has a line of its own, and each idea one below it: its name,
how its answers score against the best so far on the same examples, and how it left the race. Left
and right go through all lines, enter opens one."""

    class Selected(Message):
        """The person selected an iteration."""

        def __init__(self, n: int) -> None:
            super().__init__()
            self.n = n

    def __init__(
        self, *, read_only: bool = False, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(id="log", classes="pane")
        self.read_only = read_only
        self.following = not read_only
        self.at = Place(0)
        self._reveal = False
        self.whole_prompt = False
        self._examples = LogExamples(lambda: self.cards, lambda: self.examples)
        self._writing = LogWriting(monotonic)
        self._state: RunState | None = None
        self._opened = Opened()
        self.cards = Cards()
        self._trend: TrendStrip | None = None

    def on_mount(self) -> None:
        """Begin to count the seconds for which an answer is waited."""
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        if self._state and self._state.live:
            self.write()

    def compose(self) -> ComposeResult:
        """The panels of start and end, unless read only, and the cards; the chart comes later."""
        if not self.read_only:
            yield StartPanel()
            yield EndPanel()
        yield self.cards

    @property
    def state(self) -> RunState | None:
        """The state of the session that is shown; None if there is none."""
        return self._state

    @property
    def selected(self) -> int:
        """The number of the iteration that the selected line belongs to; 0 if there is none."""
        return self.at.iteration

    @property
    def iteration(self) -> IterationRecord | None:
        """The record of the selected iteration; None if there is none."""
        return self._state.record.iteration(self.selected) if self._state else None

    @property
    def open_answers(self) -> list[ExampleKey]:
        """The answers of what is selected that are meant, by example and repeat."""
        return self.examples.opened if self.examples else []

    @property
    def runs(self) -> list[Run]:
        """The answers of the selected idea, else of the selected iteration."""
        if self._state and self.at.idea:
            idea = self._state.record.proposal(self.at.interview, self.at.idea)
            return idea.runs if idea else []
        return self.iteration.runs if self.iteration else []

    def copyable(self) -> list[tuple[str, str]]:
        """The example under the cursor; the selected iteration's prompt, its worst answer, all."""
        if (view := self.examples) and (offers := view.copyable()):
            return offers
        return offers_of(self.iteration) if self.iteration else []

    def show(self, state: RunState) -> None:
        """Draw this session from now on."""
        self._state = state
        self.add_class("-has-session")
        self._opened.clear()
        self._examples.begin()
        self.cards.clear()
        self.following = not self.read_only
        last = state.record.iterations[-1].n if state.record.iterations else 0
        self.at = Place(last)
        self.draw()

    def draw(self) -> None:
        """Bring the cards and the chart up to date."""
        if self._state is None or not self.is_mounted:
            return
        record = self._state.record
        self._title(record)
        if record.iterations and (self.following or not self.selected):
            self.at = newest_place(record)
        elif self.at.interview and self.at.card not in cards(record):
            # The race was won: what lost is listed with the winner now.
            self.at = Place(self.at.iteration)
        width = max(24, self.cards.scrollable_content_region.width)
        self.cards.hold(cards(record))
        for place, card in self.cards.by_place.items():
            if isinstance(card, IterationCard):
                iteration = record.iteration(place.iteration)
                assert iteration is not None
                card.draw(record, iteration, self._view(record, iteration), width)
            elif interview := record.interview(place.interview):
                card.display = is_shown(record, place, self._is_open)
                answers = before_race(record, interview)
                card.draw(record, interview, partial(self._idea_view, record, answers), width)
        self._draw_trend(record)
        self.write()

    def write(self) -> None:
        """Update only the answers that are being written."""
        if self._state is None:
            return
        asked, thoughts = self._examples.asked(self._state.record), self._examples.thoughts
        self._writing.write(self.cards, self._state, asked, idea=self.at.idea, thoughts=thoughts)
        if self.following:
            self.call_after_refresh(self._follow)

    def follow(self) -> None:
        """Keep the text that is being written in view again."""
        self.following = True
        self.draw()

    def step(self, by: int) -> None:
        """Select the line `by` places after the selected one, or before it if negative."""
        if self._state is None or not self._state.record.iterations:
            return
        lines = self._places()
        at = lines.index(self.at) if self.at in lines else len(lines) - 1
        self.select(lines[min(len(lines) - 1, max(0, at + by))])

    def select(self, place: Place) -> None:
        """Select a line; an iteration is shown in full with it."""
        self._examples.leave()
        self.at, self.following, self._reveal = place, False, True
        self.post_message(self.Selected(place.iteration))
        self.draw()
        self.call_after_refresh(self._show_line)

    def toggle(self, place: Place | None = None) -> None:
        """Open or close a line: by default the example under the cursor, else the selected one."""
        if place is None and self._examples.turn():
            self._stop_following()
            return
        place = self.at if place is None else place
        self._examples.leave()
        self._opened.turn(place, opened=not self._is_open(place))
        self.following, self._reveal = False, bool(place.interview)
        self.at = place
        self.post_message(self.Selected(place.iteration))
        self.draw()

    def toggle_view(self, what: str) -> None:
        """Switch "whole_prompt" for every card; "whole", "thoughts" or "against" for examples."""
        owner = self if what == "whole_prompt" else self._examples
        setattr(owner, what, not getattr(owner, what))
        self.draw()
        if what == "against" and self._examples.against:
            self._stop_following()
            self._examples.open_one()

    def on_cards_moved(self, event: Cards.Moved) -> None:
        """Move the cursor among the examples of what is selected, or scroll."""
        event.stop()
        self._stop_following()
        self._examples.move(event.by)

    def on_examples_view_pointed(self, event: ExamplesView.Pointed) -> None:
        """Select the line whose example was clicked."""
        event.stop()
        place = next((p for p in self._places() if self._examples_of(p) is event.view), None)
        if place and place != self.at:
            self._examples.leave()
            self.at = place
            self.post_message(self.Selected(place.iteration))
        self._stop_following()
        self.draw()

    def on_cards_scrolled(self, event: Cards.Scrolled) -> None:
        """Stop following: a person who scrolls wants to read."""
        event.stop()
        self._stop_following()

    def _stop_following(self) -> None:
        self._reveal = False
        if self.following:
            self.following = False
            if self._state:
                self._title(self._state.record)

    def on_iteration_card_toggled(self, event: IterationCard.Toggled) -> None:
        """Open or close the card whose line was clicked."""
        event.stop()
        self.toggle(Place(event.n))

    def on_idea_row_toggled(self, event: IdeaRow.Toggled) -> None:
        """Open or close the race or the idea whose line was clicked."""
        event.stop()
        self.toggle(event.place)

    def on_card_ready(self, event: CardReady) -> None:
        """Draw what has just been mounted, and show it if the person opened it."""
        event.stop()
        self.draw()
        if self._reveal:
            self.call_after_refresh(self._show_line)

    def on_resize(self) -> None:
        """Draw the lines for the new width."""
        self.draw()

    def _is_open(self, place: Place) -> bool:
        return self._state is not None and self._opened.has(place, self._state.record, self.at)

    def _places(self) -> list[Place]:
        return list(places(self._state.record, self._is_open)) if self._state else []

    @property
    def examples(self) -> ExamplesView | None:
        """The examples of what is selected; None where that is closed or has none."""
        return self._examples_of(self.at)

    def _examples_of(self, place: Place) -> ExamplesView | None:
        card = self.cards.by_place.get(place.card)
        if card is None or not self._is_open(place):
            return None
        return card.examples(place.idea) if isinstance(card, RaceCard) else card.examples

    def _view(self, record: SessionRecord, iteration: IterationRecord) -> CardView:
        place = Place(iteration.n)
        return CardView(
            opened=self._is_open(place),
            selected=place == self.at,
            whole_prompt=self.whole_prompt,
            examples=self._examples.view(record, before_iteration(record, iteration)),
        )

    def _idea_view(self, record: SessionRecord, before: PreviousAnswers, place: Place) -> IdeaView:
        examples = self._examples.view(record, before)
        return IdeaView(self._is_open(place), place == self.at, examples)

    def _title(self, record: SessionRecord) -> None:
        if record.started:
            name = fmt.short_model(record.started.model.name)
            case = record.started.case_id
            self.border_title = plain_text(f"Live log ── {name} × {case}")
        going_on = not self.read_only and record.started and not record.finished
        state = "following" if self.following else "scrolled away, f follows again"
        self.border_subtitle = state if going_on else ""

    def _draw_trend(self, record: SessionRecord) -> None:
        if record.started is None or not (self._trend or record.scored):
            return
        if self._trend is None:
            self._trend = TrendStrip()
            self.mount(self._trend)
        self._trend.show([i.score for i in record.scored], record.started.settings.target)

    def _show_line(self) -> None:
        """Scroll to the selected line."""
        if card := self.cards.by_place.get(self.at.card):
            target = card.row(self.at.idea) if isinstance(card, RaceCard) else card
            target.scroll_visible(top=True, animate=False)

    def _follow(self) -> None:
        """Scroll until the answer being written is visible, and its card's line if both fit."""
        if self.following:
            writes = self._state is not None and bool(self._state.live)
            self.cards.follow(self.at.card, writes=writes)
