from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llmopt_tui.store.suite_summary import list_all, read_suite
from llmopt_tui.store.writer import SessionWriter
from tests.factories import BEGAN_AT, session_events

DOCUMENT: dict[str, Any] = {
    "suite_id": "e5f6a7b8",
    "status": "running",
    "models": ["gemma3n:latest", "qwen3:latest"],
    "cases": ["skills_extraction"],
    "sessions": [
        {"baseline_score": 0.2, "best_score": 0.6, "iterations": 3},
        {"baseline_score": 0.4, "best_score": 0.4, "iterations": 2},
        {"baseline_score": None, "best_score": None, "iterations": 0},
    ],
    "started_at": BEGAN_AT.isoformat(),
    "finished_at": None,
}


def write(results: Path, **changes: Any) -> Path:
    file = results / "optimization_suite_e5f6a7b8.json"
    file.write_text(json.dumps(DOCUMENT | changes))
    return file


def test_a_suite_is_summed_up_by_the_means_of_its_sessions(tmp_path: Path) -> None:
    summary = read_suite(write(tmp_path, status="completed", finished_at="2026-11-02T14:13:00Z"))
    assert (summary.session_id, summary.suite_id, summary.kind) == ("e5f6a7b8", "e5f6a7b8", "suite")
    assert (summary.model, summary.case_id) == ("gemma3n:latest, qwen3:latest", "skills_extraction")
    assert (summary.before, summary.after) == (pytest.approx(0.3), pytest.approx(0.5))
    assert (summary.status, summary.iterations, summary.seconds) == ("completed", 5, 600.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"suite_id": 7},
        {"status": "splendid"},
        {"status": None},
        {"models": "gemma3n"},
        {"sessions": None},
        {"started_at": "yesterday"},
    ],
)
def test_a_document_of_no_use_is_a_line_that_says_so(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    write(tmp_path, **changes)
    (summary,) = list_all(tmp_path)
    assert (summary.session_id, summary.started_at, summary.model) == ("e5f6a7b8", None, "")
    assert summary.note.startswith("its document cannot be used")


async def test_a_suite_runs_as_long_as_one_of_its_sessions(tmp_path: Path) -> None:
    write(tmp_path)
    start, *events = session_events()[:4]
    writer = SessionWriter.create(tmp_path, "a1b2c3d4", "m")
    for event in (replace(start, suite_id="e5f6a7b8"), *events):  # type: ignore[call-arg]
        await writer.keep(event)
    assert {s.kind: s.status for s in list_all(tmp_path)} == {
        "session": "running",
        "suite": "running",
    }
    await writer.close()
    assert {s.status for s in list_all(tmp_path)} == {"interrupted"}


def test_a_score_that_is_no_number_is_unknown(tmp_path: Path) -> None:
    rows = [{"baseline_score": "high", "best_score": 1}, {"baseline_score": 0.5, "best_score": 0.7}]
    summary = read_suite(write(tmp_path, sessions=rows))
    assert (summary.before, summary.after, summary.note) == (0.5, 0.7, "")
