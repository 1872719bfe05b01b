"""The end of a session in sentences: what was gained and how sure, or why nothing is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from llmopt_tui.core.analysis.findings import Gain
from llmopt_tui.core.events import SessionFinished
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.reports.session_ending import SessionEnding, session_ending
from tests.core.analysis_suite.records import AT, a_record, steady

LOW, MID, HIGH = steady(0.4), steady(0.6), steady(0.8)


def ending(record: SessionRecord, **changes: Any) -> SessionEnding:
    found = session_ending(record, **changes)
    assert found is not None
    return found


def test_a_gain_is_said_with_its_verdict_and_train_beside_it() -> None:
    found = ending(a_record(LOW, HIGH, held_out=(LOW, MID), kinds=("sober tone",)))
    assert found.title == "Ended: plateau"
    assert (found.claim, found.verdict) == (
        "0.40 → 0.60 on 24 examples nobody tuned on: REAL",
        "REAL",
    )
    assert found.facts[0].startswith("Better by 0.200 on 24 examples")
    assert found.aside == "On the 24 train examples that ideas are made from: 0.40 → 0.80."
    assert found.use == "Use the prompt of iteration 2."
    assert found.parts == ("iteration 2: sober tone, +0.40 on train",)
    assert not found.resumable


def test_in_a_suite_the_verdict_is_the_one_that_the_suite_came_to() -> None:
    record = a_record(LOW, HIGH, held_out=(LOW, MID))
    judged = Gain(baseline=0.4, best=0.6, n=24, verdict="NOT PROVEN", reason="So many.")
    assert ending(record, gain=judged).claim.endswith("NOT PROVEN")


@pytest.mark.parametrize(
    ("record", "claim", "use"),
    [
        (
            a_record(HIGH, LOW, held_out=(MID,)),
            "0.60 on 24 examples nobody tuned on: the original prompt stayed the best.",
            "Use the original prompt.",
        ),
        (
            a_record(LOW, HIGH),
            "No example was held out: what was gained is not proven.",
            "Use the original prompt, until held-out examples say",
        ),
        (
            a_record(LOW, HIGH, stop="stopped_by_user"),
            "Stopped before the held-out examples were run: nothing is proven.",
            "Use the original prompt, until held-out examples say",
        ),
    ],
    ids=["unchanged", "nothing held out", "stopped"],
)
def test_what_is_not_known_is_said(record: SessionRecord, claim: str, use: str) -> None:
    found = ending(record)
    assert (found.claim, found.verdict) == (claim, "")
    assert found.use.startswith(use)


def test_what_failed_or_was_stopped_can_be_resumed() -> None:
    record = a_record(LOW, stop="failed")
    assert record.finished is not None
    record.finished = replace(record.finished, error_message="the server\x1b[2J is gone")
    found = ending(record)
    assert found.claim.startswith("It failed: the server")
    assert "\x1b" not in found.claim
    assert found.resumable
    empty = SessionRecord()
    fold(empty, SessionFinished(at=AT, stop_reason="stopped_by_user"))
    assert ending(empty).claim == "No score yet: no iteration was completed."
    assert ending(empty).resumable
    assert session_ending(a_record(LOW, stop=None)) is None
