from __future__ import annotations

import pytest

from llmopt_tui.core.analysis.agreement import agreement

FIVE = (0.0, 0.25, 0.5, 0.75, 1.0)


def test_the_same_scores_agree_in_full() -> None:
    found = agreement([(score, score) for score in FIVE * 2])
    assert (found.kappa, found.mean_error, found.n, found.calibrated) == (1.0, 0.0, 10, True)
    assert "kappa 1.00" in found.words()


def test_opposite_scores_disagree() -> None:
    found = agreement([(score, 1 - score) for score in FIVE])
    assert found.kappa == pytest.approx(-1)
    assert found.mean_error == pytest.approx(0.6)


def test_a_judge_that_gives_everything_the_same_agrees_by_chance() -> None:
    assert agreement([(0.5, score) for score in FIVE]).kappa == pytest.approx(0)


def test_kappa_is_that_of_the_categories() -> None:
    # Worked out by hand on the scale 1, 2, 3. The squared differences are 0, 1, 0 and 4. By chance,
    # each of 1, 2, 3, 3 meets each of 1, 3, 3, 1: 0+4+4+0, 1+1+1+1, 4+0+0+4, 4+0+0+4.
    pairs = [(1, 1), (2, 3), (3, 3), (3, 1)]
    found = agreement([((a - 1) / 2, (b - 1) / 2) for a, b in pairs])
    assert found.kappa == pytest.approx(1 - (5 / 4) / (28 / 16))


def test_without_any_difference_there_is_no_kappa() -> None:
    found = agreement([(1.0, 1.0)] * 12)
    assert found.kappa is None
    assert "kappa unknown" in found.words()


def test_until_ten_marks_a_judge_is_uncalibrated() -> None:
    assert "uncalibrated: 9 marks of the 10" in agreement([(0.5, 1.0)] * 9).words()
    assert "uncalibrated: 0 marks" in agreement([]).words()
    assert agreement([(0.5, 1.0), (0.25, 1.0)] * 5).calibrated
