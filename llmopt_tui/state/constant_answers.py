"""The constant answer of a recorded session, remembered: documents and screens ask for it often."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

from llmopt_tui.core.analysis.constant_answer import constant_answer
from llmopt_tui.core.analysis.findings import ConstantAnswer
from llmopt_tui.core.case import Example
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.scoring import recorded_criterion


def constant_answer_of(record: SessionRecord) -> ConstantAnswer | None:
    """What the best single answer to everything would score in the session's case.

    None where that cannot be said: before the session began, or where this version does not know a
    criterion of the case.
    """
    if record.started is None:
        return None
    given = sorted(run.output for run in record.runs if run.split == "train" and run.success)
    case = json.dumps(record.started.case, sort_keys=True, default=str)
    return _constant_answer(case, tuple(given))


def best_constant_answers(
    answers: Iterable[tuple[str, ConstantAnswer | None]],
) -> dict[str, ConstantAnswer]:
    """The best single answer to everything that any session of a case knows of, by case."""
    found: dict[str, ConstantAnswer] = {}
    for case, constant in answers:
        if constant and (case not in found or _worth(constant) > _worth(found[case])):
            found[case] = constant
    return found


def _worth(constant: ConstantAnswer) -> tuple[float, float]:
    """What constant answers are compared by: held-out first, where any example is held out."""
    return constant.validation_score or 0.0, constant.train_score or 0.0


@lru_cache(maxsize=64)
def _constant_answer(case: str, given: tuple[str, ...]) -> ConstantAnswer | None:
    from llmopt_tui.state.documents.case import RecordedCase

    recorded = RecordedCase.read(json.loads(case))
    criteria = [known for c in recorded.criteria if (known := recorded_criterion(c)) is not None]
    if len(criteria) < len(recorded.criteria):
        return None
    examples = [
        Example(
            id=example.id,
            inputs={str(name): str(text) for name, text in example.inputs.items()},
            split="validation" if example.held_out else "train",
            expected=example.expected,
            answer=example.answer,
        )
        for example in recorded.examples
    ]
    return constant_answer(criteria, examples, given)
