"""How many calls at once an endpoint takes, as its answers tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.loop.slots import Slots
from llmopt_tui.core.ports import Metrics

PLACE = ("lab", "gemma3n:latest")


def queue(calls: int, slots: int, seconds: list[float]) -> Iterator[Metrics]:
    """Answers of a server with so many slots that always has so many calls to answer."""
    free, came = [0.0] * slots, [0.0] * calls
    for number, worked in enumerate(seconds):
        caller, slot = number % calls, min(range(slots), key=free.__getitem__)
        starts = max(free[slot], came[caller])
        free[slot] = starts + worked
        yield Metrics(
            queued_seconds=starts - came[caller],
            prompt_seconds=worked / 4,
            output_seconds=worked * 3 / 4,
        )
        came[caller] = free[slot]


def found(allowed: int, calls: int, slots: int, seconds: list[float]) -> int:
    learner = Slots({"lab": allowed})
    for metrics in queue(calls, slots, seconds):
        learner.answered(*PLACE, calls, metrics)
    return learner.of(*PLACE)


@pytest.mark.parametrize(
    ("allowed", "slots", "takes"),
    [(4, 1, 1), (8, 1, 1), (4, 2, 2), (4, 3, 3), (4, 4, 4), (2, 8, 2)],
)
def test_the_slots_are_found_out(allowed: int, slots: int, takes: int) -> None:
    assert found(allowed, allowed, slots, [2.0] * 24) == takes


def test_one_slot_is_found_out_within_a_few_answers() -> None:
    assert found(4, 4, 1, [2.0] * 6) == 1


def test_what_is_not_known_is_one_and_what_is_allowed_holds_until_it_is_disproved() -> None:
    slots = Slots({"lab": 4})
    assert (slots.of("other", "m"), slots.of("lab", "m")) == (1, 4)
    for metrics in list(queue(4, 1, [2.0] * 5)):
        slots.answered("lab", "m", 4, metrics)
    assert slots.of("lab", "m") == 4  # too few to tell
    slots.answered("lab", "m", 4, Metrics(queued_seconds=6.0, output_seconds=2.0))
    assert slots.of("lab", "m") == 1
    assert slots.of("lab", "another") == 4  # some models get one slot whatever the server is told


@pytest.mark.parametrize(
    ("at_once", "metrics"),
    [
        (1, Metrics(queued_seconds=9.0, output_seconds=1.0)),  # waited for somebody else's call
        (4, Metrics(queued_seconds=9.0)),  # no work is told
        (4, Metrics(output_seconds=1.0)),  # no queue is told
    ],
)
def test_what_tells_nothing_is_not_learned_from(at_once: int, metrics: Metrics) -> None:
    slots = Slots({"lab": 4})
    for _ in range(50):
        slots.answered(*PLACE, at_once, metrics)
    assert slots.of(*PLACE) == 4


@given(
    st.integers(2, 8),
    st.integers(1, 8),
    st.lists(st.floats(0.01, 60), min_size=1, max_size=60),
)
def test_it_is_never_less_than_one_nor_more_than_is_allowed(
    allowed: int, slots: int, seconds: list[float]
) -> None:
    assert 1 <= found(allowed, allowed, slots, seconds) <= allowed
