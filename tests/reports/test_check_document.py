"""check_ID_TIME.json: then and now, and when a difference is a regression."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.ports import ModelInfo
from llmopt_tui.reports.check_document import Rerun, check_document
from llmopt_tui.store.values import plain
from tests.core.analysis_suite.records import AT, a_record, steady
from tests.factories import make_started

THEN = steady(0.8)


def rerun(now: SessionRecord | None, digest: str = "15cb39fd9394", **changes: Any) -> Rerun:
    """A session that scored `THEN` on held-out examples, and what it comes to now."""
    then = a_record(steady(0.4), steady(0.9), held_out=(steady(0.4), THEN))
    fold(then, make_started())
    model = ModelInfo("gemma3n:latest", digest=digest)
    return replace(Rerun("session_a", then, "validation", model, now), **changes)


def again(scores: list[float], **run: Any) -> SessionRecord:
    """A rerun on the same examples, which are the train ones of its single iteration."""
    record = a_record(scores, **run)
    iteration = record.iterations[0]
    iteration.runs = [
        replace(r, example_id=r.example_id.replace("train", "validation")) for r in iteration.runs
    ]
    return record


def checked(*reruns: Rerun, **changes: Any) -> dict[str, Any]:
    document = plain(check_document("a1b2c3d4", reruns, checked_at=AT, **changes))
    assert json.loads(json.dumps(document, allow_nan=False))
    return document


def test_as_good_and_as_fast_is_no_regression() -> None:
    document = checked(rerun(again(THEN)))
    (found,) = document["checks"]
    assert (document["regressed"], document["failed"]) == (False, False)
    assert (found["model"], found["iteration"], found["calls"]) == ("gemma3n:latest", 2, 24)
    assert found["score"]["then"] == found["score"]["now"]
    assert found["score"]["n"] == found["seconds"]["n"] == 24
    assert not found["digest"]["changed"]


def test_a_worse_score_regresses_and_so_does_a_slower_answer_unless_it_is_not_to() -> None:
    worse, slower = rerun(again(steady(0.6))), rerun(again(THEN, processing_time=5.0))
    assert [c["regressed"] for c in checked(worse, slower)["checks"]] == [True, True]
    document = checked(worse, slower, score_only=True)
    assert [c["regressed"] for c in document["checks"]] == [True, False]
    assert document["checks"][1]["seconds"]["regressed"]


def test_calls_that_fail_now_score_nothing_and_are_counted() -> None:
    document = checked(rerun(again([0.0] * 24, success=False)))
    (found,) = document["checks"]
    assert (found["regressed"], found["failed_calls"], found["seconds"]["n"]) == (True, 24, 0)


def test_a_rerun_that_broke_off_is_no_regression_and_no_success() -> None:
    document = checked(rerun(None, error_message="gone"), rerun(again(THEN)))
    assert (document["regressed"], document["failed"]) == (False, True)
    assert [c["error_message"] for c in document["checks"]] == ["gone", ""]
    assert document["checks"][0]["score"] is None


def test_another_digest_is_noticed_where_both_are_known() -> None:
    assert checked(rerun(again(THEN), "other"))["checks"][0]["digest"] == {
        "then": "15cb39fd9394",
        "now": "other",
        "changed": True,
    }
    assert not checked(rerun(again(THEN), ""))["checks"][0]["digest"]["changed"]
