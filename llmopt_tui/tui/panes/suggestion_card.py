"""SuggestionCard: an idea that waits. It posts one decision, once, and none by accident."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.tui.panes.variant_change import variant_change
from llmopt_tui.tui.variant_words import SOURCES, waiting_name
from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.events import SuggestionProposed
    from llmopt_tui.core.variant import Variant

GRACE_SECONDS = 0.5
"""Seconds for which a new card ignores keys and clicks: they were meant for something else."""

Choice = Literal["accept", "edit", "reject", "accept_all"]
CHOICES: tuple[Choice, ...] = ("accept", "edit", "reject", "accept_all")
_LABELS: Mapping[Choice, str] = {"accept_all": "all"}


class NoteInput(Input):
    """The input for the reason of a rejection."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Do not reject", show=False)
    ]

    class Left(Message):
        """The person left the input: the suggestion is not rejected."""

    def action_leave(self) -> None:
        """Leave the input and go back to the card."""
        self.post_message(self.Left())


class IdeaText(VerticalScroll, inherit_bindings=False):
    """The part of the card that scrolls. Left and right stay with the log."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", "Scroll up", show=False),
        Binding("down", "scroll_down", "Scroll down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("home", "scroll_home", "Top", show=False),
        Binding("end", "scroll_end", "Bottom", show=False),
    ]


class SuggestionCard(Vertical):
    """The idea as a difference to the variant `parent`, its reason, and a button a choice.

    `keys` are the keys named on the buttons. `monotonic` returns the seconds of a monotonic clock.
    "Accept all" is offered where further ideas of the round follow.
    """

    DEFAULT_CSS = """
    SuggestionCard {
        height: auto; max-height: 70%;
        border: heavy $accent; border-title-color: $accent; border-title-style: bold;
        border-subtitle-color: $text-muted;
    }
    SuggestionCard > #suggestion-text {
        height: auto; max-height: 1fr; padding: 0 1; background: transparent;
        scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $border;
    }
    SuggestionCard > #suggestion-text:focus { scrollbar-color: $accent; }
    SuggestionCard .reasoning, SuggestionCard .section { margin-top: 1; }
    SuggestionCard > #suggestion-buttons { height: 1; margin-top: 1; dock: bottom; }
    SuggestionCard Button {
        min-width: 4; width: auto; margin-right: 1; background: $panel; color: $foreground;
    }
    SuggestionCard Button:focus { background: $accent; color: $background; }
    SuggestionCard > NoteInput { height: 1; dock: bottom; background: $surface; }
    """

    class Decided(Message):
        """The person accepted or rejected the suggestion, or accepted all of its round."""

        def __init__(
            self, choice: Literal["accept", "reject", "accept_all"], note: str = ""
        ) -> None:
            super().__init__()
            self.choice = choice
            self.note = note

    class EditWanted(Message):
        """The person wants to edit the suggestion."""

        def __init__(self, text: str, parent: str) -> None:
            super().__init__()
            self.text = text
            self.parent = parent

    class Released(Message):
        """The card no longer needs the focus."""

    def __init__(
        self,
        proposal: SuggestionProposed,
        parent: Variant,
        keys: Mapping[str, str],
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__()
        self.proposal = proposal
        self._parent_variant = parent
        self._keys = keys
        self._monotonic = monotonic
        self._shown_at = monotonic()
        self._resolved = False
        source = SOURCES[proposal.suggestion.source]
        self.border_title = f"{waiting_name(proposal)} · {source}"
        self.border_subtitle = plain_text(one_line(proposal.suggestion.kind, 40))

    @property
    def open(self) -> bool:
        """Whether the card still waits for a decision."""
        return not self._resolved and not self.proposal.pending.resolved

    def compose(self) -> ComposeResult:
        """What is changed and why, which scrolls, and the buttons, which stay."""
        suggestion = self.proposal.suggestion
        parent = self._parent_variant
        changed = list(variant_change(parent, suggestion.variant_of(parent)))
        with IdeaText(id="suggestion-text"):
            if suggestion.cause:
                yield Plain(f"against {one_line(suggestion.cause, 60)}", "$foreground-muted")
            yield from changed or [DiffView(parent.text, suggestion.prompt)]
            if suggestion.diagnosis:
                yield Plain(suggestion.diagnosis, classes="reasoning")
            if suggestion.reasoning:
                yield Plain(suggestion.reasoning, "$text-muted", classes="reasoning")
        with Horizontal(id="suggestion-buttons"):
            for choice in self.choices:
                label = Content.assemble(
                    (self._keys[choice], "bold"), f" {_LABELS.get(choice, choice)}"
                )
                yield Button(label, name=choice, compact=True)
        note = NoteInput(placeholder="why not? Enter rejects, Esc goes back", compact=True)
        note.display = False
        yield note

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be chosen: all at once only while further ideas follow."""
        return CHOICES if self.proposal.proposal < self.proposal.proposals else CHOICES[:3]

    def choose(self, choice: Choice) -> None:
        """Make this choice. Ignored in the first half second, and once the card is resolved."""
        in_grace = self._monotonic() - self._shown_at < GRACE_SECONDS
        if not self.open or in_grace or not self.is_mounted or choice not in self.choices:
            return
        match choice:
            case "accept" | "accept_all":
                self._resolve(choice)
            case "edit":
                text = self.proposal.suggestion.prompt
                self.post_message(self.EditWanted(text, self._parent_variant.text))
            case "reject":
                self._ask_note(True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Make the choice of the button."""
        event.stop()
        for choice in CHOICES:
            if event.button.name == choice:
                self.choose(choice)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Reject the suggestion, with the reason if one was typed."""
        event.stop()
        self._resolve("reject", event.value.strip())

    def on_note_input_left(self, event: NoteInput.Left) -> None:
        """Take the input for the reason away; the suggestion still waits."""
        event.stop()
        self._ask_note(False)

    def _resolve(self, choice: Literal["accept", "reject", "accept_all"], note: str = "") -> None:
        if self._resolved:
            return
        self._resolved = True
        self._ask_note(False)
        self.post_message(self.Decided(choice, note))

    def _ask_note(self, asking: bool) -> None:
        note = self.query_one(NoteInput)
        had_focus = note.has_focus
        note.value = ""
        note.display = asking
        self.query_one("#suggestion-buttons").display = not asking
        if asking:
            self.screen.set_focus(note)
        elif had_focus:
            self.post_message(self.Released())
