"""SuggestionCard alone: what was typed for the screen before it decides nothing."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Button

from llmopt_tui.core.decisions import PendingDecision
from llmopt_tui.core.events import Suggestion, SuggestionProposed
from llmopt_tui.core.variant import Variant
from llmopt_tui.tui.panes.suggestion_card import CHOICES, Choice, SuggestionCard

KEYS: dict[str, str] = {choice: choice[0] for choice in CHOICES}


class CardApp(App[None]):
    """A card on a clock that the test moves, and what it posts."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 100.0
        self.posted: list[Any] = []

    def compose(self) -> ComposeResult:
        proposal = SuggestionProposed(
            1, Suggestion("better", "shorter", "interviewer"), PendingDecision("better"), 2, 3
        )
        yield SuggestionCard(proposal, Variant("before"), KEYS, lambda: self.seconds)

    def on_suggestion_card_decided(self, message: SuggestionCard.Decided) -> None:
        self.posted.append(message.choice)

    def on_suggestion_card_edit_wanted(self) -> None:
        self.posted.append("edit")


@pytest.mark.parametrize("choice", CHOICES)
async def test_a_new_card_takes_nothing_in_its_first_half_second(choice: Choice) -> None:
    app = CardApp()
    async with app.run_test() as pilot:
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
