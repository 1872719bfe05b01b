"""A suite whose answers are made up, and everything that is said of it by the real functions."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from llmopt_tui.core.analysis.findings import ConstantAnswer
from llmopt_tui.core.ports import Metrics
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.reports.suite_document import SuiteSession, judge_suite, suite_document
from llmopt_tui.store.values import json_text
from tests.core.analysis_suite.records import a_record

AT = datetime(2026, 11, 2, 14, 3, tzinfo=UTC)
CASES = ("concise_description", "skills_extraction")
# Mean scores before and after, and seconds of an answer.
_MODELS: Mapping[str, tuple[float, float, float]] = {
    "gemma3n:latest": (0.47, 0.78, 4.4),
    "qwen3:latest": (0.51, 0.88, 3.1),
    "deepseek-r1:8b": (0.44, 0.77, 14.8),
    "phi4-mini-reasoning:latest": (0.40, 0.47, 9.2),
    "dolphin3:8b": (0.55, 0.71, 2.9),
}
_TRAIN, _HELD_OUT = 16, 24


def document() -> dict[str, Any]:
    """The suite's document, as it is on disk."""
    sessions = [
        _session(model, case, m, c)
        for c, case in enumerate(CASES)
        for m, model in enumerate(_MODELS)
    ]
    judged = judge_suite(sessions, next(iter(_MODELS)))
    constants = {CASES[0]: ConstantAnswer("", 0.34, 0.35), CASES[1]: ConstantAnswer("", 0.2, 0.21)}
    made = suite_document(
        suite_id="e5f6a7b8",
        status="completed",
        models=list(_MODELS),
        cases=CASES,
        baseline_model=next(iter(_MODELS)),
        interviewer_model="llama3.2:latest",
        settings=LoopSettings(),
        sessions=sessions,
        started_at=AT,
        finished_at=AT + timedelta(hours=2, minutes=38),
        judged=replace(judged, constants=constants),
    )
    read: dict[str, Any] = json.loads(json_text(made))
    return read


def _session(model: str, case: str, m: int, c: int) -> SuiteSession:
    before, after, seconds = _MODELS[model]
    before, after = before + 0.03 * c, after - 0.02 * c

    def scores(mean: float, n: int, what: str) -> list[float]:
        rng = random.Random(f"{model}/{case}/{what}")
        return [round(min(1.0, max(0.0, rng.gauss(mean, 0.14))), 2) for _ in range(n)]

    record = a_record(
        scores(before, _TRAIN, "1"),
        scores((before + after) / 2, _TRAIN, "2"),
        scores(after, _TRAIN, "3"),
        held_out=(scores(before, _HELD_OUT, "before"), scores(after, _HELD_OUT, "after")),
        kinds=("stop after", "demonstrations"),
        processing_time=seconds * (1 + 0.3 * c),
        metrics=Metrics(output_tokens=60, output_seconds=seconds * 0.8, load_seconds=0.0),
    )
    ids = f"{m:02x}{c:02x}a1b2"
    folder = f"session_{ids}_{model.replace(':', '_')}"
    return SuiteSession(model, case, ids, folder, record)
