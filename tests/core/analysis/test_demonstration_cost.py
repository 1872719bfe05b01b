"""What demonstrations cost for each answer."""

from __future__ import annotations

from dataclasses import replace

from llmopt_tui.core.analysis.demonstration_cost import Effort, effort, without_demonstrations
from llmopt_tui.core.ports import Metrics
from tests.factories import make_run, record_of
from tests.raced import raced_events


def test_an_answers_effort_is_the_mean_over_the_answers() -> None:
    first, second = record_of(raced_events()).iterations
    assert effort(first) == Effort(120.0, 40.0, 2.49)
    assert effort(second) == Effort(200.0, 40.0, 2.99)


def test_failed_calls_and_uncounted_tokens_are_left_out() -> None:
    (first, *_) = record_of(raced_events()).iterations
    failed = make_run(success=False, processing_time=99.0)
    uncounted = make_run(metrics=Metrics(), processing_time=1.0)
    first.runs = [failed, uncounted, make_run(processing_time=3.01)]
    assert effort(first) == Effort(120.0, 40.0, 2.0)
    first.runs = [failed]
    assert effort(first) == Effort(None, None, None)


def test_they_are_compared_with_the_nearest_ancestor_without_any() -> None:
    record = record_of(raced_events())
    first, second = record.iterations
    assert without_demonstrations(record, second) is first
    assert without_demonstrations(record, first) is None
    second.parent = 2
    assert without_demonstrations(record, second) is None
    third = replace(second, n=3, parent=2)
    second.parent = 1
    record.iterations.append(third)
    assert without_demonstrations(record, third) is first
