"""optimization_suite_ID.json: every field, from sessions with known scores."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from typing import Any

import pytest

from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import Metrics
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.reports.suite_document import SuiteSession, judge_suite, suite_document
from llmopt_tui.store.values import plain
from tests.core.analysis_suite.records import AT, a_record, noisy, steady

LOW, MID, HIGH = steady(0.4), steady(0.6), steady(0.8)

SESSION = {
    "session_id", "folder", "model", "case", "status", "stop_reason", "error_message",
    "baseline_score", "best_score", "scores", "iterations", "best_iteration", "validation",
    "selection", "mean_processing_time", "tokens_per_second", "loads", "interviewer_loads",
    "truncated", "calls",
}  # fmt: skip
VALIDATION = {
    "measured_on", "baseline", "best", "difference", "ci95", "interval", "p_value",
    "adjusted_p_value", "test", "n", "fixed", "broken", "n_needed", "verdict", "reason",
}  # fmt: skip
RANKED = {"model", "score", "measured_on", "ci95", "n", "rank", "tied", "differs_from_next"}
AGAINST = {
    "model", "case", "measured_on", "difference", "ci95", "p_value", "adjusted_p_value", "n",
    "verdict", "reason",
}  # fmt: skip
CHOICE = {
    "case", "model", "session_id", "iteration", "reason", "standing", "original",
    "prompt_file", "expected_score", "ci95", "seconds_per_answer", "tokens_per_second",
}  # fmt: skip


def session(model: str, case: str, record: SessionRecord | None, **changes: Any) -> SuiteSession:
    name = f"{model}{case}"
    return SuiteSession(model, case, name, f"session_{name}_{model}", record, **changes)


def document_of(*sessions: SuiteSession, **changes: Any) -> dict[str, Any]:
    """The document of sessions that have been judged."""
    fields: dict[str, Any] = {
        "suite_id": "e5f6a7b8",
        "status": "completed",
        "models": list(dict.fromkeys(s.model for s in sessions)),
        "cases": list(dict.fromkeys(s.case for s in sessions)),
        "baseline_model": "a",
        "interviewer_model": "llama3.2:latest",
        "settings": LoopSettings(),
        "sessions": sessions,
        "started_at": AT,
        "finished_at": AT + timedelta(seconds=90),
        "judged": judge_suite(sessions, "a"),
    }
    document: dict[str, Any] = plain(suite_document(**fields | changes))
    return document


def a_suite() -> dict[str, Any]:
    """Two models on two cases; one gain is real, one is none, one prompt is worse, one broke."""
    return document_of(
        session("a", "x", a_record(LOW, HIGH, kinds=("exact shape",), held_out=(LOW, MID))),
        session("b", "x", a_record(LOW, MID, HIGH, held_out=(MID, MID), processing_time=6.0)),
        session("a", "y", a_record(noisy(0.5), noisy(0.6), held_out=(HIGH, MID))),
        session("b", "y", a_record(LOW, HIGH, stop="failed"), error_message="the server is gone"),
    )


def test_every_field_is_there_and_is_plain_json() -> None:
    document = a_suite()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert all(set(found) == SESSION for found in document["sessions"])
    assert set(document["sessions"][0]["validation"]) == VALIDATION
    assert {"k", "n", "expected_gain", "p_value"} <= set(document["sessions"][0]["selection"])
    for ranking in (*document["rankings"].values(), document["overall"]):
        assert ranking
        assert all(set(ranked) == RANKED for ranked in ranking)
    assert all(set(against) == AGAINST for against in document["against_baseline"])
    assert document["against_baseline"]
    assert set(document["pareto"][0]) == {
        *("case", "model", "score", "seconds", "on_front", "beaten_by"),
    }
    assert set(document["insights"][0]) == {"kind", "text", "numbers", "sessions"}
    assert set(document["recommendation"]) == {*("model", "reason", "standing", "cases", "caveats")}
    assert all(set(choice) == CHOICE for choice in document["recommendation"]["cases"])
    assert set(document["optimized_prompts"][0]) == {
        *("model", "case", "session_id", "iteration", "score", "validation_score", "prompt"),
        "variant",
    }
    assert set(document["processing_times"][0]) == {
        *("model", "case", "session_id"),
        *("mean_processing_time", "tokens_per_second", "total_seconds"),
    }


def test_what_was_gained_is_said_for_every_session_with_its_verdict() -> None:
    found = [s["validation"] for s in a_suite()["sessions"]]
    assert [v and v["verdict"] for v in found] == ["REAL", "NOT PROVEN", "REAL", None]
    assert [v and round(v["difference"], 6) for v in found] == [0.2, 0.0, -0.2, None]
    assert (found[0]["fixed"], found[0]["broken"], found[0]["n"]) == (24, 0, 24)
    assert found[0]["interval"][0] > 0


def test_a_gain_on_train_is_not_called_validation() -> None:
    document = document_of(session("a", "x", a_record(LOW, HIGH)))
    (only,) = document["sessions"]
    assert only["validation"] is None
    assert document["rankings"]["x"][0]["measured_on"] == "train"
    assert document["recommendation"]["caveats"][0].startswith("x: no example was held out")


def test_the_overall_ranking_says_train_where_any_case_does() -> None:
    held_out = a_record(LOW, held_out=(LOW,))
    document = document_of(session("a", "x", held_out), session("a", "y", a_record(LOW)))
    assert [r["measured_on"] for r in document["overall"]] == ["train"]
    document = document_of(session("a", "x", held_out), session("a", "y", held_out))
    assert [r["measured_on"] for r in document["overall"]] == ["validation"]


def test_times_are_told_without_loads_and_prompts_with_what_they_score() -> None:
    loading = Metrics(load_seconds=5.0, output_tokens=20, output_seconds=1.0)
    record = a_record([0.4] * 4, [0.8] * 4, held_out=([0.4], [0.7]), metrics=loading)
    for run in (run for i in record.iterations for run in i.runs):
        assert run.processing_time == 2.0
    record = a_record([0.4], [0.8], held_out=([0.4], [0.7]), metrics=loading, processing_time=7.0)
    document = document_of(session("a", "x", record))
    (found,) = document["sessions"]
    assert (found["mean_processing_time"], found["loads"], found["calls"]) == (2.0, 4, 4)
    (prompt,) = document["optimized_prompts"]
    assert (prompt["score"], prompt["validation_score"]) == (0.8, 0.7)
    assert document["processing_times"][0]["total_seconds"] == 28.0


def test_the_recommended_prompt_is_a_file_within_results_unless_it_is_the_original() -> None:
    choices = a_suite()["recommendation"]["cases"]
    assert [(c["case"], c["model"], c["prompt_file"], c["original"]) for c in choices] == [
        ("x", "a", "session_ax_a/best_prompt.toml", False),
        ("y", "a", "", True),
    ]


def test_what_failed_is_in_the_caveats_and_nowhere_else() -> None:
    document = a_suite()
    assert document["recommendation"]["caveats"][-1] == (
        "Not compared, because a score on held-out examples is missing: b on y."
    )
    assert [(r["model"], r["rank"], r["score"]) for r in document["rankings"]["y"]] == [
        ("a", 1, pytest.approx(0.6)),
        ("b", None, None),
    ]


@pytest.mark.parametrize(
    "sessions",
    [
        [],
        [session("a", "x", None, error_message="gone")],
        [session("a", "x", a_record(stop=None))],
        [session("a", "x", a_record(stop="failed"))],
        [session("a", "x", a_record([0.5], stop=None)), session("b", "x", a_record(stop=None))],
    ],
    ids=["no session", "not begun", "no iteration", "failed", "running"],
)
def test_while_nothing_is_known_nothing_is_said(sessions: list[SuiteSession]) -> None:
    document = document_of(*sessions)
    assert document["rankings"] == {}
    assert document["overall"] == document["against_baseline"] == document["pareto"] == []
    assert document["insights"] == []
    assert document["recommendation"] is None


def test_no_number_is_other_than_finite() -> None:
    def numbers(value: Any) -> list[float]:
        if isinstance(value, dict):
            return [n for item in value.values() for n in numbers(item)]
        if isinstance(value, list):
            return [n for item in value for n in numbers(item)]
        return [value] if isinstance(value, float) else []

    found = numbers(a_suite())
    assert len(found) > 100
    assert all(map(math.isfinite, found))
