"""Who is best, who shares a rank, and who is worth having for speed."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.analysis.paired import CaseScores
from llmopt_tui.core.analysis.pareto import pareto_points
from llmopt_tui.core.analysis.ranking import rank_models, rank_overall
from tests.core.analysis.strategies import IDS, SCORE, scores

STEPS = [0.0, 0.04, -0.04, 0.02, -0.02, 0.0]
NOISE = [0.5, -0.4, 0.3, -0.5, 0.4, -0.3]


def around(mean: float, wiggle: list[float] = STEPS, times: int = 3) -> dict[str, float]:
    values = [mean + w for w in wiggle] * times
    return {f"e-{i:03}": value for i, value in enumerate(values)}


def ranks(scores: dict[str, dict[str, float]]) -> dict[str, int | None]:
    return {place.model: place.rank for place in rank_models(scores)}


def test_models_that_are_told_apart_have_ranks_of_their_own() -> None:
    found = rank_models({"c": around(0.4), "a": around(0.8, STEPS[::-1]), "b": around(0.6)})
    assert [(p.model, p.rank, p.differs_from_next) for p in found] == [
        ("a", 1, True),
        ("b", 2, True),
        ("c", 3, None),
    ]
    assert found[0].score == pytest.approx(0.8)
    assert found[0].n == 18
    assert found[0].ci95
    assert 0.75 < found[0].ci95[0] < 0.8 < found[0].ci95[1] < 0.85


def test_models_within_noise_share_the_rank_of_their_leader_and_the_next_has_its_place() -> None:
    found = rank_models({"b": around(0.75, NOISE), "a": around(0.8), "c": around(0.2)})
    assert [(p.model, p.rank, p.differs_from_next) for p in found] == [
        ("a", 1, False),
        ("b", 1, True),
        ("c", 3, None),
    ]


def test_who_differs_from_the_leader_leads_a_group_of_its_own() -> None:
    # c is not told apart from a, whom b before it is: it shares the rank of b.
    models = {"a": around(0.80), "b": around(0.70), "c": around(0.68, NOISE)}
    assert ranks(models) == {"a": 1, "b": 2, "c": 2}
    assert ranks({"a": models["a"], "c": models["c"]}) == {"a": 1, "c": 1}


def test_equal_scores_are_ordered_by_name_and_share_a_rank() -> None:
    found = rank_models({"z": around(0.5), "a": around(0.5)})
    assert [(p.model, p.rank, p.differs_from_next) for p in found] == [
        ("a", 1, False),
        ("z", 1, None),
    ]


def test_too_few_examples_tell_nobody_apart() -> None:
    assert ranks({"a": around(0.9, times=1), "b": around(0.1, times=1)}) == {"a": 1, "b": 1}


def test_a_model_without_a_case_has_no_place_overall() -> None:
    both = {"one": around(0.5), "two": around(0.5)}
    half: CaseScores = {"one": around(0.9), "two": {}}
    found = rank_overall({"half": half, "both": both, "none": {}})
    assert [(p.model, p.score, p.rank, p.n) for p in found] == [
        ("both", pytest.approx(0.5), 1, 36),
        ("half", None, None, 18),
        ("none", None, None, 0),
    ]
    assert rank_models({}) == []
    assert [p.rank for p in rank_models({"a": {}})] == [None]


def test_overall_every_case_weighs_the_same() -> None:
    long, short = around(0.9, times=10), around(0.3, times=2)
    found = rank_overall({"m": {"long": long, "short": short}})
    assert found[0].score == pytest.approx(0.6)


@settings(max_examples=25)
@given(
    st.dictionaries(st.sampled_from("abcd"), scores(most=16), max_size=4),
    st.randoms(use_true_random=False),
)
def test_ranks_do_not_depend_on_the_order_of_anything(
    models: dict[str, dict[str, float]], shuffler: random.Random
) -> None:
    shuffled = {}
    for model in shuffler.sample(sorted(models), len(models)):
        items = list(models[model].items())
        shuffler.shuffle(items)
        shuffled[model] = dict(items)
    found = rank_models(models)
    assert rank_models(shuffled) == found
    placed = [place for place in found if place.rank is not None]
    assert all(place.rank <= i for i, place in enumerate(placed, 1) if place.rank)
    assert [p.rank for p in placed] == sorted(p.rank for p in placed if p.rank)
    in_order = [p.score for p in placed if p.score is not None]
    assert all(above >= below - 1e-9 for above, below in pairwise(in_order))


def points(**models: tuple[dict[str, float], dict[str, float]]) -> dict[str, tuple[str, ...]]:
    found = pareto_points(
        {model: {"": quality} for model, (quality, _) in models.items()},
        {model: {"": seconds} for model, (_, seconds) in models.items()},
    )
    return {point.model: point.beaten_by for point in found}


def test_better_and_faster_beats_and_a_trade_off_does_not() -> None:
    found = points(
        best=(around(0.9), around(5.0)),
        quick=(around(0.7), around(1.0)),
        needless=(around(0.5), around(6.0)),
    )
    assert found == {"quick": (), "best": (), "needless": ("best", "quick")}
    assert list(found) == ["quick", "best", "needless"]


def test_jitter_in_seconds_decides_nothing() -> None:
    assert points(a=(around(0.8), around(5.0, NOISE)), b=(around(0.8), around(5.01))) == {
        "a": (),
        "b": (),
    }
    # Better beyond noise is not given up for seconds within it.
    assert points(a=(around(0.9), around(5.01)), b=(around(0.6), around(5.0, NOISE)))["b"] == ("a",)


def test_of_equal_qualities_the_one_that_is_faster_beyond_noise_is_worth_having() -> None:
    assert points(slow=(around(0.8), around(5.0)), fast=(around(0.8), around(2.0))) == {
        "fast": (),
        "slow": ("fast",),
    }


def test_a_higher_score_is_not_given_up_because_it_is_not_proven() -> None:
    found = points(slow=(around(0.8, NOISE), around(5.0)), fast=(around(0.75), around(2.0)))
    assert found == {"fast": (), "slow": ()}


def test_who_lacks_seconds_or_a_case_is_no_point() -> None:
    whole = {"one": around(0.5), "two": around(0.5)}
    found = pareto_points({"a": whole, "b": whole, "c": {"one": around(0.9)}}, {"a": whole})
    assert [point.model for point in found] == ["a"]
    assert found[0].on_front
    assert pareto_points({}, {}) == []


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.lists(SCORE, min_size=12, max_size=12),
            st.lists(st.floats(0.1, 90), min_size=12, max_size=12),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_somebody_is_always_on_the_front(models: list[tuple[list[float], list[float]]]) -> None:
    found = points(
        **{
            f"m{i}": (dict(zip(IDS, quality, strict=False)), dict(zip(IDS, seconds, strict=False)))
            for i, (quality, seconds) in enumerate(models)
        }
    )
    assert len(found) == len(models)
    assert () in found.values()
