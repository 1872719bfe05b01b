"""Speed against quality: which models are worth using for one or the other.

A model is beaten by another that is better beyond noise and not slower beyond noise, or that is
faster beyond noise with a mean score at least as high. So small variations in seconds decide
nothing, and a higher score is never given up because it is not proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from llmopt_tui.core.analysis.paired import CaseScores, case_mean
from llmopt_tui.core.analysis.ranking import Pair, told_apart, with_every_case
from llmopt_tui.core.analysis.resampling import DECIMALS


@dataclass(frozen=True, slots=True)
class ParetoPoint:
    """A model's mean score and mean seconds per answer, every case with the same weight.

    beaten_by: names of the models that beat it; a model on the front has none. outscored_by: those
    of them that score higher beyond noise; the others are faster and score no less. as_fast: names
    of the models whose speed noise cannot tell from its own.
    """

    model: str
    score: float
    seconds: float
    beaten_by: tuple[str, ...]
    outscored_by: tuple[str, ...] = ()
    as_fast: tuple[str, ...] = ()

    @property
    def on_front(self) -> bool:
        """Whether no other model beats it."""
        return not self.beaten_by


def pareto_points(
    scores: Mapping[str, CaseScores],
    seconds: Mapping[str, CaseScores],
    *,
    apart: Mapping[Pair, bool] | None = None,
    seed: int = 0,
) -> list[ParetoPoint]:
    """A point for each model, fastest first. Scores and seconds: model -> case -> example id.

    Seconds are those of answering, without loads. A model that lacks a case in either is left out.
    `apart` says which pairs score differently beyond noise, as the ranking has it.
    """
    scores, seconds = with_every_case(scores), with_every_case(seconds)
    models = sorted(scores.keys() & seconds.keys())
    scores = {model: scores[model] for model in models}
    seconds = {model: seconds[model] for model in models}
    quality = {model: case_mean(scores[model]) for model in models}
    speed = {model: case_mean(seconds[model]) for model in models}
    quality_differs = told_apart(scores, seed=seed) if apart is None else apart
    speed_differs = told_apart(seconds, seed=seed)

    def gain(one: str, other: str) -> float:
        return round(quality[one] - quality[other], DECIMALS)

    def outscores(one: str, other: str) -> bool:
        return quality_differs.get(frozenset((one, other)), False) and gain(one, other) > 0

    def beats(one: str, other: str) -> bool:
        differs, faster = speed_differs[frozenset((one, other))], speed[one] < speed[other]
        if outscores(one, other):
            return faster or not differs
        return gain(one, other) >= 0 and faster and differs

    def point(model: str) -> ParetoPoint:
        others = [other for other in models if other != model]
        beaten_by = tuple(other for other in others if beats(other, model))
        return ParetoPoint(
            model,
            quality[model],
            speed[model],
            beaten_by,
            tuple(other for other in beaten_by if outscores(other, model)),
            tuple(other for other in others if not speed_differs[frozenset((other, model))]),
        )

    return sorted(map(point, models), key=lambda point: (point.seconds, point.model))
