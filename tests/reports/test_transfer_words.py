"""What a document says of prompts on other models: read, folded with live ones, put in words."""

from __future__ import annotations

from typing import Any

import pytest

from llmopt_tui.reports.leaderboard_words import state_word
from llmopt_tui.reports.transfer_words import (
    none_words,
    pair_details,
    pair_lines,
    transfer_markdown,
)
from llmopt_tui.state.leaderboard import OVERALL, Leaderboard
from llmopt_tui.state.run_state import RunState
from tests import suites
from tests.factories import session_events
from tests.suites import board_of

CASE = suites.CASES[0]
GEMMA, QWEN, DEEPSEEK, PHI, DOLPHIN = suites.MODELS


@pytest.fixture(scope="module")
def board() -> Leaderboard:
    return board_of(suites.with_transfer(suites.suite()))


def words(lines: tuple[str, str]) -> list[str]:
    return " ".join(lines).split()


def test_a_cell_has_the_score_the_difference_to_the_models_own_and_the_verdict(
    board: Leaderboard,
) -> None:
    own = board.cells[QWEN, CASE].gain.best
    assert own is not None
    assert own == pytest.approx(0.84, abs=0.005)
    assert words(pair_lines(board, GEMMA, QWEN, CASE)) == ["0.79", "-0.05", "NOT", "PROVEN"]
    assert words(pair_lines(board, GEMMA, DEEPSEEK, CASE))[-1] == "REAL"
    trial = board.trials[GEMMA, QWEN, CASE]
    assert trial.judged is not None
    assert trial.judged.best == pytest.approx(own - 0.05)
    assert trial.judged.baseline == own
    assert trial.ended


def test_on_the_diagonal_stands_each_models_own_best(board: Leaderboard) -> None:
    assert words(pair_lines(board, QWEN, QWEN, CASE)) == ["0.84", "its", "own"]
    assert words(pair_lines(board, DOLPHIN, DOLPHIN, CASE))[-1] == "original"
    assert "of iteration 4" in pair_details(board, QWEN, QWEN, CASE)
    assert "original prompt" in pair_details(board, DOLPHIN, DOLPHIN, CASE)


def test_a_model_without_a_better_prompt_has_none_to_try(board: Leaderboard) -> None:
    assert words(pair_lines(board, DOLPHIN, QWEN, CASE)) == ["–"]
    said = pair_details(board, DOLPHIN, QWEN, CASE)
    assert said == "not tried: dolphin3:8b found no better prompt than the original."


def test_the_same_prompt_is_not_tried() -> None:
    document = suites.with_transfer(suites.suite([GEMMA, QWEN], [CASE]))
    document["transfer"] = []
    assert "the same" in pair_details(board_of(document), GEMMA, QWEN, CASE)


def test_over_all_cases_differences_are_means_of_those_that_were_tried(board: Leaderboard) -> None:
    assert words(pair_lines(board, PHI, GEMMA, OVERALL))[1:] == ["+0.09", "4/4", "REAL"]
    document = suites.with_transfer(suites.suite())
    gone = [r for r in document["transfer"] if r["case"] != CASE]
    part = board_of(document | {"transfer": gone})
    assert words(pair_lines(part, PHI, GEMMA, OVERALL)) == ["+0.09", "3/3", "REAL"]
    said = pair_details(part, PHI, GEMMA, OVERALL)
    assert said.startswith(f"{CASE} not tried; skills_extraction 0.94 +0.09 REAL; ")


def test_measured_on_train_it_is_marked() -> None:
    board = board_of(suites.with_transfer(suites.suite(held_out=0)))
    assert pair_lines(board, GEMMA, QWEN, CASE)[0].startswith("~")
    assert "prompts are tuned on" in pair_details(board, GEMMA, QWEN, CASE)


