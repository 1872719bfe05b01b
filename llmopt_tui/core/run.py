"""Run: one example answered once, and the mark that a person may give the answer."""

from __future__ import annotations

from dataclasses import dataclass

from llmopt_tui.core.case import Split
from llmopt_tui.core.ports import Metrics
from llmopt_tui.core.scoring.base import CriterionScore


@dataclass(frozen=True, slots=True)
class Mark:
    """A person's own score of an answer, in [0, 1]; `scored` is the one that it overrules."""

    score: float
    note: str
    scored: float


@dataclass(frozen=True, slots=True)
class Run:
    """One example answered once: the question as sent, the answer as it came, and its score.

    `output` is the answer without the model's thoughts; `processing_time` is in seconds; `score` is
    in [0, 1]. It took `calls` calls, those of judges included: two of the candidate where a free
    answer was said again in the output's format. `cached` of them were answered from the cache.
    Time and metrics are the candidate's alone. Where a person marked the answer, `score` is theirs.
    """

    example_id: str
    split: Split
    repeat: int
    full_prompt: str
    output: str
    thinking: str
    processing_time: float
    success: bool
    error_message: str
    score: float
    criteria: tuple[CriterionScore, ...]
    metrics: Metrics
    calls: int = 1
    cached: int = 0
    mark: Mark | None = None

    @property
    def answer_seconds(self) -> float:
        """Seconds that the answer took, without the model's load and the wait in the queue."""
        waited = (self.metrics.load_seconds or 0.0) + (self.metrics.queued_seconds or 0.0)
        return max(0.0, self.processing_time - waited)
