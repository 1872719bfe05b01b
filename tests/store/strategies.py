"""Events of any content, for properties that hold for all of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from llmopt_tui.core.changes import Change
from llmopt_tui.core.decisions import Decision
from llmopt_tui.core.events import (
    ChatExchanged,
    Event,
    InterviewFinished,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    RunFinished,
    SessionFinished,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    SuggestionDecided,
    TrialEnded,
    TrialRunFinished,
)
from llmopt_tui.core.ports import Message, Metrics, ModelInfo
from llmopt_tui.core.run import Run
from llmopt_tui.core.scoring.base import CriterionScore
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.core.variant import Demonstration, Variant
from tests.nasty import NASTY

short_nasty = st.sampled_from([text for text in NASTY if len(text) < 200])
text = st.integers(0, 1).flatmap(
    lambda kind: short_nasty if kind else st.text(st.characters(), max_size=20)
)
number = st.floats(allow_nan=False, allow_infinity=False, width=32)
score = st.floats(0, 1) | st.sampled_from([0, 1])
offsets = st.integers(-86_399, 86_399).map(lambda s: timezone(timedelta(seconds=s)))
times = st.builds(
    datetime.fromtimestamp,
    st.integers(0, 4_000_000_000) | st.floats(0, 4e9),
    offsets,
)
few = st.integers(1, 3)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | number | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
tables = st.dictionaries(text, json_values, max_size=3)
maybe = st.none() | number
counts = st.none() | st.integers(0, 10**9)

metrics = st.builds(
    Metrics, maybe, maybe, counts, maybe, counts, maybe, maybe, st.none() | text, st.booleans()
)
criteria = st.builds(CriterionScore, text, number, score, text, text, st.booleans())
runs = st.builds(
    Run,
    example_id=text,
    split=st.sampled_from(["train", "validation"]),
    repeat=few,
    full_prompt=text,
    output=text,
    thinking=text,
    processing_time=st.floats(0, 1e6),
    success=st.booleans(),
    error_message=text,
    score=score,
    criteria=st.lists(criteria, max_size=2).map(tuple),
    metrics=metrics,
)
models = st.builds(
    ModelInfo, text, text, text, counts, text, text, text, st.none() | st.just(("thinking",))
)
options = st.dictionaries(
    text, number | st.integers(0, 9) | text | st.booleans() | st.lists(text, max_size=2), max_size=2
)
settings = st.builds(
    LoopSettings, score, few, few, score, options=options, keep_alive=st.none() | text | number
)
sources = st.sampled_from(["interviewer", "playbook", "chat", "demonstrations", "person"])
demonstrations = st.lists(
    st.builds(Demonstration, st.dictionaries(text, text, max_size=2), text, text), max_size=2
).map(tuple)
spares = st.lists(st.none() | demonstrations.map(lambda d: d[0] if d else None), max_size=2)
instructions = st.sampled_from(["once", "each", "system"])
constrains = st.none() | st.sampled_from(["off", "format", "late"])
variants = st.builds(
    Variant, text, text, demonstrations, instructions, constrains, spares.map(tuple)
)
changes = st.builds(
    Change,
    st.sampled_from(["add rule", "replace text", "demonstrations", "constraint"]),
    *(sources, text, text, text, text, st.booleans(), demonstrations, spares.map(tuple)),
    *(instructions, constrains),
)
suggestions = st.builds(
    Suggestion,
    *(text, text, sources, text, st.none() | variants),
    st.lists(changes, max_size=2).map(tuple),
    *(text, text),
)
proposals = st.lists(suggestions, max_size=3).map(tuple)
decisions = st.builds(
    Decision,
    st.sampled_from(["accepted", "edited", "rejected", "none"]),
    st.sampled_from(["person", "auto"]),
    st.none() | text,
    text,
)
messages = st.lists(
    st.builds(Message, st.sampled_from(["system", "user", "assistant"]), text), max_size=2
).map(tuple)
problems = st.lists(text, max_size=2).map(tuple)

starts = st.builds(
    SessionStarted,
    at=times,
    session_id=text,
    model=models,
    interviewer_model=text,
    case=tables,
    prompt=tables,
    settings=settings,
    environment=st.dictionaries(text, text, max_size=2),
    suite_id=text,
    baseline_model=text,
)
finishes = st.builds(
    SessionFinished,
    at=times,
    stop_reason=st.sampled_from(["target_reached", "plateau", "max_iterations", "failed"]),
    error_message=text,
)
others: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        IterationStarted,
        at=times,
        iteration=few,
        prompt=text,
        origin=st.sampled_from(["original", "accepted", "edited"]),
        parent=st.none() | few,
        planned_runs=few,
        variant=st.none() | variants,
        proposal=st.none() | few,
    ),
    st.builds(RunFinished, at=times, iteration=few, run=runs),
    st.builds(IterationFinished, at=times, iteration=few, score=score),
    st.builds(InterviewStarted, at=times, interview=few, iteration=few, interview_prompt=text),
    st.builds(
        InterviewFinished,
        at=times,
        interview=few,
        response=text,
        analysis=text,
        messages=messages,
        problems=problems,
        suggestion=st.none() | suggestions,
        proposals=proposals,
    ),
    st.builds(
        ChatExchanged,
        at=times,
        interview=few,
        question=text,
        answer=text,
        problems=problems,
        suggestion=st.none() | suggestions,
    ),
    st.builds(SuggestionDecided, at=times, interview=few, decision=decisions, proposal=few),
    st.builds(TrialRunFinished, at=times, interview=few, proposal=few, run=runs),
    st.builds(
        TrialEnded,
        at=times,
        interview=few,
        proposal=few,
        outcome=st.sampled_from(["won", "beaten", "dropped"]),
        reason=text,
    ),
    st.builds(
        SessionPaused,
        at=times,
        by=st.sampled_from(["person", "server"]),
        reason=text,
        retry_in=maybe,
    ),
    st.builds(SessionResumed, at=times),
)
any_event = starts | others | finishes
any_events = st.lists(any_event, max_size=6)
sessions = st.builds(
    lambda start, middle, end: [start, *middle, *end],
    starts,
    st.lists(others, max_size=8),
    st.lists(finishes, max_size=1),
)
