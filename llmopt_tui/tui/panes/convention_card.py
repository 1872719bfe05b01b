"""ConventionCard: two labels that answers confuse, and the person's word on the difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input

from llmopt_tui.state.deciding import meant_of
from llmopt_tui.tui.panes.decision_parts import GRACE_SECONDS, IdeaText
from llmopt_tui.tui.panes.meant_example import meant_example
from llmopt_tui.tui.widgets.leavable_input import LeavableInput
from llmopt_tui.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.signals import ConventionAsked


class ConventionCard(Vertical):
    """The question, the disputed examples, and an input for the answer.

    `keys` are the keys named on the buttons; `monotonic` returns the seconds of a monotonic clock.
    """

    DEFAULT_CSS = """
    ConventionCard { height: 1fr; }
    ConventionCard > IdeaText { height: 1fr; padding: 0 1; background: transparent; }
    ConventionCard .heading { text-style: bold; }
    ConventionCard .meant { margin-top: 1; }
    ConventionCard > #convention-buttons { height: 1; dock: bottom; padding: 0 1; }
    ConventionCard > LeavableInput {
        height: 1; dock: bottom; margin-bottom: 1; padding: 0 1; background: $surface;
    }
    ConventionCard > LeavableInput:focus { background: $panel; }
    ConventionCard Button {
        min-width: 4; width: auto; margin-right: 1; background: $panel; color: $foreground;
    }
    ConventionCard Button:focus { background: $accent; color: $background; }
    """

    class Answered(Message):
        """The person said what tells the labels apart; "" where they do not want to."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Released(Message):
        """The input no longer needs the focus."""

    def __init__(
        self,
        asked: ConventionAsked,
        record: SessionRecord,
        keys: Mapping[str, str],
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__()
        self.asked = asked
        self._record = record
        self._keys = keys
        self._monotonic = monotonic
        self._shown_at = monotonic()
        self._note = ""
        self.title = "Your word is needed"
        self.subtitle = ""

    @property
    def open(self) -> bool:
        """Whether the question still waits for an answer."""
        return not self.asked.pending.resolved

    @property
    def note(self) -> str:
        """What is typed as the answer."""
        return self.query_one(LeavableInput).value if self.is_mounted else self._note

    def type(self, note: str) -> None:
        """Begin with what was typed before, when another card was in its place."""
        self._note = note

    def compose(self) -> ComposeResult:
        """The question and its examples, which scroll, the input, and the buttons."""
        doubt = self.asked.doubt
        with IdeaText(id="suggestion-text"):
            yield Plain(doubt.question, classes="heading")
            yield Plain(
                "Answers confuse the two, and no source can know your convention. What you say "
                "becomes a rule of the prompt, which is raced like other ideas.",
                "$foreground-muted",
            )
            for meant in meant_of(self._record, doubt.examples):
                yield meant_example(meant)
        yield LeavableInput(
            self._note, placeholder="say it in a sentence, Enter sends it", compact=True
        )
        with Horizontal(id="convention-buttons"):
            for name, label in (("edit", "answer"), ("skip", "skip the question")):
                words = Content.assemble((self._keys[name], "bold"), f" {label}")
                yield Button(words, name=name, compact=True)

    def answer(self) -> None:
        """Go to the input."""
        self.screen.set_focus(self.query_one(LeavableInput))

    def skip(self) -> None:
        """Say nothing. Ignored in the first half second."""
        if self.open and not self._in_grace:
            self.post_message(self.Answered(""))

    @property
    def _in_grace(self) -> bool:
        return self._monotonic() - self._shown_at < GRACE_SECONDS

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        event.stop()
        if event.button.name == "edit":
            self.answer()
        else:
            self.skip()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send what was typed."""
        event.stop()
        if event.value.strip() and self.open and not self._in_grace:
            self.post_message(self.Answered(event.value.strip()))

    def on_leavable_input_left(self, event: LeavableInput.Left) -> None:
        """Leave the input for the examples above it."""
        event.stop()
        self.post_message(self.Released())
