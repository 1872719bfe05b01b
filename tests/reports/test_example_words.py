"""An example in words: every text under its heading, and what differs from the previous answer."""

from __future__ import annotations

from datetime import UTC, datetime

from llmopt_tui.core.events import ValidationStarted
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.reports.example_words import Asked, answer_parts, as_text, worst_fault
from llmopt_tui.state.documents.case import RecordedExample
from llmopt_tui.state.previous_answers import PreviousAnswer, before_iteration
from tests.factories import iteration_events, make_run, make_started, record_of, session_events


def test_an_example_is_input_expected_answer_and_criticism() -> None:
    record = record_of(session_events())
    parts = Asked.by(record).parts("se-001")
    parts += answer_parts(make_run("se-001", 0.4, thinking="hm", output="[]"))
    assert [(part.heading, part.text) for part in parts] == [
        ("Input", "We look for a Python developer (se-001)."),
        ("Expected", "skills: Python"),
        ("Answer", "[]"),
        ("Why 0.40", "skills 0.40: misses Python\njson_valid 1.00: the whole answer is valid JSON"),
    ]
    text = as_text("se-001", parts)
    assert text.startswith("# se-001\n\n## Input\n\nWe look")
    assert "## Why 0.40\n\nskills 0.40" in text


def test_what_an_example_does_not_say_is_taken_from_the_criteria() -> None:
    plain = RecordedExample(id="a", inputs={"title": "Baker", "text": "Ulm"})
    parts = Asked({"a": plain}, ("two sentences",)).parts("a")
    assert [(part.heading, part.text) for part in parts] == [
        ("Input title", "Baker"),
        ("Input text", "Ulm"),
        ("Expected of every answer", "two sentences"),
    ]
    assert Asked({}).parts("gone")[0].text == "The session's case holds no such example."
    assert Asked.by(SessionRecord()).examples == {}


def test_an_answer_is_compared_word_by_word_with_the_previous_one() -> None:
    old, new = make_run(score=0.3, output="a red cat"), make_run(score=0.6, output="a blue cat")
    answer, _ = answer_parts(new, against=True, previous=PreviousAnswer(2, old))
    assert answer.heading == "Answer, compared with that of iteration 2 (0.30 → 0.60)"
    assert [(s.kind, s.text) for s in answer.changes] == [
        ("same", "a "),
        ("removed", "red"),
        ("added", "blue"),
        ("same", " cat"),
    ]
    same, _ = answer_parts(old, against=True, previous=PreviousAnswer(2, old))
    assert same.heading.endswith("the same")
    assert not same.changes
    first, _ = answer_parts(new, against=True)
    assert first.heading == "Answer, the first to this example"


def test_the_worst_fault_says_why_in_a_line() -> None:
    assert worst_fault(make_run(score=0.4)) == "misses Python"
    assert worst_fault(make_run(score=1)) == ""
    assert worst_fault(make_run(score=0, error_message="no\nanswer")) == "no answer"


def test_the_previous_answer_is_the_parents_else_the_latest_earlier_one() -> None:
    now = datetime(2026, 11, 2, 15, tzinfo=UTC)
    held_out = make_run("cv-001", 0.2, split="validation")
    told = [
        make_started(),
        *iteration_events(1, "one", [make_run("a", 0.1), make_run("b", 0.1)], start=1),
        *iteration_events(2, "two", [make_run("a", 0.2)], start=10, origin="accepted", parent=1),
        *iteration_events(3, "three", [make_run("a", 0.3)], start=20, origin="accepted", parent=1),
        ValidationStarted(at=now, iterations=(1, 3), planned_runs=2),
    ]
    record = record_of(told)
    record.iterations[0].runs.append(held_out)
    previous = before_iteration(record, record.iterations[2])
    found = [previous.to(make_run(name)) for name in ("a", "b", "cv-001", "unknown")]
    assert [(f.iteration, f.run.score) if f else None for f in found] == [
        (1, 0.1),
        (1, 0.1),
        (1, 0.2),
        None,
    ]
    last = before_iteration(record, record.iterations[1]).to(make_run("a"))
    assert last is not None
    assert last.iteration == 1
