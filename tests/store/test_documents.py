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
from llmopt_tui.core.events import Event, IterationStarted, TrialEnded
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.loop.round import ProposalRecord
from llmopt_tui.core.prompt import Demonstration, Prompt, placeholders_in, variant_sha256
from llmopt_tui.core.suggestion import Suggestion
from llmopt_tui.core.variant import Variant
from llmopt_tui.state.documents.session import IterationDocument
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
from tests.raced import RACED_EXAMPLES, SPARE, raced_events, raced_ideas
from tests.store.strategies import tables, text

SESSION_FIELDS = """schema_version session_id suite_id status stop_reason error_message model
    interviewer_model case settings iterations best_iteration best_prompt baseline_score best_score
    improvement validation totals environment started_at finished_at best_variant trials
    constant_answer""".split()
ITERATION_FIELDS = """schema_version iteration prompt full_prompt output processing_time success
    error_message score timestamp runs validation_score variant trials""".split()
RUN_FIELDS = """example_id split repeat full_prompt output thinking processing_time success
    error_message score criteria metrics""".split()
METRIC_FIELDS = """load_seconds queued_seconds prompt_tokens prompt_seconds output_tokens
    output_seconds tokens_per_second done_reason truncated""".split()
INTERVIEW_FIELDS = """schema_version interviewer_model interview_prompt interview_response
    improved_prompt has_improvement timestamp iteration analysis reasoning problems messages
    decision proposals""".split()


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


NAMES = st.sampled_from(["posting", "title", "_x1"])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)


@st.composite
def loadable_variants(draw: st.DrawFn) -> Variant:
    """Any variant that a prompt file can hold: its demonstrations fill its placeholders."""
    names = draw(st.sets(NAMES, max_size=3))
    text = draw(WORDS) + "".join(f"\n{{{{{name}}}}}" for name in sorted(names))
    names = set(placeholders_in(text))
    shown = draw(
        st.lists(
            st.builds(
                Demonstration,
                st.fixed_dictionaries({name: WORDS | st.just("") for name in sorted(names)}),
                WORDS,
                st.just("") | WORDS,
            ),
            max_size=3,
        )
    )
    return Variant(
        text,
        draw(st.just("") | WORDS.filter(lambda system: not placeholders_in(system))),
        tuple(shown),
        draw(st.sampled_from(["once", "each", "system"])),
        draw(st.sampled_from([None, "off", "format", "late"])),
        (SPARE,) if shown else (),
    )


@given(loadable_variants())
def test_any_variant_can_take_the_prompt_files_place(variant: Variant) -> None:
    record = record_of(raced_events())
    record.iterations[-1].variant = variant
    document = documents.best_prompt(record)
    assert document is not None
    found = read_prompt_file(toml_text(document).encode(), "skills_extraction")
    assert found.faults == ()
    assert found.prompt is not None
    assert found.prompt.variant == replace(variant, spares=())


def test_locked_parts_stay_locked_in_the_best_prompt() -> None:
    kept = "List the skills in this posting as JSON."
    prompt = dict(make_started().prompt) | {"locked": [kept, "What is gone."]}
    document = documents.best_prompt(
        record_of([replace(make_started(), prompt=prompt), *(raced_events()[1:])])
    )
    assert document is not None
    found = read_prompt_file(toml_text(document).encode(), "skills_extraction")
    assert found.prompt is not None
    assert found.prompt.locked == (kept,)


def test_an_iteration_holds_its_variant_and_what_lost_against_it() -> None:
    record = record_of(raced_events())
    document = json.loads(json_text(documents.test_iteration(record, 2)))
    assert document["variant"] == plain(raced_ideas()[2].variant)
    assert document["prompt"] == document["variant"]["text"]
    dropped, beaten = document["trials"]
    assert (dropped["proposal"], dropped["source"], dropped["cause"]) == (1, "playbook", "missing")
    assert dropped["kind"] == "say each once"
    assert dropped["variant"]["text"].startswith("List the skills in this posting as JSON. List ev")
    assert dropped["scores"] == {"se-001": 0.1, "se-002": 0.1}
    assert (dropped["outcome"], dropped["reason"]) == (
        "dropped",
        "0.30 behind the best so far on 2 examples",
    )
    assert (beaten["outcome"], beaten["answers"]) == ("beaten", 4)
    assert json.loads(json_text(documents.test_iteration(record, 1)))["trials"] == []


def test_what_was_sent_can_be_made_again_from_an_iterations_document() -> None:
    record = record_of(raced_events())
    text = json_text(documents.test_iteration(record, 2))
    variant = IterationDocument.read(json.loads(text)).variant
    assert variant is not None
    inputs = {"posting": "We look for a baker."}
    asked = variant.messages(inputs, "se-002")
    assert asked == record.iterations[1].variant.messages(inputs, "se-002")
    assert SPARE.answer in [message.content for message in asked]


def test_an_interview_lists_every_suggestion_and_how_its_race_ended() -> None:
    document = json.loads(json_text(documents.interview(record_of(raced_events()), 1)))
    one, two, three = document["proposals"]
    assert [p["outcome"] for p in document["proposals"]] == ["dropped", "beaten", "won"]
    assert [c["edit"] for c in three["changes"]] == ["add rule", "demonstrations"]
    assert one["decision"]["action"] == "accepted"
    assert one["reasoning"] == "It lists too few."
    assert two["scores"] == dict.fromkeys(RACED_EXAMPLES, 0.6)
    assert document["improved_prompt"] == three["variant"]["text"]


def test_a_round_without_a_winner_keeps_its_trials() -> None:
    ended = [e for e in raced_events() if isinstance(e, TrialEnded)]
    events = raced_events()[: raced_events().index(ended[0])]
    lost = [replace(e, outcome="dropped", reason="no clear gain") for e in ended]
    record = record_of([*events, *lost])
    document = json.loads(json_text(documents.interview(record, 1)))
    assert [p["reason"] for p in document["proposals"]] == ["no clear gain"] * 3
    assert all(p["scores"] for p in document["proposals"])


def test_session_data_says_what_the_races_and_the_best_variant_were() -> None:
    data = json.loads(json_text(documents.session_data(record_of(raced_events()))))
    assert data["best_variant"]["demonstrations"][0]["example_id"] == "se-002"
    assert data["trials"] == {"raced": 3, "won": 1, "beaten": 1, "dropped": 1, "answers": 10}
    assert [line["trials"] for line in data["iterations"]] == [0, 2]
    first, second = (line["prompt_sha256"] for line in data["iterations"])
    assert first == Prompt("p", ORIGINAL).sha256
    assert second == variant_sha256(raced_ideas()[2].variant_of(Variant(ORIGINAL)))


def test_session_data_says_what_one_answer_to_everything_would_score() -> None:
    constant = json.loads(json_text(documents.session_data(record_of(raced_events()))))[
        "constant_answer"
    ]
    assert json.loads(constant["text"]) == {"skills": ["Python"]}
    assert (constant["train_score"], constant["validation_score"]) == (1.0, 1.0)


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


@pytest.mark.parametrize("events", [session_events(), session_events()[:4], raced_events()])
def test_what_a_list_takes_is_as_in_the_whole_document(events: list[Event]) -> None:
    record = record_of(events)
    whole = plain(documents.session_data(record, status="paused"))
    listed = documents.listed_data(record, status="paused")
    assert listed.model_fields_set == set(documents.LISTED)
    assert {name: plain(listed)[name] for name in documents.LISTED} == {
        name: whole[name] for name in documents.LISTED
    }
