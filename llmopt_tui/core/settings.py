"""LoopSettings: the settings of a session. Kept with its results, so that they can be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from llmopt_tui.core.ports import OptionValue, Think

Mode = Literal["manual", "auto"]
StopReason = Literal[
    "target_reached",
    "no_improvement_suggested",
    "plateau",
    "max_iterations",
    "max_calls",
    "stopped_by_user",
    "failed",
]

DEFAULT_OPTIONS: Mapping[str, OptionValue] = {
    "temperature": 0.0,
    "seed": 0,
    "num_ctx": 8192,
    "top_k": 40,
    "top_p": 0.9,
    "repeat_penalty": 1.0,
}
"""Every sampler option has an explicit value: with models' own defaults no candidates compare."""

PLAYBOOK = "playbook"
"""The interviewer's name where the built-in catalogue suggests and no model is asked."""


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """When the loop stops and how the models are called.

    `target` and `min_gain` are scores; `patience` counts iterations without a gain of `min_gain`;
    `think_tokens` is added to a case's `max_tokens` for models that think before they answer;
    with `validate`, the original and the best prompt are run on the validation examples at the end;
    `server_wait` is how many seconds to wait for a lost server (None: for ever). `max_calls` bounds
    all calls of candidate and interviewer, held-out runs included (None: what the rest needs).
    `proposals` is how many ideas a round has at most: one is tested as the next iteration, several
    are raced for that place. `demonstrations` is how many examples a variant may show at most.
    With `explain`, each part of the best variant is left out once, to see which part did it.
    """

    target: float = 0.95
    max_iterations: int = 5
    patience: int = 2
    min_gain: float = 0.005
    repeats: int = 1
    validate: bool = True
    mode: Mode = "manual"
    options: Mapping[str, OptionValue] = field(default_factory=lambda: dict(DEFAULT_OPTIONS))
    think: Think = "auto"
    think_tokens: int = 3072
    server_wait: float | None = None
    keep_alive: str | float | None = "10m"
    max_calls: int | None = None
    proposals: int = 1
    demonstrations: int = 0
    explain: bool = False

    def once(self) -> LoopSettings:
        """The settings of a session that tests one variant and suggests nothing."""
        return replace(self, max_iterations=1, validate=False, max_calls=None, explain=False)

    @property
    def searches(self) -> bool:
        """Whether a round has more ideas than the interviewer's one."""
        return self.proposals > 1 or self.demonstrations > 0
