import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llmopt_tui.core.events import (
    IterationFinished,
    IterationStarted,
    RunFinished,
    SessionFinished,
    SessionPaused,
)
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import Metrics
from llmopt_tui.core.run import Run
from llmopt_tui.core.settings import LoopSettings, StopReason
from llmopt_tui.reports.suite_document import SuiteSession, judge_suite, suite_document
from llmopt_tui.store.values import plain

AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def recorded(
    *scores: float, stop: StopReason | None = "plateau", seconds: float = 2.0
) -> SessionRecord:
    record = SessionRecord()
    metrics = Metrics(output_tokens=20, output_seconds=1.0)
    for n, score in enumerate(scores, start=1):
        run = Run("e", "train", 1, "", "", "", seconds, True, "", score, (), metrics)
        fold(
            record,
            IterationStarted(
                at=AT, iteration=n, prompt=f"p{n}", origin="original", parent=None, planned_runs=1
            ),
        )
        fold(record, RunFinished(at=AT, iteration=n, run=run))
        fold(record, IterationFinished(at=AT, iteration=n, score=score))
    if stop:
        fold(record, SessionFinished(at=AT, stop_reason=stop))
    return record


def document_of(*sessions: SuiteSession, **changes):
    document: dict[str, Any] = {
        "suite_id": "e5f6a7b8",
        "status": "completed",
        "models": ["a", "b", "c"],
        "cases": ["x"],
        "baseline_model": "a",
        "interviewer_model": "i",
        "settings": LoopSettings(),
        "sessions": sessions,
        "started_at": AT,
        "finished_at": AT + timedelta(seconds=5),
    }
    return plain(suite_document(**document | changes))


def judged_document_of(*sessions: SuiteSession, **changes):
    return document_of(*sessions, judged=judge_suite(sessions, "a"), **changes)


def test_a_session_says_how_it_went():
    (session,) = document_of(
        SuiteSession("a", "x", "a1b2c3d4", "session_a", recorded(0.4, 0.7, 0.6))
    )["sessions"]
    assert session == {
        "session_id": "a1b2c3d4",
        "folder": "session_a",
        "model": "a",
        "case": "x",
        "status": "completed",
        "stop_reason": "plateau",
        "error_message": "",
        "baseline_score": 0.4,
        "best_score": 0.7,
        "scores": [0.4, 0.7, 0.6],
        "iterations": 3,
        "best_iteration": 2,
        "validation": None,
        "selection": None,
        "calls": 3,
        "loads": 0,
        "interviewer_loads": 0,
        "truncated": 0,
        "mean_processing_time": 2.0,
        "tokens_per_second": 20.0,
    }


def test_the_best_prompts_are_there_to_use():
    document = document_of(SuiteSession("a", "x", "s", "f", recorded(0.4, 0.7, 0.6)))
    (prompt,) = document["optimized_prompts"]
    assert (prompt["prompt"], prompt["iteration"], prompt["score"]) == ("p2", 2, 0.7)
    assert prompt["validation_score"] is None
    (times,) = document["processing_times"]
    assert times["total_seconds"] == 6.0


def test_what_noise_may_have_put_in_order_shares_a_rank_whatever_its_speed():
    document = judged_document_of(
        SuiteSession("b", "x", record=recorded(0.7, seconds=1)),
        SuiteSession("a", "x", record=recorded(0.7, seconds=9)),
        SuiteSession("c", "x", record=recorded(0.9)),
        SuiteSession("d", "x", error_message="gone"),
    )
    ranked = [(row["model"], row["rank"], row["tied"]) for row in document["rankings"]["x"]]
    assert ranked == [("c", 1, True), ("a", 1, True), ("b", 1, True)]


def test_nothing_is_claimed_that_is_not_known():
    document = judged_document_of(SuiteSession("a", "x", record=recorded(0.4)))
    (row,) = document["rankings"]["x"]
    assert (row["ci95"], row["differs_from_next"], row["measured_on"]) == (None, None, "train")
    assert document["against_baseline"] == []
    assert document["overall"] == []


def test_before_anything_is_judged_nothing_is_ranked_or_recommended():
    document = document_of(SuiteSession("a", "x", record=recorded(0.4)))
    assert (document["rankings"], document["recommendation"]) == ({}, None)


@pytest.mark.parametrize(
    ("session", "status"),
    [
        (SuiteSession("a", "x", error_message="gone"), "failed"),
        (SuiteSession("a", "x", record=recorded(0.1, stop="failed")), "failed"),
        (SuiteSession("a", "x", record=recorded(0.1)), "completed"),
        (SuiteSession("a", "x", record=recorded(0.1), interrupted=True), "completed"),
        (SuiteSession("a", "x", record=recorded(0.1, stop=None)), "running"),
        (SuiteSession("a", "x", record=recorded(stop=None), interrupted=True), "pending"),
        (SuiteSession("a", "x", record=recorded(0.1, stop=None), interrupted=True), "interrupted"),
    ],
)
def test_a_session_that_broke_off_is_interrupted_and_one_that_ended_is_not(session, status):
    assert session.status == status


def test_a_paused_session_that_broke_off_is_interrupted():
    record = recorded(stop=None)
    fold(record, SessionPaused(at=AT, by="server"))
    assert SuiteSession("a", "x", record=record).status == "paused"
    assert SuiteSession("a", "x", record=record, interrupted=True).status == "interrupted"


def test_a_suite_that_has_just_begun_is_a_document_too():
    document = document_of(status="running", finished_at=None)
    assert document["finished_at"] is None
    assert document["sessions"] == []
    assert json.loads(json.dumps(document)) == document
