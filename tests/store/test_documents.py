from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.config.prompt_files import read_prompt_file
from llmopt_tui.core.events import Event, IterationStarted, Suggestion
from llmopt_tui.core.loop.record import ProposalRecord, SessionRecord
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.store import documents
from llmopt_tui.store.values import json_text, plain, toml_text
from tests.factories import (
    ORIGINAL,
    SECOND,
    THIRD,
    make_run,
    make_started,
    record_of,
    session_events,
)
from tests.nasty import NASTY
from tests.store.strategies import tables, text

SESSION_FIELDS = """schema_version session_id suite_id status stop_reason error_message model
    interviewer_model case settings iterations best_iteration best_prompt baseline_score best_score
    improvement validation totals environment started_at finished_at""".split()
ITERATION_FIELDS = """schema_version iteration prompt full_prompt output processing_time success
    error_message score timestamp runs validation_score""".split()
RUN_FIELDS = """example_id split repeat full_prompt output thinking processing_time success
    error_message score criteria metrics""".split()
METRIC_FIELDS = """load_seconds queued_seconds prompt_tokens prompt_seconds output_tokens
    output_seconds tokens_per_second done_reason truncated""".split()
INTERVIEW_FIELDS = """schema_version interviewer_model interview_prompt interview_response
    improved_prompt has_improvement timestamp iteration analysis reasoning problems messages
    decision""".split()


@pytest.fixture
def record() -> SessionRecord:
    return record_of(session_events())


def test_session_data_says_what_the_session_came_to(record: SessionRecord) -> None:
    data = plain(documents.session_data(record))
    assert set(SESSION_FIELDS) <= set(data)
    assert (data["status"], data["stop_reason"]) == ("completed", "target_reached")
    assert (data["best_iteration"], data["best_prompt"]) == (3, THIRD)
    assert (data["baseline_score"], data["best_score"]) == (0.4, 1.0)
    assert data["improvement"] == pytest.approx(0.6)
    assert data["started_at"] == "2026-11-02T14:03:00+00:00"
    assert data["finished_at"] == "2026-11-02T14:04:00+00:00"
    assert data["model"]["name"] == "gemma3n:latest"
    model_fields = "name digest size family parameter_size quantization capabilities endpoint"
    assert set(model_fields.split()) <= set(data["model"])


def test_session_data_holds_case_and_prompt_as_they_were(record: SessionRecord) -> None:
    case = plain(documents.session_data(record))["case"]
    assert (case["id"], case["title"]) == ("skills_extraction", "Skills extraction")
    assert case["sha256"] == "c" * 64
    assert case["snapshot"] == make_started().case
    assert case["prompt"]["text"] == ORIGINAL


def test_session_data_lists_the_iterations(record: SessionRecord) -> None:
    lines = plain(documents.session_data(record))["iterations"]
    assert [line["n"] for line in lines] == [1, 2, 3]
    assert [line["score"] for line in lines] == [0.4, 0.6, 1.0]
    assert [line["processing_time"] for line in lines] == [5.0, 5.0, 5.0]
    assert [line["validation_score"] for line in lines] == [None] * 3
    template = Prompt("skills_extraction", SECOND)
    assert lines[1]["prompt_sha256"] == template.sha256


def test_an_iteration_is_accepted_where_its_prompt_became_the_best(record: SessionRecord) -> None:
    record.iterations[1].score = 0.4  # no better than the first: the older prompt stays
    lines = plain(documents.session_data(record))["iterations"]
    assert [line["accepted"] for line in lines] == [True, False, True]


def test_totals_add_up_the_calls_and_count_the_loads(record: SessionRecord) -> None:
    assert plain(documents.session_data(record))["totals"] == {
        "calls": 6,
        "prompt_tokens": 720,
        "output_tokens": 240,
        "seconds": 15.0,
        "loads": 1,  # a few milliseconds are reported for a model in memory too
        "cached": 0,
    }


def test_validation_that_was_not_measured_is_null(record: SessionRecord) -> None:
    validation = plain(documents.session_data(record))["validation"]
    assert set(validation) == {"baseline", "best", "difference", "ci95", "p_value", "test", "n"}
    assert set(validation.values()) == {None}


def test_an_iteration_shows_its_lowest_scoring_train_run(record: SessionRecord) -> None:
    document = plain(documents.test_iteration(record, 1))
    assert set(ITERATION_FIELDS) <= set(document)
    assert document["output"] == make_run("se-002", 0.3).output
    assert document["full_prompt"] == make_run("se-002").full_prompt
    assert (document["score"], document["processing_time"]) == (0.4, 5.0)
    assert (document["success"], document["error_message"]) == (True, "")
    assert document["timestamp"] == "2026-11-02T14:03:13+00:00"
    run = document["runs"][0]
    assert set(RUN_FIELDS) <= set(run)
    assert set(METRIC_FIELDS) <= set(run["metrics"])
    assert {"kind", "weight", "score", "feedback"} <= set(run["criteria"][0])


def test_a_failed_run_makes_its_iteration_no_success(record: SessionRecord) -> None:
    iteration = record.iterations[1]
    iteration.runs[0] = make_run(score=0.0, success=False, error_message="out of memory")
    iteration.runs[1] = make_run(score=0.0, success=False, error_message="out of memory")
    document = plain(documents.test_iteration(record, 2))
    assert (document["success"], document["error_message"]) == (False, "out of memory")


def test_an_iteration_that_is_not_finished_is_no_success() -> None:
    document = plain(documents.test_iteration(record_of(session_events()[:3]), 1))
    assert (document["success"], document["score"], len(document["runs"])) == (False, None, 1)


