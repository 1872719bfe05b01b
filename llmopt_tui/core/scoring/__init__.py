"""Scoring: criteria of every kind, and how an output's criteria become one score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from llmopt_tui.core.scoring.answers import Equals, Number, Regex
from llmopt_tui.core.scoring.base import Criterion, CriterionScore
from llmopt_tui.core.scoring.json_output import Fields, JsonSchema, JsonValid
from llmopt_tui.core.scoring.skills import Skills
from llmopt_tui.core.scoring.text import Length, Professionalism, Structure
from llmopt_tui.core.scoring.words import Contains, Coverage, NotContains, RougeL

CRITERIA: Mapping[str, type[Criterion]] = {
    criterion.kind: criterion
    for criterion in (
        JsonValid,
        JsonSchema,
        Skills,
        Fields,
        Length,
        Professionalism,
        Structure,
        Coverage,
        Contains,
        NotContains,
        Regex,
        Equals,
        Number,
        RougeL,
    )
}
"""Every kind of criterion by the name that case files use."""


def score_output(
    criteria: Sequence[Criterion],
    output: str,
    expected: Mapping[str, Any],
    inputs: Mapping[str, str],
) -> tuple[float, tuple[CriterionScore, ...]]:
    """The weighted mean of the criteria's scores, and each of them with its feedback.

    A `required` criterion that scores 0 makes the whole 0. Where no criterion has any weight, all
    count alike. No criteria at all are a mistake of the caller: ValueError.
    """
    if not criteria:
        raise ValueError("there is no criterion to score by")
    scores = []
    for criterion in criteria:
        verdict = criterion.judge(output, expected, inputs)
        scores.append(
            CriterionScore(
                criterion.kind,
                criterion.weight,
                verdict.score,
                verdict.feedback,
                verdict.mode,
                criterion.required,
            )
        )
    if any(score.required and score.score == 0 for score in scores):
        return 0.0, tuple(scores)
    total = math.fsum(score.weight for score in scores)
    if total == 0:
        return math.fsum(score.score for score in scores) / len(scores), tuple(scores)
    return math.fsum(score.weight * score.score for score in scores) / total, tuple(scores)
