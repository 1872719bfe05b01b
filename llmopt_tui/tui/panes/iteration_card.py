"""IterationCard: one iteration in the Live log, closed as one line or open in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Click
from textual.message import Message

from llmopt_tui.tui.panes.card_body import CardBody, CardLine, CardReady, CardView, came_about
from llmopt_tui.tui.panes.examples_view import ExamplesView
from llmopt_tui.tui.panes.iteration_line import iteration_line
from llmopt_tui.tui.widgets.marking import ends_a_drag

if TYPE_CHECKING:
    from llmopt_tui.core.loop.iteration import IterationRecord
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.tui.panes.answer import Writing


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
        self._line = CardLine()
        self._body: CardBody | None = None

    def compose(self) -> ComposeResult:
        """The line; the body is mounted when the card is opened."""
        yield self._line

    def on_mount(self) -> None:
        """Ask to be drawn: the widgets to draw in exist from now on."""
        self.post_message(CardReady())

    @property
    def answer_rows(self) -> range:
        """The rows of the log that the answer being written takes up; else the card's last."""
        if self._body is None:
            return range(self.virtual_region.bottom - 1, self.virtual_region.bottom)
        answer = self._body.answer.virtual_region
        top = self.virtual_region.y + self._body.virtual_region.y + answer.y
        return range(top, top + answer.height)

    @property
    def examples(self) -> ExamplesView | None:
        """The examples of the open card; None while it is closed."""
        return self._body.examples if self._body and self._body.is_mounted else None

    def draw(
        self, record: SessionRecord, iteration: IterationRecord, view: CardView, width: int
    ) -> None:
        """Bring the card up to date with its record."""
        self._line.say(iteration_line(record, iteration, opened=view.opened, width=width))
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
            self._body.draw(iteration, parent, came_about(record, iteration), view)

    def write(self, writing: Writing | None, *, thoughts: bool, room: int, over: bool) -> None:
        """Show the answer being written, in at most `room` rows.

        Where none is, the last one stays until the test is `over`.
        """
        if self._body is not None and self._body.is_mounted:
            if writing:
                self._body.answer.write(writing, thoughts=thoughts, room=room)
            elif over:
                self._body.answer.hide()

    def on_click(self, event: Click) -> None:
        """Open or close the card on a click on its line."""
        if event.widget is self._line and not ends_a_drag(self):
            event.stop()
            self.post_message(self.Toggled(self.n))
