"""Scoring: the criteria of an answer become one score. Each kind of criterion is one class.

A new kind's module is added to the list of families below; nothing else has to know it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

# The families: importing a module registers its criteria.
from llmopt_tui.core.scoring import (
    answers,
    choice,
    fields,
    json_output,
    judge,
    modes,
    number,
    skills,
    text,
    tone,
    words,
)
from llmopt_tui.core.scoring.base import AwaitedCriterion, Criterion, CriterionScore, Verdict
from llmopt_tui.core.scoring.registry import (
    CRITERIA,
    criterion,
    read_criterion,
    recorded_criterion,
)
from llmopt_tui.core.scoring.rules import PromptRule

if TYPE_CHECKING:
    from llmopt_tui.core.ports import ModelClient

__all__ = [
    "CRITERIA",
    "FAMILIES",
    "AwaitedCriterion",
    "Criterion",
    "CriterionScore",
    "PromptRule",
    "Verdict",
    "criterion",
    "ideal_answer",
    "modes",
    "read_criterion",
    "recorded_criterion",
    "score_answer",
    "score_output",
    "verdicts_awaited",
]

FAMILIES = (json_output, fields, skills, text, tone, words, answers, choice, number, judge)
"""The modules of the program's own criteria."""


def score_output(
    criteria: Sequence[Criterion],
    output: str,
    expected: Mapping[str, Any],
    inputs: Mapping[str, str],
) -> tuple[float, tuple[CriterionScore, ...]]:
    """The weighted mean of the criteria's scores, and each of them with its feedback.

    A `required` criterion that scores 0 makes the whole score 0. Where all weights are 0, all
    criteria count the same. Raises ValueError without criteria, and for one that has to be awaited.
    """
    if any(isinstance(criterion, AwaitedCriterion) for criterion in criteria):
        raise ValueError("a criterion has to be awaited: use score_answer")
    return _weighed(criteria, [_verdict(c, output, expected, inputs) for c in criteria])


async def score_answer(
    criteria: Sequence[Criterion],
    output: str,
    expected: Mapping[str, Any],
    inputs: Mapping[str, str],
    *,
    client: ModelClient | None = None,
) -> tuple[float, tuple[CriterionScore, ...]]:
    """As `score_output`, but in a thread, so that the event loop of a screen is never blocked.

    Criteria that have to be awaited get the `client`; their `ModelError` is passed on.
    """
    import asyncio

    def judge_plain() -> dict[int, Verdict]:
        return {
            place: _verdict(criterion, output, expected, inputs)
            for place, criterion in enumerate(criteria)
            if not isinstance(criterion, AwaitedCriterion)
        }

    verdicts = await asyncio.to_thread(judge_plain)
    for place, awaited in enumerate(criteria):
        if isinstance(awaited, AwaitedCriterion):
            verdicts[place] = await _awaited_verdict(awaited, output, expected, inputs, client)
    return _weighed(criteria, [verdicts[place] for place in range(len(criteria))])


def verdicts_awaited(criteria: Sequence[Criterion]) -> int:
    """How many calls the verdicts on one answer take: one for each criterion that asks a model."""
    return sum(isinstance(criterion, AwaitedCriterion) for criterion in criteria)


def ideal_answer(
    criteria: Sequence[Criterion], expected: Mapping[str, Any], inputs: Mapping[str, str]
) -> str | None:
    """An answer with the full score by all criteria, made from what is expected, or None.

    Criteria that have to be awaited are left out.
    """
    plain = [c for c in criteria if not isinstance(c, AwaitedCriterion)]
    for maker in plain:
        answer = None if maker.problems(expected) else maker.ideal_answer(expected)
        if answer is not None and score_output(plain, answer, expected, inputs)[0] == 1.0:
            return answer
    return None


def _verdict(
    criterion: Criterion, output: str, expected: Mapping[str, Any], inputs: Mapping[str, str]
) -> Verdict:
    try:
        return _sound(criterion.judge(output, expected, inputs))
    except Exception as error:  # a criterion of another package may fail in any way
        return _failed(criterion, error)


async def _awaited_verdict(
    criterion: AwaitedCriterion,
    output: str,
    expected: Mapping[str, Any],
    inputs: Mapping[str, str],
    client: ModelClient | None,
) -> Verdict:
    from llmopt_tui.core.ports import ModelError

    try:
        return _sound(await criterion.judge_awaited(output, expected, inputs, client=client))
    except ModelError:
        raise
    except Exception as error:  # as above
        return _failed(criterion, error)


def _sound(verdict: Verdict) -> Verdict:
    if not (math.isfinite(verdict.score) and 0 <= verdict.score <= 1):
        raise ValueError(f"its score is {verdict.score}, not a number from 0 to 1")
    return verdict


def _failed(criterion: Criterion, error: Exception) -> Verdict:
    why = f"{type(error).__name__}: {error}"[:200]
    return Verdict(0.0, f"the criterion itself failed: {why}", modes.BROKEN_CRITERION)


def _weighed(
    criteria: Sequence[Criterion], verdicts: Sequence[Verdict]
) -> tuple[float, tuple[CriterionScore, ...]]:
    if not criteria:
        raise ValueError("there is no criterion to score by")
    scores = tuple(
        CriterionScore(
            criterion.kind,
            criterion.weight,
            verdict.score,
            verdict.feedback,
            verdict.mode,
            criterion.required,
        )
        for criterion, verdict in zip(criteria, verdicts, strict=True)
    )
    if any(score.required and score.score == 0 for score in scores):
        return 0.0, scores
    total = math.fsum(score.weight for score in scores)
    if total == 0:
        return math.fsum(score.score for score in scores) / len(scores), scores
    return math.fsum(score.weight * score.score for score in scores) / total, scores
