"""best_prompt.toml: the best variant of a session as a prompt file, ready to take its place."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from llmopt_tui.core.loop.iteration import IterationRecord
from llmopt_tui.core.loop.record import SessionRecord
from llmopt_tui.core.prompt import Prompt
from llmopt_tui.store.prompt_document import prompt_document


def best_prompt(record: SessionRecord) -> dict[str, Any] | None:
    """The document; None before anything is scored.

    It keeps the original prompt's name, so that it can take that file's place. A validation score
    that was not measured is left out: TOML has no null.
    """
    started, best = record.started, record.best
    if started is None or best is None:
        return None
    from llmopt_tui.state.documents.case import RecordedPrompt

    original = RecordedPrompt.read(started.prompt)
    prompt = Prompt(
        original.name,
        best.variant.text,
        description=original.description,
        locked=tuple(part for part in original.locked if part in best.variant.text),
    ).with_variant(best.variant)
    return prompt_document(
        prompt,
        {
            "session_id": started.session_id,
            "case": started.case_id,
            "model": started.model.name,
            "digest": started.model.digest,
            "iteration": best.n,
            "train_score": best.score,
            "validation_score": validation_score(best),
            "date": (best.finished_at or best.started_at).isoformat(),
        },
    )


def validation_score(iteration: IterationRecord) -> float | None:
    """The mean score on held-out examples; None where it was not measured."""
    scores = [run.score for run in iteration.validation_runs]
    return fmean(scores) if scores and iteration.score is not None else None
