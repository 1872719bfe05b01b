"""Simulated worlds: seeded hidden functions from what a prompt says to how well it is answered.

The task of every world is to say how urgent a message is. An answer counts where its form is right
(one bare label) and its content is; both have a chance that follows from features of the prompt.
The chances are known, so the true quality of any prompt on fresh examples costs no call.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from llmopt_tui.core.case import Example, Split

LABELS = ("low", "medium", "high")
PROMPT = "How urgent is this message?\n\n{{text}}\n"

FRESH = 2_000
"""The number of examples that a true quality is the mean of."""

_FIRST_FRESH = 500_000

TOPICS = (
    "invoice", "leak", "password", "parking", "delivery", "heating", "badge", "printer",
)  # fmt: skip
"""What messages are about. The convention for the first half is hidden: a model needs its rule."""

_OPENINGS = (
    "Hello, I am writing about the {topic} again.",
    "Quick one about the {topic} on floor {floor}.",
    "The {topic} has been on my desk since Monday.",
    "As agreed I am reporting back on the {topic}.",
    "Could somebody have a look at the {topic}?",
)
_ENDINGS = (
    "Several of us have noticed it by now.",
    "I can wait for you at the front desk.",
    "My colleague knows the details.",
    "It was fine when we left yesterday.",
    "Thanks for taking care of it.",
)

Instructions = Literal["once", "each", "system"]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """An earlier turn of a chat: which message it shows, and whether its answer is right."""

    number: int
    right: bool


@dataclass(frozen=True, slots=True)
class Features:
    """What of a prompt a world reacts to.

    `rules` and `wrong_rules` are topics that a sentence gives the right or a wrong label for;
    `junk` counts the sentences that say nothing a model can use. `fingerprint` identifies the
    words: prompts with equal features still have their own luck.
    """

    labels_named: bool = False
    bare: bool = False
    instructions_last: bool = False
    rules: frozenset[str] = frozenset()
    wrong_rules: frozenset[str] = frozenset()
    junk: int = 0
    demonstrations: tuple[Demonstration, ...] = ()
    instructions: Instructions = "once"
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a world. `difficulty` is in logits; `label` is the right answer."""

    number: int
    topic: str
    label: str
    difficulty: float
    text: str


