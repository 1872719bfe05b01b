"""A results folder with thousands of sessions as people leave them, made within a minute.

A few sessions are written by the program's own journal; the others are those with other ids, days,
models and words. Of their documents they have session_data.json: nothing here reads the others.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from llmopt_tui.app.workspace import Workspace
from llmopt_tui.core.case import Case
from llmopt_tui.core.decisions import Decision
from llmopt_tui.core.events import (
    Event,
    InterviewFinished,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    RunFinished,
    SessionFinished,
    SuggestionDecided,
)
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import Message
from llmopt_tui.core.prompt import fill
from llmopt_tui.core.settings import StopReason
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.store.documents import SESSION_DATA, documents
from llmopt_tui.store.journal import FILE_NAME, Journal
from llmopt_tui.store.writer import folder_name
from tests.factories import make_run, make_started

ROOT = Path(__file__).parent.parent
MODELS = (
    *("gemma3n:latest", "deepseek-r1:8b", "qwen3:latest", "phi4-mini-reasoning:latest"),
    *("dolphin3:8b", "llama3.2:latest", "mistral:7b", "granite3.3:8b"),
)
STOPS: tuple[StopReason, ...] = ("plateau", "max_iterations", "target_reached", "failed")
_TEMPLATES = 24
_ITERATIONS = 4
_ID, _DAY, _MODEL = "f00dcafe", "2026-11-02", "model-of-the-template"
_WORD = re.compile(r"zq\d")
_BEGIN = datetime(2026, 11, 2, 14, 3, tzinfo=UTC)


def make_sessions(results: Path, count: int, progress: Callable[[int], object]) -> None:
    """Fill a results folder. One in fifty sessions broke off before its end."""
    chance = random.Random(7)
    cases = Workspace(ROOT).load_cases().cases
    words = _vocabulary(cases, chance)
    scratch = results / "scratch"
    scratch.mkdir(parents=True)
    templates = [
        _template(scratch, cases[n % len(cases)], chance, words) for n in range(_TEMPLATES)
    ]
    scratch.rmdir()
    for n in range(count):
        files = templates[n % _TEMPLATES]
        session_id, model = f"{chance.getrandbits(32):08x}", chance.choice(MODELS)
        day = (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=n % 1000)).date().isoformat()
        folder = results / folder_name(session_id, model)
        folder.mkdir()
        broken = n % 50 == 49
        for name, text in files.items():
            own = text.replace(_ID, session_id).replace(_DAY, day).replace(_MODEL, model)
            own = _WORD.sub(lambda _: chance.choice(words), own)
            if broken and name == FILE_NAME:
                own = own[: own.rstrip().rindex("\n") + 1]
            if broken and name == SESSION_DATA:
                own = own.replace('"completed"', '"running"').replace('"failed"', '"running"')
            (folder / name).write_text(own)
        progress(n + 1)


def _vocabulary(cases: tuple[Case, ...], chance: random.Random) -> list[str]:
    """The words of the starter cases, and as many again that are made up."""
    found = {
        word
        for case in cases
        for example in case.examples
        for text in example.inputs.values()
        for word in re.findall(r"[A-Za-z]+", text)
    }
    made = {
        "".join(
            chance.choice("bcdfgklmnprst") + chance.choice("aeiou")
            for _ in range(chance.randint(2, 5))
        )
        for _ in range(6000)
    }
    return sorted(found | made)


def _template(scratch: Path, case: Case, chance: random.Random, words: list[str]) -> dict[str, str]:
    """The files of one session, by name; words that are to differ are written as "zq" and a
    digit.
    """
    path = scratch / FILE_NAME
    journal, record = Journal.create(path, _ID), SessionRecord()
    for event in _events(case, chance, words):
        fold(record, journal.append(event))
    files = {FILE_NAME: path.read_text(), SESSION_DATA: documents(record)[SESSION_DATA]()}
    path.unlink()
    return files


def _events(case: Case, chance: random.Random, words: list[str]) -> list[Event]:
    at = _BEGIN
    prompt = case.prompt.text
    snapshot = {"name": case.prompt.name, "text": prompt, "description": "", "system": ""}
    told: list[Event] = [
        make_started(_ID, _MODEL, at=at, case=case.snapshot(), prompt=snapshot),
    ]
    for n in range(1, _ITERATIONS + 1):
        planned = len(case.examples)
        origin: Any = "original" if n == 1 else "accepted"
        parent = n - 1 or None
        told.append(
            IterationStarted(
                at=at,
                iteration=n,
                prompt=prompt,
                origin=origin,
                parent=parent,
                planned_runs=planned,
            )
        )
        score = chance.random()
        for example in case.examples:
            at += timedelta(seconds=3)
            run = make_run(
                example.id,
                score,
                split=example.split,
                full_prompt=fill(prompt, example.inputs),
                output=_prose(40, chance, words),
            )
            told.append(RunFinished(at=at, iteration=n, run=run))
        told.append(IterationFinished(at=at, iteration=n, score=score))
        if n < _ITERATIONS:
            prompt = f"{_prose(60, chance, words)}\n\n{case.prompt.text}"
            told += _interview(n, prompt, at, chance, words)
    told.append(SessionFinished(at=at, stop_reason=chance.choice(STOPS)))
    return told


def _interview(
    n: int, prompt: str, at: datetime, chance: random.Random, words: list[str]
) -> list[Event]:
    asked, answered = _prose(400, chance, words), _prose(200, chance, words)
    return [
        InterviewStarted(at=at, interview=n, iteration=n, interview_prompt=asked),
        InterviewFinished(
            at=at,
            interview=n,
            response=f"{answered}\n{json.dumps(prompt)}",
            analysis=_prose(50, chance, words),
            messages=(Message("user", asked), Message("assistant", answered)),
            suggestion=Suggestion(prompt, _prose(30, chance, words), "interviewer"),
        ),
        SuggestionDecided(at=at, interview=n, decision=Decision("accepted", "auto", prompt)),
    ]


def _prose(count: int, chance: random.Random, words: list[str]) -> str:
    """So many words, one in eight of them another one in each session."""
    return " ".join(
        f"zq{chance.randint(0, 9)}" if chance.random() < 1 / 8 else chance.choice(words)
        for _ in range(count)
    )
