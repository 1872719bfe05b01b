"""Recorded sessions on disk, written by the journal itself: exact times, exact scores."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from llmopt_tui.core.decisions import Decision
from llmopt_tui.core.events import (
    Event,
    InterviewFinished,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    RunFinished,
    SessionFinished,
    SessionStarted,
    SuggestionDecided,
)
from llmopt_tui.core.ports import Message
from llmopt_tui.core.settings import StopReason
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.store.writer import SessionWriter
from tests.factories import make_case_snapshot, make_run, make_started

BEGIN = datetime(2026, 11, 2, 14, 3, tzinfo=UTC)
PROMPTS = (
    "Write a short description of this job.\n\n{{posting}}",
    "Summarize the posting below in two short sentences.\n\n{{posting}}",
    "Summarize the posting below in two short sentences.\nName trade, place and the two main "
    "tasks. Stop after two sentences.\n\n{{posting}}",
    "Two sentences, no more: trade, place, main tasks.\n\n{{posting}}",
)


def events(
    session_id: str,
    *,
    model: str = "gemma3n:latest",
    case: str = "concise_description",
    scores: Sequence[float] = (0.42, 0.63, 0.77),
    stop: StopReason | None = "plateau",
    begin: datetime = BEGIN,
    output: str = "Experienced electrician for industrial sites in Ulm.",
    prompts: Sequence[str] = PROMPTS,
) -> list[Event]:
    """A session with one iteration per score; `stop` None leaves it without an end."""
    at = begin
    named = {"id": case, "title": case.replace("_", " ").capitalize()}
    told: list[Event] = [
        make_started(session_id, model, at=begin, case=make_case_snapshot() | named)
    ]
    for n, score in enumerate(scores, start=1):
        at += timedelta(seconds=2)
        told.append(
            IterationStarted(
                at=at,
                iteration=n,
                prompt=prompts[(n - 1) % len(prompts)],
                origin="original" if n == 1 else "accepted",
                parent=None if n == 1 else n - 1,
                planned_runs=1,
            )
        )
        at += timedelta(seconds=30)
        told.append(
            RunFinished(
                at=at, iteration=n, run=make_run(score=score, output=output, processing_time=30.0)
            )
        )
        told.append(IterationFinished(at=at, iteration=n, score=score))
        if n < len(scores):
            told += _interview(n, prompts[n % len(prompts)], at)
    if stop:
        told.append(SessionFinished(at=at + timedelta(seconds=1), stop_reason=stop))
    return told


def _interview(n: int, suggested: str, at: datetime) -> list[Event]:
    return [
        InterviewStarted(at=at, interview=n, iteration=n, interview_prompt="Why?"),
        InterviewFinished(
            at=at,
            interview=n,
            response="Too long.",
            analysis="The answers run to five sentences.",
            messages=(Message("user", "Why?"), Message("assistant", "Too long.")),
            suggestion=Suggestion(suggested, "Shorter.", "interviewer"),
        ),
        SuggestionDecided(at=at, interview=n, decision=Decision("accepted", "person", suggested)),
    ]


async def record(results: Path, told: Sequence[Event]) -> Path:
    """Keep a session as the program does. Returns its folder."""
    started = told[0]
    assert isinstance(started, SessionStarted)
    writer = SessionWriter.create(results, started.session_id, started.model.name)
    for event in told:
        await writer.keep(event)
    await writer.close()
    return writer.folder


async def some_sessions(results: Path) -> None:
    """Six sessions of several models and ends; one broke off, one cannot be read."""
    day = timedelta(days=1)
    llama = "hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M"
    for told in (
        events("a1b2c3d4"),
        events(
            "b2c3d4e5",
            model="deepseek-r1:8b",
            case="skills_extraction",
            scores=(0.51, 0.48, 0.51),
            begin=BEGIN - day,
        ),
        events(
            "c3d4e5f6",
            model="qwen3:latest",
            scores=(0.55, 0.96),
            stop="target_reached",
            begin=BEGIN - 2 * day,
        ),
        events(
            "d4e5f6a7",
            model=llama,
            scores=(0.40, 0.44, 0.52, 0.61, 0.66),
            stop="max_iterations",
            begin=BEGIN - 3 * day,
        ),
        events("e5f6a7b8", model="dolphin3:8b", scores=(0.7,), stop=None, begin=BEGIN - 4 * day),
    ):
        await record(results, told)
    torn = results / "session_f6a7b8c9_torn"
    torn.mkdir()
    (torn / "events.jsonl").write_text('{"schema_ver')


def write_suite(results: Path, suite_id: str, sessions: list[dict[str, object]]) -> Path:
    """The document of a suite that is done, a day younger than all sessions."""
    file = results / f"optimization_suite_{suite_id}.json"
    begin = BEGIN + timedelta(days=1)
    document = {
        "suite_id": suite_id,
        "status": "completed",
        "models": ["phi4:latest", "qwen3:latest"],
        "cases": ["concise_description"],
        "sessions": sessions,
        "started_at": begin.isoformat(),
        "finished_at": (begin + timedelta(minutes=5)).isoformat(),
    }
    file.write_text(json.dumps(document))
    return file