@dataclass(frozen=True)
class World:
    """One hidden function, drawn from `seed`.

    Chances of the form: `form` without help, `labels` and `bare` and `shown` (by demonstrations)
    each take this share of what is missing. Logits of the content: `skill` less the difficulty,
    `gap` lost on a topic without its rule, `demonstrated` gained by three demonstrations, `spread`
    of that between sets, `last` gained by instructions behind the input, `junk` lost a sentence.
    `copying` is the chance that a message among its own demonstrations is answered from there.
    `insight` is the chance that the interviewer's sentence helps, `broken` that its reply is
    unusable.
    """

    name: str
    seed: int = 0
    form: float = 0.15
    labels: float = 0.7
    bare: float = 0.4
    shown: float = 0.9
    skill: float = 0.9
    gap: float = 1.6
    demonstrated: float = 0.9
    spread: float = 0.5
    last: float = 0.2
    junk: float = 0.1
    copying: float = 0.9
    insight: float = 0.6
    broken: float = 0.05
    conventions: dict[str, str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Draw the convention of each topic that has one."""
        half = TOPICS[: len(TOPICS) // 2]
        drawn = {topic: LABELS[int(self.chance("rule", topic) * len(LABELS))] for topic in half}
        object.__setattr__(self, "conventions", drawn)

    def chance(self, *about: object) -> float:
        """A number in [0, 1) that this world always draws for the same things."""
        text = "\x1f".join(map(str, (self.name, self.seed, *about)))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big") / 2**56

    def message(self, number: int) -> Message:
        """The message with this number; there are a million."""
        topic = TOPICS[int(self.chance("topic", number) * len(TOPICS))]
        plain = LABELS[int(self.chance("label", number) * len(LABELS))]
        opening = _OPENINGS[int(self.chance("opening", number) * len(_OPENINGS))]
        ending = _ENDINGS[int(self.chance("ending", number) * len(_ENDINGS))]
        floor = 1 + int(self.chance("floor", number) * 9)
        text = f"{opening.format(topic=topic, floor=floor)} {ending} (ticket {number:06d})"
        return Message(
            number,
            topic,
            self.conventions.get(topic, plain),
            _normal(self.chance("difficulty", number), self.chance("difficulty too", number)),
            text,
        )

    def examples(self, train: int, validation: int) -> list[Example]:
        """So many examples of both splits."""
        made = []
        for n in range(1, train + validation + 1):
            message, split = self.message(n), _split(n, train)
            expected = {"answer": message.label}
            made.append(Example(f"m-{n:03d}", {"text": message.text}, split, expected))
        return made

    def form_chance(self, prompt: Features) -> float:
        """The chance that an answer is a bare label."""
        missing = 1 - self.form
        missing *= 1 - self.labels * prompt.labels_named
        missing *= 1 - self.bare * prompt.bare
        missing *= 1 - self.shown * bool(prompt.demonstrations)
        return 1 - missing

    def content_chance(self, prompt: Features, message: Message) -> float:
        """The chance that the right label is meant; higher where its own answer is shown."""
        logit = self._common(prompt) - message.difficulty + self._of_topic(prompt, message.topic)
        chance = 1 / (1 + math.exp(-logit))
        if any(d.number == message.number and d.right for d in prompt.demonstrations):
            chance = max(chance, self.copying)
        return chance

    def quality(self, prompt: Features) -> float:
        """The true quality of a prompt: its mean score on fresh messages, in [0, 1]."""
        difficulties, topics = self._fresh
        effects = np.array([self._of_topic(prompt, topic) for topic in TOPICS])
        logits = self._common(prompt) - difficulties + effects[topics]
        return float(self.form_chance(prompt) * np.mean(1 / (1 + np.exp(-logits))))

    def answer(self, prompt: Features, message: Message, draw: int = 0) -> str:
        """The answer of this world's candidate: the same for the same words and message.

        `draw` tells answers at a temperature above 0 apart.
        """
        key = (prompt.fingerprint, message.number, draw)
        label = message.label
        if self.chance("content", *key) >= self.content_chance(prompt, message):
            others = [other for other in LABELS if other != label]
            label = others[int(self.chance("other", *key) * len(others))]
        if self.chance("form", *key) < self.form_chance(prompt):
            return label
        return f"This seems to be about everyday business, so I would call it {label} or so."

    def _common(self, prompt: Features) -> float:
        """The logits that a prompt has on every message."""
        shown = prompt.demonstrations
        logit = self.skill - self.junk * prompt.junk
        if prompt.instructions_last:
            logit += self.last
        if shown:
            # Shown with its instructions in every turn, a demonstration is lost among them.
            weight = 0.2 if prompt.instructions == "each" else 1.0
            right = sum(1 if d.right else -1 for d in shown) / 3
            key = sorted((d.number, d.right) for d in shown)
            luck = _normal(self.chance("set", key), self.chance("set too", key))
            logit += weight * (self.demonstrated * max(-1.0, min(1.0, right)) + self.spread * luck)
        return logit

    def _of_topic(self, prompt: Features, topic: str) -> float:
        """The logits that a prompt gains or loses on the messages of one topic."""
        if topic in prompt.wrong_rules:
            return -self.gap
        if topic not in self.conventions or topic in prompt.rules:
            return 0.0
        shown = {self.message(d.number).topic for d in prompt.demonstrations if d.right}
        helped = 0.5 if topic in shown and self.demonstrated > 0 else 0.0
        return -self.gap * (1 - helped)

    @cached_property
    def _fresh(self) -> tuple[np.ndarray, np.ndarray]:
        """Difficulty and place of the topic of each fresh message: two arrays of `FRESH`."""
        messages = [self.message(_FIRST_FRESH + n) for n in range(FRESH)]
        return (
            np.array([message.difficulty for message in messages]),
            np.array([TOPICS.index(message.topic) for message in messages]),
        )


def _split(n: int, train: int) -> Split:
    return "train" if n <= train else "validation"


def _normal(one: float, two: float) -> float:
    """A standard normal number made of two uniform ones."""
    return math.sqrt(-2 * math.log(1 - one)) * math.cos(2 * math.pi * two)


def worlds(seed: int) -> dict[str, World]:
    """The worlds of one seed, by name."""
    found = (
        World("normal", seed),
        World("junk hurts", seed, junk=0.7, insight=0.4),
        World("weak interviewer", seed, insight=0.08, broken=0.4),
        World("demonstrations hurt", seed, demonstrated=-1.5, spread=0.2, shown=0.3),
        World(
            "nothing helps", seed, form=0.97, labels=0, bare=0, shown=0, skill=0.3, gap=0,
            demonstrated=0, spread=0, last=0, junk=0,
        ),
    )  # fmt: skip
    return {world.name: world for world in found}


NAMES = tuple(worlds(0))
NOTHING_HELPS = "nothing helps"
