"""Speed against quality: which models are worth using for one or the other.

A model is beaten by another that is better beyond noise and not slower beyond noise, or that is
faster beyond noise with a mean score at least as high. So small variations in seconds decide
nothing, and a higher score is never given up because it is not proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from llmopt_tui.core.analysis.paired import CaseScores, case_mean
from llmopt_tui.core.analysis.ranking import told_apart, with_every_case
from llmopt_tui.core.analysis.resampling import DECIMALS


@dataclass(frozen=True, slots=True)
class ParetoPoint:
    """A model's mean score and mean seconds per answer, every case with the same weight.

    beaten_by: names of the models that beat it; a model on the front has none.
    """

    model: str
    score: float
    seconds: float
    beaten_by: tuple[str, ...]

    @property
    def on_front(self) -> bool:
        """Whether no other model beats it."""
        return not self.beaten_by


def pareto_points(
    scores: Mapping[str, CaseScores], seconds: Mapping[str, CaseScores], *, seed: int = 0
) -> list[ParetoPoint]:
    """A point for each model, fastest first. Scores and seconds: model -> case -> example id.

    Seconds are those of answering, without loads. A model that lacks a case in either is left out.
    """
    scores, seconds = with_every_case(scores), with_every_case(seconds)
    models = sorted(scores.keys() & seconds.keys())
    scores = {model: scores[model] for model in models}
    seconds = {model: seconds[model] for model in models}
    quality = {model: case_mean(scores[model]) for model in models}
    speed = {model: case_mean(seconds[model]) for model in models}
    quality_differs = told_apart(scores, seed=seed)
    speed_differs = told_apart(seconds, seed=seed)

    def beats(one: str, other: str) -> bool:
        pair = frozenset((one, other))
        gain = round(quality[one] - quality[other], DECIMALS)
        faster = speed[one] < speed[other]
        if quality_differs[pair] and gain > 0:
            return faster or not speed_differs[pair]
        return gain >= 0 and faster and speed_differs[pair]

    return sorted(
        (
            ParetoPoint(
                model,
                quality[model],
                speed[model],
                tuple(other for other in models if other != model and beats(other, model)),
            )
            for model in models
        ),
        key=lambda point: (point.seconds, point.model),
    )