def test_while_trials_run_each_says_how_it_stands() -> None:
    document = suites.with_transfer(suites.suite(), ended=6)
    board = board_of(document)
    assert board.transferring
    assert words(pair_lines(board, QWEN, PHI, CASE)) == ["running"]
    assert words(pair_lines(board, QWEN, DOLPHIN, CASE)) == ["waits"]
    broken = board_of(document | {"status": "interrupted"})
    assert not broken.transferring
    assert words(pair_lines(broken, QWEN, PHI, CASE)) == ["broke", "off"]


def test_a_live_trial_is_shown_as_it_is_now() -> None:
    document = suites.with_transfer(suites.suite([GEMMA, QWEN], [CASE]), ended=0)
    key, state = (GEMMA, QWEN, CASE), RunState()
    events = session_events()
    for event in events[:3]:
        state.consume(event)
    board = board_of(document, {}, {key: state})
    assert state_word(board.trials[key]) == "testing 1/2"
    assert words(pair_lines(board, GEMMA, QWEN, CASE)) == ["testing", "1/2"]
    for event in events[3:5]:
        state.consume(event)
    board = board_of(document, {}, {key: state})
    # Its score is known before it is judged: nothing is said of a difference yet.
    assert words(pair_lines(board, GEMMA, QWEN, CASE))[0] == "0.40"
    assert "+" not in pair_lines(board, GEMMA, QWEN, CASE)[0]


def test_a_trial_that_failed_says_why() -> None:
    document = suites.with_transfer(suites.suite([GEMMA, QWEN], [CASE]))
    document["transfer"][0] |= {"score": None, "difference": None, "reason": "out of memory"}
    board = board_of(document)
    assert words(pair_lines(board, GEMMA, QWEN, CASE)) == ["failed"]
    assert pair_details(board, GEMMA, QWEN, CASE) == "out of memory"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (suites.suite(), "llmopt-tui run --transfer"),
        (suites.suite() | {"transfer": None}, "T in the Workbench"),
        (suites.suite([GEMMA], [CASE]) | {"transfer": []}, "A suite of one model"),
        (suites.running() | {"transfer": []}, "Comes when all sessions have ended"),
        (suites.running() | {"transfer": [], "status": "interrupted"}, "Not tried yet"),
        (suites.suite() | {"transfer": []}, "no model found a better prompt"),
        (suites.with_transfer(suites.suite()), ""),
    ],
)
def test_where_nothing_was_tried_it_is_said_why(document: dict[str, Any], said: str) -> None:
    found = none_words(board_of(document), "T")
    assert said in found
    assert bool(found) == bool(said)


def test_the_table_as_markdown_is_of_one_case_or_of_all(board: Leaderboard) -> None:
    lines = transfer_markdown(board, CASE).splitlines()
    assert lines[0] == f"## Prompts on other models: {CASE}"
    assert lines[2].startswith("| prompt of | on gemma3n:latest | on qwen3:latest |")
    assert lines[4].startswith("| gemma3n:latest | 0.77 its own | 0.79 -0.05 NOT PROVEN |")
    assert transfer_markdown(board, OVERALL).count("## Prompts on other models") == 4
    assert transfer_markdown(board_of(suites.suite()), OVERALL) == ""


def test_a_name_cannot_add_columns_to_it() -> None:
    text = transfer_markdown(board_of(suites.with_transfer(suites.suite(["a|b", "<x>"]))), CASE)
    assert "a\\|b" in text
    assert "<x>" not in text


def test_rows_that_name_nobody_of_the_suite_are_passed_over() -> None:
    document = suites.with_transfer(suites.suite([GEMMA, QWEN], [CASE]))
    row = document["transfer"][0]
    document["transfer"] += [row | {"prompt_of": "x"}, row | {"model": "y"}, row | {"case": "z"}]
    document["transfer"] += [row | {"model": GEMMA}, None, 3]
    assert set(board_of(document).trials) == {(GEMMA, QWEN, CASE)}
