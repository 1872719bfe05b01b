"""Winners of earlier sessions: found on disk, and only where they may be used."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from llmopt_tui.app.earlier import earlier_winners
from llmopt_tui.app.sessions import case_of
from llmopt_tui.core.case import Case
from llmopt_tui.core.variant import Variant
from llmopt_tui.store.sessions import load_session

RECORDED = Path(__file__).parents[1] / "recorded" / "results"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    shutil.copytree(RECORDED, tmp_path / "results")
    return tmp_path / "results"


def winner(results: Path) -> tuple[Case, str, Variant]:
    """A recorded session that gained: its case, its model and its best variant."""
    for folder in sorted(results.glob("session_*")):
        record = load_session(folder).record
        gained = record.finished and (record.improvement or 0) > 0
        if gained and record.started and record.best and record.status == "completed":
            case = case_of(record.started)
            found = earlier_winners(results, case, record.started.model.name)
            if record.best.variant in found:
                return case, record.started.model.name, record.best.variant
    raise AssertionError("no recorded session has gained")


def test_what_won_before_is_found(results: Path) -> None:
    case, model, variant = winner(results)
    found = earlier_winners(results, case, model)
    assert variant in found
    assert len(found) == len(set(map(repr, found))) <= 2
    assert case.prompt.variant not in found


def test_another_model_and_another_case(results: Path) -> None:
    case, _, variant = winner(results)
    assert variant in earlier_winners(results, case, "a-new-model:1b")
    assert earlier_winners(results, replace(case, id="another"), "gemma3n") == ()


def test_sessions_of_the_same_suite_are_left_out(results: Path) -> None:
    case, model, variant = winner(results)
    by_suite = {
        str(record.started.suite_id)
        for folder in results.glob("session_*")
        for record in [load_session(folder).record]
        if record.started and record.best and record.best.variant == variant
    }
    assert all(by_suite)
    for suite_id in by_suite:
        assert variant not in earlier_winners(results, case, model, suite_id)
    assert variant in earlier_winners(results, case, model, "another suite")


def test_what_asks_for_other_inputs_is_passed_over(results: Path) -> None:
    case, model, _ = winner(results)
    other = replace(case, prompt=case.prompt.with_text("{{something}} else"))
    assert earlier_winners(results, other, model) == ()


def test_an_empty_or_broken_folder_has_none(results: Path, tmp_path: Path) -> None:
    case, model, _ = winner(results)
    assert earlier_winners(tmp_path / "nowhere", case, model) == ()
    (tmp_path / "other" / "session_aaaaaaaa_x").mkdir(parents=True)
    (tmp_path / "other" / "session_aaaaaaaa_x" / "session_data.json").write_text("{")
    assert earlier_winners(tmp_path / "other", case, model) == ()
