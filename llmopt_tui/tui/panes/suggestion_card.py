"""SuggestionCard: an idea that waits. It posts one decision, once, and none by accident."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input

from llmopt_tui.core.text.plain import one_line
from llmopt_tui.state.deciding import meant_examples
from llmopt_tui.tui.panes.change_row import ChangeRow
from llmopt_tui.tui.panes.decision_parts import GRACE_SECONDS, IdeaText
from llmopt_tui.tui.panes.idea_parts import ideas_of_round, meant_to_mend, same_kind_before, why
from llmopt_tui.tui.panes.tried_once import TriedOnce
from llmopt_tui.tui.panes.variant_change import variant_change
from llmopt_tui.tui.variant_words import SOURCES, waiting_name
from llmopt_tui.tui.widgets.leavable_input import LeavableInput
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.word_diff import legend

if TYPE_CHECKING:
    from llmopt_tui.core.events import IdeaTried
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.signals import SuggestionProposed
    from llmopt_tui.core.suggestion import Suggestion
    from llmopt_tui.state.run_state import LiveRun

Choice = Literal["accept", "edit", "reject", "try_idea", "next_suggestion", "accept_all"]
CHOICES: tuple[Choice, ...] = (
    "accept",
    "edit",
    "reject",
    "try_idea",
    "next_suggestion",
    "accept_all",
)
_LABELS: Mapping[Choice, str] = {
    "try_idea": "try it",
    "next_suggestion": "next idea",
    "accept_all": "all",
}


class SuggestionCard(Vertical):
    """The idea in full: what it changes, why, what it is to mend, how its kind did before.

    `record` is the session's. `keys` are the keys named on the buttons. `monotonic` returns the
    seconds of a monotonic clock.
    """

    DEFAULT_CSS = """
    SuggestionCard { height: 1fr; }
    SuggestionCard > #suggestion-text {
        height: 1fr; padding: 0 1; background: transparent;
        scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $border;
    }
    SuggestionCard > #suggestion-text:focus { scrollbar-color: $accent; }
    SuggestionCard #suggestion-sides, SuggestionCard .side { height: auto; layout: vertical; }
    SuggestionCard .side { width: 1fr; }
    SuggestionCard .part { height: auto; }
    SuggestionCard .reasoning, SuggestionCard .section, SuggestionCard .meant { margin-top: 1; }
    SuggestionCard .heading { margin-top: 1; text-style: bold; }
    SuggestionCard .idea { text-wrap: nowrap; text-overflow: ellipsis; }
    SuggestionCard > #suggestion-buttons { height: 1; dock: bottom; padding: 0 1; }
    SuggestionCard Button {
        min-width: 4; width: auto; margin-right: 1; background: $panel; color: $foreground;
    }
    SuggestionCard Button:focus { background: $accent; color: $background; }
    SuggestionCard > LeavableInput { height: 1; dock: bottom; background: $surface; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(str(n), f"turn_to({n})", f"Idea {n}", show=False) for n in range(1, 10)
    ]

    class Decided(Message):
        """The person accepted or rejected the suggestion, or accepted all of its round."""

        def __init__(
            self,
            choice: Literal["accept", "reject", "accept_all"],
            note: str = "",
            left_out: tuple[int, ...] = (),
        ) -> None:
            super().__init__()
            self.choice = choice
            self.note = note
            self.left_out = left_out

    class EditWanted(Message):
        """The person wants to edit the suggestion."""

        def __init__(self, text: str, parent: str, left_out: tuple[int, ...] = ()) -> None:
            super().__init__()
            self.text = text
            self.parent = parent
            self.left_out = left_out

    class TryWanted(Message):
        """The person wants to see what the suggestion does to one example."""

        def __init__(self, example_id: str, left_out: tuple[int, ...]) -> None:
            super().__init__()
            self.example_id = example_id
            self.left_out = left_out

    class NextWanted(Message):
        """The person wants to decide about another idea first: its number, 0 for the next one."""

        def __init__(self, proposal: int = 0) -> None:
            super().__init__()
            self.proposal = proposal

    class Released(Message):
        """The card no longer needs the focus."""

    def __init__(
        self,
        proposal: SuggestionProposed,
        record: SessionRecord,
        keys: Mapping[str, str],
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__()
        self.proposal = proposal
        self._record = record
        interview = record.interview(proposal.interview)
        self._parent_variant = record.parent_of(interview) if interview else record.original
        self._interview = interview
        self._round = list(interview.proposals) if interview else []
        self._keys = keys
        self._monotonic = monotonic
        self._shown_at = monotonic()
        self._resolved = False
        self._note = ""
        self.left_out: set[int] = set()
        self._meant = meant_examples(record, proposal.suggestion)
        self._source = SOURCES[proposal.suggestion.source]
        self.title = f"{waiting_name(proposal)} · {self._source}"
        self.subtitle = one_line(proposal.suggestion.kind, 40)

    @property
    def open(self) -> bool:
        """Whether the card still waits for a decision."""
        return not self._resolved and not self.proposal.pending.resolved

    @property
    def note(self) -> str:
        """What is typed as the reason of a rejection."""
        return self.query_one(LeavableInput).value if self.is_mounted else self._note

    def type(self, note: str) -> None:
        """Begin with what was typed before, when another card was in its place."""
        self._note = note

    @property
    def _tries(self) -> list[IdeaTried]:
        """How the idea was tried so far."""
        idea = self._record.proposal(self.proposal.interview, self.proposal.proposal)
        return idea.tries if idea else []

    @property
    def kept(self) -> Suggestion:
        """The suggestion without the changes that are left out."""
        return self.proposal.suggestion.without(self.left_out, self._parent_variant)

    def compose(self) -> ComposeResult:
        """What is changed and why, which scrolls, and the buttons, which stay."""
        suggestion = self.proposal.suggestion
        with IdeaText(id="suggestion-text"):
            yield Vertical(*self._ideas(), id="suggestion-ideas", classes="part")
            with Vertical(id="suggestion-sides"):
                with Vertical(classes="side"):
                    leaving = "   tab and space leave one out" * (len(suggestion.changes) > 1)
                    heading = Content.assemble(
                        "What it changes   ", legend(), (leaving, "not bold $foreground-muted")
                    )
                    yield Plain(heading, classes="heading")
                    if len(suggestion.changes) > 1:
                        for n, change in enumerate(suggestion.changes, 1):
                            yield ChangeRow(n, change, kept=True)
                    yield Vertical(*self._changed(), id="suggestion-change", classes="part")
                    yield from why(suggestion)
                    yield from same_kind_before(self._record, self.proposal)
                with Vertical(classes="side"):
                    yield TriedOnce(self._record, len(self._tries))
                    yield from meant_to_mend(self._meant)
        with Horizontal(id="suggestion-buttons"):
            for choice in self.choices:
                label = Content.assemble(
                    (self._keys[choice], "bold"), f" {_LABELS.get(choice, choice)}"
                )
                yield Button(label, name=choice, compact=True)
        note = LeavableInput(
            self._note, placeholder="why not? Enter rejects, Esc goes back", compact=True
        )
        note.display = False
        yield note

    def _ideas(self) -> Iterator[Plain]:
        return ideas_of_round(self._round, self.proposal.proposal)

    def _changed(self) -> list[Widget]:
        parent, kept = self._parent_variant, self.kept
        changed: list[Widget] = [*variant_change(parent, kept.variant_of(parent), by_words=True)]
        if changed:
            return changed
        return [Plain("Nothing is left of it: it is the prompt as it is.", "$text-warning")]

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be chosen: the next idea and all at once only where others wait too."""
        others = [p for p in self._round if not p.decided and p.n != self.proposal.proposal]
        if others:
            return CHOICES
        return tuple(c for c in CHOICES if c not in ("next_suggestion", "accept_all"))

    @property
    def counts_ideas(self) -> bool:
        """Whether the digits go to the ideas of the round while the focus is in the card."""
        return len(self._round) > 1

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the digits to the panes where there is one idea."""
        return self.counts_ideas if action == "turn_to" else True

    def action_turn_to(self, number: int) -> None:
        """Decide about another idea of the round first, by its number in the list."""
        self.post_message(self.NextWanted(number))

    def choose(self, choice: Choice) -> None:
        """Make this choice. Ignored in the first half second, and once the card is resolved."""
        in_grace = self._monotonic() - self._shown_at < GRACE_SECONDS
        if not self.open or in_grace or not self.is_mounted or choice not in self.choices:
            return
        left_out = tuple(sorted(self.left_out))
        if choice in ("accept", "edit", "try_idea") and not self._changes_something:
            self.app.bell()
            return
        match choice:
            case "accept" | "accept_all":
                self._resolve(choice)
            case "edit":
                text = self.kept.prompt
                self.post_message(self.EditWanted(text, self._parent_variant.text, left_out))
            case "reject":
                self._ask_note(True)
            case "try_idea":
                if example := self._next_to_try():
                    self.post_message(self.TryWanted(example, left_out))
            case "next_suggestion":
                self.post_message(self.NextWanted())

    @property
    def _changes_something(self) -> bool:
        return self.kept.variant_of(self._parent_variant) != self._parent_variant

    def _next_to_try(self) -> str:
        """The example to try next: those that it is meant to mend, the worst first, then others."""
        best = self._record.best
        runs = sorted(best.train_runs if best else [], key=lambda run: run.score)
        known = [meant.example_id for meant in self._meant] + [run.example_id for run in runs]
        left_out = tuple(sorted(self.left_out))
        done = {each.run.example_id for each in self._tries if each.left_out == left_out}
        return next((each for each in known if each not in done), known[0] if known else "")

    def draw_round(self) -> None:
        """List the ideas of the round again, where one has joined it."""
        now = list(self._interview.proposals) if self._interview else []
        if len(now) != len(self._round) and self.is_mounted:
            self._round = now
            ideas = self.query_one("#suggestion-ideas", Vertical)
            ideas.remove_children()
            ideas.mount(*self._ideas())
            self.title = (
                f"{waiting_name(replace(self.proposal, proposals=len(now)))} · {self._source}"
            )

    def draw(self, live: LiveRun | None, doing: str) -> None:
        """Show what was tried. `live` is the answer under way, `doing` its clock in words."""
        if self.is_mounted:
            self.query_one(TriedOnce).show(self._tries, live, doing)

    def on_change_row_toggled(self, event: ChangeRow.Toggled) -> None:
        """Take a change in or leave it out, and show what is left."""
        event.stop()
        if not self.open:
            return
        self.left_out ^= {event.n}
        for row in self.query(ChangeRow):
            row.show(kept=row.n not in self.left_out)
        part = self.query_one("#suggestion-change", Vertical)
        part.remove_children()
        part.mount(*self._changed())

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

    def on_leavable_input_left(self, event: LeavableInput.Left) -> None:
        """Take the input for the reason away; the suggestion still waits."""
        event.stop()
        self._ask_note(False)

    def _resolve(self, choice: Literal["accept", "reject", "accept_all"], note: str = "") -> None:
        if self._resolved:
            return
        self._resolved = True
        self.query_one(LeavableInput).value = ""
        self._ask_note(False)
        left_out = tuple(sorted(self.left_out)) if choice != "reject" else ()
        self.post_message(self.Decided(choice, note, left_out))

    def _ask_note(self, asking: bool) -> None:
        note = self.query_one(LeavableInput)
        had_focus = note.has_focus
        note.display = asking
        self.query_one("#suggestion-buttons").display = not asking
        if asking:
            self.screen.set_focus(note)
        elif had_focus:
            self.post_message(self.Released())
