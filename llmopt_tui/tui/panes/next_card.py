"""NextCard: the session would end, and the person says what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from llmopt_tui.tui.panes.decision_parts import GRACE_SECONDS, IdeaText
from llmopt_tui.tui.widgets.plain import Plain
from llmopt_tui.tui.widgets.score import score_text

if TYPE_CHECKING:
    from llmopt_tui.core.loop.record import SessionRecord
    from llmopt_tui.core.signals import NothingSuggested

Following = Literal["own_prompt", "ask_again", "playbook", "drafts", "finish"]
FOLLOWING: tuple[Following, ...] = ("own_prompt", "ask_again", "playbook", "drafts", "finish")
_LABELS: Mapping[Following, str] = {
    "own_prompt": "write your own prompt",
    "ask_again": "ask again",
    "playbook": "take the playbook's next idea",
    "drafts": "look at the refused drafts",
    "finish": "finish the session",
}


class NextCard(Vertical):
    """The question what to do before the session ends, and a button for each answer.

    `keys` are the keys named on the buttons; `monotonic` returns the seconds of a monotonic clock.
    """

    DEFAULT_CSS = """
    NextCard { height: 1fr; }
    NextCard > IdeaText { height: 1fr; padding: 0 1; background: transparent; }
    NextCard .heading { text-style: bold; }
    NextCard .problem { margin-top: 1; }
    NextCard Button {
        min-width: 4; width: auto; background: $panel; color: $foreground;
    }
    NextCard Button:focus { background: $accent; color: $background; }
    """

    class Chosen(Message):
        """The person said what follows."""

        def __init__(self, following: Following) -> None:
            super().__init__()
            self.following = following

    def __init__(
        self,
        asking: NothingSuggested,
        record: SessionRecord,
        keys: Mapping[str, str],
        monotonic: Callable[[], float],
    ) -> None:
        super().__init__()
        self.asking = asking
        self._record = record
        self._keys = keys
        self._monotonic = monotonic
        self._shown_at = monotonic()
        plateau = asking.reason == "plateau"
        self.title = "No round brought a gain" if plateau else "No idea left"
        self.subtitle = ""

    @property
    def open(self) -> bool:
        """Whether the question still waits for an answer."""
        return not self.asking.pending.resolved

    def compose(self) -> ComposeResult:
        """The question, what was refused, and a button for each answer."""
        record = self._record
        with IdeaText(id="suggestion-text"):
            yield Plain(self._why(), classes="heading")
            if record.best and record.best_score is not None:
                yield Plain(
                    f"The best prompt so far is iteration {record.best.n}, with "
                    f"{score_text(record.best_score)} on the train examples. "
                    "Before the session ends: what should happen?"
                )
            yield Plain("")
            for choice in self.choices:
                label = Content.assemble((self._keys[choice], "bold"), f" {_LABELS[choice]}")
                yield Button(label, name=choice, compact=True)
            last = record.interviews[-1] if record.interviews else None
            for problem in last.problems if last else ():
                yield Plain(f"! {problem}", "$text-warning", classes="problem")

    def _why(self) -> str:
        if self.asking.reason == "plateau":
            settings = self._record.started.settings if self._record.started else None
            rounds = settings.patience if settings else 2
            last = "round" if rounds == 1 else f"{rounds} rounds"
            return f"The last {last} brought no gain."
        return "No source suggests anything that was not tried."

    @property
    def choices(self) -> tuple[Following, ...]:
        """The answers that are possible."""
        last = self._record.interviews[-1] if self._record.interviews else None
        absent: set[Following] = set()
        if not self.asking.playbook:
            absent.add("playbook")
        if not (last and last.refused):
            absent.add("drafts")
        return tuple(choice for choice in FOLLOWING if choice not in absent)

    def choose(self, choice: Following) -> None:
        """Answer by a key. Ignored in the first half second."""
        in_grace = self._monotonic() - self._shown_at < GRACE_SECONDS
        if choice in self.choices and not in_grace and self.open:
            self.post_message(self.Chosen(choice))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer by a button."""
        event.stop()
        for choice in FOLLOWING:
            if event.button.name == choice:
                self.choose(choice)
