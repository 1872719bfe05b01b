"""SuggestionCard: a suggestion that waits. Posts one decision, once, and none by accident."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input

from llmopt_tui.tui.widgets.diff import DiffView
from llmopt_tui.tui.widgets.plain import Plain, plain_text

if TYPE_CHECKING:
    from llmopt_tui.core.events import SuggestionProposed

GRACE_SECONDS = 0.5
"""So long a new card ignores keys and clicks: they were meant for what was there before."""

Choice = Literal["accept", "edit", "reject"]
_SOURCES = {
    "interviewer": "interviewer",
    "playbook": "playbook",
    "chat": "your talk",
}


class NoteInput(Input):
    """Where a reason for refusing is written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Do not reject", show=False)
    ]

    class Left(Message):
        """The person thought better of it."""

    def action_leave(self) -> None:
        """Back to the card."""
        self.post_message(self.Left())


class SuggestionCard(Vertical):
    """The suggestion as a difference to its parent, its reasoning, and three buttons.

    `monotonic` gives seconds that never go back.
    """

    class Decided(Message):
        """The person accepted or rejected the suggestion."""

        def __init__(self, choice: Literal["accept", "reject"], note: str = "") -> None:
            super().__init__()
            self.choice = choice
            self.note = note

    class EditWanted(Message):
        """The person wants to change the suggestion's words."""

        def __init__(self, text: str, parent: str) -> None:
            super().__init__()
            self.text = text
            self.parent = parent

    def __init__(self, monotonic: Callable[[], float]) -> None:
        super().__init__(id="suggestion")
        self._monotonic = monotonic
        self._proposal: SuggestionProposed | None = None
        self._parent_prompt = ""
        self._shown_at = 0.0
        self._resolved = True
        self.display = False

    @property
    def open(self) -> bool:
        """Whether the card waits for an answer."""
        return self._proposal is not None and not self._resolved

    @property
    def prompt(self) -> str:
        """The suggested prompt."""
        return self._proposal.suggestion.prompt if self._proposal else ""

    def compose(self) -> ComposeResult:
        """The difference and the reasoning scroll; the buttons stay."""
        yield VerticalScroll(id="suggestion-text", can_focus=False)
        with Horizontal(id="suggestion-buttons"):
            for choice in ("accept", "edit", "reject"):
                yield Button(choice, id=f"{choice}-button", compact=True)
        yield NoteInput(
            placeholder="why not? (optional)  Enter rejects, Esc goes back",
            id="reject-note",
            compact=True,
        )

    def on_mount(self) -> None:
        """Nothing is refused yet."""
        self.query_one(NoteInput).display = False

    def label_buttons(self, keys: dict[str, str]) -> None:
        """Write on each button which key does the same."""
        for choice, key in keys.items():
            label = Content.assemble((key, "bold"), f" {choice}")
            self.query_one(f"#{choice}-button", Button).label = label

    def show(self, proposal: SuggestionProposed | None, parent: str) -> None:
        """Show a suggestion for the prompt `parent`, or nothing. The same one again is no news."""
        if proposal is None or proposal.pending.resolved:
            self._proposal, self._resolved, self.display = None, True, False
            return
        if self._proposal is not None and proposal.pending is self._proposal.pending:
            return
        self._proposal, self._resolved = proposal, False
        self._shown_at = self._monotonic()
        self._parent_prompt = parent
        suggestion = proposal.suggestion
        self.border_title = plain_text(
            f"Suggestion {proposal.interview} · {_SOURCES[suggestion.source]}"
        )
        text = self.query_one("#suggestion-text")
        text.remove_children()
        diff = DiffView(parent, suggestion.prompt)
        text.mount(diff, Plain(suggestion.reasoning, "$text-muted", classes="reasoning"))
        text.scroll_home(animate=False)
        self._ask_note(False)
        self.display = True

    def choose(self, choice: Choice) -> None:
        """What a key or a button asks for. Ignored in the first half second, and once resolved."""
        if not self.open or self._monotonic() - self._shown_at < GRACE_SECONDS:
            return
        if choice == "accept":
            self._resolve("accept")
        elif choice == "edit":
            self.post_message(self.EditWanted(self.prompt, self._parent_prompt))
        else:
            self._ask_note(True)

    def scroll_text(self, by: int) -> None:
        """Scroll the suggestion by so many rows."""
        self.query_one("#suggestion-text").scroll_relative(y=by, animate=False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The buttons do what the keys do."""
        event.stop()
        choices: dict[str | None, Choice] = {
            "accept-button": "accept",
            "edit-button": "edit",
            "reject-button": "reject",
        }
        self.choose(choices[event.button.id])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The reason is given, or none is."""
        event.stop()
        self._resolve("reject", event.value.strip())

    def on_note_input_left(self, event: NoteInput.Left) -> None:
        """Not rejected after all."""
        event.stop()
        self._ask_note(False)

    def _resolve(self, choice: Literal["accept", "reject"], note: str = "") -> None:
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

    class Released(Message):
        """The card no longer needs the focus it took."""
