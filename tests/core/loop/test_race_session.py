"""Sessions that race several ideas a round: resumed, side by side, within a budget."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.analysis.explanation import explanation
from llmopt_tui.core.case import Case, Example, OutputSpec
from llmopt_tui.core.events import (
    Event,
    InterviewFinished,
    PartRunFinished,
    RunFinished,
    SessionFinished,
    TrialEnded,
    TrialRunFinished,
)
from llmopt_tui.core.loop.parts import parts_of
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.ports import ChatRequest, ModelInfo, Reply, Tell
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.core.proposals.playbook_interviewer import PlaybookInterviewer
from llmopt_tui.core.scoring import CRITERIA
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.signals import NothingSuggested, Signal, SuggestionProposed
from tests.core.factory import FakeClient, Stage, facts

SEARCH = LoopSettings(mode="auto", proposals=3, demonstrations=3, max_iterations=4)
LABELS = ("parcel", "refund", "other")


def label_case(train: int = 12, validation: int = 4) -> Case:
    def example(n: int, split: str) -> Example:
        label = LABELS[n % 3]
        text = f"note {split} {n} of somebody who writes about a matter"
        return Example(f"{split[0]}{n}", {"note": text}, split, {"answer": label})  # type: ignore[arg-type]

    return Case(
        id="notes",
        title="Notes",
        prompt=Prompt("notes", "What is this about?\n\n{{note}}\n"),
        criteria=(CRITERIA["equals"](),),
        examples=(
            *(example(n, "train") for n in range(train)),
            *(example(n, "validation") for n in range(validation)),
        ),
        sha256="notes",
    )


def luck(*of: object) -> float:
    digest = hashlib.sha256(repr(of).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def candidate(request: ChatRequest) -> str:
    """Right more often with the labels named, and more often still with demonstrations."""
    place = max(n for n, m in enumerate(request.messages) if "note " in m.content)
    earlier, asked = request.messages[:place], request.messages[place]
    words = asked.content.split()
    n = int(words[words.index("note") + 2])
    ruled = any("exactly one of these" in m.content for m in request.messages)
    shown = sum(m.role == "assistant" for m in earlier)
    chance = 0.1 + 0.3 * ruled + 0.12 * shown
    right = luck(words[1:], ruled, shown, [m.content for m in earlier]) < chance
    return LABELS[n % 3] if right else "I would say that it is a parcel"


class Shuffling(FakeClient):
    """A server of several slots, whose answers come in another order than the questions."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(candidate)
        self.seed = seed
        self.in_flight = self.most = 0

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            for _ in range(int(luck(self.seed, request.messages) * 6)):
                await asyncio.sleep(0)
            return await super().chat(request, tell)
        finally:
            self.in_flight -= 1


def stage(
    loop: LoopSettings = SEARCH,
    *,
    past: Sequence[Event] = (),
    slots: int = 1,
    seed: int = 0,
    case: Case | None = None,
) -> Stage:
    made = Stage(case=case or label_case(), settings=loop, past=tuple(past))
    made.client = Shuffling(seed)
    made.session = type(made.session)(
        session_id="a1b2c3d4",
        case=made.case,
        model=ModelInfo("fake:1b"),
        client=made.client,
        interviewer=PlaybookInterviewer(),
        settings=loop,
        control=made.control,
        clock=made.clock,
        environment={},
        record=made.session.record,
        tell=made._hear,
        slots=Slots({"fake": slots}),
    )
    return made


def ends(record: SessionRecord) -> object:
    """What a session came to, but for times and the order of answers."""
    return (
        [
            (i.variant, i.score, i.proposal, sorted((r.example_id, r.output) for r in i.runs))
            for i in record.iterations
        ],
        [
            [
                (p.suggestion, p.outcome, p.reason, sorted((r.example_id, r.score) for r in p.runs))
                for p in i.proposals
            ]
            for i in record.interviews
        ],
        record.finished and record.finished.stop_reason,
    )


def calls(events: Sequence[Event]) -> int:
    return sum(isinstance(e, RunFinished | TrialRunFinished | PartRunFinished) for e in events)


async def test_a_round_races_ideas_of_several_sources_and_the_winner_is_the_next_iteration() -> (
    None
):
    made = stage()
    events = facts(await made.run())
    record = made.session.record
    first = next(e for e in events if isinstance(e, InterviewFinished))
    assert [p.source for p in first.proposals] == ["playbook", "demonstrations", "demonstrations"]
    assert len(record.iterations) > 1
    winner = record.iterations[1]
    won = record.interviews[0].proposals[(winner.proposal or 0) - 1]
    assert won.outcome == "won"
    assert winner.score is not None
    assert winner.score > (record.baseline_score or 0)
    assert [r.example_id for r in winner.train_runs] == [r.example_id for r in won.runs]
    assert all(p.outcome in ("won", "beaten", "dropped") for p in record.interviews[0].entrants)
    assert record.totals.calls == calls(events) == len(made.client.requests)


async def test_from_every_prefix_the_end_is_the_same_and_no_call_is_made_twice() -> None:
    undisturbed = stage(slots=3)
    whole = facts(await undisturbed.run())
    assert any(isinstance(e, TrialEnded) for e in whole)
    for cut in range(0, len(whole), 3):
        past = whole[:cut]
        again = stage(past=past, slots=3, seed=cut)
        await again.run()
        assert ends(again.session.record) == ends(undisturbed.session.record), cut
        assert len(again.client.requests) + calls(past) == calls(whole), cut