def test_the_validation_score_is_the_mean_of_the_held_out_runs(record: SessionRecord) -> None:
    record.iterations[2].runs += [
        make_run("v1", 0.0, split="validation"),
        make_run("v2", 0.5, split="validation"),
    ]
    document = plain(documents.test_iteration(record, 3))
    assert document["validation_score"] == 0.25
    assert document["full_prompt"] == make_run("se-001").full_prompt
    prompt = documents.best_prompt(record)
    assert prompt is not None
    assert prompt["provenance"]["validation_score"] == 0.25


def test_an_interview_holds_the_whole_chat_and_the_decision(record: SessionRecord) -> None:
    document = plain(documents.interview(record, 2))
    assert set(INTERVIEW_FIELDS) <= set(document)
    assert document["interviewer_model"] == "llama3.2:latest"
    assert document["interview_prompt"] == "And now?"
    assert (document["source"], document["change"]) == ("chat", "")
    assert document["interview_response"] == "Sure! Here is a better prompt."
    assert document["iteration"] == 2
    assert document["problems"] == ["the placeholder {{posting}} is missing"]
    assert [m["role"] for m in document["messages"]] == ["user", "assistant"] * 2
    assert document["messages"][3] == {
        "role": "assistant",
        "content": "Then say: once.",
        "at": "2026-11-02T14:03:42+00:00",
    }
    assert document["has_improvement"] is True
    assert document["improved_prompt"] == THIRD.replace("once", "only once")
    assert document["decision"] == {
        "action": "edited",
        "by": "person",
        "prompt": THIRD,
        "note": "shorter",
        "timestamp": "2026-11-02T14:03:43+00:00",
    }


def test_an_interview_says_what_kind_of_change_is_suggested(record: SessionRecord) -> None:
    made = Suggestion(SECOND, "", "playbook", "no preamble")
    record.interviews[0].proposals = [ProposalRecord(1, made)]
    document = plain(documents.interview(record, 1))
    assert (document["source"], document["change"]) == ("playbook", "no preamble")


def test_an_interview_without_a_suggestion_says_so() -> None:
    record = record_of([e for e in session_events() if getattr(e, "interview", 1) == 1])
    record.interviews[0].proposals = []
    document = plain(documents.interview(record, 1))
    assert (document["has_improvement"], document["improved_prompt"]) == (False, None)
    assert (document["source"], document["change"]) == (None, "")
    assert document["decision"]["action"] == "none"


@pytest.mark.parametrize("make", [documents.test_iteration, documents.interview])
def test_what_is_not_there_is_a_key_error(
    make: Callable[[SessionRecord, int], dict[str, Any]], record: SessionRecord
) -> None:
    with pytest.raises(KeyError):
        make(record, 9)


def test_a_session_without_a_beginning_has_no_documents() -> None:
    record = record_of(session_events()[1:])
    assert documents.documents(record) == {}
    with pytest.raises(ValueError, match="no beginning"):
        documents.session_data(record)


def test_the_best_prompt_is_a_prompt_file_with_its_provenance(record: SessionRecord) -> None:
    prompt = documents.best_prompt(record)
    assert prompt is not None
    assert prompt["provenance"] == {
        "session_id": "a1b2c3d4",
        "case": "skills_extraction",
        "model": "gemma3n:latest",
        "digest": "15cb39fd9394",
        "iteration": 3,
        "train_score": 1.0,
        "date": "2026-11-02T14:03:53+00:00",
    }
    content = toml_text(prompt).encode()
    assert b'text = """\nAnswer with JSON alone' in content
    read = read_prompt_file(content, "skills_extraction")
    assert read.faults == ()
    assert read.prompt is not None
    assert read.prompt.text == THIRD


def test_there_is_no_best_prompt_before_a_score() -> None:
    assert documents.best_prompt(record_of(session_events()[:4])) is None


@given(text)
def test_any_best_prompt_reads_back_exactly(prompt: str) -> None:
    events = session_events()
    first = next(i for i, e in enumerate(events) if isinstance(e, IterationStarted))
    events[first] = replace(events[first], prompt=prompt)  # type: ignore[call-arg]
    document = documents.best_prompt(record_of(events[: first + 4]))
    assert document is not None
    read = tomllib.loads(toml_text(document))
    lone = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in prompt)
    assert read["text"] == lone
    assert read["provenance"]["train_score"] == 0.4


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text("\r\n\"'\\ a\x00", max_size=12))
def test_any_text_survives_toml(one: str, other: str) -> None:
    document = {"a": one, "b": other, "c": {"d": other}}
    assert tomllib.loads(toml_text(document)) == document


@given(tables)
def test_any_document_survives_json(document: dict[str, Any]) -> None:
    assert json.loads(json_text(document)) == document


@pytest.mark.parametrize("nasty", NASTY, ids=lambda nasty: ascii(nasty)[:30])
@pytest.mark.parametrize("dump", [json_text, toml_text])
def test_a_document_acts_on_no_terminal(nasty: str, dump: Callable[[dict[str, str]], str]) -> None:
    assert all(char.isprintable() or char in "\n\t" for char in dump({"text": nasty}))


def test_letters_of_every_script_stay_readable() -> None:
    assert "文字 Größe" in json_text({"text": "文字 Größe"})


def test_every_document_can_be_made_at_every_point_of_a_session() -> None:
    events: list[Event] = session_events()
    for n in range(1, len(events) + 1):
        for status in (None, "interrupted"):
            made = documents.documents(record_of(events[:n]), status=status)
            texts = {name: make() for name, make in made.items()}
            assert json.loads(texts["session_data.json"])["schema_version"] == 1
            assert texts["optimization_report.md"].startswith("# Skills extraction")
