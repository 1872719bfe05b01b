"""Sessions with known scores, and the suites that they make up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from llmopt_tui.core.analysis.measure import Result
from llmopt_tui.core.analysis.suite import SuiteAnalysis, analyse
from llmopt_tui.core.case import Split
from llmopt_tui.core.changes import Source
from llmopt_tui.core.decisions import Decision
from llmopt_tui.core.events import (
    InterviewFinished,
    InterviewStarted,
    IterationFinished,
    IterationStarted,
    RunFinished,
    SessionFinished,
    SuggestionDecided,
    ValidationStarted,
)
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import Metrics
from llmopt_tui.core.run import Run
from llmopt_tui.core.settings import StopReason
from llmopt_tui.core.suggestion import Suggestion

AT = datetime(2026, 11, 2, 14, 3, tzinfo=UTC)
METRICS = Metrics(output_tokens=20, output_seconds=1.0, load_seconds=0.0)

Scores = Sequence[float]


def a_run(example: str, score: float, split: Split = "train", **changes: Any) -> Run:
    """One answer that took two seconds, with any field changed."""
    run = Run(example, split, 1, "", "an answer", "", 2.0, True, "", score, (), METRICS)
    return replace(run, **changes)


def a_record(
    *prompts: Scores,
    held_out: Sequence[Scores] = (),
    stop: StopReason | None = "plateau",
    kinds: Sequence[str] = (),
    sources: Sequence[Source] = (),
    origins: Sequence[str] = (),
    **run: Any,
) -> SessionRecord:
    """A session that tested these prompts: the scores of each, one per train example.

    `held_out` are those of the original prompt and of the best one on validation examples. `kinds`
    and `sources` are of the suggestions that led from prompt to prompt; every change is one of the
    best prompt so far. `run` changes every run. Without `stop` it has not ended.
    """
    record = SessionRecord()
    for n, scores in enumerate(prompts, start=1):
        parent = record.best.n if record.best else None
        if n > 1:
            kind, source = _at(kinds, n - 2, ""), _at(sources, n - 2, "playbook")
            suggestion = Suggestion(f"prompt {n}", "", source, kind)
            _suggest(record, n - 1, suggestion)
        fold(
            record,
            IterationStarted(
                at=AT,
                iteration=n,
                prompt=f"prompt {n}",
                origin=_at(origins, n - 2, "accepted") if n > 1 else "original",
                parent=parent,
                planned_runs=len(scores),
            ),
        )
        _run(record, n, scores, "train", run)
        fold(record, IterationFinished(at=AT, iteration=n, score=sum(scores) / len(scores)))
    if held_out and record.best:
        tested = tuple({1, record.best.n})
        planned = len(held_out[0]) * len(tested)
        fold(record, ValidationStarted(at=AT, iterations=tested, planned_runs=planned))
        for n, scores in zip(tested, held_out, strict=False):
            _run(record, n, scores, "validation", run)
    if stop:
        fold(record, SessionFinished(at=AT, stop_reason=stop))
    return record


def _at(values: Sequence[Any], place: int, otherwise: Any) -> Any:
    return values[place] if place < len(values) else otherwise


def _suggest(record: SessionRecord, n: int, suggestion: Suggestion) -> None:
    fold(record, InterviewStarted(at=AT, interview=n, iteration=n, interview_prompt=""))
    fold(
        record,
        InterviewFinished(
            at=AT, interview=n, response="", analysis="", messages=(), suggestion=suggestion
        ),
    )
    decision = Decision("accepted", "auto", suggestion.prompt)
    fold(record, SuggestionDecided(at=AT, interview=n, decision=decision))


def _run(
    record: SessionRecord, n: int, scores: Scores, split: Split, changes: dict[str, Any]
) -> None:
    for place, score in enumerate(scores):
        run = a_run(f"{split}-{place:02}", score, split, **changes)
        fold(record, RunFinished(at=AT, iteration=n, run=run))


def result(model: str, case: str, record: SessionRecord) -> Result:
    """A session of a suite; its id tells which."""
    return Result(model, case, f"{model}-{case}", record)


def analysed(*results: Result, baseline: str = "a") -> tuple[list[Result], SuiteAnalysis]:
    """The results, and what a suite of them comes to."""
    return list(results), analyse(results, baseline)


def steady(score: float, n: int = 24) -> list[float]:
    """Scores about one mean, spread a little, the same wherever n is."""
    return [round(score + (0.02 if i % 2 else -0.02), 4) for i in range(n)]


def noisy(score: float, n: int = 24, *, shift: int = 0) -> list[float]:
    """Scores about one mean, all over the place; `shift` moves who is lucky."""
    steps = (0.3, -0.3, 0.1, -0.1, 0.2, -0.2)
    return [round(min(1, max(0, score + steps[(i + shift) % 6])), 4) for i in range(n)]


def texts(items: Iterable[Any]) -> list[str]:
    """The texts of insights."""
    return [item.text for item in items]
