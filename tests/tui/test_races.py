"""Rounds of several ideas in the app: deciding about each or all, and the race in the log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from textual.screen import Screen

from llmopt_tui.config.settings import Settings
from llmopt_tui.core.case import Case
from llmopt_tui.core.decisions import PendingDecision
from llmopt_tui.core.events import TrialEnded, TrialRunFinished
from llmopt_tui.core.signals import RunStarted, RunStreamed, SuggestionProposed
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.state.run_state import RunState
from llmopt_tui.tui.answering import Answering
from llmopt_tui.tui.panes.decision import DecisionPane
from llmopt_tui.tui.panes.decision_parts import IdeaText
from llmopt_tui.tui.panes.live_log import LiveLog
from llmopt_tui.tui.panes.log_order import Place, cards
from llmopt_tui.tui.run_words import RunFacts, doing, progress
from llmopt_tui.tui.session_view import SessionView
from tests.factories import record_of
from tests.nasty import NASTY, naming
from tests.raced import RULE, raced_ideas, raced_session_events
from tests.tui.harness import Stage, make_case, text_of, until, words_of
from tests.tui_sessions.host import Host
from tests.tui_widgets.screen_text import obeyed, screen_text

SIZES = [(80, 24), (120, 40), (200, 60)]
THREE_IDEAS = Settings(proposals=3, demonstrations=2)
TOLD = raced_session_events()
FIRST_TRIAL = next(k for k, event in enumerate(TOLD) if isinstance(event, TrialRunFinished))
FIRST_END = next(k for k, event in enumerate(TOLD) if isinstance(event, TrialEnded))


def answered_case() -> Case:
    """A case whose train examples can be demonstrations, because each has an answer."""
    case = make_case(train=4)
    examples = tuple(
        replace(example, answer=f"An electrician is sought for site {n}. Shift work is usual.")
        for n, example in enumerate(case.examples)
    )
    return replace(case, examples=examples)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, settings=THREE_IDEAS, cases=[answered_case()])


# Deciding


@pytest.mark.parametrize("size", SIZES)
async def test_one_key_accepts_the_idea_and_those_that_follow(
    stage: Stage, size: tuple[int, int]
) -> None:
    async with stage.app.run_test(size=size) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        await until(pilot, lambda: "Idea 1 of 3" in stage.card.title)
        await until(pilot, lambda: "A all" in text_of(stage.card))
        # With the focus in the decision, a digit goes to an idea, and no tab names a digit.
        await pilot.press("3")
        await until(pilot, lambda: "Idea 3 of 3" in stage.card.title)
        await stage.deciding(pilot)
        await until(pilot, lambda: "3 Log" not in text_of(stage.workbench.tabs))
        await pilot.press("1")
        await until(pilot, lambda: "Idea 1 of 3" in stage.card.title)
        await stage.deciding(pilot)
        await pilot.press("A")
        first = stage.state.record.interviews[0]
        await until(pilot, lambda: first.undecided is None)
        decided = [proposal.decision for proposal in first.proposals]
        assert [d and (d.action, d.by) for d in decided] == [("accepted", "person")] * 3
        await until(pilot, lambda: all(entrant.outcome for entrant in first.entrants))
        # What was decided leaves the focus to the log, or to the next round's question.
        log, pane = stage.workbench.query_one(LiveLog), stage.workbench.query_one(DecisionPane)
        places = (log, pane)
        await until(pilot, lambda: any(p.has_pseudo_class("focus-within") for p in places))


async def test_each_idea_is_decided_for_itself(stage: Stage) -> None:
    async with stage.app.run_test(size=(120, 40)) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        first, card = stage.state.record.interviews[0], stage.card
        await pilot.press("a")
        await until(pilot, lambda: stage.card is not card)
        await stage.deciding(pilot)
        await until(pilot, lambda: "Idea 2 of 3" in stage.card.title)
        card = stage.card
        await pilot.press("r", "enter")
        await until(pilot, lambda: stage.card is not card)
        await stage.deciding(pilot)
        await until(pilot, lambda: "Idea 3 of 3" in stage.card.title)
        # None follows: there is nothing to accept besides.
        assert "A all" not in text_of(stage.card)
        await pilot.press("A")
        assert stage.card.open
        await pilot.press("a")
        await until(pilot, lambda: first.undecided is None)
        actions = [p.decision.action for p in first.proposals if p.decision]
        assert actions == ["accepted", "rejected", "accepted"]
        assert [entrant.n for entrant in first.entrants] == [1, 3]


async def test_the_card_shows_the_demonstrations_and_scrolls_by_keys(stage: Stage) -> None:
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.run(pilot)
        await stage.deciding(pilot)
        card, pane = stage.card, stage.workbench.query_one(DecisionPane)
        await pilot.press("a")
        await until(pilot, lambda: pane.card not in (None, card))
        await stage.deciding(pilot)
        demonstrations = stage.card.proposal.suggestion.variant_of(
            stage.state.record.original
        ).demonstrations
        assert demonstrations
        text = stage.card.query_one(IdeaText)
        await until(pilot, lambda: text.has_focus and text.max_scroll_y)
        wanted = {"2 demonstrations instead of none", "right answers as earlier turns"}
        wanted |= {f"{each.example_id}  Electrician wanted" for each in demonstrations}
        for row in range(int(text.max_scroll_y) + 1):
            await until(pilot, lambda row=row: round(text.scroll_y) == row)
            await pilot.pause()
            wanted -= {each for each in wanted if each in text_of(stage.card)}
            await pilot.press("down")
        assert wanted == set()


class _Person(Answering):
    """Somebody in front of one session."""

    def __init__(self, record: Any) -> None:
        super().__init__()
        self._member = cast(Any, type("Member", (), {"record": record}))
        self.asked: SuggestionProposed | None = None

    @property
    def shown(self) -> Any:
        return self._member

    @property
    def proposal(self) -> SuggestionProposed | None:
        return self.asked


async def test_a_suggestion_that_came_later_is_not_accepted_unseen() -> None:
    record = record_of(TOLD[: FIRST_TRIAL - 3])
    person = _Person(record)
    first, second, _ = record.interviews[0].proposals
    person.asked = SuggestionProposed(1, first.suggestion, PendingDecision("x"), 1, 3)
    assert person.accept_all()
    later = SuggestionProposed(1, second.suggestion, PendingDecision("x"), 2, 3)
    assert person.accepted_before(later)
    assert later.pending.resolved
    talked = Suggestion("from the talk", "", "chat")
    new = SuggestionProposed(1, talked, PendingDecision("x"), 2, 3)
    assert not person.accepted_before(new)
    assert not new.pending.resolved


# The log


def racing() -> RunState:
    """A race under way: two answers are being written for two ideas."""
    state = RunState(record_of(TOLD[: FIRST_TRIAL + 4]))
    for n, text in ((1, "the first"), (2, "the second")):
        state.follow(RunStarted(2, "se-002", 1, "?", n))
        state.follow(RunStreamed(2, "se-002", 1, text, "", n))
    return state


async def shown(state: RunState, host: Host) -> LiveLog:
    view = SessionView(read_only=True)
    await host.screen.query(SessionView).remove()
    await host.screen.mount(view)
    view.talk_pane.display = False
    view.show(state)
    return view.log_pane


@pytest.mark.parametrize("size", SIZES)
async def test_a_race_has_a_line_for_each_idea(size: tuple[int, int]) -> None:
    host = Host(Screen)
    async with host.run_test(size=size) as pilot:
        log = await shown(racing(), host)
        log.follow()
        await until(pilot, lambda: "racing 3 ideas  4/12 answers" in text_of(log))
        await until(pilot, lambda: "the second" in text_of(log))
        parts = ("1. ", "-0.15", "2/4", "answer  idea 2  se-002  ", "1 more")
        await until(pilot, lambda: all(part in text_of(log) for part in parts))


async def test_the_idea_that_is_looked_at_shows_its_own_answer() -> None:
    host = Host(Screen)
    async with host.run_test(size=(120, 60)) as pilot:
        log = await shown(racing(), host)
        log.follow()
        await until(pilot, lambda: "the second" in text_of(log))
        log.step(1)
        assert log.at == Place(1, 1, 1)
        await until(pilot, lambda: "answer  idea 1  se-002" in text_of(log))
        log.toggle()
        await until(pilot, lambda: "playbook, against missing" in words_of(log))
        words = words_of(log)
        assert RULE in words
        assert "0.25 on 2 of 4 answers; the best so far has 0.40 on the same" in words
        assert "misses Python" in words


@pytest.mark.parametrize("size", SIZES)
async def test_what_lost_stays_with_the_winner_and_a_lost_race_by_itself(
    size: tuple[int, int],
) -> None:
    state = RunState(record_of(TOLD))
    assert cards(state.record) == [Place(1), Place(2), Place(2, 1), Place(2, 2)]
    host = Host(Screen)
    async with host.run_test(size=size) as pilot:
        log = await shown(state, host)
        await until(pilot, lambda: "1 demonstration, against missing" in words_of(log))
        await until(pilot, lambda: "instructions in the first turn" in words_of(log))
        log.step(1)
        await until(pilot, lambda: "2 ideas lost the race" in text_of(log))
        log.toggle()
        await until(pilot, lambda: "beaten" in text_of(log))
        assert log.selected == 2
        log.step(3)
        assert log.at == Place(2, 2)
        await until(pilot, lambda: "no idea won  2 ideas raced" in text_of(log))
        # Iteration 2 is closed now, and with it the list of those that lost to it.
        await until(pilot, lambda: "lost the race" not in text_of(log))


@pytest.mark.long
async def test_names_and_answers_of_ideas_are_shown_inert() -> None:
    ideas = raced_ideas()
    host = Host(Screen)
    async with host.run_test(size=(120, 60)) as pilot:
        for text in NASTY[::3]:
            with naming(text):
                state = racing()
                for proposal, idea in zip(state.record.interviews[0].proposals, ideas, strict=True):
                    proposal.suggestion = replace(idea, kind=text, cause=text, reasoning=text)
                    proposal.reason = text
                log = await shown(state, host)
                log.follow()
                log.step(1)
                log.toggle()
                await until(pilot, lambda: "best so far" in words_of(log))  # noqa: B023
                assert not obeyed(screen_text(host))


# Words


def test_the_status_line_says_who_races_and_how_many_calls_are_left() -> None:
    state = racing()
    running = RunFacts(running=True, position=1, total=1)
    assert doing(state, running) == "racing 3 ideas, se-002 and 1 more"
    assert progress(state) == "iteration 1/5   race  4/12   52 calls left"
    ended = RunState(record_of(TOLD[: FIRST_END + 1]))
    assert doing(ended, running) == "racing 2 of 3 ideas"
