"""What a suite's document comes to: numbers, places and sentences, whatever is missing in it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.analysis.findings import Gain
from llmopt_tui.core.events import Event, IterationStarted, ValidationStarted
from llmopt_tui.core.loop.folding import fold
from llmopt_tui.core.settings import LoopSettings
from llmopt_tui.reports.leaderboard_markdown import table_markdown
from llmopt_tui.reports.leaderboard_words import (
    NOT_HELD_OUT,
    details,
    gain_words,
    headline,
    recommendation_text,
    signed,
    state_word,
    verdict_of,
)
from llmopt_tui.reports.suite_document import SuiteSession, judge_suite, suite_document
from llmopt_tui.reports.transfer_words import pair_details, pair_lines, transfer_markdown
from llmopt_tui.state.leaderboard import OVERALL, Leaderboard
from llmopt_tui.state.run_state import RunState
from llmopt_tui.store.values import json_text
from tests import suites
from tests.factories import at, make_run, make_started, record_of, session_events
from tests.suites import board_of

CASE = "concise_description"
QWEN = "qwen3:latest"


@pytest.fixture(scope="module")
def board() -> Leaderboard:
    return board_of(suites.suite())


def test_a_cell_shows_the_gain_on_held_out_examples_once_it_is_measured(board: Leaderboard) -> None:
    cell = board.cells[QWEN, CASE]
    assert cell.trained == pytest.approx(0.37)
    gain = cell.gain
    assert gain.held_out
    assert gain.baseline is not None
    assert gain.difference is not None
    assert cell.trained is not None
    assert gain.difference == pytest.approx(cell.trained * 0.93)
    assert gain.best == pytest.approx(gain.baseline + gain.difference)
    unmeasured = board_of(suites.suite(held_out=0)).cells[QWEN, CASE]
    assert not unmeasured.gain.held_out
    assert unmeasured.gain.difference == unmeasured.trained


def test_models_stand_in_the_order_of_their_ranks_and_share_them(board: Leaderboard) -> None:
    places = [(s.rank, s.tied, s.model) for s in board.standings[CASE]]
    assert places[:3] == [
        (1, False, QWEN),
        (2, True, "deepseek-r1:8b"),
        (2, True, "gemma3n:latest"),
    ]


def test_who_has_no_rank_stands_below_in_the_order_of_the_suite() -> None:
    board = board_of(suites.with_failure(suites.suite()))
    last = board.standings["sql_from_question"][-1]
    assert (last.model, last.rank) == ("dolphin3:8b", None)
    running = board_of(suites.running())
    assert [s.model for s in running.standings[OVERALL]] == list(suites.MODELS)


def test_the_headline_says_who_won_by_how_much_and_whether_to_believe_it(
    board: Leaderboard,
) -> None:
    found = headline(board, CASE)
    assert found.claim == (
        "qwen3:latest is best on concise_description: 0.84 [0.80, 0.88], 0.07 ahead of "
        "deepseek-r1:8b, beyond noise."
    )
    assert found.evidence == (
        "The best prompt of qwen3:latest: 0.50 → 0.84, +0.34 [0.26, 0.42] on 24 held-out "
        "examples: REAL, more than chance."
    )
    assert found.verdict == "REAL"


def test_a_tie_names_all_who_share_the_first_place(board: Leaderboard) -> None:
    claim = headline(board, OVERALL).claim
    assert claim.startswith("gemma3n:latest and qwen3:latest share the first place")
    assert "nothing proves" in claim


@pytest.mark.parametrize(
    ("document", "case", "said"),
    [
        (suites.suite(held_out=0), CASE, "tuned on"),
        (suites.suite(cases=[CASE], held_out=6), CASE, "UNDERPOWERED, too few examples to tell"),
        (suites.running(), OVERALL, "7 of 20 sessions have ended"),
        (suites.suite(["a"], ["b"]), "b", "there is no other to compare it with"),
        ({}, OVERALL, "No score yet"),
    ],
)
def test_what_is_not_sure_is_said(document: dict[str, Any], case: str, said: str) -> None:
    found = headline(board_of(document), case)
    assert said in f"{found.claim} {found.evidence}"


def test_a_suite_that_broke_off_says_how_to_go_on() -> None:
    document = suites.running() | {"status": "interrupted"}
    assert "llmopt-tui resume e5f6a7b8" in headline(board_of(document), OVERALL).claim


def test_the_ranking_while_it_runs_is_said_to_be_of_what_has_ended() -> None:
    document = suites.running(ended=15)
    document["rankings"] = suites.suite()["rankings"]
    found = headline(board_of(document), "sql_from_question")
    assert found.claim.startswith("So far ")
    assert "15 of 20" in found.claim


def test_over_all_cases_gains_are_means_of_what_was_measured_alike(board: Leaderboard) -> None:
    gains = [board.cells["dolphin3:8b", case].gain for case in board.cases]
    mean = board.mean_gain("dolphin3:8b", OVERALL)
    assert mean.difference == pytest.approx(sum(g.difference or 0 for g in gains) / 4)
    assert mean.interval is None
    mixed = suites.suite()
    mixed["sessions"][0]["validation"] = None
    assert board_of(mixed).mean_gain("gemma3n:latest", OVERALL) == Gain("train", n=72)


def test_curves_are_scores_and_over_all_the_best_so_far(board: Leaderboard) -> None:
    assert board.curve(QWEN, CASE) == board.cells[QWEN, CASE].scores
    curve = board.curve(QWEN, OVERALL)
    assert list(curve) == sorted(curve)
    assert board.curve("gemma3n:latest", "nothing") == ()


def test_points_are_there_before_anybody_knows_the_front() -> None:
    board = board_of(suites.running())
    assert {p.on_front for p in board.points[CASE]} == {None}
    done = board_of(suites.suite())
    assert [p.model for p in done.points[CASE] if p.on_front] == ["dolphin3:8b", QWEN]


def test_a_live_session_is_shown_as_it_is_now() -> None:
    document = suites.running(suites.suite(["gemma3n:latest"], ["skills_extraction"]), ended=0)
    events = session_events()
    state = RunState()
    for event in events[:3]:
        state.consume(event)
    cell = board_of(document, {("gemma3n:latest", "skills_extraction"): state}).cells[
        "gemma3n:latest", "skills_extraction"
    ]
    assert (cell.activity, cell.done, cell.planned, cell.scores) == ("testing", 1, 2, ())
    assert state_word(cell) == "testing 1/2"
    for event in events[3:]:
        state.consume(event)
    (cell,) = board_of(document, {(cell.model, cell.case): state}).cells.values()
    assert cell.scores == (pytest.approx(0.4), pytest.approx(0.6), 1.0)
    assert (cell.activity, cell.best, cell.best_iteration) == ("", 1.0, 3)


def test_a_live_validation_counts_its_own_answers() -> None:
    state = RunState(record_of(session_events()[:5]))
    fold(state.record, ValidationStarted(at=at(70), iterations=(1,), planned_runs=4))
    state.record.iterations[0].runs.append(make_run("se-009", split="validation"))
    document = suites.suite(["m"], ["c"])
    (cell,) = board_of(document, {("m", "c"): state}).cells.values()
    assert state_word(cell) == "validating 1/4"


def test_a_session_that_has_not_begun_waits() -> None:
    document = suites.running(ended=0)
    board = board_of(document)
    assert state_word(board.cells["dolphin3:8b", "sql_from_question"]) == "waits"


def test_verdicts_are_words_for_what_may_be_claimed() -> None:
    assert verdict_of(Gain()) == ""
    assert verdict_of(Gain("train", difference=0.3)) == NOT_HELD_OUT
    assert verdict_of(Gain(difference=0.3, verdict="REAL")) == "REAL"
    assert verdict_of(Gain(difference=0.0, reason="stayed the best")) == "no gain"
    assert gain_words(Gain(difference=-0.001, interval=(-0.001, 0.2))) == ("+0.00 [0.00, 0.20]")
    assert signed(-0.125) == "-0.12"


def test_the_interval_shown_is_the_one_that_the_verdict_rests_on() -> None:
    document = suites.suite()
    document["sessions"][0]["validation"] |= {"ci95": [0.1, 0.2], "interval": [0.05, 0.25]}
    gain = board_of(document).cells["gemma3n:latest", CASE].gain
    assert gain.interval == (0.05, 0.25)
    assert gain.ci95 == (0.1, 0.2)


def test_the_table_as_markdown_has_what_the_screen_shows(board: Leaderboard) -> None:
    lines = table_markdown(board, CASE).splitlines()
    assert lines[0] == "## concise_description"
    assert lines[4] == ("| 1 | qwen3:latest | 0.50 | 0.84 | +0.34 [0.26, 0.42] | REAL | 3.1 |")
    assert lines[6].startswith("| 2= | gemma3n:latest (baseline) |")


def test_a_name_cannot_add_columns_to_the_table() -> None:
    document = suites.suite(["a|b", "<script>"], [CASE])
    text = table_markdown(board_of(document), CASE)
    assert "a\\|b" in text
    assert "<script>" not in text


def test_the_recommendation_is_given_for_one_case_or_for_all(board: Leaderboard) -> None:
    whole, one = recommendation_text(board), recommendation_text(board, "skills_extraction")
    assert all(case in whole for case in board.cases)
    assert whole.startswith("Over all cases: gemma3n:latest")
    assert "concise_description" not in one
    assert one.endswith("! skills_extraction: that its prompt is better is not proven.")
    assert "best_prompt.toml" in one


def test_details_say_what_is_behind_a_row(board: Leaderboard) -> None:
    sentences = list(details(board, QWEN, CASE))
    assert sentences[0].startswith("Better by 0.344 on 24 examples")
    assert "by luck" in sentences[1]
    assert sentences[-1].startswith("Against gemma3n:latest, NOT PROVEN")
    assert len(list(details(board, QWEN, OVERALL))) == 4


def test_a_document_of_the_program_is_read_in_full() -> None:
    sessions = [
        SuiteSession(model, "skills_extraction", f"{n}" * 8, f"session_{n}", record)
        for n, model in enumerate(("gemma3n:latest", "qwen3:latest"))
        if (record := record_of([make_started(model=model), *session_events(model=model)[1:]]))
    ]
    document = suite_document(
        suite_id="e5f6a7b8",
        status="completed",
        models=["gemma3n:latest", "qwen3:latest"],
        cases=["skills_extraction"],
        baseline_model="gemma3n:latest",
        interviewer_model="llama3.2:latest",
        settings=LoopSettings(),
        sessions=sessions,
        started_at=at(0),
        finished_at=at(90),
        judged=judge_suite(sessions, "gemma3n:latest"),
    )
    board = board_of(json.loads(json_text(document)))
    cell = board.cells["qwen3:latest", "skills_extraction"]
    assert cell.scores == (pytest.approx(0.4), pytest.approx(0.6), 1.0)
    assert cell.calls == 6
    assert cell.judged is None
    assert verdict_of(cell.gain) == NOT_HELD_OUT
    assert [s.rank for s in board.standings["skills_extraction"]] == [1, 1]
    claim = headline(board, "skills_extraction").claim
    assert claim.startswith("gemma3n:latest scores 1.00 and shares the first place with qwen3")
    assert board.recommendation is not None
    assert board.recommendation.model == "gemma3n:latest"
    assert board.prompts["qwen3:latest", "skills_extraction"]
    assert board.seconds == 90


ODD: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([10**400, -1, "2026-13-77", "running"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[tuple[Any, ...]] = [path] if path else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    if isinstance(value, dict | list):
        for key, item in pairs:
            inner += places(item, (*path, key)) if isinstance(item, dict | list) else [(*path, key)]
    return inner


SMALL = suites.with_transfer(suites.suite(["a", "b"], ["c", "d"]))
PLACES = places(SMALL)


@given(st.lists(st.tuples(st.sampled_from(PLACES), ODD), max_size=4))
def test_a_document_may_be_odd_anywhere(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    document = copy.deepcopy(SMALL)
    for path, value in changes:
        target: Any = document
        try:
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    board = board_of(document)
    for case in (*board.views, "elsewhere"):
        assert headline(board, case).claim
        assert table_markdown(board, case)
        recommendation_text(board, case)
        for model in board.models:
            list(details(board, model, case))
            board.curve(model, case)
            board.mean_seconds(model, case)
            for origin in board.models:
                pair_lines(board, origin, model, case)
                assert pair_details(board, origin, model, case)
        transfer_markdown(board, case)


def test_an_iteration_that_has_just_begun_has_no_answers() -> None:
    started: list[Event] = [make_started()]
    started.append(
        IterationStarted(
            at=at(1), iteration=1, prompt="p", origin="original", parent=None, planned_runs=2
        )
    )
    state = RunState(record_of(started))
    (cell,) = board_of(suites.suite(["m"], ["c"]), {("m", "c"): state}).cells.values()
    assert state_word(cell) == "testing 0/2"


def test_loads_are_those_of_candidates_and_of_the_interviewer() -> None:
    document = suites.suite(["a", "b"], ["x"])
    told = [row["loads"] + row["interviewer_loads"] for row in document["sessions"]]
    assert board_of(document).loads == sum(told) > 2
    for row in document["sessions"]:
        del row["interviewer_loads"]  # written before they were counted
    assert board_of(document).loads == sum(told) - 2
