"""Which request follows which, for the sake of a server's prefix cache."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from llmopt_tui.core.loop.call_order import STEP, by_shared_start
from llmopt_tui.core.ports import Message

LONG = "x" * (2 * STEP)


def chat(*texts: str) -> tuple[Message, ...]:
    return tuple(Message("user", text) for text in texts)


def test_chats_that_share_nothing_new_stay_in_their_order() -> None:
    rules = "Name the trade. " * 20
    asked = [chat(f"{rules}{posting}") for posting in ("Roofer", "Baker", "Rigger", "Baler")]

    assert by_shared_start(asked) == [0, 1, 2, 3]


def test_two_prompts_on_the_same_inputs_are_sent_one_prompt_after_the_other() -> None:
    one, other = "Name the trade. " * 20, "Name the place. " * 20
    asked = [chat(prompt + posting) for posting in ("Roofer", "Baker") for prompt in (one, other)]

    assert by_shared_start(asked) == [0, 2, 1, 3]


def test_instructions_behind_the_input_are_sent_input_by_input() -> None:
    asked = [
        chat(f"{posting * 40} {rule}")
        for rule in ("Name the trade.", "Name the place.")
        for posting in ("Roofer", "Baker")
    ]

    assert by_shared_start(asked) == [0, 2, 1, 3]


def test_demonstrations_before_the_input_count_as_its_start() -> None:
    asked = [chat(LONG + shown, "yes", text) for text in "ab" for shown in "cd"]

    assert by_shared_start(asked) == [0, 1, 2, 3]
    assert by_shared_start([chat(shown * 200, text) for text in "ab" for shown in "cd"]) == [
        0,
        2,
        1,
        3,
    ]


def test_nothing_is_asked_of_no_chats() -> None:
    assert by_shared_start([]) == []


starts = st.sampled_from(["", "a" * STEP, "b" * STEP, "a" * STEP + "c" * STEP])


@settings(deadline=None)
@given(st.lists(st.tuples(starts, starts, st.text(max_size=3)), min_size=1, max_size=12))
def test_every_chat_is_sent_once_and_each_start_in_one_go(asked: list[tuple[str, ...]]) -> None:
    """No start is left and met again: that is what a cache of one prompt needs."""
    chats = [chat("".join(parts)) for parts in asked]

    order = by_shared_start(chats)

    assert sorted(order) == list(range(len(chats)))
    assert order[0] == 0
    texts = ["user\n" + chats[n][0].content + "\n" for n in order]
    for length in (STEP, 2 * STEP, 3 * STEP):
        seen = [text[:length] for text in texts]
        changes = sum(one != other for one, other in pairwise(seen))
        assert changes == len(set(seen)) - 1
