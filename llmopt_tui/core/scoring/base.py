"""Criterion: the base class of criteria, each a score in [0, 1] with a sentence of feedback."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, final

from llmopt_tui.core.scoring import modes
from llmopt_tui.core.scoring.rules import PromptRule

if TYPE_CHECKING:
    from llmopt_tui.core.ports import ModelClient


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


@dataclass(frozen=True, kw_only=True)
class Criterion(ABC):
    """One demand on an output. Subclasses are plain records of the demand's parameters.

    The class holds everything that the program knows about a kind of criterion: a new kind is one
    class decorated with `registry.criterion`. `weight` counts in the weighted mean; where
    `required` is true and the score is 0, the whole example scores 0.
    """

    # For criteria built from files with pydantic: a key that is not a parameter is an error.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    kind: ClassVar[str]
    """The name that case files use; `registry.criterion` sets it."""
    rules: ClassVar[tuple[PromptRule, ...]] = ()
    """The rules that a prompt may be given so that answers meet this demand."""

    weight: float = 1.0
    required: bool = False

    def __post_init__(self) -> None:
        """Refuse parameters that make no sense: ValueError with a plain sentence.

        A case that has such parameters is not loaded, and the sentence is what its author reads.
        """
        if not (math.isfinite(self.weight) and self.weight >= 0):
            raise ValueError(f"weight must be a number from 0 up, not {self.weight}")
        if self.weight == 0 and not self.required:
            raise ValueError("a weight of 0 has no effect unless required = true")

    @abstractmethod
    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """Score one output, which may be any text. Never raises."""

    @abstractmethod
    def describe(self) -> str:
        """The demand in one plain sentence, without an example's facts."""

    def problems(self, expected: Mapping[str, Any]) -> list[str]:
        """The faults of an example's `expected` for this criterion, a sentence for each."""
        return []

    def ideal_answer(self, expected: Mapping[str, Any]) -> str | None:
        """An answer that meets the demand in full, made from `expected`.

        None where `expected` does not say everything that such an answer has to hold.
        """
        return None

    def promptfoo(self, expected: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """The same demand as promptfoo's assertions: `type`, and `value`, `transform` or both.

        Texts are not escaped: the export escapes what promptfoo would take for a template. Empty
        where promptfoo has no such assertion.
        """
        return ()


@dataclass(frozen=True, kw_only=True)
class AwaitedCriterion(Criterion):
    """A criterion whose verdict has to be waited for, as where a model is the judge."""

    @abstractmethod
    async def judge_awaited(
        self,
        output: str,
        expected: Mapping[str, Any],
        inputs: Mapping[str, str],
        *,
        client: ModelClient | None,
    ) -> Verdict:
        """Score one output. `client` reaches the session's models; None where there is no session.

        A `ModelError` of the client is passed on: the caller decides what happens with the run.
        """

    @final
    def judge(self, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]) -> Verdict:
        """Raise TypeError: this kind can only be awaited."""
        raise TypeError(f"{self.kind} has to be awaited: use score_answer")


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """A verdict as it is kept in a run's record."""

    kind: str
    weight: float
    score: float
    feedback: str
    mode: str = ""
    required: bool = False
