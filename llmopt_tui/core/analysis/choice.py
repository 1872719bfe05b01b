"""Which of the models that share the first place is recommended, and why, in a sentence.

Sharing a place says that nothing proves one model better than another, not that they are equal. So
a score that is lower by more than `WORTH_HAVING` is not taken for the sake of speed: where few
examples were measured, that would be to recommend a poor model because it is quick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llmopt_tui.core.analysis.pareto import ParetoPoint
from llmopt_tui.core.analysis.power import FEWEST_EXAMPLES
from llmopt_tui.core.analysis.ranking import Ranked
from llmopt_tui.core.analysis.resampling import DECIMALS
from llmopt_tui.core.analysis.verdict import WORTH_HAVING
from llmopt_tui.core.analysis.wording import joined
from llmopt_tui.core.scoring.wording import counted

_LEVEL = 1.25
"""How many times the seconds of another a model may take and still be called as fast."""
_QUICK = 0.1
"""Seconds per answer that nobody notices: models this quick are as fast as each other."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The recommended model, and a sentence that says how it compares with the others."""

    model: str
    standing: str


def choose(
    ranked: Sequence[Ranked],
    points: Sequence[ParetoPoint],
    sizes: Mapping[str, int],
    *,
    held_out: bool,
) -> Choice | None:
    """The model of the first place; where several share it, the faster one, else the smaller one.

    `ranked` is best first. `sizes` are in bytes, of the models whose size is known. `held_out` says
    whether they were ranked on held-out examples. None where no model has a place.
    """
    first = [r for r in ranked if r.rank == 1 and r.score is not None]
    if not first:
        return None
    if len(first) == 1:
        return Choice(first[0].model, _alone(first[0], ranked))
    good = [r for r in first if round(_score(first[0]) - _score(r), DECIMALS) <= WORTH_HAVING]
    by_model = {point.model: point for point in points}
    chosen, why = _of_equals(good, by_model, sizes)
    others = [r.model for r in first if r is not chosen]
    standing = (
        f"{chosen.model} scores {_score(chosen):.2f} and shares the first place with "
        f"{joined(others)}: {_doubt(first, held_out)}. It is recommended because {why}."
    )
    return Choice(chosen.model, standing)


def _of_equals(
    good: Sequence[Ranked], points: Mapping[str, ParetoPoint], sizes: Mapping[str, int]
) -> tuple[Ranked, str]:
    """The choice among models that are as good, best first, and the reason in a few words."""
    names = {r.model for r in good}
    timed = [r for r in good if r.model in points]
    if len(good) == 1 or not timed:
        return good[0], _highest(good)
    unbeaten = [r for r in timed if names.isdisjoint(points[r.model].beaten_by)]
    seconds = {r.model: points[r.model].seconds for r in timed}
    fastest = min(unbeaten, key=lambda r: (seconds[r.model], r.model))
    level = [
        r for r in unbeaten if r is fastest or _as_fast(points[fastest.model], points[r.model])
    ]
    if len(level) == 1:
        return fastest, _faster(fastest, seconds)
    smallest = sorted(level, key=lambda r: (sizes.get(r.model, 0), r.model))
    known = all(sizes.get(r.model) for r in level)
    if known and sizes[smallest[0].model] < sizes[smallest[1].model]:
        size, other = sizes[smallest[0].model], smallest[1].model
        small = f"{_gigabytes(size)}, where {other} has {_gigabytes(sizes[other])}"
        return smallest[0], f"it is as fast and the smaller one ({small})"
    if _ahead(level):
        return level[0], "its score is higher"
    return level[
        0
    ], f"it comes first by name: score{', speed and size' if known else ' and speed'} are level"


def _as_fast(fastest: ParetoPoint, other: ParetoPoint) -> bool:
    if other.seconds <= _QUICK:
        return True
    return other.model in fastest.as_fast and other.seconds <= _LEVEL * fastest.seconds


def _ahead(level: Sequence[Ranked]) -> bool:
    """Whether the first has a higher mean score than the second."""
    return round(_score(level[0]) - _score(level[1]), DECIMALS) > 0


def _highest(good: Sequence[Ranked]) -> str:
    if len(good) > 1 and not _ahead(good):
        return "it comes first by name, and no other has been timed"
    return "its score is the highest of them"


def _faster(fastest: Ranked, seconds: Mapping[str, float]) -> str:
    rest = {model: took for model, took in seconds.items() if model != fastest.model}
    if not rest:
        return "its score is the highest of them"
    other = min(rest, key=lambda model: (rest[model], model))
    own = seconds[fastest.model]
    against = "against" if len(rest) == 1 else f"{other} as the next takes"
    return f"it is faster ({own:.1f} s an answer, {against} {rest[other]:.1f} s)"


def _alone(best: Ranked, ranked: Sequence[Ranked]) -> str:
    """How the only model of the first place compares with the next."""
    others = [r for r in ranked if r is not best and r.score is not None]
    if not others:
        return f"{best.model} scores {_score(best):.2f}; there is no other to compare it with."
    return (
        f"{best.model} scores {_score(best):.2f}, beyond noise above {others[0].model} "
        f"({_score(others[0]):.2f})."
    )


def _doubt(first: Sequence[Ranked], held_out: bool) -> str:
    """Why nothing tells these models apart."""
    if not held_out:
        return "nothing was held out that could tell them apart"
    fewest = min(r.n for r in first)
    if fewest < FEWEST_EXAMPLES:
        return f"{counted(fewest, 'example')} {'is' if fewest == 1 else 'are'} too few to tell"
    if all(round(_score(r) - _score(first[0]), DECIMALS) == 0 for r in first):
        return "they score the same"
    return "chance could explain what is between them"


def _score(ranked: Ranked) -> float:
    return ranked.score or 0.0


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
