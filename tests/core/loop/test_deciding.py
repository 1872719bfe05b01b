"""What a person may do before a decision and before an end: all of it is kept and resumes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any

import pytest

from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.changes import Change
from llmopt_tui.core.drafts import RefusedDraft
from llmopt_tui.core.events import (
    ConventionAnswered,
    Event,
    IdeaTried,
    InterviewFinished,
    InterviewGivenUp,
    NextDecided,
)
from llmopt_tui.core.loop.folding import fold, folded
from llmopt_tui.core.loop.next_step import Decide
from llmopt_tui.core.ports import ChatRequest
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.proposals.interviewer import Conversation, Finding
from llmopt_tui.core.proposals.playbook_interviewer import SKIPPED
from llmopt_tui.core.scoring.choice import Choice
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.signals import (
    ConventionAsked,
    InterviewAsked,
    NothingSuggested,
    Signal,
    SuggestionProposed,
)
from tests.core.factory import Stage, facts

LABELS = ("letter", "parcel", "invoice")
MANUAL = LoopSettings(mode="manual", proposals=3, demonstrations=2, max_iterations=3, patience=1)


def label_case() -> Case:
    """Notes that are sorted into labels; a note's number says which is right."""
    examples = [
        Example(
            f"n{n:02}",
            {"note": f"note number {n} about things"},
            "train" if n < 12 else "validation",
            {"answer": LABELS[n % 3]},
        )
        for n in range(16)
    ]
    return Case(
        id="post",
        title="Post",
        prompt=Prompt("post", "What is this about?\n\n{{note}}\n"),
        criteria=(Choice(labels=LABELS),),
        examples=tuple(examples),
    )


def sorter(request: ChatRequest) -> str:
    """Right where the convention is known, else every note but an invoice is a parcel."""
    asked = " ".join(message.content for message in request.messages)
    number = int(request.messages[-1].content.split("note number ")[1].split()[0])
    if "short ones" in asked or LABELS[number % 3] == "invoice":
        return LABELS[number % 3]
    return "parcel"


