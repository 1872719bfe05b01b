"""Sessions with races in them, on four train examples, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from llmopt_tui.core.changes import Change, apply_all
from llmopt_tui.core.decisions import Decision
from llmopt_tui.core.events import (
    Event,
    InterviewFinished,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    Outcome,
    RunFinished,
    SessionFinished,
    SuggestionDecided,
    TrialEnded,
    TrialRunFinished,
    ValidationStarted,
)
from llmopt_tui.core.ports import Message
from llmopt_tui.core.run import Run
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.core.variant import Demonstration, Variant
from tests.factories import (
    ORIGINAL,
    at,
    iteration_events,
    make_case_snapshot,
    make_run,
    make_started,
)

RULE = "List every skill, each once."
SHOWN = Demonstration({"posting": "We look for a cook."}, '{"skills": ["cooking"]}', "se-002")
SPARE = Demonstration({"posting": "We look for a nurse."}, '{"skills": ["nursing"]}', "se-003")
RACED_EXAMPLES = ("se-001", "se-002", "se-003", "se-004")


def raced_ideas() -> tuple[Suggestion, Suggestion, Suggestion]:
    """The ideas of a round: a rule, demonstrations, and both together."""
    original = Variant(ORIGINAL)
    rule = Change("add rule", "playbook", "say each once", "missing", "It lists too few.", RULE)
    shown = Change(
        "demonstrations",
        "demonstrations",
        "1 demonstration",
        "missing",
        "Shown, not told.",
        demonstrations=(SHOWN,),
        spares=(SPARE,),
    )
    ruled, both = rule.apply(original), apply_all((rule, shown), original)
    demonstrated = shown.apply(original)
    assert ruled
    assert both
    assert demonstrated
    return (
        Suggestion(ruled.text, rule.reason, "playbook", rule.name, ruled, (rule,), cause="missing"),
        Suggestion(
            *(demonstrated.text, shown.reason, "demonstrations", shown.name, demonstrated),
            (shown,),
            cause="missing",
        ),
        Suggestion(
            *(both.text, "Both.", "demonstrations", f"{rule.name} + {shown.name}", both),
            (rule, shown),
            cause="missing",
        ),
    )


def raced_events(*, held_out: tuple[float, float] | None = (0.4, 0.7)) -> list[Event]:
    """A session in which three ideas are raced on four examples, and the third one wins.

    Train scores 0.40 and 0.80; `held_out` are the scores of the original and the winner on
    eight held-out examples, None where there are none.
    """
    unseen = [f"se-{n}" for n in range(101, 109)] if held_out else []
    case = make_case_snapshot([*RACED_EXAMPLES, *unseen])
    for example in case["examples"][len(RACED_EXAMPLES) :]:
        example["split"] = "validation"
    ideas = raced_ideas()
    events = [
        make_started(case=case),
        *iteration_events(1, ORIGINAL, [make_run(e, 0.4) for e in RACED_EXAMPLES], start=10),
        InterviewStarted(at=at(20), interview=1, iteration=1, interview_prompt="What went wrong?"),
        InterviewFinished(
            at=at(21),
            interview=1,
            response="Too few skills.",
            analysis="Skills are missing.",
            messages=(),
            suggestion=ideas[0],
            proposals=ideas,
        ),
        *(
            SuggestionDecided(
                at=at(22), interview=1, decision=Decision("accepted", "auto", s.prompt), proposal=n
            )
            for n, s in enumerate(ideas, 1)
        ),
    ]
    for n, examples, score in ((1, 2, 0.1), (2, 4, 0.6), (3, 4, 0.8)):
        events += [
            TrialRunFinished(at=at(30), interview=1, proposal=n, run=_shown_run(e, score, n))
            for e in RACED_EXAMPLES[:examples]
        ]
    events += _ended(
        1,
        40,
        (1, "dropped", "0.30 behind the best so far on 2 examples"),
        (2, "beaten", "+0.20, and idea 3 +0.40"),
        (3, "won", "+0.40 on 4 examples"),
    )
    events += [
        IterationStarted(
            at=at(41),
            iteration=2,
            prompt=ideas[2].prompt,
            origin="accepted",
            parent=1,
            planned_runs=4,
            variant=ideas[2].variant,
            proposal=3,
        ),
        IterationFinished(at=at(42), iteration=2, score=0.8),
    ]
    if held_out:
        events.append(ValidationStarted(at=at(43), iterations=(1, 2), planned_runs=2 * len(unseen)))
        for n, score in enumerate(held_out, 1):
            events += [
                RunFinished(at=at(44), iteration=n, run=make_run(e, score, split="validation"))
                for e in unseen
            ]
    return [*events, SessionFinished(at=at(60), stop_reason="max_iterations")]


def _shown_run(example: str, score: float, proposal: int) -> Run:
    """A run of a race; with demonstrations the prompt is longer and takes longer to read."""
    run = make_run(example, score)
    if proposal == 1:
        return run
    metrics = replace(run.metrics, prompt_tokens=200, prompt_seconds=0.7)
    return replace(run, metrics=metrics, processing_time=3.0)


def _second_ideas(parent: Variant) -> tuple[Suggestion, ...]:
    """Two ideas for a variant with demonstrations: a rule, and another place of its text."""
    rule = Change("add rule", "interviewer", "", "extra text", "Prose costs points.", "JSON alone.")
    placed = Change(
        "demonstrations",
        "demonstrations",
        "1 demonstration, system message",
        "extra text",
        "It is read first.",
        demonstrations=(SHOWN,),
        instructions="system",
    )
    ruled, moved = rule.apply(parent), placed.apply(parent)
    assert ruled is not None
    assert moved is not None
    return (
        Suggestion(ruled.text, rule.reason, "interviewer", "", ruled, (rule,), rule.cause),
        Suggestion(
            moved.text, placed.reason, "demonstrations", placed.name, moved, (placed,), placed.cause
        ),
    )


def _raced(
    interview: int, start: float, ideas: Sequence[Suggestion], gains: Sequence[Sequence[float]]
) -> list[Event]:
    """A round of `ideas`, each accepted and answered with these scores, one second an event."""
    said = (
        Message("user", "What went wrong?"),
        Message("assistant", "Skills are named twice."),
        Message("user", "One rule, please."),
        Message(
            "assistant",
            '{"cause": "duplicates", "why": "Doubles cost points.", '
            f'"where": "after the input", "rule": "{RULE}"}}',
        ),
    )
    told: list[Event] = [
        InterviewStarted(
            at=at(start), interview=interview, iteration=interview, interview_prompt="Why?"
        ),
        InterviewFinished(
            at=at(start + 1),
            interview=interview,
            response=said[3].content,
            analysis=said[1].content,
            messages=said,
            suggestion=ideas[0] if ideas else None,
            proposals=tuple(ideas),
        ),
    ]
    told += [
        SuggestionDecided(
            at=at(start + 1 + n),
            interview=interview,
            decision=Decision("accepted", "person", idea.prompt),
            proposal=n,
        )
        for n, idea in enumerate(ideas, 1)
    ]
    answered = [
        (n, make_run(example, scores[k]))
        for k, example in enumerate(RACED_EXAMPLES)
        for n, scores in enumerate(gains, 1)
        if k < len(scores)
    ]
    told += [
        TrialRunFinished(at=at(start + 5 + s), interview=interview, proposal=n, run=run)
        for s, (n, run) in enumerate(answered)
    ]
    return told


def _ended(interview: int, seconds: float, *ends: tuple[int, Outcome, str]) -> list[Event]:
    return [
        TrialEnded(at=at(seconds), interview=interview, proposal=n, outcome=how, reason=why)
        for n, how, why in ends
    ]


def raced_session_events(session_id: str = "ace0face", **changes: Any) -> list[Event]:
    """A session whose first round is won by its third idea, and whose second round is lost.

    Scores 0.40 and 0.70. The first idea is dropped after two of four examples.
    """
    settings = LoopSettings(proposals=3, demonstrations=3, max_calls=60)
    fields: dict[str, Any] = {"case": make_case_snapshot(RACED_EXAMPLES), "settings": settings}
    started = make_started(session_id, **(fields | changes))
    ideas = raced_ideas()
    again = _second_ideas(ideas[2].variant_of(Variant(ORIGINAL)))
    return [
        started,
        *iteration_events(1, ORIGINAL, [make_run(e, 0.4) for e in RACED_EXAMPLES], start=2),
        *_raced(1, 10, ideas, ((0.2, 0.3), (0.5, 0.4, 0.6, 0.5), (0.7, 0.6, 0.8, 0.7))),
        *_ended(
            1,
            27,
            (1, "dropped", "0.15 behind the best so far on 2 examples"),
            (2, "beaten", "+0.10, and idea 3 +0.30"),
            (3, "won", "+0.30 on 4 examples"),
        ),
        IterationStarted(
            at=at(28),
            iteration=2,
            prompt=ideas[2].prompt,
            origin="accepted",
            parent=1,
            planned_runs=4,
            variant=ideas[2].variant,
            proposal=3,
        ),
        IterationFinished(at=at(29), iteration=2, score=0.7),
        *_raced(2, 30, again, ((0.5, 0.4), (0.7, 0.7, 0.7, 0.7))),
        *_ended(
            2,
            45,
            (1, "dropped", "0.20 behind the best so far on 2 examples"),
            (2, "dropped", "+0.00 on 4 examples: no clear gain"),
        ),
        *_raced(3, 50, (), ()),
        SessionFinished(at=at(60), stop_reason="no_improvement_suggested"),
    ]
