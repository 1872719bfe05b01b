"""SuggestionCard alone: what is left out, and that nothing is decided by accident."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Button

from llmopt_tui.core.decisions import PendingDecision
from llmopt_tui.core.events import SuggestionDecided
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.signals import SuggestionProposed
from llmopt_tui.tui.panes.change_row import ChangeRow
from llmopt_tui.tui.panes.suggestion_card import CHOICES, Choice, SuggestionCard
from tests.factories import record_of
from tests.raced import RULE, raced_events, raced_ideas

KEYS: dict[str, str] = {choice: choice[0] for choice in CHOICES}


def undecided() -> SessionRecord:
    """A session whose three ideas wait."""
    events = raced_events()
    cut = next(n for n, event in enumerate(events) if isinstance(event, SuggestionDecided))
    return record_of(events[:cut])


class CardApp(App[None]):
    """A card of the third idea, on a clock that the test moves, and what it posts."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 100.0
        self.posted: list[Any] = []
        self.messages: list[Any] = []

    def compose(self) -> ComposeResult:
        idea = raced_ideas()[2]
        proposal = SuggestionProposed(1, idea, PendingDecision(idea.prompt), 3, 3)
        yield SuggestionCard(proposal, undecided(), KEYS, lambda: self.seconds)

    def on_suggestion_card_decided(self, message: SuggestionCard.Decided) -> None:
        self.posted.append(message.choice)
        self.messages.append(message)

    def on_suggestion_card_edit_wanted(self) -> None:
        self.posted.append("edit")

    def on_suggestion_card_try_wanted(self, message: SuggestionCard.TryWanted) -> None:
        self.posted.append("try_idea")
        self.messages.append(message)

    def on_suggestion_card_next_wanted(self) -> None:
        self.posted.append("next_suggestion")


@pytest.mark.parametrize("choice", CHOICES)
async def test_a_new_card_takes_nothing_in_its_first_half_second(choice: Choice) -> None:
    app = CardApp()
    async with app.run_test(size=(100, 30)) as pilot:
        card = app.query_one(SuggestionCard)
        for later in (0.0, 0.25, 0.49):
            app.seconds = 100.0 + later
            card.choose(choice)
            await pilot.click(list(card.query(Button))[CHOICES.index(choice)])
            await pilot.pause()
            assert app.posted == []
            assert card.query_one("#suggestion-buttons").display
        app.seconds = 100.5
        card.choose(choice)
        if choice == "reject":
            await pilot.pause()
            await pilot.press("enter")
        await pilot.pause()
        assert app.posted == [choice]


async def test_a_change_is_left_out_by_space_or_a_click_and_what_is_left_is_accepted() -> None:
    app = CardApp()
    async with app.run_test(size=(120, 60)) as pilot:
        app.seconds = 101.0
        card = app.query_one(SuggestionCard)
        rows = list(card.query(ChangeRow))
        assert len(rows) == 2
        assert RULE in card.kept.prompt
        rows[0].focus()
        await pilot.press("space")
        assert RULE not in card.kept.prompt
        assert card.kept.variant is not None
        assert card.kept.variant.demonstrations
        await pilot.click(rows[1])
        await pilot.pause()
        card.choose("accept")  # nothing is left of it: there is nothing to test
        await pilot.pause()
        assert app.posted == []
        await pilot.click(rows[1])
        card.choose("try_idea")
        card.choose("accept")
        await pilot.pause()
        assert [m.left_out for m in app.messages] == [(1,), (1,)]
        assert app.posted == ["try_idea", "accept"]
