"""The constant answer: how well one and the same answer to every example would score.

A score means little where one label fits half of the examples: what a prompt is worth is what it
gains over this. It is looked for among the answers that are expected and those that a model gave.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from llmopt_tui.core.analysis.findings import ConstantAnswer
from llmopt_tui.core.case import Example
from llmopt_tui.core.scoring import Criterion, ideal_answer, score_output
from llmopt_tui.core.scoring.base import AwaitedCriterion

MOST_ANSWERS = 200
"""How many distinct answers are tried at most."""
MOST_SCORINGS = 2000
"""How often an answer is scored at most: with many train examples, fewer answers are tried."""


def constant_answer(
    criteria: Sequence[Criterion], examples: Sequence[Example], given: Iterable[str]
) -> ConstantAnswer | None:
    """The single answer with the best mean score on the train examples.

    It is one of the expected answers or of `given`, those of a model, the most frequent tried
    first. None without train examples or answers, and where a model would have to judge. It does
    not depend on the order of `given`.
    """
    train = [example for example in examples if example.split == "train"]
    if not train or not criteria or any(isinstance(c, AwaitedCriterion) for c in criteria):
        return None
    expected = [e.answer or ideal_answer(criteria, e.expected, e.inputs) or "" for e in train]
    most = min(MOST_ANSWERS, max(1, MOST_SCORINGS // len(train)))
    tried = list(dict.fromkeys([*_by_frequency(expected), *_by_frequency(given)]))[:most]
    scored = [(_mean(criteria, train, answer), answer) for answer in tried]
    if not scored:
        return None
    score, answer = min(scored, key=lambda found: (-found[0], len(found[1]), found[1]))
    held_out = [example for example in examples if example.split == "validation"]
    return ConstantAnswer(answer, score, _mean(criteria, held_out, answer) if held_out else None)


def _by_frequency(answers: Iterable[str]) -> list[str]:
    """The answers that are not blank, each once, the most frequent first."""
    counts = Counter(answer for answer in answers if answer.strip())
    return sorted(counts, key=lambda answer: (-counts[answer], answer))


def _mean(criteria: Sequence[Criterion], examples: Sequence[Example], answer: str) -> float:
    scores = [score_output(criteria, answer, e.expected, e.inputs)[0] for e in examples]
    return math.fsum(scores) / len(scores)
