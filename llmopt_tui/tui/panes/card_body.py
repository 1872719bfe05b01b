"""CardBody: the inside of an open iteration: prompt, answer being written, answered examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from llmopt_tui.reports.idea_words import branched_words
from llmopt_tui.state.races import made_by
from llmopt_tui.tui.panes.answer import Answer
from llmopt_tui.tui.panes.examples_view import ExamplesView, ExampleView
from llmopt_tui.tui.variant_words import (
    change_words,
    demonstration_lines,
    shown_words,
    source_words,
)
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.core.loop.iteration import IterationRecord
    from llmopt_tui.core.loop.record import SessionRecord


@dataclass(frozen=True, slots=True)
class CardView:
    """Which parts of a card are shown, and how its examples are."""

    opened: bool
    selected: bool
    examples: ExampleView
    whole_prompt: bool = False


class CardReady(Message):
    """A card or its body has just been mounted, and can be drawn from now on."""


class CardLine(Plain):
    """The line of a card, which is all that is shown while the card is closed."""

    def __init__(self) -> None:
        super().__init__(classes="card-line")
        self._said: Content | None = None

    def say(self, line: Content) -> None:
        """Show this line; the same one is not drawn again."""
        if self._said is None or not line.is_same(self._said):
            self._said = line
            self.update(line, layout=False)


class CardBody(Vertical):
    """Draws the inside of an open card. `draw` may be called once it is mounted."""

    DEFAULT_CSS = """
    CardBody { height: auto; padding: 0 1 1 2; }
    CardBody > .section { height: 1; }
    CardBody > .prompt-text { margin-bottom: 1; padding-left: 1; border-left: outer $border; }
    CardBody > .came-about { color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.answer = Answer()
        self._came_about = Plain(classes="came-about")
        self._prompt_title = Plain(classes="section")
        self._prompt = DiffView(classes="prompt-text")
        self._shown_title = Plain(classes="section")
        self._shown = DiffView(classes="prompt-text")
        self.examples = ExamplesView()
        self._whole: bool | None = None

    def compose(self) -> ComposeResult:
        """How the variant came about, what it sends, the answer being written, the examples."""
        yield self._came_about
        yield self._prompt_title
        yield self._prompt
        yield self._shown_title
        yield self._shown
        yield self.answer
        yield self.examples

    def on_mount(self) -> None:
        """Ask to be drawn: the widgets to draw in exist from now on."""
        self.post_message(CardReady())

    def draw(
        self,
        iteration: IterationRecord,
        parent: IterationRecord | None,
        came_about: str,
        view: CardView,
    ) -> None:
        """Bring everything up to date except the answer being written.

        `came_about` says which changes the iteration tests, a line each; "" where it tests none.
        """
        if self._whole != view.whole_prompt:
            self._whole = view.whole_prompt
            changes = parent is not None and not view.whole_prompt
            title = f"prompt  changes to {parent.n}" if parent and changes else "prompt"
            self._prompt_title.update(Content.styled(title, "$text-muted"))
            self._prompt.update(parent.prompt if parent else "", iteration.prompt)
            self._prompt.whole = view.whole_prompt
            self._draw_demonstrations(iteration, parent if changes else None)
            self._came_about.display = bool(came_about)
            self._came_about.update(came_about)
        finished = iteration.score is not None
        self.examples.show_runs(iteration.runs, view.examples, finished=finished)

    def _draw_demonstrations(
        self, iteration: IterationRecord, parent: IterationRecord | None
    ) -> None:
        """Show the demonstrations that are sent, as differences to those of `parent`."""
        before = demonstration_lines(parent.variant) if parent else ""
        now = demonstration_lines(iteration.variant)
        self._shown_title.display = self._shown.display = bool(before or now)
        title = shown_words(iteration.variant) or "no demonstrations any more"
        self._shown_title.update(Content.styled(title, "$text-muted"))
        self._shown.update(before, now)


def came_about(record: SessionRecord, iteration: IterationRecord) -> str:
    """The changes that an iteration tests, each with its source and cause, a line each.

    For the first prompt: where it was taken from, or nothing.
    """
    if iteration.origin == "original":
        return branched_words(record)
    idea = made_by(record, iteration)
    if idea is None:
        return ""
    lines = [change_words(change) for change in idea.suggestion.changes]
    edited = idea.decision is not None and idea.decision.action == "edited"
    return "\n".join([*(lines or [source_words(idea.suggestion)]), *["edited by you"] * edited])