async def test_slots_and_the_order_of_answers_make_no_difference() -> None:
    one = stage()
    await one.run()
    many = stage(slots=4, seed=7)
    await many.run()
    assert ends(many.session.record) == ends(one.session.record)
    assert isinstance(many.client, Shuffling)
    assert many.client.most == 4
    assert isinstance(one.client, Shuffling)
    assert one.client.most == 1


@given(budget=st.integers(16, 140), slots=st.integers(1, 4))
@settings(max_examples=40)
def test_the_budget_is_never_overshot(budget: int, slots: int) -> None:
    async def play() -> None:
        made = stage(replace(SEARCH, max_calls=budget), slots=slots)
        await made.run()
        record = made.session.record
        assert len(made.client.requests) <= budget
        assert record.finished is not None
        # What was begun was finished, and the verdict was measured on every held-out example.
        assert all(e.outcome for i in record.interviews for e in i.entrants)
        assert record.best is not None
        assert len(record.best.validation_runs) == 4

    asyncio.run(play())


async def test_no_example_is_answered_with_its_own_answer_in_sight() -> None:
    made = stage()
    await made.run()
    shown = 0
    held_out = {example.inputs["note"] for example in made.case.split("validation")}
    for request in made.client.requests:
        *earlier, asked = request.messages
        for message in earlier:
            assert not any(text in message.content for text in held_out)
            if message.role == "user":
                shown += 1
                note = message.content.split("note ", 1)[1].split("\n")[0]
                assert f"note {note}" not in asked.content
    assert shown > 100


async def test_a_set_keeps_its_size_and_labels_while_one_of_it_is_scored() -> None:
    made = stage()
    await made.run()
    best = max(made.session.record.iterations, key=lambda i: len(i.variant.demonstrations))
    assert len(best.variant.demonstrations) == 3
    labels = sorted(d.answer for d in best.variant.demonstrations)
    for one in best.variant.demonstrations:
        shown = best.variant.shown_for(one.example_id)
        assert sorted(d.answer for d in shown) == labels
        assert one.example_id not in {d.example_id for d in shown}


async def test_before_a_manual_session_ends_without_an_idea_the_person_is_asked() -> None:
    asked: list[NothingSuggested] = []
    nothing = replace(SEARCH, mode="manual", demonstrations=0)
    case = label_case()
    # Free text that nothing in the playbook is about.
    case = replace(case, criteria=(CRITERIA["contains"](),))
    case = replace(
        case,
        examples=tuple(
            replace(e, expected={"contains": [f"zebra {n}"]}) for n, e in enumerate(case.examples)
        ),
    )
    made = stage(nothing, case=case)
    own = "What is this about? Say zebra.\n\n{{note}}\n"

    def answer(event: Event | Signal) -> None:
        if isinstance(event, SuggestionProposed):
            event.pending.reject("not this one")
        elif isinstance(event, NothingSuggested):
            asked.append(event)
            if len(asked) == 1:
                with pytest.raises(ValueError, match="placeholders"):
                    event.pending.write("without the note")
                event.pending.write(own)
            elif len(asked) == 2:
                event.pending.again()
            else:
                event.pending.finish()

    await made.run(answer)
    record = made.session.record
    assert len(asked) == 3
    assert [i.prompt for i in record.iterations][1:] == [own]
    assert record.finished == SessionFinished(
        at=record.finished.at if record.finished else None,  # type: ignore[arg-type]
        stop_reason="no_improvement_suggested",
    )


async def test_a_format_can_be_asked_for_after_a_free_answer() -> None:
    case = replace(label_case(), output=OutputSpec(schema={"type": "object"}, constrain="late"))
    made = stage(replace(SEARCH, max_iterations=1), case=case)
    await made.run()
    record = made.session.record
    first, second = made.client.requests[:2]
    assert (first.format, second.format) == (None, {"type": "object"})
    assert [m.role for m in second.messages] == ["user", "assistant", "user"]
    assert second.messages[0] == first.messages[0]
    run = record.iterations[0].runs[0]
    assert (run.calls, run.metrics.output_tokens) == (2, 20)
    assert record.totals.calls == len(made.client.requests) == 2 * 16


async def test_each_part_of_the_winner_is_left_out_once_where_asked_for() -> None:
    made = stage(replace(SEARCH, explain=True), slots=2)
    events = facts(await made.run())
    record = made.session.record
    parts = parts_of(record)
    assert {part.change.edit for part in parts} >= {"add rule", "demonstrations"}
    assert [sorted(r.example_id for r in record.part_runs[p.n]) for p in parts] == [
        sorted(e.id for e in made.case.split("train"))
    ] * len(parts)
    for part in parts:
        if part.change.edit == "demonstrations":
            assert part.without.demonstrations == ()
        else:
            assert part.change.text not in part.without.text
    told = explanation(record)
    assert [part.n for part in told] == [12] * len(parts)
    assert max(part.brings for part in told) > 0
    assert record.totals.calls == len(made.client.requests)
    cut = next(n for n, e in enumerate(events) if isinstance(e, PartRunFinished)) + 5
    again = stage(replace(SEARCH, explain=True), past=events[:cut])
    await again.run()
    assert explanation(again.session.record) == told
    assert len(again.client.requests) + calls(events[:cut]) == calls(events)


async def test_every_example_of_a_race_is_answered_as_often_as_asked_for() -> None:
    made = stage(replace(SEARCH, repeats=2), slots=2)
    await made.run()
    record = made.session.record
    for iteration in record.iterations:
        answered = sorted((r.example_id, r.repeat) for r in iteration.train_runs)
        assert answered == sorted((f"t{n}", k) for n in range(12) for k in (1, 2))
    assert record.trials
    assert all({r.repeat for r in trial.runs} == {1, 2} for trial in record.trials)
