"""A record without its texts: a suite says the same of it, and it holds no text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from llmopt_tui.core.analysis.measure import Result
from llmopt_tui.core.analysis.recommendation import recommend
from llmopt_tui.core.analysis.suite import analyse
from llmopt_tui.core.loop.abridged import abridged
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.scoring.base import CriterionScore
from tests.core.analysis_suite.records import a_record
from tests.factories import make_started

TEXTS: dict[str, Any] = {
    "full_prompt": "Summarize the walrus posting.",
    "output": "A walrus is wanted.",
    "thinking": "The walrus first.",
    "criteria": (CriterionScore("length", 1.0, 0.5, "Longer than the walrus."),),
}


def records() -> list[SessionRecord]:
    low, high = [0.2] * 12, [0.9] * 10 + [0.4] * 2
    held_out = [[0.1, 0.3] * 8, [0.8, 0.9] * 8]
    found = [a_record(low, high, held_out=held_out, **TEXTS), a_record(high, low, **TEXTS)]
    for record in found:
        record.started = make_started()
    return found


def test_a_suite_says_the_same_of_it() -> None:
    whole = [Result(f"m{n}", "case", f"id{n}", record) for n, record in enumerate(records())]
    short = [replace(result, record=abridged(result.record)) for result in whole]
    assert analyse(short, "m1") == analyse(whole, "m1")
    assert recommend(short, analyse(short, "m1")) == recommend(whole, analyse(whole, "m1"))
    for one, other in zip(short, whole, strict=True):
        assert one.record.totals == other.record.totals
        assert one.record.draws == other.record.draws
        assert one.record.status == other.record.status


def test_it_holds_no_text_of_a_run_and_leaves_the_record_as_it_is() -> None:
    for record in records():
        short = abridged(record)
        assert "walrus" not in repr(short)
        assert all(run.thinking for run in short.runs)
        assert "walrus" in repr(record)
