"""RaceCard: a round's race in the Live log, an idea a line, with the answer being written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Click
from textual.widget import Widget

from llmopt_tui.state.races import race_under_way, raced_against, standings
from llmopt_tui.tui.panes.answer import Answer, Writing
from llmopt_tui.tui.panes.card_body import CardLine, CardReady
from llmopt_tui.tui.panes.examples_view import ExamplesView
from llmopt_tui.tui.panes.idea_row import IdeaRow, IdeaView
from llmopt_tui.tui.panes.log_order import Place, ideas_shown
from llmopt_tui.tui.panes.race_line import race_line
from llmopt_tui.tui.widgets.marking import ends_a_drag

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.loop.round import InterviewRecord


class RaceCard(Vertical):
    """Draws one race. Its ideas exist only while it is open."""

    DEFAULT_CSS = """
    RaceCard { height: auto; }
    RaceCard > .card-line { height: 1; }
    RaceCard.-selected > .card-line { background: $surface; }
    RaceCard > Answer { margin: 0 1 1 4; }
    """

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self._line = CardLine()
        self._rows: dict[int, IdeaRow] = {}
        self._answer = Answer()

    def compose(self) -> ComposeResult:
        """The line and the answer being written; the ideas are mounted between them."""
        yield self._line
        yield self._answer

    def on_mount(self) -> None:
        """Ask to be drawn: the widgets to draw in exist from now on."""
        self.post_message(CardReady())

    @property
    def answer_rows(self) -> range:
        """The rows of the log that the answer being written takes up; else the card's last."""
        if not self._answer.display:
            return range(self.virtual_region.bottom - 1, self.virtual_region.bottom)
        answer = self._answer.virtual_region
        return range(self.virtual_region.y + answer.y, self.virtual_region.y + answer.bottom)

    def row(self, idea: int) -> Widget:
        """The idea with this number; the card itself where that is not shown."""
        return self._rows.get(idea, self)

    def examples(self, idea: int) -> ExamplesView | None:
        """The examples of an open idea; None where it is not shown or not open."""
        row = self._rows.get(idea)
        return row.examples if row and row.examples.is_mounted else None

    def draw(
        self,
        record: SessionRecord,
        interview: InterviewRecord,
        view: Callable[[Place], IdeaView],
        width: int,
    ) -> None:
        """Bring the card up to date. `view` says what is shown of the card and of each idea."""
        own = view(self.place)
        self._line.say(race_line(record, interview, opened=own.opened))
        self.set_class(own.selected, "-selected")
        if not self.is_mounted:
            return
        if race_under_way(record) is not interview or record.finished:
            self._answer.hide()
        listed = {p.n for p in ideas_shown(record, interview)} if own.opened else set()
        for gone in self._rows.keys() - listed:
            self._rows.pop(gone).remove()
        against = raced_against(record, interview)
        parent = against.variant if against else record.original
        for idea in standings(record, interview):
            if (n := idea.proposal.n) not in listed:
                continue
            place = self.place._replace(idea=n)
            if n not in self._rows:
                self._rows[n] = IdeaRow(place)
                self.mount(self._rows[n], before=self._answer)
            self._rows[n].draw(idea, parent, view(place), width)

    def write(self, writing: Writing | None, *, thoughts: bool, room: int) -> None:
        """Show the answer being written, in at most `room` rows; None where none is."""
        if not self.is_mounted:
            return
        if writing:
            self._answer.write(writing, thoughts=thoughts, room=room)
        else:
            self._answer.hide()

    def on_click(self, event: Click) -> None:
        """Open or close the card on a click on its line."""
        if event.widget is self._line and not ends_a_drag(self):
            event.stop()
            self.post_message(IdeaRow.Toggled(self.place))
