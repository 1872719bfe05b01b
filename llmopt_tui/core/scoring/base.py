"""What a criterion is: a score in [0, 1] with a sentence that says what was wrong."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from llmopt_tui.core.scoring import modes


@dataclass(frozen=True, slots=True)
class Verdict:
    """One criterion's judgement of one output.

    `feedback` is a sentence for people and interviewers; it names what was wrong, or says that
    nothing was. `mode` is the kind of failure, one of `modes`, empty at a full score: failures are
    grouped by it.
    """

    score: float
    feedback: str
    mode: str = ""


EMPTY_ANSWER = Verdict(0.0, "the answer is empty", modes.EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion(ABC):
    """One demand on an output. Subclasses are plain records of the demand's parameters.

    `weight` counts in the weighted mean; where `required` and the score is 0, the whole example
    scores 0.
    """

    # For whoever builds criteria from files with pydantic: a key that is no parameter is an error.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    kind: ClassVar[str]
    weight: float = 1.0
    required: bool = False

    def __post_init__(self) -> None:
        """Refuse parameters that make no sense: ValueError with a plain sentence."""
        if not (math.isfinite(self.weight) and self.weight >= 0):
            raise ValueError(f"weight must be a number from 0 up, not {self.weight}")
        if self.weight == 0 and not self.required:
            raise ValueError("a weight of 0 has no effect unless required = true")

    @abstractmethod
    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """Score one output, whatever text it is: never raises."""

    @abstractmethod
    def describe(self) -> str:
        """The demand in one plain sentence, without an example's facts."""

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """What an example's `expected` lacks or holds wrongly for this criterion."""
        return []


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """A verdict as it is kept in a run's record."""

    kind: str
    weight: float
    score: float
    feedback: str
    mode: str = ""
    required: bool = False
