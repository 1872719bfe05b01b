"""IterationCard: one iteration in the Live log, closed as one line or open in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message

from llmopt_tui.state.races import made_by
from llmopt_tui.tui.panes.card_body import CardBody, CardReady, CardView
from llmopt_tui.tui.panes.iteration_line import iteration_line
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.core.loop.iteration import IterationRecord
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.state.run_state import LiveRun
    from llmopt_tui.tui.panes.runs_view import RunKey


class IterationCard(Vertical):
    """Draws one iteration. Its body exists only while it is open."""

    DEFAULT_CSS = """
    IterationCard { height: auto; }
    IterationCard > .card-line { height: 1; }
    IterationCard.-selected > .card-line { background: $surface; }
    """

    class Toggled(Message):
        """The card's line was clicked."""

        def __init__(self, n: int) -> None:
            super().__init__()
            self.n = n

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n
        self._line = Plain(classes="card-line")
        self._line_text: Content | None = None
        self._body: CardBody | None = None

    def compose(self) -> ComposeResult:
        """The line; the body is mounted when the card is opened."""
        yield self._line

    def on_mount(self) -> None:
        """Ask to be drawn: the widgets to draw in exist from now on."""
        self.post_message(CardReady())

    @property
    def answer_bottom(self) -> int:
        """The row of the log in which the answer being written ends."""
        if self._body is None:
            return self.virtual_region.bottom
        answer = self._body.answer.virtual_region.bottom
        return self.virtual_region.y + self._body.virtual_region.y + answer

    @property
    def open_answers(self) -> list[RunKey]:
        """The answers that are open, by example and repeat."""
        return self._body.open_answers if self._body else []

    def draw(
        self, record: SessionRecord, iteration: IterationRecord, view: CardView, width: int
    ) -> None:
        """Bring the card up to date with its record."""
        line = iteration_line(record, iteration, opened=view.opened, width=width)
        if self._line_text is None or not line.is_same(self._line_text):
            self._line_text = line
            self._line.update(line, layout=False)
        self.set_class(view.selected, "-selected")
        if not self.is_mounted:
            return
        if not view.opened:
            if self._body is not None:
                self._body.remove()
                self._body = None
            return
        if self._body is None:
            self._body = CardBody()
            self.mount(self._body)
        elif self._body.is_mounted:
            parent = record.iteration(iteration.parent) if iteration.parent is not None else None
            self._body.draw(iteration, parent, made_by(record, iteration), view)

    def write(self, live: LiveRun, *, thoughts: bool, more: int = 0) -> None:
        """Show the answer that is being written. `more` are being written besides."""
        if self._body is not None and self._body.is_mounted:
            self._body.answer.write(live, thoughts=thoughts, more=more)

    def on_click(self, event: Click) -> None:
        """Open or close the card on a click on its line."""
        if event.widget is self._line:
            event.stop()
            self.post_message(self.Toggled(self.n))
