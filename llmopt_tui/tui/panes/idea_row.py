"""IdeaRow: one idea of a race, as one line, or open with what it changes and its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from llmopt_tui.tui import format as fmt
from llmopt_tui.tui.panes.card_body import CardLine, CardReady
from llmopt_tui.tui.panes.examples_view import ExamplesView, ExampleView
from llmopt_tui.tui.panes.log_order import Place
from llmopt_tui.tui.panes.race_line import idea_line
from llmopt_tui.tui.panes.variant_change import variant_change
from llmopt_tui.tui.variant_words import fate_words, idea_name, source_words
from llmopt_tui.tui.widgets.marking import ends_a_drag
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.core.variant import Variant
    from llmopt_tui.state.races import Standing


@dataclass(frozen=True, slots=True)
class IdeaView:
    """Which parts of an idea are shown, and how its examples are."""

    opened: bool
    selected: bool
    examples: ExampleView


class IdeaRow(Vertical):
    """Draws one idea. Its body exists only while it is open."""

    DEFAULT_CSS = """
    IdeaRow { height: auto; padding-left: 2; }
    IdeaRow > .card-line { height: 1; }
    IdeaRow.-selected > .card-line { background: $surface; }
    IdeaRow > .idea-body { height: auto; padding: 0 1 1 4; }
    IdeaRow .section, IdeaRow ExamplesView { margin-top: 1; }
    """

    class Toggled(Message):
        """The idea's line was clicked."""

        def __init__(self, place: Place) -> None:
            super().__init__()
            self.place = place

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self._line = CardLine()
        self._body: Vertical | None = None
        self._facts, self._facts_text = Plain(), ""
        self.examples = ExamplesView()

    def compose(self) -> ComposeResult:
        """The line; the body is mounted when the idea is opened."""
        yield self._line

    def on_mount(self) -> None:
        """Ask to be drawn: the widgets to draw in exist from now on."""
        self.post_message(CardReady())

    def draw(self, idea: Standing, parent: Variant, view: IdeaView, width: int) -> None:
        """Bring the idea up to date with its record."""
        self._line.say(idea_line(idea, opened=view.opened, width=width - 2))
        self.set_class(view.selected, "-selected")
        if not self.is_mounted:
            return
        if not view.opened:
            if self._body is not None:
                self._body.remove()
                self._body = None
            return
        if self._body is None:
            self._facts, self._facts_text, self.examples = Plain(), "", ExamplesView()
            self._body = Vertical(*self._parts(idea, parent), classes="idea-body")
            self.mount(self._body)
        if (facts := _facts(idea)) != self._facts_text:
            self._facts_text = facts
            self._facts.update(facts)
        self.examples.show_runs(idea.proposal.runs, view.examples)

    def _parts(self, idea: Standing, parent: Variant) -> Iterator[Widget]:
        suggestion = idea.proposal.suggestion
        yield self._facts
        if suggestion.reasoning:
            yield Plain(suggestion.reasoning, "$foreground-muted")
        yield from variant_change(parent, idea.proposal.variant(parent))
        yield self.examples

    def on_click(self, event: Click) -> None:
        """Open or close the idea on a click on its line."""
        if event.widget is self._line and not ends_a_drag(self):
            event.stop()
            self.post_message(self.Toggled(self.place))


def _facts(idea: Standing) -> str:
    """The idea's name and source, what became of it, and how it does against the best so far."""
    suggestion = idea.proposal.suggestion
    named = f"{idea_name(suggestion)} · {source_words(suggestion)}"
    lines = [named, fate_words(idea.proposal)]
    if idea.score is not None and idea.best is not None:
        lines.append(
            f"{score_text(idea.score)} on {idea.answered} of "
            f"{fmt.plural(idea.planned, 'answer')}; the best so far has "
            f"{score_text(idea.best)} on the same"
        )
    return "\n".join(lines)
