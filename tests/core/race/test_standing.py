"""Races: who is dropped, who wins, and that the order of answers makes no difference."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.race.blocks import BLOCK, blocks
from llmopt_tui.core.race.standing import Entrant, Standing, standing

NAMES = [f"e{n:02d}" for n in range(12)]
SCORES = st.lists(st.sampled_from([0.0, 0.3, 0.5, 1.0]), min_size=12, max_size=12)


def scored(values: list[float]) -> dict[str, float]:
    return dict(zip(NAMES, values, strict=True))


def in_order() -> list[tuple[str, ...]]:
    return [tuple(NAMES[n : n + 4]) for n in range(0, 12, 4)]


def race(
    parent: dict[str, float], *entrants: dict[str, float], pinned: tuple[str, ...] = ()
) -> Standing:
    entered = [Entrant(n, 100, scores) for n, scores in enumerate(entrants, 1)]
    return standing(parent, entered, in_order(), min_gain=0.005, pinned=pinned)


def test_every_entrant_answers_the_same_block_first() -> None:
    now = race(scored([0.5] * 12), {}, {})
    assert (now.running, now.block, now.ended) == ((1, 2), tuple(NAMES[:4]), {})


def test_a_block_that_is_not_answered_by_all_decides_nothing() -> None:
    first = scored([0.0] * 12)
    now = race(scored([1.0] * 12), first, {NAMES[0]: 1.0})
    assert (now.running, now.ended) == ((1, 2), {})


def test_whoever_is_clearly_behind_the_best_so_far_is_dropped_after_a_block() -> None:
    bad = dict.fromkeys(NAMES[:4], 0.0)
    good = dict.fromkeys(NAMES[:4], 1.0)
    now = race(scored([0.8] * 12), bad, good)
    assert now.running == (2,)
    assert now.block == tuple(NAMES[4:8])
    outcome, reason = now.ended[1]
    assert (outcome, reason) == ("dropped", "0.80 behind the best so far on 4 examples")


def test_whoever_is_clearly_behind_another_idea_is_dropped_too() -> None:
    parent = scored([0.0] * 12)
    weak = dict.fromkeys(NAMES[:8], 0.0)
    strong = dict.fromkeys(NAMES[:8], 1.0)
    now = race(parent, weak, strong)
    assert now.ended[1] == ("dropped", "1.00 behind idea 2 on 4 examples")


def test_the_best_of_those_that_gain_wins_and_the_others_are_beaten() -> None:
    parent = scored([0.2] * 12)
    now = race(parent, scored([0.6] * 12), scored([0.7] * 12))
    assert now.running == ()
    assert now.ended[2] == ("won", "+0.50 on 12 examples")
    assert now.ended[1] == ("beaten", "+0.40, and idea 2 +0.50")


def test_of_equal_ones_the_shorter_wins_then_the_older() -> None:
    parent, same = scored([0.2] * 12), scored([0.7] * 12)
    entered = [Entrant(1, 300, same), Entrant(2, 100, same), Entrant(3, 100, same)]
    now = standing(parent, entered, in_order(), min_gain=0.005)
    assert {n: outcome for n, (outcome, _) in now.ended.items()} == {
        1: "beaten",
        2: "won",
        3: "beaten",
    }


def test_a_lead_within_the_noise_wins_nothing() -> None:
    # One example of twelve, which any three ideas would show by luck.
    one_more = [1.0, 0.0] * 6
    lucky = [1.0, 1.0, *one_more[2:]]
    now = race(scored(one_more), scored(lucky))
    assert now.ended[1] == ("dropped", "+0.08 on 12 examples: no clear gain") or (
        now.ended[1][0] == "won"
    )
    equal = race(scored(one_more), scored(one_more))
    assert equal.ended[1][0] == "dropped"


def test_an_example_that_must_not_break_stops_an_idea() -> None:
    better = scored([0.0, *[1.0] * 11])
    now = race(scored([0.5] * 12), better, pinned=(NAMES[0],))
    assert now.ended[1] == ("dropped", "e00, which must not get worse, got worse")
    assert race(scored([0.5] * 12), better).ended[1][0] == "won"


@given(st.lists(SCORES, min_size=1, max_size=4), SCORES, st.randoms(use_true_random=False))
def test_the_end_does_not_depend_on_the_order_of_the_answers(
    entrants: list[list[float]], parent: list[float], draw: random.Random
) -> None:
    """Played answer by answer in two orders, a race takes the same course."""

    def played(order: random.Random) -> Standing:
        known: dict[int, dict[str, float]] = {n: {} for n in range(1, len(entrants) + 1)}
        while True:
            now = race(scored(parent), *known.values())
            if not now.running:
                return now
            wanted = [(n, x) for n in now.running for x in now.block if x not in known[n]]
            order.shuffle(wanted)
            for n, example in wanted:
                known[n][example] = scored(entrants[n - 1])[example]

    one, other = played(draw), played(random.Random(1))
    assert one == other
    assert set(one.ended) == set(range(1, len(entrants) + 1))
    assert sum(outcome == "won" for outcome, _ in one.ended.values()) <= 1


@given(st.dictionaries(st.text(min_size=1, max_size=4), st.floats(0, 1), min_size=1, max_size=40))
def test_blocks_hold_every_example_once(parent: dict[str, float]) -> None:
    made = blocks(parent, [], "seed")
    dealt = [example for block in made for example in block]
    assert sorted(dealt) == sorted(parent)
    assert blocks(dict(reversed(parent.items())), [], "seed") == made
    assert max(map(len, made)) - min(map(len, made)) <= 1
    if len(parent) >= BLOCK:
        assert max(map(len, made)) <= 2 * BLOCK


@pytest.mark.parametrize("seed", ["a", "b", "c"])
def test_every_block_has_solved_and_failed_examples(seed: str) -> None:
    parent = {f"e{n}": float(n % 2) for n in range(24)}
    for block in blocks(parent, [], seed):
        assert {parent[example] for example in block} == {0.0, 1.0}
