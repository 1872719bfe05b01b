"""What the simulated worlds of the optimizers' comparison promise."""

import asyncio
from dataclasses import replace

import pytest

from benchmarks.optimizers.prompt_features import read_features
from benchmarks.optimizers.simulated import CANDIDATE, INTERVIEWER, SimulatedModels
from benchmarks.optimizers.tasks import simulated_task
from benchmarks.optimizers.worlds import (
    LABELS,
    NOTHING_HELPS,
    PROMPT,
    Demonstration,
    Features,
    World,
    worlds,
)
from llmopt_tui.core.ports import ChatRequest, Message
from llmopt_tui.core.variant import Demonstration as Shown
from llmopt_tui.core.variant import Instructions, Variant

FORM = "Answer with exactly one of these and nothing else: low, medium, high."


def world(name: str = "normal", seed: int = 3) -> World:
    return worlds(seed)[name]


def features(variant: Variant, of: World | None = None) -> Features:
    here = of or world()
    return read_features(here, variant.messages({"text": here.message(70).text}))


def shown(here: World, *numbers: int) -> tuple[Shown, ...]:
    return tuple(
        Shown({"text": here.message(n).text}, here.message(n).label, f"m-{n:03d}") for n in numbers
    )


def test_a_world_is_the_same_for_the_same_seed_and_another_for_another():
    assert [world().message(n) for n in range(9)] == [world().message(n) for n in range(9)]
    assert world().message(1) != world(seed=4).message(1)
    assert {world(seed=n).conventions["leak"] for n in range(30)} == set(LABELS)


def test_what_a_prompt_says_is_read_out_of_its_chat():
    plain = features(Variant(PROMPT))
    assert (plain.labels_named, plain.bare, plain.instructions_last, plain.junk) == (
        False, False, False, 0,
    )  # fmt: skip
    better = features(Variant(f"{PROMPT}\n{FORM}\n"))
    assert better.labels_named
    assert better.bare
    assert better.instructions_last
    topic, label = next(iter(world().conventions.items()))
    other = next(one for one in LABELS if one != label)
    assert features(Variant(f"A message about a {topic} is {label}.\n{PROMPT}")).rules == {topic}
    assert features(Variant(f"Any {topic} is {other}.\n{PROMPT}")).wrong_rules == {topic}
    assert features(Variant(f"Weigh all the relevant factors.\n{PROMPT}")).junk == 1


@pytest.mark.parametrize("placed", ["once", "system", "each"])
def test_demonstrations_are_read_with_the_place_of_the_instructions(placed: Instructions):
    here = world()
    right, wrong = shown(here, 11, 12)
    false = next(label for label in LABELS if label != wrong.answer)
    variant = Variant(PROMPT, demonstrations=(right, replace(wrong, answer=false)))
    read = features(replace(variant, instructions=placed))
    assert read.demonstrations == (Demonstration(11, True), Demonstration(12, False))
    assert read.instructions == placed


def test_the_frame_of_dspy_is_no_instruction():
    here = world()
    asked = here.message(70)
    frame = (
        "Your input fields are:\n1. `text` (str):\nYour output fields are:\n1. `answer` (str):\n"
        "[[ ## text ## ]]\n{text}\n\n[[ ## answer ## ]]\n{answer}\n\n[[ ## completed ## ]]\n"
        f"In adhering to this structure, your objective is: \n        How urgent is this? {FORM}"
    )
    user = (
        f"[[ ## text ## ]]\n{asked.text}\n\nRespond with the corresponding output fields, starting "
        "with the field `[[ ## answer ## ]]`, and then ending with the marker for `[[ ## completed "
        "## ]]`."
    )
    chat = (Message("system", frame), Message("user", user))
    read = read_features(here, chat)
    assert (read.labels_named, read.bare, read.instructions_last) == (True, True, False)
    assert read.junk == 1  # "How urgent is this?", which is not the original's sentence
    reply = asyncio.run(SimulatedModels(here).chat(ChatRequest(CANDIDATE, chat), lambda _: None))
    assert reply.text.startswith("[[ ## answer ## ]]\n")
    assert reply.text.endswith("[[ ## completed ## ]]")


def test_the_true_quality_is_what_fresh_answers_score():
    here = world()
    read = features(Variant(f"{PROMPT}\n{FORM}\n", demonstrations=shown(here, 11, 12, 13)), here)
    fresh = [here.message(600_000 + n) for n in range(1_500)]
    right = [here.answer(read, message) == message.label for message in fresh]
    assert here.quality(read) == pytest.approx(sum(right) / len(right), abs=0.04)


def test_an_example_among_its_own_demonstrations_is_copied_and_that_is_no_quality():
    here = World("hard", skill=-3.0, gap=0, spread=0)
    numbers = range(1, 41)
    own = [
        here.answer(Features(demonstrations=(Demonstration(n, True),)), here.message(n))
        == here.message(n).label
        for n in numbers
    ]
    assert sum(own) / len(own) > 0.6
    assert here.quality(Features(demonstrations=(Demonstration(1, True),))) < 0.2


def test_each_world_does_what_its_name_says():
    form = Features(labels_named=True, bare=True)
    three = tuple(Demonstration(n, True) for n in (1, 2, 3))
    both = replace(form, demonstrations=three)

    def gain(name: str, better: Features, than: Features) -> float:
        drawn = [worlds(seed)[name] for seed in range(5)]
        return sum(one.quality(better) - one.quality(than) for one in drawn) / len(drawn)

    assert gain("normal", form, Features()) > 0.2
    assert gain("normal", both, form) > 0.1
    assert gain("demonstrations hurt", both, form) < -0.1
    assert gain("junk hurts", replace(form, junk=2), form) < -0.1
    assert abs(gain(NOTHING_HELPS, replace(both, junk=3), Features())) < 1e-9


def test_the_interviewer_of_a_world_helps_as_often_as_the_world_says():
    def helped(name: str) -> float:
        hits = 0
        for seed in range(40):
            here = worlds(seed)[name]
            question = f"<prompt>\n{PROMPT}</prompt>\nThese answers are wrong."
            request = ChatRequest(INTERVIEWER, (Message("user", question),))
            reply = asyncio.run(SimulatedModels(here).chat(request, lambda _: None))
            hits += all(label in reply.text for label in LABELS)
        return hits / 40

    assert helped("normal") > 0.4
    assert helped("weak interviewer") < 0.25


def test_a_seed_gives_every_arm_the_same_examples():
    one, other = (simulated_task(world(), 5, 7).case for _ in range(2))
    assert one == other
    assert (len(one.split("train")), len(one.split("validation"))) == (5, 7)
