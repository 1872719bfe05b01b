"""The kind of a change where a suggestion is shown: plain words that crowd nothing out."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmopt_tui.core.decisions import Decision, PendingDecision
from llmopt_tui.core.loop.round import ProposalRecord
from llmopt_tui.core.signals import SuggestionProposed
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.tui.panes.decision import DecisionPane
from llmopt_tui.tui.panes.interview_block import InterviewBlock
from llmopt_tui.tui.panes.suggestion_card import CHOICES, SuggestionCard
from tests.factories import record_of, session_events
from tests.nasty import NASTY, naming
from tests.tui.harness import Stage, text_of, until
from tests.tui_widgets.hosts import Host
from tests.tui_widgets.screen_text import obeyed, screen_text

pytestmark = pytest.mark.long

KEYS: dict[str, str] = {choice: choice[0] for choice in CHOICES}


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_the_interviewer_calls_its_change_stands_on_the_card(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    stage = Stage(tmp_path)
    async with stage.app.run_test(size=size) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        assert stage.card.proposal.suggestion.kind == "stop after"
        pane = stage.workbench.query_one(DecisionPane)
        await until(pilot, lambda: "Suggestion 1 · interviewer ━" in text_of(pane))
        await until(pilot, lambda: " stop after ━┛" in text_of(pane))


async def test_nasty_kinds_are_shown_inert_on_one_line() -> None:
    record = record_of(session_events())
    interview = record.interviews[0]
    app = Host()
    async with app.run_test(size=(80, 170)) as pilot:
        for start in range(0, len(NASTY), 8):
            shown = []
            for text in NASTY[start : start + 8]:
                suggestion = Suggestion("better", "why", "interviewer", text)
                proposal = SuggestionProposed(1, suggestion, PendingDecision(""))
                card, block = (
                    SuggestionCard(proposal, record, KEYS, lambda: 0.0),
                    InterviewBlock(1),
                )
                shown.append((text, card, block))
            await app.show(*(widget for _, card, block in shown for widget in (card, block)))
            for text, _, block in shown:
                made = Suggestion("better", "why", "interviewer", text)
                accepted = Decision("accepted", "person", "better")
                interview.proposals = [ProposalRecord(1, made, decision=accepted)]
                block.draw(record, interview, latest=True)
            await until(pilot, lambda: "accepted by you" in text_of(shown[-1][-1]))  # noqa: B023
            rows = screen_text(app).split("\n")
            for text, card, block in shown:
                with naming(text):
                    on_card = "\n".join(rows[card.region.y : card.region.bottom])
                    on_block = "\n".join(rows[block.region.y : block.region.bottom])
                    assert not obeyed(on_card + on_block)
                    assert "What it changes" in on_card
                    assert "\n" not in card.subtitle
                    assert "accepted by you" in on_block
                    assert on_block.count("suggestion") == 1
                    assert block.query(".section").first().size.height == 1
