"""The Live log: a card per iteration, the running one open, and a chart of the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import MouseScrollDown, MouseScrollUp
from textual.message import Message

from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.panes.card_body import CardReady, CardView
from llmopt_tui.tui.panes.iteration_card import IterationCard
from llmopt_tui.tui.panes.start_panel import StartPanel
from llmopt_tui.tui.panes.trend_strip import TrendStrip
from llmopt_tui.tui.widgets.plain import plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.loop.iteration import IterationRecord
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.state.run_state import RunState


class Cards(VerticalScroll, inherit_bindings=False):
    """The part that scrolls. Left, right and enter act on the iterations; they do not scroll."""

    DEFAULT_CSS = """
    Cards {
        height: 1fr; display: none; background: transparent;
        scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $border;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll('up')", "Scroll up", show=False),
        Binding("down", "scroll('down')", "Scroll down", show=False),
        Binding("pageup", "scroll('page_up')", "Page up", show=False),
        Binding("pagedown", "scroll('page_down')", "Page down", show=False),
        Binding("home", "scroll('home')", "Top", show=False),
        Binding("end", "scroll('end')", "Bottom", show=False),
    ]

    class Scrolled(Message):
        """The person scrolled the log by a key or the wheel."""

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


class LiveLog(Vertical):
    """Draws a session's iterations. Follows the text being written until the person scrolls."""

    BORDER_TITLE = "Live log"
    HELP = """\
One line per iteration: number, how its prompt came about, gain, score, a bar per example, time
and speed; ★ marks the best. An open one shows its prompt, answers and criteria, worst first."""

    class Selected(Message):
        """The person selected an iteration."""

        def __init__(self, n: int) -> None:
            super().__init__()
            self.n = n

    def __init__(self, *, read_only: bool = False) -> None:
        super().__init__(id="log", classes="pane")
        self.read_only = read_only
        self.following = not read_only
        self.selected = 0
        self.whole_prompt = self.outputs = self.thoughts = False
        self._state: RunState | None = None
        self._opened: dict[int, bool] = {}
        self._cards: dict[int, IterationCard] = {}
        self._scores: list[float | None] = []
        self._trend: TrendStrip | None = None

    def compose(self) -> ComposeResult:
        """The start panel, unless read only, and the cards; the chart of the scores comes later."""
        if not self.read_only:
            yield StartPanel()
        yield Cards(id="cards")

    @property
    def state(self) -> RunState | None:
        """The state of the session that is shown; None if there is none."""
        return self._state

    @property
    def iteration(self) -> IterationRecord | None:
        """The record of the selected iteration; None if there is none."""
        return self._state.record.iteration(self.selected) if self._state else None

    def copyable(self) -> list[tuple[str, str]]:
        """The selected iteration's prompt, its worst answer, and all its answers."""
        iteration = self.iteration
        if iteration is None:
            return []
        outputs = [f"## {run.example_id}\n\n{run.output}\n" for run in iteration.runs]
        worst = iteration.worst_run
        return [
            (f"prompt of iteration {iteration.n}", iteration.prompt),
            (f"worst output ({worst.example_id})" if worst else "", worst.output if worst else ""),
            (f"all {len(outputs)} outputs", "\n".join(outputs)),
        ]

    def show(self, state: RunState) -> None:
        """Draw this session from now on."""
        self._state = state
        self.add_class("-has-session")
        self._opened.clear()
        self._cards.clear()
        self.query_one(Cards).remove_children(IterationCard)
        self.following = not self.read_only
        iterations = state.record.iterations
        self.selected = iterations[-1].n if iterations else 0
        self.draw()

    def draw(self) -> None:
        """Bring the cards and the chart up to date."""
        if self._state is None or not self.is_mounted:
            return
        record = self._state.record
        self._title(record)
        if record.iterations and (self.following or not self.selected):
            self.selected = record.iterations[-1].n
        width = max(24, self.query_one(Cards).scrollable_content_region.width)
        for iteration in record.iterations:
            self._card(iteration.n).draw(record, iteration, self._view(iteration.n), width)
        self._draw_trend(record)
        self.write()

    def write(self) -> None:
        """Update only the answer that is being written."""
        if self._state is None:
            return
        live = self._state.live
        if live and (card := self._cards.get(live.iteration)):
            card.write(live, thoughts=self.thoughts)
        if self.following:
            self.call_after_refresh(self._follow)

    def follow(self) -> None:
        """Keep the text that is being written in view again."""
        self.following = True
        self.draw()

    def step(self, by: int) -> None:
        """Select the iteration `by` places after the selected one, or before it if negative."""
        if self._state is None or not self._state.record.iterations:
            return
        numbers = [iteration.n for iteration in self._state.record.iterations]
        at = numbers.index(self.selected) if self.selected in numbers else len(numbers) - 1
        self.select(numbers[min(len(numbers) - 1, max(0, at + by))])

    def select(self, n: int) -> None:
        """Select an iteration and show it in full."""
        self.selected, self.following = n, False
        self.post_message(self.Selected(n))
        self.draw()
        if card := self._cards.get(n):
            card.scroll_visible(top=True, animate=False)

    def toggle(self, n: int | None = None) -> None:
        """Open or close an iteration, the selected one by default."""
        n = self.selected if n is None else n
        self._opened[n] = not self._view(n).opened
        self.following = False
        self.selected = n
        self.post_message(self.Selected(n))
        self.draw()

    def toggle_view(self, what: str) -> None:
        """Switch "whole_prompt", "outputs" or "thoughts" for every open card."""
        setattr(self, what, not getattr(self, what))
        self.draw()

    def on_cards_scrolled(self, event: Cards.Scrolled) -> None:
        """Stop following: a person who scrolls wants to read."""
        event.stop()
        if self.following:
            self.following = False
            if self._state:
                self._title(self._state.record)

    def on_iteration_card_toggled(self, event: IterationCard.Toggled) -> None:
        """Open or close the card whose line was clicked."""
        event.stop()
        self.toggle(event.n)

    def on_card_ready(self, event: CardReady) -> None:
        """Draw a card that has just been mounted."""
        event.stop()
        self.draw()

    def on_resize(self) -> None:
        """Draw the lines for the new width."""
        self.draw()

    def _view(self, n: int) -> CardView:
        return CardView(
            opened=self._opened.get(n, n == self.selected),
            selected=n == self.selected,
            whole_prompt=self.whole_prompt,
            outputs=self.outputs,
            thoughts=self.thoughts,
        )

    def _card(self, n: int) -> IterationCard:
        if n not in self._cards:
            self._cards[n] = IterationCard(n)
            self.query_one(Cards).mount(self._cards[n])
        return self._cards[n]

    def _title(self, record: SessionRecord) -> None:
        if record.started:
            name = fmt.short_model(record.started.model.name)
            case = record.started.case_id
            self.border_title = plain_text(f"Live log ── {name} × {case}")
        going_on = not self.read_only and record.started and not record.finished
        state = "following" if self.following else "scrolled away, f follows again"
        self.border_subtitle = state if going_on else ""

    def _draw_trend(self, record: SessionRecord) -> None:
        scores = [iteration.score for iteration in record.scored]
        if record.started is None or scores == self._scores:
            return
        self._scores = scores
        if self._trend is None:
            self._trend = TrendStrip()
            self.mount(self._trend)
        self._trend.show(scores, record.started.settings.target)

    def _follow(self) -> None:
        """Scroll until the answer being written is visible, and its card's line if both fit."""
        cards, card = self.query_one(Cards), self._cards.get(self.selected)
        if card is None or not self.following:
            return
        height = cards.scrollable_content_region.height
        bottom = card.virtual_region.bottom
        if self._state and self._state.live:
            bottom = min(bottom, card.answer_bottom + max(3, height // 4))
        top = card.virtual_region.y
        target = min(top, max(0, bottom - height)) if bottom - top <= height else bottom - height
        if self._state and self._state.live is None:
            target = top
        target = min(max(0, target), cards.max_scroll_y)
        if target != round(cards.scroll_y):
            cards.scroll_to(y=target, animate=False, force=True)
