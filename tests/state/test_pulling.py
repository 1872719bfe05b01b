"""A download as it is seen: never backwards, at a speed, in words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.state.pulling import Pull, left_text, speed_text

GB = 1_000_000_000


def pulled(*lines: tuple[float, str, str, int | None, int]) -> Pull:
    """A download after lines of (at, status, digest, total, completed)."""
    pull = Pull("gemma3n", 0.0)
    for at, *line in lines:
        pull = pull.after(*line, at=at)  # type: ignore[arg-type]
    return pull


def layer(at: float, completed: int, digest: str = "a", total: int = 5 * GB):
    return at, f"pulling {digest}", digest, total, completed


sizes = st.one_of(st.none(), st.integers(-5, 2_000), st.just(10**400))
lines = st.tuples(
    st.sampled_from(["pulling manifest", "pulling x", "verifying", "success", "", "\x1b[31m"]),
    st.sampled_from(["", "a", "b", "c"]),
    sizes,
    st.integers(-5, 3_000),
    st.floats(0, 100),
)


@given(st.lists(lines, max_size=60))
def test_whatever_a_server_says_nothing_goes_back(said) -> None:
    pull, now = Pull("m", 0.0), 0.0
    course = [pull]
    for status, digest, total, completed, seconds in said:
        now += seconds
        pull = pull.after(status, digest, total, completed, at=now)
        course.append(pull)
        assert all(pull.facts(now + later) for later in (0.0, 0.7, 1e4))
        assert (pull.speed(now) or 0.0) >= 0.0
    for before, after in pairwise(course):
        assert after.done >= before.done
        assert after.total >= before.total
        assert after.share >= before.share
        assert after.since >= before.since
    assert all(0 <= pull.done <= pull.total and 0 <= pull.share <= 1 for pull in course)
    assert len(pull.samples) < 30


@given(st.integers(1, 400), st.floats(0.01, 3.0))
def test_a_steady_download_is_seen_to_be_one(steps: int, gap: float) -> None:
    rate, total = 30_000_000, 2**62
    pull = pulled(*(layer(n * gap, int(n * gap * rate), total=total) for n in range(steps + 1)))
    now = steps * gap
    if now < 1:
        assert pull.speed(now) is None
    else:
        assert pull.speed(now) == pytest.approx(rate, rel=0.01)
        assert pull.seconds_left(now) == pytest.approx((total - pull.done) / rate, rel=0.01)


def test_what_was_there_before_is_no_speed() -> None:
    pull = pulled(layer(0, 3 * GB), layer(4, 3 * GB + 400_000_000))
    assert pull.speed(4) == 100_000_000
    assert pull.facts(4) == ["3.4 of 5.0 GB", "100 MB/s", "16 s left"]
    present = pulled(layer(0, 5 * GB), layer(2, 5 * GB))
    assert present.speed(2) == 0


def test_layers_add_up_and_the_bar_does_not_fall_when_another_is_announced() -> None:
    pull = pulled(layer(0, 0), layer(5, 5 * GB), layer(6, 0, "b", GB))
    assert (pull.done, pull.total, pull.share) == (5 * GB, 6 * GB, 1.0)
    assert pull.facts(6)[0] == "5.0 of 6.0 GB"
    pull = pull.after("pulling b", "b", GB, GB, at=7)
    assert (pull.done, pull.total) == (6 * GB, 6 * GB)


def test_a_part_that_is_fetched_again_is_not_counted_again() -> None:
    pull = pulled(layer(0, 0), layer(2, GB), layer(3, GB // 2), layer(5, GB), layer(8, 2 * GB))
    assert pull.done == 2 * GB
    assert pull.speed(8) == 2 * GB / 8


def test_the_speed_is_that_of_the_last_moments() -> None:
    fast = [layer(n, n * 100_000_000) for n in range(11)]
    slow = [layer(10 + n, GB + n * 1_000_000) for n in range(1, 31)]
    assert pulled(*fast, *slow).speed(40) == 1_000_000


def test_a_download_that_stands_still_says_so() -> None:
    pull = pulled(layer(0, 0), layer(2, GB))
    assert pull.speed(8) == GB / 8
    assert pull.seconds_left(60) is None
    assert pull.facts(60) == ["1.0 of 5.0 GB", "no data arrives"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("", "asking the server"),
        ("pulling manifest", "looking it up"),
        ("verifying sha256 digest", "checking it"),
        ("writing manifest", "installing it"),
        ("removing unused layers", "tidying up"),
        ("success", "installed"),
        ("defrosting", "defrosting"),
    ],
)
def test_every_stage_is_said_and_for_how_long(status: str, words: str) -> None:
    pull = pulled((3.0, status, "", None, 0))
    since = 0.0 if not status else 3.0
    assert pull.facts(since + 0.4) == [words]
    assert pull.facts(since + 12) == [f"{words} 12 s"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 s left"), (40, "40 s left"), (130, "3 min left"), (3_700, "1 h 2 min left")],
)
def test_times_are_as_rough_as_they_are_known(seconds: float, text: str) -> None:
    assert left_text(seconds) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(42e6, "42 MB/s"), (1.44e6, "1.4 MB/s"), (80_000, "80 kB/s"), (3, "1 kB/s")]
)
def test_speeds_are_comparable(rate: float, text: str) -> None:
    assert speed_text(rate) == text


@pytest.mark.parametrize(
    ("total", "amount"),
    [
        (5 * GB, "1.0 of 5.0 GB"),
        (9_000_000, "5 of 9 MB"),
        (9_000, "5 of 9 kB"),
        (9, "5 of 9 bytes"),
    ],
)
def test_amounts_have_the_unit_of_the_whole(total: int, amount: str) -> None:
    done = {"G": GB, "M": 5_000_000, "k": 5_000, "b": 5}[amount.rpartition(" ")[2][0]]
    assert pulled(layer(0, done, total=total)).facts(0)[0] == amount
