"""Task: what one seed sets an optimizer, in a simulated world or with real examples and models."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.optimizers.prompt_features import read_features
from benchmarks.optimizers.simulated import CANDIDATE, INTERVIEWER, SimulatedModels
from benchmarks.optimizers.worlds import PROMPT, World
from benchmarks.real_gain import TASKS
from llmopt_tui.core.case import Case, Example
from llmopt_tui.core.case_making import make_case
from llmopt_tui.core.ports import ChatRequest, Message, ModelClient, ModelInfo
from llmopt_tui.core.scoring import score_output
from llmopt_tui.core.settings import DEFAULT_OPTIONS


@dataclass(frozen=True, slots=True)
class Task:
    """One case with the models that it is given to.

    `interviewer` is None where there is no model for it: the program then uses its playbook, and
    others reflect with the candidate. `world` is None for a real task.
    """

    name: str
    seed: int
    case: Case
    client: ModelClient
    model: ModelInfo
    interviewer: ModelClient | None = None
    interviewer_model: str = ""
    world: World | None = None

    async def answers(
        self, chats: Mapping[str, Sequence[Message]], client: ModelClient
    ) -> dict[str, str]:
        """The candidate's answer to each chat, by example id. Raises `ModelError`."""
        options = {**DEFAULT_OPTIONS, "num_predict": self.case.output.max_tokens}
        found = {}
        for example, messages in chats.items():
            request = ChatRequest(self.model.name, tuple(messages), options)
            found[example] = (await client.chat(request, lambda _: None)).text
        return found

    def scores(self, answers: Mapping[str, str]) -> dict[str, float]:
        """The score of each answer, by example id."""
        examples = {example.id: example for example in self.case.examples}
        return {name: self.score(examples[name], text)[0] for name, text in answers.items()}

    def score(self, example: Example, answer: str) -> tuple[float, str]:
        """The score of one answer, in [0, 1], and in words what was wrong with it."""
        score, criteria = score_output(self.case.criteria, answer, example.expected, example.inputs)
        return score, " ".join(f"{c.kind}: {c.feedback}." for c in criteria if c.feedback)

    def true_quality(self, probe: Sequence[Message]) -> float | None:
        """The true quality of the prompt behind a chat; None for a real task."""
        if self.world is None:
            return None
        return self.world.quality(read_features(self.world, probe))


def simulated_task(world: World, train: int, validation: int) -> Task:
    """The task of a world: so many examples, its candidate and its interviewer."""
    client = SimulatedModels(world)
    case = make_case(
        PROMPT,
        [{"kind": "equals"}],
        world.examples(train, validation),
        max_tokens=60,
        id="urgency",
        title="Urgency",
    )
    return Task(
        world.name,
        world.seed,
        case,
        client,
        ModelInfo(CANDIDATE, client.endpoint, CANDIDATE),
        client,
        INTERVIEWER,
        world,
    )


def real_case(data: Path, name: str, seed: int, train: int, validation: int) -> Case:
    """A task of `real_gain.py`, with the examples of each split that the seed draws.

    An example never changes its split: what was meant as held out stays so.
    """
    task = TASKS[name]
    lines = (data / task.file).read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    random.Random(seed).shuffle(rows)
    chosen = [row for row in rows if row["split"] == "train"][:train]
    chosen += [row for row in rows if row["split"] == "validation"][:validation]
    examples = [
        Example(row["id"], {"text": row["input"]}, row["split"], task.expected(row))
        for row in chosen
    ]
    return make_case(
        task.prompt, task.criteria, examples, max_tokens=task.max_tokens, id=name, title=name
    )
