"""Outcome: what one optimizer came to on one task, as it is kept in a file, a line each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one arm on one task.

    - `held_out`: the true quality of what the arm returns; exact in a simulated world, the mean
      over the held-out examples on a real task. `train`: the winner's mean on the train examples.
    - `claims`: whether the arm's own verdict is REAL and for the better; False for arms without a
      verdict. `changed`: whether its winner is another prompt than the original.
    - `ci95`: the arm's own interval for its held-out gain; None where it gives none or nothing
      changed. `true_gain`: what that interval should hold, the best prompt's true quality less the
      original's; None on a real task.
    - `corrected`: the train score without the luck of having been picked, as the arm itself
      estimates it; None where it does not.
    - `calls`: those of the search. `held_out_calls`: those of the arm's own verdict after it.
    - `error`: why the arm failed, which then counts as the original; empty where it did not.
    """

    task: str
    seed: int
    arm: str
    held_out: float
    train: float
    claims: bool = False
    changed: bool = False
    ci95: Interval | None = None
    true_gain: float | None = None
    corrected: float | None = None
    calls: int = 0
    held_out_calls: int = 0
    seconds: float = 0.0
    error: str = ""

    @property
    def key(self) -> tuple[str, int, str]:
        """Task, seed and arm: what there is one outcome of."""
        return self.task, self.seed, self.arm


class OutcomeFile:
    """The outcomes of a measurement, in a JSONL file that can be added to after a break."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> list[Outcome]:
        """What is there so far. A line that a kill cut off is left out."""
        if not self._file.is_file():
            return []
        return list(_outcomes(self._file.read_text("utf-8").splitlines()))

    def add(self, outcome: Outcome) -> None:
        """Append one outcome to the file, at once."""
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(outcome)) + "\n")


def _outcomes(lines: Iterable[str]) -> Iterable[Outcome]:
    for line in lines:
        try:
            outcome = Outcome(**json.loads(line))
        except ValueError:
            continue
        if outcome.ci95 is not None:
            low, high = outcome.ci95
            outcome = replace(outcome, ci95=(low, high))
        yield outcome
