"""How lucky the best of k prompts could be."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from llmopt_tui.core.analysis.findings import SelectionFloor
from llmopt_tui.core.analysis.selection import selection_floor


def drawn(k: int, n: int, seed: int = 0) -> list[dict[str, float]]:
    rng = np.random.default_rng(seed)
    return [
        {f"e-{i:02}": float(s) for i, s in enumerate(rng.integers(0, 5, n) / 4)} for _ in range(k)
    ]


def floor(prompts: list[dict[str, float]], seed: int = 0) -> SelectionFloor:
    found = selection_floor(prompts, seed=seed)
    assert found
    return found


def test_the_floor_is_the_mean_over_all_arrangements_there_are() -> None:
    prompts = [
        {"a": 0.0, "b": 0.5, "c": 1.0},
        {"a": 1.0, "b": 0.25, "c": 0.5},
        {"a": 0.5, "b": 0.0, "c": 0.0},
    ]
    by_example = [[prompt[e] for prompt in prompts] for e in "abc"]
    best = [
        max(sum(column) / 3 for column in zip(*rows, strict=True))
        for rows in itertools.product(*(itertools.permutations(row) for row in by_example))
    ]
    found = floor(prompts)
    assert found.expected_best == pytest.approx(np.mean(best), abs=0.005)
    assert found.p_value == pytest.approx(np.mean([b >= found.best - 1e-9 for b in best]), abs=0.02)
    assert found.expected_gain == pytest.approx(found.expected_best - np.mean(by_example))


def test_more_prompts_more_luck_and_more_examples_less() -> None:
    few, many = floor(drawn(3, 20)), floor(drawn(12, 20))
    assert 0 < few.expected_gain < many.expected_gain
    assert floor(drawn(12, 80)).expected_gain < many.expected_gain
    assert (many.k, many.n) == (12, 20)


def test_a_prompt_that_is_much_better_stands_above_the_floor() -> None:
    worse = drawn(5, 20)
    better = dict.fromkeys(worse[0], 1.0)
    found = floor([*worse, better])
    assert found.best == 1
    assert found.expected_best < 0.85
    assert found.p_value < 0.001


def test_one_prompt_and_equal_prompts_leave_nothing_to_luck() -> None:
    only = drawn(1, 10)
    for prompts in (only, only * 4):
        found = floor(prompts)
        assert found.expected_gain == pytest.approx(0, abs=1e-12)
        assert found.p_value == 1


def test_the_order_of_examples_is_irrelevant_and_the_seed_is_not() -> None:
    prompts = drawn(4, 12)
    turned = [dict(reversed(prompt.items())) for prompt in prompts]
    assert floor(turned) == floor(prompts)
    assert floor(prompts, seed=1) != floor(prompts)


def test_only_examples_that_all_were_tested_on_count() -> None:
    found = floor([{"a": 1.0, "b": 0.0}, {"b": 0.5, "c": 1.0}])
    assert (found.n, found.best) == (1, 0.5)
    assert selection_floor([{"a": 1.0}, {"b": 1.0}]) is None
    assert selection_floor([]) is None
    assert selection_floor([{}]) is None


def test_what_is_no_finite_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        selection_floor([{"a": math.nan}])


def overstated(chances: list[float], *, examples: int = 24, runs: int = 400) -> float:
    """By how much the corrected score of the best of several prompts is above its true one."""
    rng, found = np.random.default_rng(3), []
    for _ in range(runs):
        hard = rng.uniform(-0.25, 0.25, (examples, 1))
        right = (rng.random((examples, len(chances))) < np.array(chances) + hard).astype(float)
        best = int(right.mean(axis=0).argmax())
        prompts = [{f"e{n}": s for n, s in enumerate(column)} for column in right.T]
        corrected = selection_floor(prompts)
        assert corrected is not None
        assert corrected.corrected is not None
        found.append(corrected.corrected - chances[best])
    return float(np.mean(found))


@pytest.mark.parametrize(
    "chances", [[0.5] * 8, [0.3, 0.4, 0.45, 0.5, 0.5, 0.45], [0.25, *[0.6] * 5], [0.3, 0.3, 0.7]]
)
def test_the_corrected_score_of_the_best_is_about_what_it_would_score_again(
    chances: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmopt_tui.core.analysis.selection.RESAMPLES", 100)
    assert -0.03 < overstated(chances) < 0.03


def test_a_prompt_without_rivals_keeps_its_score() -> None:
    better = {f"e-{i:02}": 1.0 for i in range(20)}
    worse = dict.fromkeys(better, 0.0)
    assert floor([worse, better]).corrected == 1.0