class Person:
    """Somebody who answers whatever waits, and counts what they were asked."""

    def __init__(self, **answers: Callable[[Any], object]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def __call__(self, event: Event | Signal) -> None:
        match event:
            case SuggestionProposed():
                self._answer("idea", event, lambda e: e.pending.accept())
            case NothingSuggested():
                self._answer("next", event, lambda e: e.pending.finish())
            case ConventionAsked():
                self._answer("labels", event, lambda e: e.pending.skip())
            case _:
                pass

    def _answer(self, name: str, event: Any, usual: Callable[[Any], object]) -> None:
        self.asked.append(name)
        self._answers.get(name, usual)(event)


def stage(settings: LoopSettings = MANUAL, *, past: tuple[Event, ...] = ()) -> Stage:
    return Stage(case=label_case(), answer=sorter, settings=settings, past=past)


async def test_labels_in_doubt_are_asked_about_and_the_answer_is_raced() -> None:
    made = stage()
    person = Person(labels=lambda e: e.pending.answer("short ones are letters"))
    await made.run(person)
    record = made.session.record
    (asked,) = record.conventions
    assert (asked.doubt.label, asked.doubt.other) == ("letter", "parcel")
    assert 2 <= len(asked.doubt.examples) <= 3
    rule = next(p for p in record.interviews[0].proposals if p.suggestion.source == "person")
    assert rule.suggestion.cause == "wrong answer"
    assert rule.outcome == "won"
    assert record.best_score == 1.0


async def test_a_skipped_question_is_not_asked_again_and_never_in_auto_mode() -> None:
    made, person = stage(), Person()
    await made.run(person)
    assert person.asked.count("labels") == 1
    assert [c.answer for c in made.session.record.conventions] == [""]
    auto = stage(replace(MANUAL, mode="auto"))
    events = await auto.run()
    assert not any(isinstance(e, ConventionAsked | ConventionAnswered) for e in events)


async def test_a_session_cut_off_anywhere_goes_on_as_if_it_had_not_been() -> None:
    def person() -> Person:
        return Person(
            labels=lambda e: e.pending.answer("short ones are letters"),
            idea=lambda e: e.pending.accept(
                prompt=e.suggestion.prompt, left_out=(2,) if len(e.suggestion.changes) > 1 else ()
            ),
        )

    whole = facts(await stage().run(person()))
    wanted = folded(whole)
    for cut in range(1, len(whole), 3):
        again = stage(past=tuple(whole[:cut]))
        resumed = facts(await again.run(person()))
        record = again.session.record
        assert [i.prompt for i in record.iterations] == [i.prompt for i in wanted.iterations]
        assert [len(i.proposals) for i in record.interviews] == [
            len(i.proposals) for i in wanted.interviews
        ]
        assert len(record.conventions) == len(wanted.conventions)
        if any(isinstance(event, ConventionAnswered) for event in whole[:cut]):
            assert not any(isinstance(event, ConventionAnswered) for event in resumed)


async def test_what_is_left_of_an_idea_is_raced_and_the_decision_says_what_was_left_out() -> None:
    made = stage()
    left_out: list[int] = []

    def decide(event: SuggestionProposed) -> None:
        record = made.session.record
        parent = record.parent_of(record.interviews[-1])
        if len(event.suggestion.changes) > 1 and not left_out:
            left_out.append(event.proposal)
            kept = event.suggestion.without((2,), parent)
            event.pending.accept(prompt=kept.prompt, left_out=(2,))
        else:
            event.pending.accept()

    await made.run(Person(idea=decide))
    record = made.session.record
    proposal = record.interviews[0].proposal(left_out[0])
    assert proposal is not None
    assert proposal.decision is not None
    assert proposal.decision.left_out == (2,)
    parent = record.parent_of(record.interviews[0])
    assert proposal.variant(parent).demonstrations == ()
    assert proposal.suggestion.variant_of(parent).demonstrations
    assert proposal.runs
    assert proposal.variant(parent) in record.tried()


async def test_ideas_are_decided_in_the_order_that_the_person_wants() -> None:
    made, seen = stage(), list[int]()

    def decide(event: SuggestionProposed) -> None:
        seen.append(event.proposal)
        if seen == [1]:
            event.pending.turn_to(3)
        else:
            event.pending.accept()

    await made.run(Person(idea=decide))
    assert seen[:4] == [1, 3, 1, 2]


async def test_an_idea_is_tried_on_one_example_and_the_calls_count() -> None:
    # The calls that the interviewer did not make are all that can be spent on looking.
    made = stage(replace(MANUAL, max_calls=12 + 12 + 2 * 4 + 4))
    record, made._react = made.session.record, Person()

    async def keep(events: AsyncGenerator[Event, None]) -> list[Event]:
        kept = []
        async for event in events:
            fold(record, event)
            kept.append(event)
        return kept

    while not isinstance(made.session.next_step, Decide):
        await keep(made.session.advance())
    (idea, *_) = record.interviews[0].proposals
    variant = idea.suggestion.variant_of(record.original)
    calls = record.totals.calls
    while made.session.can_try(variant):
        (tried,) = await keep(made.session.try_idea(1, 1, f"n{len(idea.tries):02}"))
        assert isinstance(tried, IdeaTried)
    assert [each.run.example_id for each in idea.tries] == ["n00", "n01", "n02", "n03"]
    assert record.totals.calls == calls + 4
    assert idea.runs == []
    await keep(made.session.run())
    assert record.finished is not None
    assert record.iterations[0].validation_runs
    assert record.totals.calls <= 36


class Refused(Stage):
    """A session whose interviewer only writes a draft that the checks refuse."""

    def __post_init__(self) -> None:
        super().__post_init__()
        text = "The prompt should be better.\n\n{{note}}\n"
        draft = RefusedDraft(
            text,
            ("It talks about the prompt.",),
            Change("replace text", "interviewer", text=text),
        )

        def interview(brief: object) -> Conversation:
            return Finding(response="hm", refused=(draft,))
            yield

        self.interviewer.interview = interview  # type: ignore[method-assign]


@pytest.mark.parametrize("mended", [False, True])
async def test_a_refused_draft_can_be_used_and_is_recorded_as_such(mended: bool) -> None:
    made = Refused(case=label_case(), answer=sorter, settings=LoopSettings(mode="manual"))
    texts: list[str] = []

    def write(event: NothingSuggested) -> None:
        (draft,) = made.session.record.interviews[-1].refused
        if texts:
            event.pending.finish()
            return
        with pytest.raises(ValueError, match="placeholders"):
            event.pending.write("no placeholder", draft)
        texts.append(f"{draft.text.strip()} short ones\n" if mended else draft.text)
        event.pending.write(texts[0], draft)

    await made.run(Person(next=write))
    record = made.session.record
    (proposal, *_) = record.interviews[0].proposals
    suggestion = proposal.suggestion
    assert suggestion.prompt == record.iterations[1].prompt == texts[0]
    assert suggestion.source == ("person" if mended else "interviewer")
    assert ("It talks about the prompt." in suggestion.overruled) is not mended


async def test_no_end_is_reached_unasked_and_the_playbook_can_be_asked() -> None:
    made = stage(replace(MANUAL, proposals=1, demonstrations=0, patience=1))
    answers = iter(["playbook", "again", "finish"])
    reasons: list[str] = []

    def follow(event: NothingSuggested) -> None:
        reasons.append(event.reason)
        getattr(event.pending, next(answers, "finish"))()

    await made.run(Person(next=follow))
    record = made.session.record
    assert reasons[0] == "no_improvement_suggested"
    second = record.interviews[1]
    assert second.asked == "playbook"
    assert second.suggestion is not None
    assert second.suggestion.source == "playbook"
    assert "plateau" in reasons
    assert record.finished is not None


async def test_an_auto_session_ends_without_anybody() -> None:
    made = stage(replace(MANUAL, mode="auto", proposals=1, demonstrations=0))
    events = await made.run()
    assert made.session.record.finished is not None
    said = [event.next for event in events if isinstance(event, NextDecided)]
    assert set(said) <= {"finish"}


@pytest.mark.parametrize("follows", ["skipped", "again"])
async def test_an_interview_can_be_skipped_or_made_again(follows: Any) -> None:
    asked: list[ChatRequest] = []

    def interviewer(request: ChatRequest) -> str:
        asked.append(request)
        return "The answers confuse two things."

    made = Stage(
        case=label_case(),
        answer=sorter,
        settings=replace(MANUAL, max_iterations=2),
        interviewer_answer=interviewer,
    )
    given_up: list[bool] = []
    usual = Person()

    def react(event: Event | Signal) -> None:
        usual(event)
        if isinstance(event, InterviewAsked) and len(given_up) < 1 and event.doing == "rule":
            given_up.append(made.control.give_up_interview("a1b2c3d4", follows))

    events = facts(await made.run(react))
    assert given_up == [True]
    (fact,) = [event for event in events if isinstance(event, InterviewGivenUp)]
    assert fact.follows == follows
    first = next(event for event in events if isinstance(event, InterviewFinished))
    assert first.proposals  # the other sources go on
    analyses = [request for request in asked if request.format is None]
    if follows == "skipped":
        assert SKIPPED in first.problems
        assert first.analysis == "The answers confuse two things."
    else:
        assert SKIPPED not in first.problems
        assert analyses[1].messages == analyses[0].messages
        assert analyses[1].options != analyses[0].options
    # Cut off right after it was given up, the session does the same.
    place = events.index(fact) + 1
    again = Stage(
        case=label_case(),
        answer=sorter,
        settings=made.settings,
        interviewer_answer=interviewer,
        past=tuple(events[:place]),
    )
    await again.run(Person())
    wanted = [p.suggestion.prompt for p in made.session.record.interviews[0].proposals]
    assert [p.suggestion.prompt for p in again.session.record.interviews[0].proposals] == wanted
