"""Sessions made by hand: event lists and records for tests that need no model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from llmopt_tui.core.decisions import Decision
from llmopt_tui.core.events import (
    ChatExchanged,
    Event,
    InterviewFinished,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    Origin,
    RunFinished,
    SessionFinished,
    SessionStarted,
    SuggestionDecided,
)
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import Message, Metrics, ModelInfo
from llmopt_tui.core.run import Run
from llmopt_tui.core.scoring.base import CriterionScore
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.core.suggestion import Suggestion

BEGAN_AT = datetime(2026, 11, 2, 14, 3, tzinfo=UTC)
ORIGINAL = "List the skills in this posting as JSON.\n\n{{posting}}\n"
SECOND = "List every skill in this posting as JSON.\nNothing else.\n\n{{posting}}\n"
THIRD = 'Answer with JSON alone: {"skills": [...]}\nName each skill once.\n\n{{posting}}\n'


def at(seconds: float) -> datetime:
    """A time so many seconds after the session began."""
    return BEGAN_AT + timedelta(seconds=seconds)


def make_started(
    session_id: str = "a1b2c3d4", model: str = "gemma3n:latest", **changes: Any
) -> SessionStarted:
    """The beginning of a session on skills extraction, with any field changed."""
    fields: dict[str, Any] = {
        "at": BEGAN_AT,
        "session_id": session_id,
        "model": ModelInfo(
            model,
            endpoint="ollama",
            digest="15cb39fd9394",
            size=7_500_000_000,
            family="gemma3n",
            parameter_size="6.9B",
            quantization="Q4_K_M",
            capabilities=("completion",),
        ),
        "interviewer_model": "llama3.2:latest",
        "baseline_model": "gemma3n:latest",
        "case": make_case_snapshot(),
        "prompt": {
            "name": "skills_extraction",
            "text": ORIGINAL,
            "description": "Lists the skills that a posting asks for, as JSON.",
            "system": "",
        },
        "settings": LoopSettings(),
        "environment": {"program": "llmopt-tui 0.1.0", "python": "3.11.7", "machine": "a box"},
    }
    return SessionStarted(**(fields | changes))


def make_case_snapshot(examples: Sequence[str] = ("se-001", "se-002")) -> dict[str, Any]:
    """What `Case.snapshot` would have said."""
    return {
        "id": "skills_extraction",
        "title": "Skills extraction",
        "description": "Find the skills that a job posting asks for.",
        "prompt": "skills_extraction",
        "tags": ["extraction", "json"],
        "sha256": "c" * 64,
        "output": {"format": "json", "schema": None, "max_tokens": 1024},
        "criteria": [
            {"kind": "json_valid", "weight": 0.25, "required": False},
            {"kind": "skills", "weight": 0.75, "required": False, "path": "skills"},
        ],
        "examples": [
            {
                "id": example,
                "split": "train",
                "inputs": {"posting": f"We look for a Python developer ({example})."},
                "expected": {"skills": ["Python"]},
            }
            for example in examples
        ],
    }


def make_run(example_id: str = "se-001", score: float = 0.5, **changes: Any) -> Run:
    """A run that was answered, with any field changed."""
    feedback = "every skill is there" if score == 1 else "misses Python"
    fields: dict[str, Any] = {
        "example_id": example_id,
        "split": "train",
        "repeat": 1,
        "full_prompt": f"List the skills in posting {example_id}.",
        "output": f'{{"skills": ["teamwork ({example_id}, {score})"]}}',
        "thinking": "",
        "processing_time": 2.5,
        "success": True,
        "error_message": "",
        "score": score,
        "criteria": (
            CriterionScore("json_valid", 0.25, 1.0, "the whole answer is valid JSON"),
            CriterionScore("skills", 0.75, score, feedback, "" if score == 1 else "missing"),
        ),
        "metrics": Metrics(
            load_seconds=0.01,
            prompt_tokens=120,
            prompt_seconds=0.4,
            output_tokens=40,
            output_seconds=2.0,
            tokens_per_second=20.0,
            done_reason="stop",
        ),
    }
    return Run(**(fields | changes))


def iteration_events(
    n: int,
    prompt: str,
    runs: Sequence[Run],
    *,
    start: float,
    origin: Origin = "original",
    parent: int | None = None,
) -> list[Event]:
    """An iteration from its start to its score, one second an event."""
    score = sum(run.score for run in runs) / len(runs)
    return [
        IterationStarted(
            at=at(start),
            iteration=n,
            prompt=prompt,
            origin=origin,
            parent=parent,
            planned_runs=len(runs),
        ),
        *(
            RunFinished(at=at(start + i), iteration=n, run=run)
            for i, run in enumerate(runs, start=1)
        ),
        IterationFinished(at=at(start + len(runs) + 1), iteration=n, score=score),
    ]


def session_events(
    session_id: str = "a1b2c3d4", model: str = "gemma3n:latest", **changes: Any
) -> list[Event]:
    """A session of three iterations that reaches its target.

    Scores 0.40, 0.60 and 1.00. The person accepts the first suggestion, talks about the second and
    edits it. `changes` go to the session's beginning.
    """
    cold = Metrics(load_seconds=6.2, prompt_tokens=120, output_tokens=40, output_seconds=2.0)
    return [
        make_started(session_id, model, **changes),
        *iteration_events(
            1,
            ORIGINAL,
            [make_run("se-001", 0.5, metrics=cold), make_run("se-002", 0.3)],
            start=10,
        ),
        InterviewStarted(at=at(20), interview=1, iteration=1, interview_prompt="What went wrong?"),
        InterviewFinished(
            at=at(21),
            interview=1,
            response="The list is not complete.",
            analysis="The answers leave skills out.",
            messages=(
                Message("user", "What went wrong?"),
                Message("assistant", "The list is not complete."),
            ),
            suggestion=Suggestion(SECOND, "It asks for every skill.", "interviewer"),
        ),
        SuggestionDecided(at=at(22), interview=1, decision=Decision("accepted", "person", SECOND)),
        *iteration_events(
            2,
            SECOND,
            [make_run("se-001", 0.7), make_run("se-002", 0.5)],
            start=30,
            origin="accepted",
            parent=1,
        ),
        InterviewStarted(at=at(40), interview=2, iteration=2, interview_prompt="And now?"),
        InterviewFinished(
            at=at(41),
            interview=2,
            response="Sure! Here is a better prompt.",
            analysis="Some skills are named twice.",
            messages=(Message("user", "And now?"), Message("assistant", "Sure!")),
            problems=("the placeholder {{posting}} is missing",),
        ),
        ChatExchanged(
            at=at(42),
            interview=2,
            question="Say how often a skill may be named.",
            answer="Then say: once.",
            suggestion=Suggestion(THIRD.replace("once", "only once"), "No doubles.", "chat"),
        ),
        SuggestionDecided(
            at=at(43), interview=2, decision=Decision("edited", "person", THIRD, "shorter")
        ),
        *iteration_events(
            3,
            THIRD,
            [make_run("se-001", 1.0), make_run("se-002", 1.0)],
            start=50,
            origin="edited",
            parent=2,
        ),
        SessionFinished(at=at(60), stop_reason="target_reached"),
    ]


def record_of(events: Iterable[Event]) -> SessionRecord:
    """The record that events add up to."""
    record = SessionRecord()
    for event in events:
        fold(record, event)
    return record
